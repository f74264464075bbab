"""Sealing what one SQLite file held before it was encrypted, beside the server that may have it open."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.store import rewriting
from andon.store.rewriting import EARLIER, HOLDS, PARTS, WORDS, Part, PlainCount, keyed_by
from andon.store.sealing import STATE, Sealer
from andon.store.sqlite.sealing import Seals
from andon.store.sqlite.statements import sql

_CHECKPOINT_EACH: Final = 50
"""After so many transactions the log is moved into the file: no server may be there to do it."""
_JOIN: Final = "x.decision_sequence = d.sequence"

Run = Callable[..., Awaitable[Any]]


class SqliteRewriting:
    """See `andon.store.rewriting.Rewriting` for what each method promises."""

    def __init__(self, run: Run, sealer: Sealer, now: int) -> None:
        """`run` calls a function with the connection; `now` is when keys are made that are new (µs)."""
        self._run: Final = run
        self._sealer: Final = sealer
        self._now: Final = now
        self._done = 0

    async def count(self) -> PlainCount:
        return PlainCount(*(await self._run(_count, self._sealer)))

    async def decisions(self, after: str, limit: int) -> str:
        self._done += 1
        if self._done % _CHECKPOINT_EACH == 0:
            await self._run(_checkpoint, "PASSIVE")
        return str(await self._run(_decisions, self._sealer, after, limit, self._now))

    async def words(self, after: int, limit: int) -> int:
        return int(await self._run(_words, self._sealer, after, limit))

    async def holds(self) -> None:
        await self._run(_holds, self._sealer)

    async def finish(self) -> bool:
        values = {"name": STATE, "before": self._sealer.state(whole=False), "after": self._sealer.state(whole=True)}
        return bool(await self._run(_swap, values))

    async def scrub(self) -> bool:
        return bool(await self._run(_checkpoint, "TRUNCATE"))


def _count(connection: sqlite3.Connection, sealer: Sealer) -> list[int]:
    statements = (
        sql("count_plain_decisions", filter=rewriting.plain_decisions(sealer, _JOIN)),
        sql("count_plain_words", filter=rewriting.plain_words(sealer)),
        sql("count_plain_holds", filter=rewriting.plain_holds(sealer)),
    )
    return [connection.execute(statement).fetchone()[0] for statement in statements]


def _decisions(connection: sqlite3.Connection, sealer: Sealer, after: str, limit: int, now: int) -> str:
    statement = sql("plain_decisions", filter=rewriting.plain_decisions(sealer, _JOIN))
    found = connection.execute(statement, {"after": after, "limit": limit}).fetchall()
    ids = [id for (id,) in found]
    if not ids:
        return ""
    values, seals = {"ids": canonical(ids)}, Seals(connection, sealer)
    with _transaction(connection):
        for row in _rows(connection, "decisions_to_rewrite", values):
            subject = rewriting.subject_of(row) if rewriting.is_plain(sealer, row["attributes"]) else ""
            key = seals.to_rewrite(row["data_key"], "" if row["erase_time"] is not None else subject, now)
            connection.execute(sql("rewrite_decision"), rewriting.rewritten_decision(sealer, key, row))
        for row in _rows(connection, EARLIER.read, values):
            key = seals.to_rewrite(row["data_key"], rewriting.former_subject(sealer, row), now)
            if (change := rewriting.rewritten_proposal(sealer, key, row)) is not None:
                connection.execute(sql(EARLIER.change), change)
        for part in (*PARTS, WORDS):
            _rewrite(connection, sealer, part, _rows(connection, part.read, values))
    return str(ids[-1])


def _words(connection: sqlite3.Connection, sealer: Sealer, after: int, limit: int) -> int:
    statement = sql("plain_words", filter=rewriting.plain_words(sealer))
    found = connection.execute(statement, {"after": after, "limit": limit}).fetchall()
    sequences = [sequence for (sequence,) in found]
    if not sequences:
        return 0
    with _transaction(connection):
        rows = _rows(connection, "words_to_rewrite", {"sequences": canonical(sequences)})
        _rewrite(connection, sealer, WORDS, rows)
    return int(sequences[-1])


def _holds(connection: sqlite3.Connection, sealer: Sealer) -> None:
    with _transaction(connection):
        key = Seals(connection, sealer).to_rewrite(None, "", 0)
        for row in _rows(connection, HOLDS.read, {}):
            if (change := rewriting.rewritten(sealer, key, HOLDS, row)) is not None:
                connection.execute(sql(HOLDS.change), change)


def _rewrite(connection: sqlite3.Connection, sealer: Sealer, part: Part, rows: list[dict[str, Any]]) -> None:
    seals = Seals(connection, sealer)
    for row in rows:
        found = connection.execute(sql("key_of_decision"), {"decision_id": keyed_by(row)}).fetchone()
        key = seals.to_rewrite(found and found[1], "", 0)
        if (change := rewriting.rewritten(sealer, key, part, row)) is not None:
            connection.execute(sql(part.change), change)


def _rows(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql(name), values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _swap(connection: sqlite3.Connection, values: Mapping[str, Any]) -> bool:
    return connection.execute(sql("swap_secret_if_same"), values).rowcount == 1


def _checkpoint(connection: sqlite3.Connection, mode: str) -> bool:
    """Whether nobody was in its way."""
    busy, *_ = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return not busy


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
