"""Ending a task by a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from andon.domain.canonical import canonical
from andon.domain.decision import Model, Resolution
from andon.domain.errors import RequestIdReused
from andon.domain.quorum import Add, Step
from andon.domain.review import Review
from andon.domain.task import Task
from andon.store import codec, ledger
from andon.store.codec import Row
from andon.store.guards import claim, verdict_refusal
from andon.store.ledger import SERVER
from andon.store.revisions import opened
from andon.store.sqlite.operations.close import close_beside
from andon.store.sqlite.operations.hold import the_job
from andon.store.sqlite.writer import Writer
from andon.store.values import RequestKey, RetrainDue, Settled, VerdictGiven
from andon.store.verdicts import (
    alone,
    conditions,
    further_seat,
    in_view,
    resolution,
    resolution_values,
    retrain_due,
    review_values,
    step,
)


@dataclass(frozen=True, slots=True)
class SettledRow:
    """What was settled; rows are `$columns_task, $columns_decision`."""

    review: Review
    row: Row
    replayed: bool = False
    retrain: RetrainDue | None = None
    closed: tuple[Row, ...] = ()
    opened: tuple[Row, ...] = ()
    ended: bool = True

    def settled(self) -> Settled:
        """The same as the port gives it."""
        closed, opened = tuple(map(codec.job, self.closed)), tuple(map(codec.job, self.opened))
        return Settled(self.review, codec.job(self.row), self.replayed, self.retrain, closed, opened, self.ended)


@dataclass(frozen=True, slots=True)
class Settle:
    """Ends a task by a verdict, and its decision or appeal with it where that settles it."""

    verdict: VerdictGiven
    rows: int = 8

    def apply(self, writer: Writer) -> SettledRow:
        given = self.verdict
        if given.request is not None and (replayed := _replay(writer, given.request)) is not None:
            return replayed
        closed = writer.row("settle_if_leased", {**claim(given.hold), **conditions(given)})
        if closed is None:
            raise verdict_refusal(writer.row("task_guard", {"task_id": given.hold.task_id}), given)
        return _settle(writer, given, *closed)


def _settle(writer: Writer, given: VerdictGiven, task_sequence: int, since: int | None, planned: int) -> SettledRow:
    task_id = given.hold.task_id
    then = _step(writer, given) if planned else alone(given)
    seen = in_view(given.review, since)
    values = {
        **review_values(seen),
        **_request_values(given.request),
        "task_sequence": task_sequence,
        "task_id": task_id,
    }
    sequence, decision_sequence, decision_id, level, confidence, *group = writer.rows("insert_review", values)[0]
    review = replace(seen, task_id=task_id, decision_id=decision_id, sequence=sequence, level=level)
    writer.change("bar_reviewer", {"decision_sequence": decision_sequence, "reviewer": review.reviewer})
    end = resolution(review, then)
    ended = end if end is not None and _end(writer, end, decision_sequence, level) else None
    writer.append(ledger.reviewed(review, confidence, ended))
    closed = close_beside(writer, [task_id], review.time, review.reviewer) if ended else ()
    row = the_job(writer, task_id)
    added = (_open(writer, given, codec.job(row).task, then),) if isinstance(then, Add) else ()
    retrain = _count(writer, given, review, dict(zip(("action", "model_name", "model_version"), group, strict=True)))
    return SettledRow(review, row, False, retrain, closed, added, ended is not None)


def _step(writer: Writer, given: VerdictGiven) -> Step:
    task = codec.job(the_job(writer, given.hold.task_id)).task
    quorum = task.plan and task.plan.quorum
    if not quorum:
        return alone(given)
    casts = writer.rows("casts_of_level", {"task_id": task.id})
    return step(given, task, quorum, casts, writer.rows("open_seats", {"task_ids": canonical([task.id])}))


def _end(writer: Writer, end: Resolution, decision_sequence: int, level: int) -> bool:
    """Ends the decision, or the appeal; False where that has ended before."""
    values = {**resolution_values(end), "decision_sequence": decision_sequence, "level": level}
    return bool(writer.change("resolve_appeal_if_open" if level else "resolve_if_open", values))


def _open(writer: Writer, given: VerdictGiven, task: Task, add: Add) -> Row:
    plan = task.escalation
    lanes = {
        "lane": writer.lane(task.queue, task.skills, add.group),
        "escalation_lane": None if plan is None else writer.lane(plan.queue, plan.skills, add.group),
    }
    writer.change("open_seat", {**further_seat(given, task, add), **lanes})
    row = the_job(writer, given.fresh_id)
    for draft in opened(given.review.time, SERVER, [codec.job(row).task]):
        writer.append(draft)
    return row


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
