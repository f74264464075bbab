"""Submit: route a decision, record it, and if asked wait for the answer. The hot path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from andon.domain.decision import Decision, Outcome, Proposal, Resolution, Route, payload_hash
from andon.domain.errors import AndonError, QueueFull
from andon.domain.principal import Principal
from andon.domain.task import Task, TaskKind
from andon.policy.api import Explanation, Facts, Ruling
from andon.store.port import Admission, Admitted, Job, RequestKey
from andon.usecases.completed import completed
from andon.usecases.context import Context, Standing
from andon.usecases.wait import Wait

_FINAL = {Route.AUTO_APPROVE: Outcome.AUTO_APPROVED, Route.BLOCK: Outcome.BLOCKED}


@dataclass(frozen=True, slots=True)
class SubmitCommand:
    """A proposal as it was sent. `facts` is the same as the rules see it."""

    proposal: Proposal
    facts: Facts
    request_id: str = ""


class Submit:
    """Routes and records decisions."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wait = Wait(context)

    async def one(self, principal: Principal, command: SubmitCommand, wait: int = 0) -> Standing:
        """Records one decision; waits up to `wait` µs where a person has to judge it.

        Raises QueueFull, RequestIdReused, StoreUnavailable; with `wait` also TooManyWaiters, after recording.
        """
        (answer,) = await self.many(principal, (command,))
        if isinstance(answer, AndonError):
            raise answer
        if wait <= 0 or answer.decision.resolution is not None:
            return answer
        identity = answer.decision.id
        del answer, command  # 50,000 callers may wait: keep nothing that the store has
        return await self._wait.until_resolved(identity, wait)

    async def many(self, principal: Principal, commands: Sequence[SubmitCommand]) -> Sequence[Standing | AndonError]:
        """Records decisions in one commit and answers each in its place. Raises StoreUnavailable."""
        admissions = self._within_bounds([self._admit(principal, command) for command in commands])
        recording = self._record(admissions)
        if any(isinstance(item, Admission) and item.task is not None for item in admissions):
            return await completed(recording)
        return await recording  # nobody waits for these, so the fast path needs no task of its own

    async def _record(self, admissions: Sequence[Admission | AndonError]) -> Sequence[Standing | AndonError]:
        recorded = iter(await self._context.store.submit([item for item in admissions if isinstance(item, Admission)]))
        return [self._answer(item, next(recorded)) if isinstance(item, Admission) else item for item in admissions]

    def explain(self, principal: Principal, command: SubmitCommand) -> tuple[Standing, Explanation]:
        """Routes without recording and says why. No coin is drawn."""
        ruling, explanation = self._context.policies().explain(command.proposal.action, command.facts)
        now = self._context.clock.now()
        decision = self._decide("", principal, command.proposal, ruling, now)
        return Standing(decision), explanation

    def _admit(self, principal: Principal, command: SubmitCommand) -> Admission:
        context, proposal = self._context, command.proposal
        identity, now = context.ids.next(), context.clock.now()
        started = perf_counter()
        ruling = context.policies().evaluate(proposal.action, command.facts, f"decisions/{identity}", context.coin)
        context.observer.routed(ruling, perf_counter() - started)
        decision = self._decide(identity, principal, proposal, ruling, now)
        request = RequestKey(principal.name, command.request_id, decision.payload_hash) if command.request_id else None
        return Admission(decision, self._task(decision, ruling, now), request)

    def _within_bounds(self, admissions: list[Admission]) -> list[Admission | AndonError]:
        """Refuses what needs a person where too much waits for one already. A repetition may be refused too."""
        limit = self._context.limits.max_open_tasks
        room = limit - self._context.open_tasks
        if len(admissions) <= room:
            return list(admissions)
        bounded: list[Admission | AndonError] = []
        for admission in admissions:
            room -= admission.task is not None
            bounded.append(QueueFull(limit=limit) if admission.task is not None and room < 0 else admission)
        return bounded

    def _decide(self, identity: str, principal: Principal, proposal: Proposal, ruling: Ruling, now: int) -> Decision:
        return Decision(
            id=identity,
            proposal=proposal,
            submitter=principal.name,
            payload_hash=payload_hash(proposal, principal.name),
            routing=ruling.routing,
            create_time=now,
            resolution=_resolution(ruling, now),
            expire_time=_last_moment(ruling, now),
            task_id=self._context.ids.next() if ruling.plan and identity else "",
        )

    def _task(self, decision: Decision, ruling: Ruling, now: int) -> Task | None:
        plan = ruling.plan
        if plan is None:
            return None
        return Task(
            id=decision.task_id,
            decision_id=decision.id,
            kind=TaskKind.GATE,
            queue=plan.queue,
            urgency=plan.urgency,
            skills=plan.skills,
            expire_time=now + plan.deadline,
            create_time=now,
            escalation=plan.escalation,
            correction_schema=plan.correction_schema,
        )

    def _answer(self, admission: Admission, result: Admitted | AndonError) -> Standing | AndonError:
        if isinstance(result, AndonError):
            return result
        context = self._context
        if not result.replayed:
            context.observer.submitted(result.decision)
            if admission.task is not None:
                context.open_tasks += 1
                context.seats.waiting(Job(admission.task, result.decision))
        queue = admission.task.queue if admission.task and result.decision.resolution is None else None
        return Standing(result.decision, context.estimates.of(queue) if queue else None)


def _resolution(ruling: Ruling, now: int) -> Resolution | None:
    """How a decision that needs nobody ends at once."""
    routing = ruling.routing
    outcome = _FINAL.get(routing.route)
    if outcome is None:
        return None
    rule = routing.decisive_rule()
    return Resolution(outcome, f"rule:{rule}" if rule else f"policy:{routing.policy}", now)


def _last_moment(ruling: Ruling, now: int) -> int | None:
    plan = ruling.plan
    if plan is None:
        return None
    return now + plan.deadline + (plan.escalation.deadline if plan.escalation else 0)
