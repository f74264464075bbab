"""Closing what nobody has to judge any more."""

from __future__ import annotations

from collections.abc import Sequence

from andon.store import codec
from andon.store.postgres.session import Session
from andon.store.values import Job


async def close_beside(session: Session, task_ids: Sequence[str], now: int) -> tuple[Job, ...]:
    """Closes the open tasks of the decisions and levels of these tasks, which are held; gives them as they are then."""
    ids = [row[0] for row in await session.rows("open_seats", {"task_ids": task_ids})] if task_ids else []
    if not ids:
        return ()
    await session.rows("close_tasks_if_open", {"ids": ids, "now": now})
    return tuple(map(codec.job, await session.rows("jobs_by_ids", {"ids": ids})))
