"""Whether the ledger says what the rows say of an end: a receipt is signed of nothing that it does not back.

Rows can be changed by whoever can write to the database; an entry can't without the chain of the ledger telling of it.
No word of people is needed for it, so an erasure changes nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast

from andon.domain.canonical import canonical, digest
from andon.domain.decision import Decision, Outcome, Resolution
from andon.domain.errors import ReceiptUnbacked
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.plan import TimeoutDefault
from andon.domain.receipt import DEFAULT, ReceiptTerms
from andon.store.proofs import Recorded

_CORRECTION: Final = "corrected_prediction_hash"
_BY_RULE: Final = frozenset({Outcome.AUTO_APPROVED, Outcome.BLOCKED})
_CAN_END: Final[Mapping[EventKind, frozenset[Outcome]]] = MappingProxyType(
    {
        EventKind.SUBMITTED: _BY_RULE,
        EventKind.AMENDED: _BY_RULE,
        EventKind.REEVALUATED: frozenset({Outcome.BLOCKED}),
        EventKind.REVIEWED: frozenset({Outcome.APPROVED, Outcome.REJECTED, Outcome.CORRECTED}),
        EventKind.EXPIRED: frozenset({Outcome.EXPIRED}),
        EventKind.CANCELLED: frozenset({Outcome.CANCELLED}),
    }
)


def backed(decision: Decision, level: int, end: Resolution, told: Sequence[Recorded]) -> Recorded:
    """The entry that records the end, by what `Proofs.ends` gave.

    Raises ReceiptUnbacked, naming what differs.
    """
    found = _ended_by(level, told)
    edited = not all(each.fits for each in told)
    differing = "ledger" if edited else _proposal_differs(decision, [each.event for each in told])
    if found is None or differing:
        raise ReceiptUnbacked(name=decision.name, field=differing or "outcome")
    if differing := _end_differs(decision, level, end, found.event):
        raise ReceiptUnbacked(name=decision.name, field=differing)
    return found


def level_of(event: DecisionEvent) -> int:
    """Which end an entry is about: 0, the decision's own, or an appeal's."""
    return cast("int", event.details.get("level", 0))


def corrected_hash(entry: DecisionEvent) -> str | None:
    """SHA-256 of what may be acted on instead, by the entry that ended it; None where nothing is.

    A tie comes with none, whatever the last verdict was.
    """
    return None if "resolved_by" in entry.details else cast("str | None", entry.details.get(_CORRECTION))


def _ended_by(level: int, told: Sequence[Recorded]) -> Recorded | None:
    """The entry that ended it."""
    ends = (found for found in told if found.event.details.get("outcome") and level_of(found.event) == level)
    return next(ends, None)


def _end_differs(decision: Decision, level: int, end: Resolution, entry: DecisionEvent) -> str:
    """The first thing that the row says otherwise than the entry; empty where nothing."""
    said = cast("dict[str, Any]", entry.details)
    if entry.kind is EventKind.EXPIRED and end.timeout_default != _timeout(level, said):
        return "timeout_default"
    if end.outcome not in _CAN_END.get(entry.kind, ()) or said["outcome"] != end.outcome.name:
        return "outcome"
    if end.time != entry.time:
        return "resolve_time"
    if end.resolved_by != said.get("resolved_by", entry.actor):
        return "resolved_by"
    if decision.erase_time is None and _hash_of(end) != corrected_hash(entry):
        return "corrected_prediction"
    return ""


def _hash_of(end: Resolution) -> str | None:
    return None if end.corrected_prediction is None else digest(canonical(end.corrected_prediction))


def _timeout(level: int, said: Mapping[str, Any]) -> Any:
    """What an entry says that time's end means. That of an appeal never approves."""
    name = None if level else said.get("timeout_default")
    return None if name is None else TimeoutDefault[name]


def _proposal_differs(decision: Decision, events: Sequence[DecisionEvent]) -> str:
    """The first thing that the row says otherwise of what was proposed, by whom and under which terms."""
    first = next((event for event in events if event.kind is EventKind.SUBMITTED), None)
    if first is None or first.time != decision.create_time:
        return "create_time"
    if first.actor != decision.submitter:
        return "submitter"
    said = _proposed(events)
    for field, value in _stated(decision).items():
        if field in said and said[field] != value:
            return field
    return "" if _terms(events) == decision.receipt else "receipt"


def _proposed(events: Sequence[DecisionEvent]) -> dict[str, Any]:
    """What the entries say of the proposal in force."""
    said: dict[str, Any] = {}
    for event in events:
        if event.kind is EventKind.SUBMITTED:
            said = {"on_behalf_of": "", **event.details}
        elif event.kind is EventKind.AMENDED and "amendment" in event.details:
            said |= {name: event.details[name] for name in ("payload_hash", "policy", "revision")}
    return said


def _stated(decision: Decision) -> dict[str, Any]:
    proposal, routing = decision.proposal, decision.routing
    return {
        "action": proposal.action,
        "on_behalf_of": proposal.on_behalf_of,
        "payload_hash": decision.payload_hash,
        "policy": routing.policy,
        "revision": routing.revision,
    }


def _terms(events: Sequence[DecisionEvent]) -> ReceiptTerms | None:
    """What binds the receipts by the entries."""
    terms: ReceiptTerms | None = None
    for event in events:
        if _is_first_of_its_change(event):
            stated = event.details.get("receipt")
            found = DEFAULT if stated is None else ReceiptTerms.of(cast("dict[str, Any]", stated))
            terms = found if terms is None else terms.joined(found)
    return terms


def _is_first_of_its_change(event: DecisionEvent) -> bool:
    """Whether it says all of a change: what is recorded with a decision's other tasks says of them alone."""
    if event.kind is EventKind.REEVALUATED:
        return "verdict" in event.details and "outcome" not in event.details  # one that blocks binds nothing
    return event.kind is EventKind.SUBMITTED or (event.kind is EventKind.AMENDED and "amendment" in event.details)
