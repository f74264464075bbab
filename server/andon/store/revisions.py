"""What changes an open decision, the same for every engine: guards, what is kept of the old, and what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

from andon.domain.canonical import Json, JsonObject, canonical, parse
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
)
from andon.domain.errors import AlreadyJudged, DecisionNotFound, DecisionResolved, PayloadChanged
from andon.domain.plan import climb_time
from andon.domain.receipt import DEFAULT
from andon.domain.task import OPEN, Task
from andon.store import codec, drafts
from andon.store.ledger import Draft, LedgerKind
from andon.store.values import Admission, Amendment, Cancellation, Reevaluation

_PROPOSED: Final = (
    "subject", "confidence", "model_name", "model_version", "payload_hash", "route", "policy", "revision", "propensity",
    "threshold", "sampled", "coin_source", "reasons", "attributes", "prediction", "input", "reasoning", "receipt",
    "sensitive", "data_key",
)  # fmt: skip
_COLUMNS: Final = tuple(codec.DECISION_COLUMNS.split(", ")[1:])


class Guard(NamedTuple):
    """What the statement `decision_guard` gives: all that guards on a decision ask for."""

    outcome: int | None
    payload_hash: str
    judged: bool


def check_amendable(row: codec.Row | None, wish: Amendment) -> None:
    """Raises DecisionNotFound, DecisionResolved, PayloadChanged, AlreadyJudged."""
    guard = _checked(row, wish.decision.id, wish.replaces)
    if guard.judged:
        raise AlreadyJudged(name=wish.decision.name)


def check_same(row: codec.Row | None, found: Reevaluation) -> None:
    """Raises DecisionNotFound, DecisionResolved, PayloadChanged."""
    _checked(row, found.decision_id, found.payload_hash)


def check_open(row: codec.Row | None, decision_id: str) -> Guard:
    """What is known of a decision that is open. Raises DecisionNotFound, DecisionResolved."""
    name = f"decisions/{decision_id}"
    if row is None:
        raise DecisionNotFound(name=name)
    guard = Guard(*row)
    if guard.outcome is not None:
        raise DecisionResolved(name=name, outcome=Outcome(guard.outcome).name)
    return guard


def _checked(row: codec.Row | None, decision_id: str, payload_hash: str) -> Guard:
    guard = check_open(row, decision_id)
    if guard.payload_hash != payload_hash:
        raise PayloadChanged(name=f"decisions/{decision_id}")
    return guard


def bound(wish: Amendment, before: Decision) -> Amendment:
    """The amendment, under what bound the receipts of the decision before as well, and what was sensitive of it."""
    decision = wish.decision
    receipt, sensitive = decision.receipt.joined(before.receipt), decision.sensitive.joined(before.sensitive)
    return replace(wish, decision=replace(decision, receipt=receipt, sensitive=sensitive))


def binding(found: Reevaluation, decision: Decision) -> dict[str, Any] | None:
    """What `bind_receipt_if_open` writes; None where what binds the receipts of the decision is as strict already."""
    terms = decision.receipt.joined(found.receipt)
    if terms == decision.receipt:
        return None
    return {"decision_id": decision.id, "receipt": codec.receipt_text(terms)}


def proposed(decision: Decision) -> dict[str, Any]:
    """The columns of a decision that an amendment sets."""
    columns = dict(zip(_COLUMNS, codec.decision_values(Admission(decision)), strict=True))
    return {"decision_id": decision.id, **{name: columns[name] for name in _PROPOSED}}


def blocked(found: Reevaluation) -> Resolution:
    """The end by the rule that blocks now. Its reason is the comment: the decision keeps those it was held for."""
    routing = found.routing
    rule = routing.decisive_rule()
    why = next((reason.text for reason in routing.reasons if reason.rule == rule), "")
    return Resolution(Outcome.BLOCKED, routing.decided_by(), found.now, comment=why)


def withdrawn(wish: Cancellation) -> Resolution:
    """The end by its submitter's wish."""
    return Resolution(Outcome.CANCELLED, wish.principal, wish.now, comment=wish.comment)


def cancelled(wish: Cancellation, tasks: Sequence[Task]) -> list[Draft]:
    """A decision was withdrawn, with its open tasks."""
    first = tasks[0].id if tasks else ""
    return [drafts.cancelled(wish, first), *closed(wish.now, wish.principal, tasks[1:])]


def earlier(decision: Decision, now: int) -> dict[str, Any]:
    """The row of `earlier_proposal` for what a decision proposes before it is amended."""
    proposal, routing = decision.proposal, decision.routing
    body: JsonObject = {
        "action": proposal.action,
        "attributes": proposal.attributes.as_json(),
        "confidence": proposal.confidence,
        "input": proposal.input,
        "model": {"name": proposal.model.name, "version": proposal.model.version},
        "on_behalf_of": proposal.on_behalf_of,
        "prediction": proposal.prediction,
        "reasoning": proposal.reasoning,
        "routing": {**_routing(routing), "reasons": [_reason(reason) for reason in routing.reasons]},
    }
    return {
        "decision_id": decision.id,
        "amendment": decision.amendments + 1,
        "now": now,
        "payload_hash": decision.payload_hash,
        "body": canonical(body),
        "subject": proposal.attributes.subject,
    }


def as_submitted(decision: Decision, payload_hash: str, body: str) -> Decision:
    """An amended decision as it was before, from a row of `earlier_proposal`; of one whose key is gone, nothing."""
    if not body:
        gone = replace(decision.proposal, input={}, prediction={}, reasoning="", attributes=Attributes())
        return replace(decision, proposal=gone, payload_hash=payload_hash)
    stated = cast("dict[str, Any]", parse(body))
    routing, model = stated.pop("routing"), Model(**stated.pop("model"))
    reasons = tuple(Reason(one["rule"], one["text"], Route[one["route"]]) for one in routing.pop("reasons"))
    proposal = Proposal(**stated | {"model": model, "attributes": Attributes(**stated["attributes"])})
    before = Routing(**routing | {"route": Route[routing["route"]], "reasons": reasons})
    return replace(decision, proposal=proposal, payload_hash=payload_hash, routing=before)


def amended(wish: Amendment, tasks: Sequence[Task]) -> list[Draft]:
    """A decision was amended: all of it with its first open task, and of the others what they ask for now."""
    decision, resolution = wish.decision, wish.decision.resolution
    facts: dict[str, Json] = {
        "amendment": decision.amendments,
        "confidence": decision.proposal.confidence,
        "payload_hash": decision.payload_hash,
        "replaces": wish.replaces,
        **_routing(decision.routing),
        "reasons": _rules(decision.routing),
    }
    if decision.receipt != DEFAULT:
        facts["receipt"] = decision.receipt.as_json()
    if resolution is not None:
        facts |= {"outcome": resolution.outcome.name, "resolved_by": resolution.resolved_by}
    first, *others = tasks
    shown = [(first, {**facts, "task": _asks(first)})]
    shown += [(task, {"payload_hash": decision.payload_hash, "task": _asks(task)}) for task in others]
    return [_draft(wish.now, LedgerKind.AMENDED, decision.submitter, task, body) for task, body in shown]


def reevaluated(
    found: Reevaluation, before: str, tasks: Sequence[Task], ended: Resolution | None = None
) -> list[Draft]:
    """A stricter answer of the policies was recorded; `before` is the revision by which it was routed."""
    facts: dict[str, Json] = {
        "payload_hash": found.payload_hash,
        "replaces_revision": before,
        **_routing(found.routing),
        "reasons": _rules(found.routing),
        "verdict": found.verdict.name,
    }
    if found.receipt != DEFAULT:
        facts["receipt"] = found.receipt.as_json()
    if ended is not None:
        facts |= {"outcome": ended.outcome.name, "resolved_by": ended.resolved_by}
    first, *others = tasks
    shown = [(first, {**facts, "task": _asks(first)})] + [(task, {"task": _asks(task)}) for task in others]
    return [_draft(found.now, LedgerKind.REEVALUATED, found.reviewer, task, body) for task, body in shown]


def closed(now: int, actor: str, tasks: Sequence[Task]) -> list[Draft]:
    """Tasks ended because their decision has."""
    return [_draft(now, LedgerKind.CLOSED, actor, task, {"queue": task.queue}) for task in tasks]


def opened(now: int, actor: str, tasks: Sequence[Task]) -> list[Draft]:
    """Further people are asked."""
    return [_draft(now, LedgerKind.OPENED, actor, task, _asks(task)) for task in tasks]


def open_among(tasks: Sequence[Task]) -> list[Task]:
    """Those that are open."""
    return [task for task in tasks if task.state in OPEN]


def next_climb(task: Task) -> int | None:
    """When the next rung of its ladder is due; None where it has none."""
    return climb_time(task.plan, task.rung, task.create_time, task.expire_time)


def climbs(task: Task) -> bool:
    """Whether it has a rung to climb yet, if it has not been escalated."""
    return next_climb(task) is not None


def parted(tasks: Sequence[Task], task_id: str) -> tuple[list[Task], list[Task]]:
    """The one of that id, or the first where it is not among them, and the others."""
    chosen = next((task for task in tasks if task.id == task_id), tasks[0])
    return [chosen], [task for task in tasks if task is not chosen]


def _draft(now: int, kind: LedgerKind, actor: str, task: Task, body: Mapping[str, Json]) -> Draft:
    return Draft(now, kind, actor, canonical(body), task.decision_id, task.id)


def _routing(routing: Routing) -> dict[str, Json]:
    return {
        "coin_source": routing.coin_source,
        "policy": routing.policy,
        "propensity": routing.propensity,
        "revision": routing.revision,
        "route": routing.route.name,
        "sampled": routing.sampled,
        "threshold": routing.threshold,
    }


def _reason(reason: Reason) -> JsonObject:
    return {"route": reason.route.name, "rule": reason.rule, "text": reason.text}


def _rules(routing: Routing) -> list[Json]:
    return [{"route": reason.route.name, "rule": reason.rule} for reason in routing.reasons]


def _asks(task: Task) -> JsonObject:
    asks: dict[str, Json] = {"queue": task.queue, "skills": task.skills, "urgency": task.urgency}
    if task.group:
        asks["group"] = task.group
    if task.plan is not None and task.plan.quorum is not None:
        asks["quorum"] = str(task.plan.quorum)
    return asks
