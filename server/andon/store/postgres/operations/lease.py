"""Handing out the most urgent tasks."""

from __future__ import annotations

from typing import Final

from andon.store import codec, drafts
from andon.store.codec import Row
from andon.store.postgres.session import Session
from andon.store.values import Job, LeaseRequest

ANY: Final = "*"
_LOOKS: Final = 4
_WIDER: Final = 4


async def lease(session: Session, request: LeaseRequest) -> list[Job]:
    """Leases as many tasks as there are tokens, most urgent first. See `Store.lease_most_urgent`."""
    await session.rows("plan_by_index")
    taken = await _take(session, request)
    if not taken:
        return []
    rows = await session.rows("jobs_by_ids", {"ids": taken})
    rows.sort(key=_position)
    await session.append([drafts.leased(request, row) for row in rows])
    return [codec.job(row) for row in rows]


async def _take(session: Session, request: LeaseRequest) -> list[str]:
    """Takes heads that nobody else is at.

    Where others were at too many of them it looks again, further; where they were at all, it waits for them first.
    """
    taken: list[str] = []
    wanted = len(request.tokens)
    slack = 4 * wanted + 16
    for _ in range(_LOOKS):
        heads = await _heads(session, request, slack) if len(taken) < wanted else []
        if not heads:
            break
        values = {"heads": heads, "holder": request.holder, "tokens": list(request.tokens[len(taken) :])}
        rows = await session.rows("lease_if_waiting", {**values, "now": request.now, "until": request.until})
        taken += [id for (id,) in rows]
        if len(rows) == len(heads):
            break
        if not taken:
            await session.rows("await_heads", {"heads": heads[:wanted]})
        slack *= _WIDER
    return taken


def _position(row: Row) -> tuple[int, int, str]:
    """As `andon.store.values.position`, of `$columns_task`."""
    return (-row[4], row[6], row[0])


async def _heads(session: Session, request: LeaseRequest, limit: int) -> list[str]:
    values = {
        "every_queue": ANY in request.queues,
        "every_skill": ANY in request.skills,
        "queues": list(request.queues),
        "skills": list(request.skills),
        "holder": request.holder,
        "skip": list(request.skip),
        "limit": limit,
    }
    if request.only is None:
        return [id for (id,) in await session.rows("lane_heads", values)]
    return [id for (id,) in await session.rows("heads_among", {**values, "only": sorted(request.only)})]
