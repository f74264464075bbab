"""Ending a task by a verdict."""

from __future__ import annotations

from dataclasses import replace

from andon.domain.decision import Model
from andon.domain.review import OUTCOMES
from andon.store import codec, ledger
from andon.store.guards import claim, verdict_refusal
from andon.store.postgres.operations.hold import the_job
from andon.store.postgres.operations.requests import RequestKind, earlier
from andon.store.postgres.session import Session
from andon.store.values import RetrainDue, Settled, VerdictGiven
from andon.store.verdicts import conditions, in_view, resolution, retrain_due, review_values


async def settle(session: Session, given: VerdictGiven) -> Settled:
    """Ends a task by a verdict, and its decision with it where that is open. See `Store.settle_if_leased`."""
    known = await earlier(session, RequestKind.REVIEW, given.request, given.hold.task_id, given.review.time)
    if known is not None:
        return await _again(session, known)
    closed = await session.row("settle_if_leased", {**claim(given.hold), **conditions(given)})
    if closed is None:
        raise verdict_refusal(await session.row("task_guard", {"task_id": given.hold.task_id}), given)
    return await _settle(session, given, *closed)


async def _again(session: Session, task_id: str) -> Settled:
    (row,) = await session.rows("review_by_task", {"task_id": task_id})
    return Settled(codec.review(row), codec.job(await the_job(session, task_id)), replayed=True)


async def _settle(session: Session, given: VerdictGiven, decision_id: str, since: int | None) -> Settled:
    review = replace(in_view(given.review, since), task_id=given.hold.task_id, decision_id=decision_id)
    resolved = await session.row("resolve_if_open", {**resolution(review), "decision_id": decision_id})
    job = codec.job(await the_job(session, review.task_id))
    (row,) = await session.rows("insert_review", {**review_values(review), "task_id": review.task_id})
    sequence, confidence, action, model_name, model_version, labels = row
    review = replace(review, sequence=sequence)
    due = retrain_due(given, sequence, labels, action, Model(model_name, model_version))
    drafts = [ledger.reviewed(review, confidence, OUTCOMES[review.verdict] if resolved else None)]
    if due is not None:
        await _end_round(session, due)
        drafts.append(ledger.retrain_due(due, review.time))
    await session.append(drafts)
    return Settled(review, job, retrain=due)


async def _end_round(session: Session, due: RetrainDue) -> None:
    """In the transaction of the label that completes it: so it is announced exactly once."""
    values = {"action": due.action, "model_name": due.model.name, "model_version": due.model.version}
    await session.rows("end_label_round", values)
