"""Domain objects for tests: whole, valid, and told apart by their ids; each test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from andon.domain.canonical import JsonObject
from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import (
    Attributes,
    Decision,
    Model,
    Outcome,
    Proposal,
    Reason,
    Resolution,
    Route,
    Routing,
    payload_hash,
)
from andon.domain.plan import Quorum, TimeoutDefault, WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.review import Review, Shown, Verdict, changed_fields, is_override
from andon.domain.task import Escalation, Task, TaskKind
from andon.store.values import Admission, Hold, Job, LeaseRequest, RequestKey, VerdictGiven
from tests.clock import START

LEASE: Final = MINUTE
ALL: Final = frozenset({"*"})

_ids = count(1)
_tokens = count(1)


def make_id() -> str:
    """A fresh id in the form of a UUIDv7; ids ascend."""
    return f"01990000-0000-7000-8000-{next(_ids):012x}"


def make_token() -> str:
    """A fresh fencing token."""
    return f"token-{next(_tokens)}"


def make_proposal(
    action: str = "refund.issue",
    confidence: float = 0.6,
    *,
    input: JsonObject | None = None,
    prediction: JsonObject | None = None,
    reasoning: str = "the parcel never came",
    model: Model | None = None,
    on_behalf_of: str = "",
    **attributes: Any,
) -> Proposal:
    """A proposal; further words are its attributes."""
    return Proposal(
        action,
        confidence,
        {"order": "A-4711", "total": 45.5} if input is None else input,
        {"approve": True, "amount": 45.5} if prediction is None else prediction,
        reasoning,
        model or Model("refund-bot", "2026-08-01"),
        Attributes(**attributes),
        on_behalf_of,
    )


def make_routing(route: Route = Route.REVIEW, *rules: str, **fields: Any) -> Routing:
    """A routing by the named rules (`confidence` where none is named), each asking for the route."""
    names = rules or (() if route is Route.AUTO_APPROVE else ("confidence",))
    reasons = tuple(Reason(rule, f"because of {rule}", route) for rule in names)
    values: dict[str, Any] = {"propensity": 1.0 if route is Route.REVIEW else 0.0, "threshold": 0.85} | fields
    return Routing(route, reasons, "refunds", "f" * 64, **values)


def make_decision(
    proposal: Proposal | None = None,
    *,
    route: Route = Route.REVIEW,
    routing: Routing | None = None,
    submitter: str = "refund-service",
    submitter_groups: tuple[str, ...] = (),
    now: int = START,
) -> Decision:
    """A decision that was not recorded yet. It has ended already unless its route is REVIEW."""
    proposal = proposal or make_proposal()
    routing = routing or make_routing(route)
    resolution = _ENDINGS.get(routing.route)
    return Decision(
        make_id(),
        proposal,
        submitter,
        payload_hash(proposal, submitter),
        routing,
        now,
        None if resolution is None else Resolution(*resolution, now),
        submitter_groups=submitter_groups,
    )


_ENDINGS: Final[Mapping[Route, tuple[Outcome, str]]] = {
    Route.AUTO_APPROVE: (Outcome.AUTO_APPROVED, "policy:refunds"),
    Route.BLOCK: (Outcome.BLOCKED, "rule:confidence"),
}


def make_task(
    decision: Decision,
    *,
    queue: str = "refunds",
    urgency: int = 10,
    skills: tuple[str, ...] = (),
    deadline: int = HOUR,
    kind: TaskKind = TaskKind.GATE,
    escalation: Escalation | None = None,
    correction_schema: JsonObject | None = None,
    presentation: Presentation | None = None,
    plan: WorkPlan | None = None,
    group: str = "",
    term: int = 0,
) -> Task:
    """A waiting task about the decision. `deadline` is a span in microseconds from the decision's submission."""
    return Task(
        make_id(),
        decision.id,
        kind,
        queue,
        urgency,
        skills,
        decision.create_time + deadline,
        decision.create_time,
        escalation=escalation,
        correction_schema=correction_schema,
        presentation=presentation,
        plan=plan,
        group=group,
        term=term,
    )


def make_request(principal: str = "refund-service", request_id: str | None = None, body: str = "a") -> RequestKey:
    """A request key; `body` is one letter of its body's hash."""
    return RequestKey(principal, request_id or make_id(), body * 64)


def make_admission(decision: Decision | None = None, *, request: RequestKey | None = None, **task: Any) -> Admission:
    """A decision with its task where it asks for a person; further words are the task's (see `make_task`)."""
    decision = decision or make_decision()
    with_task = decision.resolution is None or task
    return Admission(decision, make_task(decision, **task) if with_task else None, request)


def make_seats(
    quorum: Quorum,
    decision: Decision | None = None,
    *,
    request: RequestKey | None = None,
    on_timeout: TimeoutDefault | None = None,
    **task: Any,
) -> Admission:
    """A decision on which several people are asked, a seat for each; further words are those of every seat."""
    decision = decision or make_decision()
    plan = WorkPlan(quorum=quorum, on_timeout=on_timeout)
    seats = [make_task(decision, plan=plan, term=term, group=group, **task) for term, group in quorum.seats]
    return Admission(decision, seats[0], request, tuple(seats[1:]))


def make_lease_request(
    now: int = START,
    *,
    holder: str = "rita",
    limit: int = 1,
    queues: frozenset[str] = ALL,
    skills: frozenset[str] = ALL,
    until: int | None = None,
    **further: Any,
) -> LeaseRequest:
    """Asks for up to `limit` tasks. `further` are other fields of the request."""
    tokens = tuple(make_token() for _ in range(limit))
    return LeaseRequest(holder, queues, skills, tokens, now, now + LEASE if until is None else until, **further)


def make_hold(task: Task, now: int = START, **fields: Any) -> Hold:
    """The claim of the one who holds the task; `fields` make it a false one."""
    lease = task.lease
    values: dict[str, Any] = (
        {"holder": lease.holder, "token": lease.token} if lease else {"holder": "rita", "token": "none"}
    )
    return Hold(**(values | {"task_id": task.id, "now": now} | fields))


def make_verdict(
    job: Job,
    verdict: Verdict = Verdict.APPROVE,
    now: int = START,
    *,
    correction: JsonObject | None = None,
    comment: str = "seen",
    request: RequestKey | None = None,
    retrain_after: int = 500,
    payload_hash: str | None = None,
    hold: Hold | None = None,
    shown: Shown | None = None,
    standing: frozenset[str] = frozenset(),
) -> VerdictGiven:
    """The holder's verdict on a job as it was leased. `standing`: the holder's groups and roles."""
    hold = hold or make_hold(job.task, now)
    prediction = job.decision.proposal.prediction
    changed = () if correction is None else changed_fields(prediction, correction)
    review = Review(
        job.task.id,
        job.decision.id,
        hold.holder,
        verdict,
        hold.now,
        correction,
        comment,
        changed,
        is_override(verdict, changed),
        shown=shown,
    )
    hashed = payload_hash or job.decision.payload_hash
    return VerdictGiven(hold, hashed, review, retrain_after, request, standing, make_id())
