"""Submit: route a decision, record it, and if asked wait for the answer. The hot path."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, NamedTuple

from andon.domain.decision import Decision, Outcome, Proposal, Resolution, Route, payload_hash
from andon.domain.errors import AndonError, FieldFault, FieldInvalid, QueueFull, QuotaExceeded, RequestIdReused
from andon.domain.principal import Principal
from andon.domain.task import Task, TaskKind
from andon.policy.api import Explanation, Facts, Ruling, TaskPlan
from andon.store.values import Admission, Admitted, Job, RequestKey
from andon.usecases.completed import completed
from andon.usecases.context import Context, Standing
from andon.usecases.turns import Turn

_FINAL = {Route.AUTO_APPROVE: Outcome.AUTO_APPROVED, Route.BLOCK: Outcome.BLOCKED}


@dataclass(frozen=True, slots=True)
class SubmitCommand:
    """A proposal as it was sent. `facts` is the same as the rules see it."""

    proposal: Proposal
    facts: Facts
    request_id: str = ""


class _Routed(NamedTuple):
    """What a proposal comes to by itself. `identity` is empty where nothing is to be recorded."""

    identity: str
    ruling: Ruling
    digest: str


class Submit:
    """Routes and records decisions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def one(self, principal: Principal, command: SubmitCommand) -> Standing:
        """Records one decision. Raises QueueFull, QuotaExceeded, RequestIdReused, StoreUnavailable."""
        admission = self.admit(principal, command)
        if admission.task is None:  # the common case takes the shortest way
            (result,) = await self._context.store.submit((admission,))
            answer = self._answer(admission, result)
        else:
            (answer,) = await self._all((admission,))
        if isinstance(answer, AndonError):
            raise answer
        return answer

    async def many(
        self, principal: Principal, commands: Sequence[SubmitCommand], turn: Turn | None = None
    ) -> Sequence[Standing | AndonError]:
        """Records decisions in one commit and answers each in its place. Raises StoreUnavailable.

        They are routed in `turn`, one of its own where none is given.
        """
        turn = turn or Turn(self._context.turns)
        routed: list[_Routed] = []
        for command in commands:
            await turn.go_on()
            routed.append(self._route(principal, command))
        now = self._context.clock.now()  # times ascend with the order of commits, however long the routing took
        return await self._all([self._admission(principal, *each, now) for each in zip(commands, routed, strict=True)])

    async def _all(self, admissions: Sequence[Admission]) -> Sequence[Standing | AndonError]:
        beyond = self._beyond_bounds(admissions)
        refused = {place: await self._repeated(admissions[place], why) for place, why in beyond.items()}
        recording = self._record(admissions, refused)
        if not any(admission.task is not None for admission in admissions):
            return await recording  # nobody waits for these, so the fast path needs no task of its own
        return await completed(self._record_ahead(recording, () if refused else self._look_ahead(admissions)))

    def _look_ahead(self, admissions: Sequence[Admission]) -> Sequence[Task]:
        """Has reviewers who wait for a task look for it right behind its recording, where one commit does both.

        At once: the store begins to commit in the next turns of the event loop.
        """
        context, (admission, *others) = self._context, admissions
        if others or not context.store.in_order or context.policies().has_conflicts:
            return ()
        for task in admission.tasks:
            context.seats.expected(Job(task, admission.decision))
        return admission.tasks

    async def _record_ahead(
        self, recording: Coroutine[Any, Any, Sequence[Standing | AndonError]], expected: Sequence[Task]
    ) -> Sequence[Standing | AndonError]:
        try:
            return await recording
        finally:
            for task in expected:
                self._context.seats.not_expected(task.id)

    async def _record(
        self, admissions: Sequence[Admission], refused: Mapping[int, Standing | AndonError]
    ) -> Sequence[Standing | AndonError]:
        accepted = [admission for place, admission in enumerate(admissions) if place not in refused]
        recorded = iter(await self._context.store.submit(accepted))
        return [
            refused[place] if place in refused else self._answer(admission, next(recorded))
            for place, admission in enumerate(admissions)
        ]

    def explain(self, principal: Principal, command: SubmitCommand) -> tuple[Standing, Explanation]:
        """Routes without recording and says why. No coin is drawn."""
        ruling, explanation = self._context.policies().explain(command.proposal.action, command.facts)
        routed = _Routed("", ruling, payload_hash(command.proposal, principal.name))
        return Standing(self._decide(principal, command.proposal, routed, self._context.clock.now())), explanation

    def admit(self, principal: Principal, command: SubmitCommand) -> Admission:
        """Routes one decision. Nothing is recorded yet."""
        return self._admission(principal, command, self._route(principal, command), self._context.clock.now())

    def _route(self, principal: Principal, command: SubmitCommand) -> _Routed:
        context, proposal = self._context, command.proposal
        identity, started = context.ids.next(), perf_counter()
        ruling = context.policies().evaluate(proposal.action, command.facts, f"decisions/{identity}", context.coin)
        context.observer.routed(ruling, perf_counter() - started)
        return _Routed(identity, ruling, payload_hash(proposal, principal.name))

    def _admission(self, principal: Principal, command: SubmitCommand, routed: _Routed, now: int) -> Admission:
        decision = self._decide(principal, command.proposal, routed, now)
        request = RequestKey(principal.name, command.request_id, decision.payload_hash) if command.request_id else None
        if routed.ruling.plan is None:
            return Admission(decision, None, request)
        task, *siblings = self._seats(decision, routed.ruling, routed.ruling.plan, now)
        return Admission(decision, task, request, tuple(siblings))

    def _beyond_bounds(self, admissions: Sequence[Admission]) -> Mapping[int, AndonError]:
        """What refuses those that need a person where too much waits for one already, give or take what is in flight.

        By their places. Too much is what is open of all, or of the submitter.
        """
        limits, context = self._context.limits, self._context
        room, each, mine = limits.max_open_tasks - context.open_tasks, limits.max_open_decisions_per_principal, 0
        beyond: dict[int, AndonError] = {}
        for place, admission in enumerate(admissions):
            if admission.task is None:
                continue
            submitter = admission.decision.submitter
            if 0 < each <= context.open_decisions.of(submitter) + mine:
                beyond[place] = QuotaExceeded(principal=submitter, quota="open_decisions", limit=each)
                continue
            room -= len(admission.tasks)
            mine += 1
            if room < 0:
                beyond[place] = QueueFull(limit=limits.max_open_tasks)
        return beyond

    async def _repeated(self, admission: Admission, full: AndonError) -> Standing | AndonError:
        """What a request id has made already: a caller who asks again gets it however full the queue is."""
        if admission.request is None:
            return full
        try:
            known = await self._context.store.submitted(admission.request)
        except RequestIdReused as reused:
            return reused
        return full if known is None else self._context.standing(known)

    def _decide(self, principal: Principal, proposal: Proposal, routed: _Routed, now: int) -> Decision:
        identity, ruling, digest = routed
        return Decision(
            id=identity,
            proposal=proposal,
            submitter=principal.name,
            payload_hash=digest,
            routing=ruling.routing,
            create_time=now,
            resolution=resolution_of(ruling, now),
            expire_time=_last_moment(ruling, now),
            task_id=self._context.ids.next() if ruling.plan and identity else "",
            submitter_groups=tuple(sorted(principal.groups)) if principal.groups else (),
            receipt=ruling.receipt,
            sensitive=ruling.sensitive,
        )

    def _seats(self, decision: Decision, ruling: Ruling, plan: TaskPlan, now: int) -> Sequence[Task]:
        """The tasks that hold a decision: one, or one for each who is asked."""
        task = self._task(decision, plan, now)
        quorum = plan.work and plan.work.quorum
        if not quorum:
            return (task,)
        first, *others = (replace(task, term=term, group=group) for term, group in quorum.seats)
        return (first, *(replace(seat, id=self._context.ids.next()) for seat in others))

    def _task(self, decision: Decision, plan: TaskPlan, now: int) -> Task:
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
            presentation=plan.presentation,
            plan=plan.work,
        )

    def _answer(self, admission: Admission, result: Admitted | AndonError) -> Standing | AndonError:
        return result if isinstance(result, AndonError) else self.recorded(admission, result)

    def recorded(self, admission: Admission, result: Admitted) -> Standing:
        """A decision is recorded, and that is durable: tells everybody who waits for its tasks."""
        context = self._context
        if not result.replayed:
            context.observer.submitted(result.decision)
            if admission.task is not None:
                context.open_decisions.opened(result.decision.submitter)
            for task in admission.tasks:
                context.open_tasks += 1
                context.seats.waiting(Job(task, result.decision))
        return context.standing(result.decision)


def acting_for(behalf: str, proposal: Proposal) -> Proposal:
    """The proposal of somebody whose credentials say whom they act for. Raises FieldInvalid where it names another."""
    if proposal.on_behalf_of not in ("", behalf):
        raise FieldInvalid((FieldFault("decision.on_behalf_of", "must be whom the credentials are for, or empty"),))
    return replace(proposal, on_behalf_of=behalf)


def resolution_of(ruling: Ruling, now: int) -> Resolution | None:
    """How a decision that needs nobody ends at once."""
    routing = ruling.routing
    outcome = _FINAL.get(routing.route)
    if outcome is None:
        return None
    return Resolution(outcome, routing.decided_by(), now)


def _last_moment(ruling: Ruling, now: int) -> int | None:
    plan = ruling.plan
    if plan is None:
        return None
    return now + plan.deadline + (plan.escalation.deadline if plan.escalation else 0)
