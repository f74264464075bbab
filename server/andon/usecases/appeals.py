"""AppealDecision: the end of a decision is contested, and judged anew by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from andon.domain.appeal import Appeal, AppealPlan
from andon.domain.canonical import canonical, digest
from andon.domain.decision import Decision, Outcome
from andon.domain.errors import DecisionNotFound, NotAppealable, QueueFull
from andon.domain.plan import WorkPlan
from andon.domain.principal import Principal, Role
from andon.domain.priority import STEP, Priority, urgency
from andon.domain.task import Task, TaskKind
from andon.store.values import AppealWish, RequestKey
from andon.usecases.completed import completed
from andon.usecases.context import Context
from andon.usecases.visibility import known_decision, may_see

URGENCY: Final = urgency(Priority.MEDIUM, STEP // 2)
"""In the middle of what is of medium priority: the AI's confidence, which orders that, says nothing of an appeal."""
_WHOEVER: Final = frozenset({Role.LEAD, Role.ADMIN})


class Appeals:
    """Opens appeals and tells of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def appeal(self, principal: Principal, decision_id: str, comment: str, request_id: str) -> Decision:
        """Opens the next appeal against the end of a decision, as the policy in force now has it.

        For its submitter, whom it was submitted on behalf of, admins, and leads who may see it. A
        repeated request id gives the decision as it stands. Raises DecisionNotFound, NotAppealable, QueueFull,
        RequestIdReused.
        """
        store = self._context.store
        decision = await known_decision(self._context, principal, decision_id)
        if not await self._may_appeal(principal, decision):
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        body = digest(canonical([decision_id, comment]))
        request = RequestKey(principal.name, request_id, body) if request_id else None
        try:
            tasks = await self._tasks(decision, comment)
        except (NotAppealable, QueueFull):
            if request is not None and await store.appealed(request):
                return decision
            raise
        wish = AppealWish(decision_id, principal.name, comment, tasks[0].create_time, tasks, request)
        return await completed(self._open(wish))

    async def of(self, decision: Decision) -> Sequence[Appeal]:
        """The appeals against the end of a decision the caller may see, by level."""
        return await self._context.store.appeals(decision.id) if decision.appeals else ()

    async def _may_appeal(self, principal: Principal, decision: Decision) -> bool:
        if principal.name in (decision.submitter, decision.proposal.on_behalf_of):
            return True
        return bool(principal.roles & _WHOEVER) and await may_see(self._context, principal, decision)

    async def _open(self, wish: AppealWish) -> Decision:
        context = self._context
        appealed = await context.store.appeal_if_resolved(wish)
        for job in appealed.jobs:
            context.opened(job)
        return appealed.decision

    async def _tasks(self, decision: Decision, comment: str) -> tuple[Task, ...]:
        """The tasks of the next appeal. Raises NotAppealable, QueueFull."""
        context, now = self._context, self._context.clock.now()
        contested = await self._contested(decision)
        plan = context.policies().appeal_plan(decision.proposal.action)
        if plan is None:
            raise _refused(decision, "its policy knows no appeals")
        if decision.appeals >= plan.levels:
            raise _refused(decision, "its policy has no further level")
        if now > contested + plan.within:
            raise _refused(decision, "it is too late")
        tasks = self._seats(plan, self._task(plan, decision, comment, now))
        if context.open_tasks + len(tasks) > context.limits.max_open_tasks:
            raise QueueFull(limit=context.limits.max_open_tasks)
        return tasks

    async def _contested(self, decision: Decision) -> int:
        """When the end came that is contested: the decision's own, or that of the last appeal. Raises NotAppealable."""
        ended = decision.resolution
        if ended is None:
            raise _refused(decision, "it has not ended")
        if ended.outcome is Outcome.CANCELLED:
            raise _refused(decision, "it was cancelled")
        if decision.erase_time is not None:
            raise _refused(decision, "its personal data was erased")
        if decision.appeals:
            ended = (await self._context.store.appeals(decision.id))[-1].resolution
        if ended is None:
            raise _refused(decision, "an appeal is open")
        return ended.time

    def _task(self, plan: AppealPlan, decision: Decision, comment: str, now: int) -> Task:
        return Task(
            id=self._context.ids.next(),
            decision_id=decision.id,
            kind=TaskKind.APPEAL,
            queue=plan.queue,
            urgency=URGENCY,
            skills=plan.skills,
            expire_time=now + plan.deadline,
            create_time=now,
            correction_schema=plan.correction_schema,
            presentation=plan.presentation,
            plan=None if plan.quorum is None else WorkPlan(plan.quorum),
            level=decision.appeals + 1,
            note=comment,
        )

    def _seats(self, plan: AppealPlan, task: Task) -> tuple[Task, ...]:
        if plan.quorum is None:
            return (task,)
        first, *others = (replace(task, term=term, group=group) for term, group in plan.quorum.seats)
        return (first, *(replace(seat, id=self._context.ids.next()) for seat in others))


def _refused(decision: Decision, why: str) -> NotAppealable:
    return NotAppealable(name=decision.name, why=why)
