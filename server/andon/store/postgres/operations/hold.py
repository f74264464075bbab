"""What a holder does with a lease: renew, release, escalate."""

from __future__ import annotations

from dataclasses import replace

from andon.domain.errors import AndonError
from andon.store import codec, drafts
from andon.store.codec import Row
from andon.store.guards import claim, hold_refusal
from andon.store.postgres.session import Session
from andon.store.values import Hold, Job


async def renew(session: Session, hold: Hold, until: int) -> Job:
    """Prolongs a lease, by one statement. Not recorded in the ledger: it changes no state."""
    row = await session.row("renew_if_held", {**claim(hold), "until": until})
    if row is None:
        raise await _refusal(session, hold)
    job = codec.job(row)
    assert job.task.lease is not None
    return replace(job, task=replace(job.task, lease=replace(job.task.lease, expire_time=until)))


async def release(session: Session, hold: Hold, comment: str, *, skip: bool) -> Job:
    """Gives a task back to its queue. `skip`: its holder has passed on the decision."""
    await _guarded(session, "release_if_held", hold, skip=skip)
    row = await the_job(session, hold.task_id)
    await session.append([drafts.released(hold, comment, row, skip=skip)])
    return codec.job(row)


async def escalate(session: Session, hold: Hold, comment: str) -> Job:
    """Hands a task to the queue of its escalation. Its holder has passed on the decision."""
    before = await session.row("job_by_task", {"task_id": hold.task_id})
    await _guarded(session, "escalate_if_held", hold)
    assert before is not None
    row = await the_job(session, hold.task_id)
    await session.append([drafts.handed_on(hold, comment, before, row)])
    return codec.job(row)


async def the_job(session: Session, task_id: str) -> Row:
    """`$columns_task, $columns_decision` of a task that is there."""
    (row,) = await session.rows("job_by_task", {"task_id": task_id})
    return row


async def _guarded(session: Session, statement: str, hold: Hold, **further: bool) -> None:
    if await session.row(statement, {**claim(hold), **further}) is None:
        raise await _refusal(session, hold)


async def _refusal(session: Session, hold: Hold) -> AndonError:
    return hold_refusal(await session.row("task_guard", {"task_id": hold.task_id}), hold)
