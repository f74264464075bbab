"""The ledger as it is proved, in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

from andon.domain.chain import ChainEntry
from andon.store.evidence import AROUND, Checkpoint
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.seal import Seal
from andon.store.sqlite.outbox import Read
from andon.store.sqlite.reader import rows
from andon.store.sqlite.statements import sql


class SqliteEvidence:
    """See `andon.store.evidence.Evidence` for what each method promises."""

    def __init__(self, commit: Callable[[Operation[Any]], Awaitable[Any]], read: Read) -> None:
        self._commit: Final = commit
        self._read: Final = read

    async def entries(self, after: int, limit: int, size: int) -> Sequence[ChainEntry]:
        found: Sequence[ChainEntry] = await self._read(_entries, after, limit, size)
        return found

    async def hashes(self, after: int, limit: int) -> Sequence[bytes]:
        found: Sequence[bytes] = await self._read(_hashes, after, limit)
        return found

    async def checkpoint(self, covering: int = 0) -> Checkpoint | None:
        found: Checkpoint | None = await self._read(_checkpoint, covering)
        return found

    async def seal_if_next(self, checkpoint: Checkpoint, after: int) -> bool:
        done: bool = await self._commit(Seal({**asdict(checkpoint), "after": after}))
        return done


def _entries(connection: sqlite3.Connection, after: int, limit: int, size: int) -> list[ChainEntry]:
    found: list[ChainEntry] = []
    for row in connection.execute(sql("ledger_as_stored"), {"after": after, "limit": limit}):
        entry = ChainEntry._make(row)
        found.append(entry)
        size -= len(entry.body.encode()) + len(entry.words.encode()) + AROUND
        if size <= 0:
            break
    return found


def _hashes(connection: sqlite3.Connection, after: int, limit: int) -> list[bytes]:
    found = connection.execute(sql("ledger_hashes"), {"after": after, "limit": limit})
    return [bytes.fromhex(hash) for (hash,) in found]


def _checkpoint(connection: sqlite3.Connection, covering: int) -> Checkpoint | None:
    statement = sql("checkpoint_covering" if covering else "newest_checkpoint")
    found = rows(connection, statement, {"covering": covering} if covering else {})
    return Checkpoint(*found[0]) if found else None
