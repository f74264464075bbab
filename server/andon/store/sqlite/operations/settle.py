"""Ending a task by a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from andon.domain.canonical import canonical
from andon.domain.decision import Model, Outcome
from andon.domain.errors import RequestIdReused
from andon.domain.review import OUTCOMES, RELEASING, Review, says_something
from andon.store import ledger
from andon.store.port import RequestKey, RetrainDue, VerdictGiven
from andon.store.sqlite import codec
from andon.store.sqlite.codec import Row
from andon.store.sqlite.operations.hold import claim, the_job, verdict_refusal
from andon.store.sqlite.writer import Writer


@dataclass(frozen=True, slots=True)
class SettledRow:
    """What was settled; the row is `$columns_task, $columns_decision`."""

    review: Review
    row: Row
    replayed: bool = False
    retrain: RetrainDue | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """Ends a task by a verdict, and its decision with it where that is still open."""

    verdict: VerdictGiven
    rows: int = 5

    def apply(self, writer: Writer) -> SettledRow:
        given = self.verdict
        if given.request is not None and (replayed := _replay(writer, given.request)) is not None:
            return replayed
        closed = writer.row("settle_if_leased", {**claim(given.hold), **_conditions(given)})
        if closed is None:
            raise verdict_refusal(writer, given)
        task_sequence, first_lease_time = closed
        return _settle(writer, _in_view(given, first_lease_time), task_sequence)


def _conditions(given: VerdictGiven) -> dict[str, Any]:
    """What the guard is told of the verdict; what it then asks of it, it reads beside the task."""
    review = given.review
    return {
        "payload_hash": given.payload_hash,
        "verdict": review.verdict.value,
        "commented": says_something(review.comment),
        "unseen": review.verdict in RELEASING and review.shown is not None and bool(review.shown.unopened),
    }


def _in_view(given: VerdictGiven, since: int | None) -> VerdictGiven:
    """The verdict with a view that began when the task was first handed out, if the client tells of a longer one."""
    review = given.review
    if review.shown is None or review.shown.view_time is None or since is None:
        return given
    longest = max(0, review.time - since)  # a clock may be set back
    shown = replace(review.shown, view_time=min(review.shown.view_time, longest))
    return replace(given, review=replace(review, shown=shown))


def _settle(writer: Writer, given: VerdictGiven, task_sequence: int) -> SettledRow:
    recorded = writer.rows("insert_review", {**_review_values(given), "task_sequence": task_sequence})[0]
    sequence, decision_sequence, decision_id, confidence, *group = recorded
    review = replace(given.review, task_id=given.hold.task_id, decision_id=decision_id, sequence=sequence)
    outcome = OUTCOMES[review.verdict]
    resolved = writer.change("resolve_if_open", _resolution(review, outcome, decision_sequence))
    writer.append(ledger.reviewed(review, confidence, outcome if resolved else None))
    retrain = _count(writer, given, review, dict(zip(("action", "model_name", "model_version"), group, strict=True)))
    return SettledRow(review, the_job(writer, review.task_id), retrain=retrain)


def _replay(writer: Writer, request: RequestKey) -> SettledRow | None:
    key = {"principal": request.principal, "request_id": request.request_id}
    row = writer.row("review_by_request", key)
    if row is None:
        return None
    request_hash, *columns = row
    if request_hash != request.body_hash:
        raise RequestIdReused(request_id=request.request_id)
    review = codec.review(tuple(columns))
    return SettledRow(review, the_job(writer, review.task_id), replayed=True)


def _review_values(given: VerdictGiven) -> dict[str, Any]:
    review, request = given.review, given.request
    return {
        "reviewer": review.reviewer,
        "verdict": review.verdict.value,
        "override": int(review.override),
        "saw_prediction": int(review.saw_prediction),
        "time": review.time,
        "request_id": None if request is None else request.request_id,
        "request_hash": None if request is None else request.body_hash,
        "comment": review.comment,
        "changed_fields": canonical(review.changed_fields),
        "corrected_prediction": codec.optional_json(review.corrected_prediction),
        **codec.shown_values(review.shown),
    }


def _resolution(review: Review, outcome: Outcome, decision_sequence: int) -> dict[str, Any]:
    return {
        "decision_sequence": decision_sequence,
        "outcome": outcome.value,
        "resolved_by": review.reviewer,
        "now": review.time,
        "corrected_prediction": codec.optional_json(review.corrected_prediction),
        "comment": review.comment,
    }


def _count(writer: Writer, given: VerdictGiven, review: Review, group: dict[str, Any]) -> RetrainDue | None:
    """Counts a label. The one that completes a round ends it, in the same transaction: so exactly once."""
    (labels,) = writer.rows("count_label", group)[0]
    if not 0 < given.retrain_after <= labels:
        return None
    writer.change("end_label_round", group)
    model = Model(group["model_name"], group["model_version"])
    due = RetrainDue(group["action"], model, labels, review.sequence)
    writer.append(ledger.retrain_due(due, review.time))
    return due
