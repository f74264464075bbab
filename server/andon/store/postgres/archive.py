"""Retention on one PostgreSQL database, beside the servers that work on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from asyncpg.cursor import Cursor

from andon.domain.canonical import JsonObject, canonical
from andon.domain.clock import DAY, HOUR
from andon.domain.months import Month, month_of_id
from andon.store.archive import ArchiveFault, Census, Cut, Reading
from andon.store.ledger import Draft, LedgerKind
from andon.store.postgres.parts import part_name, part_stands
from andon.store.postgres.session import AnyConnection, Session
from andon.store.postgres.statements import prepared, sql
from andon.store.records import BESIDE, Columns, records
from andon.store.sealing import SECRET

ACTOR: Final = "retention"
_CHUNK: Final = 500
_TRIES: Final = 5
_DETACH: Final = "ALTER TABLE decision DETACH PARTITION"
_LOCK: Final = 0x414E4452  # "ANDR": one retention at a time


@asynccontextmanager
async def _faults_told() -> AsyncIterator[None]:
    """Says what the database refuses, or that it is gone, in the port's words."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise ArchiveFault(f"PostgreSQL: {str(error) or type(error).__name__}") from error


class PostgresArchive:
    """See `andon.store.archive.Archive` for what each method promises. Made by `open_archive`."""

    def __init__(self, connection: AnyConnection) -> None:
        self._connection: Final = connection
        self._session: Final = Session(connection)

    @_faults_told()
    async def time(self) -> int:
        return int(await self._session.one("clock"))

    @_faults_told()
    async def months(self, before: int) -> list[Month]:
        found: list[Month] = []
        low = ""
        while (id := await self._session.one("first_id", {"low": low})) is not None:
            month = month_of_id(id)
            if month.end > before:
                break
            found.append(month)
            low = month.high
        return found

    @_faults_told()
    async def actions(self, month: Month) -> list[str]:
        return [action for (action,) in await self._session.rows("actions_of_month", _bounds(month))]

    @_faults_told()
    async def census(self, month: Month, kept: Sequence[str]) -> Census:
        values = _bounds(month) | {"kept": list(kept)}
        ((decisions, unended, on_hold),) = await self._session.rows("census", values)
        ((retirable, *_),) = await self._session.run(sql("census", filter=_only("d.id")), values)
        return Census(decisions, retirable, unended, on_hold)

    @asynccontextmanager
    async def read(self, month: Month, kept: Sequence[str]) -> AsyncIterator[Reading]:
        async with _faults_told(), self._session.transaction(isolation="repeatable_read", readonly=True):
            ((position, anchor),) = await self._session.rows("ledger_head")
            encrypted = bool(await self._session.rows("secret_of", {"name": SECRET}))
            yield Reading(position, anchor, self._records(month, kept, position), encrypted)

    @_faults_told()
    async def cut_if_unchanged(self, cut: Cut) -> bool:
        try:
            async with self._session.transaction():
                holds = await self._session.rows("holds_in_force")
                await self._remove(cut)
                draft = Draft(cut.now, LedgerKind.RETIRED, ACTOR, canonical(cut.body))
                await self._session.append([draft])
                if await self._session.rows("holds_in_force") != holds:  # whoever placed one meanwhile was told so
                    raise _Changed
        except _Changed:
            return False
        return True

    async def shrink(self) -> None:
        return None

    async def close(self) -> None:
        await self._connection.close()

    # Reading

    async def _records(self, month: Month, kept: Sequence[str], position: int) -> AsyncIterator[JsonObject]:
        first, last = await self._submissions(month, position)
        values = _bounds(month) | {"kept": list(kept), "first": first, "last": last}
        made = prepared(sql("read_month", filter=_only("d.id")))
        await self._connection.execute("SET LOCAL cursor_tuple_fraction = 1")  # all of it will be read
        cursor: Cursor[asyncpg.Record] = await self._connection.cursor(made.text, *made.arguments(values))
        while rows := await cursor.fetch(_CHUNK):
            for record in await self._whole(rows):
                yield record

    async def _submissions(self, month: Month, position: int) -> tuple[int, int]:
        """Where in the ledger a month's submissions lie: clocks may differ by an hour."""
        first = await self._session.one("entry_since", {"moment": month.start - HOUR, "last": position})
        after = await self._session.one("entry_since", {"moment": month.end + HOUR, "last": position})
        return first, after - 1

    async def _whole(self, rows: Sequence[asyncpg.Record]) -> list[JsonObject]:
        values = {"ids": [row["id"] for row in rows]}
        parts = {name: await self._fetch(f"{name}_of_decisions", values) for name in BESIDE}
        entries = await self._strays(rows) + await self._fetch("entries_of_decisions", values)
        return records(list(map(dict, rows)), parts, entries)

    async def _strays(self, rows: Sequence[asyncpg.Record]) -> list[Columns]:
        """Submissions that lie elsewhere in the ledger, because a clock was far off."""
        ids = [row["id"] for row in rows if row["entry_sequence"] is None]
        return await self._fetch("submissions_of_decisions", {"ids": ids}) if ids else []

    async def _fetch(self, name: str, values: Mapping[str, Any]) -> list[Columns]:
        made = prepared(sql(name))
        return [dict(row) for row in await self._connection.fetch(made.text, *made.arguments(values))]

    # Cutting

    async def _remove(self, cut: Cut) -> None:
        """What hangs on the decisions first; what locks others out last, and for a moment only.

        Whatever befalls a decision has its entry in the ledger, so what has none since the reading is as it was read.
        """
        month, values = cut.month, _bounds(cut.month) | {"kept": list(cut.kept), "since": cut.month.start - DAY}
        census = await self.census(month, cut.kept)
        now = await self._unchanged_since(cut.position, cut.anchor, month)
        for name, id in _HANGING:
            await self._session.run(sql(name, filter=_only(id)), values)
        if census.retirable == census.decisions and await part_stands(self._connection, month):
            gone = census.retirable
            await self._detach(part_name(month))
            await self._connection.execute(f"DROP TABLE {part_name(month)}")
        else:
            gone = (await self._session.run(sql("remove_decisions", filter=_only("d.id")), values))[0][0]
        await self._unchanged_since(*now, month)
        if gone != cut.decisions:
            raise _Changed

    async def _unchanged_since(self, position: int, anchor: str, month: Month) -> tuple[int, str]:
        """Where the ledger stands now. _Changed where something befell the month since that entry."""
        ((last, hash),) = await self._session.rows("ledger_head")
        since = {"position": position, "anchor": anchor}
        if await self._session.one("changed_since", _bounds(month) | since):
            raise _Changed
        return last, hash

    async def _detach(self, name: str) -> None:
        """Takes a part off the log, from when on nobody can write to it.

        Waits a second at most each time: all who come to the log meanwhile wait behind us.
        """
        await self._connection.execute("SET LOCAL lock_timeout = '1s'")
        for _ in range(_TRIES):
            try:
                async with self._connection.transaction():
                    await self._connection.execute(f"{_DETACH} {name}")
                await self._connection.execute("SET LOCAL lock_timeout = '5s'")
                return
            except asyncpg.LockNotAvailableError:
                continue
        raise ArchiveFault(f"{name} can't be taken off the log: a long reading, such as a backup, is at it; try later")


class _Changed(Exception):
    """What is there is not what was read."""


_HANGING: Final = (
    ("remove_requests", "d.id"),
    ("remove_deliveries", "n.decision_id"),
    ("remove_appeals", "a.decision_id"),
    ("remove_redemptions", "a.decision_id"),
    ("remove_barred", "a.decision_id"),
    ("remove_earlier_proposals", "a.decision_id"),
    ("remove_reviews", "t.decision_id"),
    ("remove_tasks", "t.decision_id"),
)


async def alone(connection: AnyConnection) -> None:
    """Sees to it that there is one retention at a time. Raises ValueError where another is at work."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
        raise ValueError("another retention is at work on it")


def _bounds(month: Month) -> dict[str, Any]:
    return {"low": month.low, "high": month.high}


def _only(id: str) -> str:
    """The condition that a decision's id is of one that may go."""
    return f"AND {id} IN ({sql('retirable')})"
