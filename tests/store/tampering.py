"""What a database administrator can do to a ledger, with each engine's own SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from andon.domain.canonical import digest
from andon.domain.chain import GENESIS, ChainEntry, link_hash
from tests.store.engines import Engine, PostgresEngine, SqliteEngine

COLUMNS: Final = ChainEntry._fields[:-1]
"""Those of the table: words stand in one of their own."""
_UNLOCK_SQLITE: Final = tuple(
    f"DROP TRIGGER IF EXISTS {table}_no_{change}"
    for table in ("ledger", "ledger_words")
    for change in ("update", "delete")
)
_UNLOCK_POSTGRES: Final = tuple(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("ledger", "ledger_words"))


async def run(engine: Engine, *statements: str) -> None:
    """Runs statements behind the server's back, past the triggers that stop mistakes."""
    if isinstance(engine, SqliteEngine):
        with sqlite3.connect(engine.path, isolation_level=None) as connection:
            for statement in (*_UNLOCK_SQLITE, *statements):
                connection.execute(statement)
        connection.close()
    else:
        assert isinstance(engine, PostgresEngine)
        connected = await asyncpg.connect(engine.url)
        for statement in (*_UNLOCK_POSTGRES, *statements):
            await connected.execute(statement)
        await connected.close()


async def put(engine: Engine, entries: Sequence[ChainEntry]) -> None:
    """Replaces the whole ledger by these entries. Words stay as they are."""
    rows = [f"({', '.join(map(_quoted, entry[: len(COLUMNS)]))})" for entry in entries]
    await run(engine, "DELETE FROM ledger", f"INSERT INTO ledger ({', '.join(COLUMNS)}) VALUES {', '.join(rows)}")


def rehashed(
    entries: Sequence[ChainEntry], start: int = 1, changes: Mapping[int, Mapping[str, Any]] | None = None
) -> list[ChainEntry]:
    """A ledger that is rewritten from an entry on: with these changes, without gaps, and with hashes that fit."""
    made = list(entries[: start - 1])
    for place, entry in enumerate(entries[start - 1 :], start):
        previous = made[-1].hash if made else GENESIS
        new = entry._replace(**(changes or {}).get(place, {}), sequence=place, previous=previous)
        new = new._replace(body_hash=digest(new.body))
        made.append(new._replace(hash=link_hash(*new[:6], new.body_hash, previous)))
    return made


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
