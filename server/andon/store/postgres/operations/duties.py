"""What time does to tasks: deadlines, lapsed leases, aging. Servers that do the same duty share the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from andon.domain.decision import Outcome
from andon.store import codec, drafts, revisions
from andon.store.codec import Row
from andon.store.endings import expired, missed, parted
from andon.store.ledger import DEADLINE
from andon.store.postgres.operations.close import close_beside
from andon.store.postgres.session import Session
from andon.store.values import Expired, Job


class Due(NamedTuple):
    """A task whose deadline has passed, who held it (empty: nobody), its queue, whether it escalates, and what it is
    about: the decision and the level.
    """

    id: str
    holder: str
    queue: str
    escalates: bool
    decision_id: str
    level: int

    @property
    def about(self) -> tuple[str, int]:
        return (self.decision_id, self.level)


async def expire(session: Session, now: int, limit: int, revision: str) -> list[Expired]:
    """Escalates or ends tasks whose deadline has passed, earliest first."""
    due = await _free(session, [Due(*row) for row in await session.rows("due_tasks", {"now": now, "limit": limit})])
    if not due:
        return []
    escalating, ending = parted(due)
    await _escalate(session, escalating, now)
    await _end(session, ending, now, revision)
    closed = await close_beside(session, [task.id for task in ending], now)
    both = [task for task in due if task in escalating or task in ending]
    dealt = list(zip(both, await _jobs(session, [task.id for task in both]), strict=True))
    await session.append(missed(now, dealt) + revisions.closed(now, DEADLINE, [job.task for job in closed]))
    return expired(dealt, closed)


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


async def _free(session: Session, due: Sequence[Due]) -> list[Due]:
    """Those with whose end nothing ends that another is at just now: the others have their turn later."""
    ids = {"task_ids": [task.id for task in due if not task.escalates]}
    if not ids["task_ids"]:
        return list(due)
    held = {id for (id,) in await session.rows("hold_seats", ids)}
    busy = {(decision, level) for id, _, decision, level in await session.rows("open_seats", ids) if id not in held}
    return [task for task in due if task.about not in busy]


async def _end(session: Session, due: Sequence[Due], now: int, revision: str) -> None:
    if not due:
        return
    await session.rows("expire_if_due", {"ids": [task.id for task in due], "now": now})
    end = {"outcome": Outcome.EXPIRED.value, "resolved_by": DEADLINE, "now": now, "revision": revision}
    decisions = [task.decision_id for task in due if not task.level]
    await session.rows("resolve_expired_if_open", {**end, "decision_ids": decisions})
    if appeals := [task.id for task in due if task.level]:
        await session.rows("resolve_expired_appeals_if_open", {**end, "ids": appeals})


async def _jobs(session: Session, ids: list[str]) -> list[Row]:
    return await session.rows("jobs_by_ids", {"ids": ids})
