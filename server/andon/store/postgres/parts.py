"""The decision log's parts: one table for each month, made before the month begins.

What no month's part takes lies in `decision_rest`: ids of a clock that was far off, or of a month whose part nobody
could make in time. It works there as anywhere else; only to look it through, and to cut it off, takes longer.
"""

from __future__ import annotations

from typing import Final

import asyncpg

from andon.domain.months import Month, month_of
from andon.store.postgres.session import AnyConnection, Session
from andon.store.report import warn

LOCK: Final = 0x414E4450  # "ANDP": servers that make parts at once take turns
_REST: Final = "decision_rest"
_MOVED: Final = 20_000
"""So many rows of a month may be moved out of the rest, while others wait for it; where there are more they stay, and
the month with them."""

_REFUSALS: Final = (asyncpg.InsufficientPrivilegeError, asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


async def make_room(session: Session, now: int) -> None:
    """See `Store.make_room`."""
    await make_parts(session.connection, now)


def part_name(month: Month) -> str:
    """The table of a month's part."""
    return f"decision_{month.year:04}_{month.month:02}"


async def make_parts(connection: AnyConnection, now: int) -> list[Month]:
    """Makes the parts of this month and the next where they are missing, and returns which it made.

    Each in a transaction of its own, so that one that can't be had costs nothing but itself: it is logged, and tried
    again with the next call.
    """
    this = month_of(now)
    made = []
    for month in (this, this.next):
        try:
            if not await part_stands(connection, month) and await _make(connection, month):
                made.append(month)
        except _REFUSALS as error:
            warn("store.part_not_made", part=part_name(month), error=str(error))
    return made


async def part_stands(connection: AnyConnection, month: Month) -> bool:
    """Whether a month has a part of its own.

    Asks the catalogue's table: `to_regclass` may remember what was so before we waited for our turn.
    """
    known = "SELECT FROM pg_class WHERE relname = $1 AND relnamespace = current_schema()::regnamespace"
    return bool(await connection.fetchval(f"SELECT EXISTS ({known})", part_name(month)))


async def _make(connection: AnyConnection, month: Month) -> bool:
    """The part is filled and attached as one, so no reader ever misses a row.

    This locks nobody out of the log, only out of the rest, while that is looked through for rows of the month. Who
    waits there with one is refused, and comes again (`Pool`).
    """
    name = part_name(month)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        if await part_stands(connection, month):
            return False
        await connection.execute(f"LOCK TABLE {_REST} IN ACCESS EXCLUSIVE MODE")
        left = await _left_in_rest(connection, month)
        if left > _MOVED:
            warn("store.part_not_made", part=name, left_in_rest=left)
            return False
        await connection.execute(f"CREATE TABLE {name} (LIKE decision INCLUDING ALL)")
        await _leave_unsampled(connection, name)
        if left:
            await _move(connection, month)
        bounds = f"FROM ('{month.low}') TO ('{month.high}')"
        await connection.execute(f"ALTER TABLE decision ATTACH PARTITION {name} FOR VALUES {bounds}")
    return True


async def _leave_unsampled(connection: AnyConnection, name: str) -> None:
    """What is not sampled of the log is not of its part, either: `LIKE` does not copy that."""
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'decision'::regclass AND attstattarget = 0"
    changes = [f"ALTER COLUMN {column} SET STATISTICS 0" for (column,) in await connection.fetch(columns)]
    await connection.execute(f"ALTER TABLE {name} {', '.join(changes)}")


async def _left_in_rest(connection: AnyConnection, month: Month) -> int:
    """Rows of the month in the rest; no more are counted than tells that they are too many."""
    found = f"SELECT FROM {_REST} WHERE id >= $1 AND id < $2 LIMIT {_MOVED + 1}"  # nosec B608  # constants
    return int(await connection.fetchval(f"SELECT count(*) FROM ({found}) AS r", month.low, month.high))  # nosec B608


async def _move(connection: AnyConnection, month: Month) -> None:
    move = f"WITH moved AS (DELETE FROM {_REST} WHERE id >= $1 AND id < $2 RETURNING *) "  # nosec B608  # constants
    into = f"INSERT INTO {part_name(month)} SELECT * FROM moved"  # nosec B608  # a month's number
    await connection.execute(f"{move} {into}", month.low, month.high)
