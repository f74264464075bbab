"""What is done as the time for a task runs out: it climbs a rung of its ladder, or its holder asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from andon.store import codec, drafts
from andon.store.appeals import is_repeated, request_key
from andon.store.deadlines import Climb, climb, extension
from andon.store.guards import claim, lease_refusal
from andon.store.postgres.names import Names
from andon.store.postgres.operations.requests import RequestKind, earlier
from andon.store.postgres.session import Session
from andon.store.values import Climbed, Hold, Job, RequestKey


async def climb_due(session: Session, now: int, limit: int, names: Names) -> list[Climbed]:
    """Lets tasks climb the rung that is due, earliest first."""
    ids = [id for (id,) in await session.rows("rungs_due", {"now": now, "limit": limit})]
    if not ids:
        return []
    climbs = [climb(codec.job(row).task) for row in await session.rows("jobs_by_ids", {"ids": ids})]
    lanes = [await _lane(session, names, one) for one in climbs]
    await session.rows("climb_if_due", {**_changes(climbs), "lanes": lanes, "now": now})
    rows = await session.rows("jobs_by_ids", {"ids": ids})
    done = list(zip(climbs, rows, strict=True))
    await session.append([draft for one, row in done for draft in drafts.climbed(now, one, row)])
    return [Climbed(codec.job(row), one.rung, one.left) for one, row in done]


async def extend(session: Session, hold: Hold, comment: str, request: RequestKey | None) -> list[Job]:
    """Gives a task, and all that were asked for with it, more time; nothing where this request has done so before."""
    if await earlier(session, RequestKind.EXTEND, request, hold.task_id, hold.now) is not None:
        return []
    task = {"task_id": hold.task_id}
    await session.rows("hold_level", task)
    if refused := lease_refusal(await session.row("task_guard", task), hold):
        raise refused
    more = extension(hold.task_id, await session.rows("seats_of_level", task))
    seats = {"ids": more.ids, "climb_times": more.climb_times}
    await session.rows("extend_if_held", {**claim(hold), "by": more.by, **seats})
    rows = await session.rows("jobs_by_ids", {"ids": more.ids[: more.open]})
    await session.append([drafts.extended(hold, comment, more.by, row) for row in rows])
    return [codec.job(row) for row in rows]


async def is_known(session: Session, request: RequestKey) -> bool:
    """Whether this request key has brought more time. RequestIdReused."""
    return is_repeated(await session.row("request_by_id", request_key(request, RequestKind.EXTEND)), request)


async def _lane(session: Session, names: Names, climb: Climb) -> int | None:
    if not climb.relaned:
        return None
    return await names.lane_within(session, climb.queue, climb.skills, climb.task.group)


def _changes(climbs: Sequence[Climb]) -> dict[str, list[Any]]:
    """The climbs as the statement takes them: column by column."""
    return {
        "ids": [climb.task.id for climb in climbs],
        "rungs": [climb.task.rung for climb in climbs],
        "ranks": [climb.rank for climb in climbs],
        "climb_times": [climb.climb_time for climb in climbs],
        "moves": [climb.moves for climb in climbs],
    }
