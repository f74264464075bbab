"""The ledger as the history of one decision, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, cast

from andon.domain.canonical import JsonObject, parse
from andon.domain.decision import Decision, Route
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.receipt import DEFAULT
from andon.domain.task import Task
from andon.domain.words import fits
from andon.store.codec import Row
from andon.store.ledger import LedgerKind, submitted
from andon.store.report import warn_once
from andon.store.values import LedgerEntry

KINDS: Final[Mapping[str, EventKind]] = MappingProxyType(
    {
        LedgerKind.LEASED: EventKind.LEASED,
        LedgerKind.RELEASED: EventKind.RELEASED,
        LedgerKind.LAPSED: EventKind.LAPSED,
        LedgerKind.ESCALATED: EventKind.ESCALATED,
        LedgerKind.REVIEWED: EventKind.REVIEWED,
        LedgerKind.EXPIRED: EventKind.EXPIRED,
        LedgerKind.CANCELLED: EventKind.CANCELLED,
        LedgerKind.OPENED: EventKind.OPENED,
        LedgerKind.CLOSED: EventKind.CLOSED,
        LedgerKind.CLIMBED: EventKind.CLIMBED,
        LedgerKind.EXTENDED: EventKind.EXTENDED,
        LedgerKind.AMENDED: EventKind.AMENDED,
        LedgerKind.REEVALUATED: EventKind.REEVALUATED,
        LedgerKind.APPEALED: EventKind.APPEALED,
        LedgerKind.VIEWED: EventKind.VIEWED,
        LedgerKind.READ: EventKind.READ,
        LedgerKind.REDEEMED: EventKind.REDEEMED,
        LedgerKind.ERASED: EventKind.ERASED,
    }
)

_CORRECTION: Final = "corrected_prediction_hash"


def event(entry: LedgerEntry) -> DecisionEvent:
    """An entry on a decision that is not its submission. Words beside it that are not its own are left out, with a
    warning in the log.
    """
    if not fits(entry.body, entry.words):
        warn_once("store.words_unfit", decision=f"decisions/{entry.decision_id}", entry=entry.sequence)
    return DecisionEvent(KINDS[entry.kind], entry.time, entry.actor, entry.task_id, entry.said, entry.sequence)


def corrected(events: Sequence[DecisionEvent]) -> list[int]:
    """The sequences of the reviews among them that have a correction."""
    return [cast("int", event.details["sequence"]) for event in events if event.details.get(_CORRECTION)]


def with_corrections(events: Sequence[DecisionEvent], rows: Sequence[Row]) -> list[DecisionEvent]:
    """The events with what was corrected, by rows of `corrections_of_reviews`, as `corrected_prediction`.

    Where the review is gone, or what it says was erased, the hash stands alone.
    """
    texts: dict[int, str] = {sequence: text for sequence, text, *_ in rows if text != "{}"}
    return [_with_correction(event, texts) for event in events]


def _with_correction(event: DecisionEvent, texts: Mapping[int, str]) -> DecisionEvent:
    details = event.details
    text = texts.get(cast("int", details["sequence"])) if details.get(_CORRECTION) else None
    return event if text is None else replace(event, details={**details, "corrected_prediction": parse(text)})


def submission(decision: Decision, task: Task | None) -> DecisionEvent:
    """How a decision began, told from what is recorded of it: so the ledger need not be searched for it.

    The details are those of the ledger's entry. What they say of the task is its kind, and its queue, skills and
    deadline unless it was moved, asked of others or given more time, or the decision amended, since then (see
    `revisions.as_submitted`). What binds the receipts is left out: it may be stricter by now.
    """
    at_once = decision.routing.route is not Route.REVIEW
    draft = submitted(replace(decision, resolution=decision.resolution if at_once else None, receipt=DEFAULT), None)
    details = cast("dict[str, Any]", parse(draft.body))
    if task is not None:
        details["task"] = {"kind": task.kind.name} if decision.amendments else _task(task)
    return DecisionEvent(EventKind.SUBMITTED, draft.time, draft.actor, decision.task_id, details)


def _task(task: Task) -> JsonObject:
    ladder = () if task.plan is None else task.plan.ladder[: task.rung]
    if task.escalations or task.extensions or any(rung.skills is not None for rung in ladder):
        return {"kind": task.kind.name}
    return {"expire_time": task.expire_time, "kind": task.kind.name, "queue": task.queue, "skills": list(task.skills)}
