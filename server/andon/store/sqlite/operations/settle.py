"""Ending a task by a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from andon.domain.decision import Model
from andon.domain.errors import RequestIdReused
from andon.domain.review import OUTCOMES, Review
from andon.store import codec, ledger
from andon.store.codec import Row
from andon.store.guards import claim, verdict_refusal
from andon.store.sqlite.operations.hold import the_job
from andon.store.sqlite.writer import Writer
from andon.store.values import RequestKey, RetrainDue, VerdictGiven
from andon.store.verdicts import conditions, in_view, resolution, retrain_due, review_values


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
        closed = writer.row("settle_if_leased", {**claim(given.hold), **conditions(given)})
        if closed is None:
            raise verdict_refusal(writer.row("task_guard", {"task_id": given.hold.task_id}), given)
        return _settle(writer, given, *closed)


def _settle(writer: Writer, given: VerdictGiven, task_sequence: int, since: int | None) -> SettledRow:
    seen = in_view(given.review, since)
    values = {**review_values(seen), **_request_values(given.request), "task_sequence": task_sequence}
    sequence, decision_sequence, decision_id, confidence, *group = writer.rows("insert_review", values)[0]
    review = replace(seen, task_id=given.hold.task_id, decision_id=decision_id, sequence=sequence)
    resolved = writer.change("resolve_if_open", {**resolution(review), "decision_sequence": decision_sequence})
    writer.append(ledger.reviewed(review, confidence, OUTCOMES[review.verdict] if resolved else None))
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


def _request_values(request: RequestKey | None) -> dict[str, Any]:
    return {
        "request_id": None if request is None else request.request_id,
        "request_hash": None if request is None else request.body_hash,
    }


def _count(writer: Writer, given: VerdictGiven, review: Review, group: dict[str, Any]) -> RetrainDue | None:
    """Counts a label. The one that completes a round ends it, in the same transaction: so exactly once."""
    (labels,) = writer.rows("count_label", group)[0]
    model = Model(group["model_name"], group["model_version"])
    due = retrain_due(given, review.sequence, labels, group["action"], model)
    if due is not None:
        writer.change("end_label_round", group)
        writer.append(ledger.retrain_due(due, review.time))
    return due
