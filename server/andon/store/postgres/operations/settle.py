"""Ending a task by a verdict."""

from __future__ import annotations

from dataclasses import replace

from andon.domain.decision import Model, Resolution
from andon.domain.quorum import Add, Step
from andon.domain.task import Task
from andon.store import codec, ledger, revisions
from andon.store.guards import claim, verdict_refusal
from andon.store.ledger import SERVER
from andon.store.postgres.names import Names
from andon.store.postgres.operations.close import close_beside
from andon.store.postgres.operations.hold import the_job
from andon.store.postgres.operations.requests import RequestKind, earlier
from andon.store.postgres.session import Session
from andon.store.values import Job, RetrainDue, Settled, VerdictGiven
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


async def settle(session: Session, given: VerdictGiven, names: Names) -> Settled:
    """Ends a task by a verdict, and its decision with it where that settles it. See `Store.settle_if_leased`."""
    known = await earlier(session, RequestKind.REVIEW, given.request, given.hold.task_id, given.review.time)
    if known is not None:
        return await _again(session, known)
    await session.rows("hold_level", {"task_id": given.hold.task_id})
    closed = await session.row("settle_if_leased", {**claim(given.hold), **conditions(given)})
    if closed is None:
        raise verdict_refusal(await session.row("task_guard", {"task_id": given.hold.task_id}), given)
    return await _settle(session, names, given, *closed)


async def _again(session: Session, task_id: str) -> Settled:
    (row,) = await session.rows("review_by_task", {"task_id": task_id})
    return Settled(codec.review(row), codec.job(await the_job(session, task_id)), replayed=True)


async def _settle(
    session: Session,
    names: Names,
    given: VerdictGiven,
    decision_id: str,
    level: int,
    since: int | None,
    planned: bool,
) -> Settled:
    task_id = given.hold.task_id
    then = await _step(session, given) if planned else alone(given)
    review = replace(in_view(given.review, since), task_id=task_id, decision_id=decision_id, level=level)
    end = resolution(review, then)
    ended = end if end is not None and await _end(session, end, decision_id, level) else None
    closed = await close_beside(session, [task_id], review.time) if ended else ()
    job = codec.job(await the_job(session, task_id))
    added = (await _open(session, names, given, job.task, then),) if isinstance(then, Add) else ()
    (row,) = await session.rows("insert_review", {**review_values(review), "task_id": task_id})
    sequence, confidence, action, model_name, model_version, labels = row
    review = replace(review, sequence=sequence)
    due = retrain_due(given, sequence, labels, action, Model(model_name, model_version))
    drafts = [ledger.reviewed(review, confidence, ended)]
    drafts += revisions.closed(review.time, review.reviewer, [one.task for one in closed])
    drafts += revisions.opened(review.time, SERVER, [one.task for one in added])
    if due is not None:
        await _end_round(session, due)
        drafts.append(ledger.retrain_due(due, review.time))
    await session.append(drafts)
    return Settled(review, job, False, due, closed, added, ended is not None)


async def _step(session: Session, given: VerdictGiven) -> Step:
    task = codec.job(await the_job(session, given.hold.task_id)).task
    quorum = task.plan and task.plan.quorum
    if not quorum:
        return alone(given)
    casts = await session.rows("casts_of_level", {"task_id": task.id})
    return step(given, task, quorum, casts, await session.rows("open_seats", {"task_ids": [task.id]}))


async def _end(session: Session, end: Resolution, decision_id: str, level: int) -> bool:
    """Ends the decision, or the appeal; False where that has ended before."""
    values = {**resolution_values(end), "decision_id": decision_id, "level": level}
    return await session.row("resolve_appeal_if_open" if level else "resolve_if_open", values) is not None


async def _open(session: Session, names: Names, given: VerdictGiven, task: Task, add: Add) -> Job:
    plan = task.escalation
    lanes = {
        "lane": await names.lane_within(session, task.queue, task.skills, add.group),
        "escalation_lane": plan and await names.lane_within(session, plan.queue, plan.skills, add.group),
    }
    await session.rows("open_seat", {**further_seat(given, task, add), **lanes})
    return codec.job(await the_job(session, given.fresh_id))


async def _end_round(session: Session, due: RetrainDue) -> None:
    """In the transaction of the label that completes it: so it is announced exactly once."""
    values = {"action": due.action, "model_name": due.model.name, "model_version": due.model.version}
    await session.rows("end_label_round", values)
