"""What time does to tasks: deadlines, lapsed leases, aging. Servers that do the same duty share the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from andon.domain.decision import Outcome
from andon.store import codec, drafts
from andon.store.codec import Row
from andon.store.ledger import DEADLINE
from andon.store.postgres.session import Session
from andon.store.values import Expired, Job


class Due(NamedTuple):
    """A task whose deadline has passed, who held it (empty: nobody), its queue, and whether it escalates."""

    id: str
    holder: str
    queue: str
    escalates: bool
    decision_id: str


async def expire(session: Session, now: int, limit: int) -> list[Expired]:
    """Escalates or ends tasks whose deadline has passed, earliest first."""
    due = [Due(*row) for row in await session.rows("due_tasks", {"now": now, "limit": limit})]
    if not due:
        return []
    await _escalate(session, [task for task in due if task.escalates], now)
    await _end(session, [task for task in due if not task.escalates], now)
    rows = await _jobs(session, [task.id for task in due])
    done = list(zip(due, rows, strict=True))
    await session.append([drafts.missed(now, task.holder, task.queue, task.escalates, row) for task, row in done])
    return [Expired(codec.job(row), task.escalates, task.queue) for task, row in done]


async def reclaim(session: Session, now: int, limit: int) -> list[Job]:
    """Gives tasks whose lease has lapsed back to their queues, earliest first."""
    lapsed = await session.rows("reclaim_if_lapsed", {"now": now, "limit": limit})
    if not lapsed:
        return []
    rows = await _jobs(session, [id for id, _ in lapsed])
    await session.append(
        [drafts.lapsed(now, holder, row) for (_, holder), row in zip(lapsed, rows, strict=True)],
    )
    return [codec.job(row) for row in rows]


async def age(session: Session, now: int, interval: int, limit: int) -> int:
    """Raises the urgency of tasks that have waited. Not recorded in the ledger: it changes no state."""
    return int(await session.one("age_if_waiting", {"now": now, "interval": interval, "limit": limit}))


async def _escalate(session: Session, due: Sequence[Due], now: int) -> None:
    if due:
        await session.rows("escalate_if_due", {"ids": [task.id for task in due], "now": now})


async def _end(session: Session, due: Sequence[Due], now: int) -> None:
    if not due:
        return
    await session.rows("expire_if_due", {"ids": [task.id for task in due], "now": now})
    ended = {"outcome": Outcome.EXPIRED.value, "resolved_by": DEADLINE, "now": now}
    await session.rows("resolve_expired_if_open", {**ended, "decision_ids": [task.decision_id for task in due]})


async def _jobs(session: Session, ids: list[str]) -> list[Row]:
    return await session.rows("jobs_by_ids", {"ids": ids})
