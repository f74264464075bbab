"""Sealing what one PostgreSQL database held before it was encrypted, beside the servers that work on it.

Locks are taken in the order of the house, so nobody waits in a ring; whoever is interrupted all the same tries again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

import asyncpg

from andon.store import rewriting
from andon.store.errors import StoreUnusable
from andon.store.postgres import sealing
from andon.store.postgres.session import AnyConnection
from andon.store.postgres.statements import prepared, sql
from andon.store.rewriting import EARLIER, HOLDS, PARTS, WORDS, Part, PlainCount, keyed_by
from andon.store.sealing import STATE, KeyGone, Sealer

T = TypeVar("T")

_JOIN: Final = "x.decision_id = d.id"
_TRIES: Final = 10
_AGAIN: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.ForeignKeyViolationError,  # a key was destroyed meanwhile
    KeyGone,
)


class PostgresRewriting:
    """See `andon.store.rewriting.Rewriting` for what each method promises."""

    def __init__(self, place: str, connection: AnyConnection, sealer: Sealer) -> None:
        """`place` is what messages call it."""
        self._place: Final = place
        self._connection: Final = connection
        self._sealer: Final = sealer

    async def count(self) -> PlainCount:
        statements = (
            sql("count_plain_decisions", filter=rewriting.plain_decisions(self._sealer, _JOIN)),
            sql("count_plain_words", filter=rewriting.plain_words(self._sealer)),
            sql("count_plain_holds", filter=rewriting.plain_holds(self._sealer)),
        )

        async def counted() -> PlainCount:
            return PlainCount(*[(await self._run(statement, {}))[0]["count"] for statement in statements])

        return await self._whole(counted)

    async def decisions(self, after: str, limit: int) -> str:
        statement = sql("plain_decisions", filter=rewriting.plain_decisions(self._sealer, _JOIN))

        async def rewritten() -> str:
            ids = [row["id"] for row in await self._run(statement, {"after": after, "limit": limit})]
            await self._rewrite_decisions(ids)
            return ids[-1] if ids else ""

        return await self._whole(rewritten)

    async def words(self, after: int, limit: int) -> int:
        statement = sql("plain_words", filter=rewriting.plain_words(self._sealer))

        async def rewritten() -> int:
            found = [row["sequence"] for row in await self._run(statement, {"after": after, "limit": limit})]
            values = {"sequences": found}
            await self._hold({keyed_by(row) for row in await self._rows("words_to_rewrite", values)})
            await self._rewrite(WORDS, await self._rows("words_to_rewrite", values))
            return found[-1] if found else 0

        return await self._whole(rewritten)

    async def holds(self) -> None:
        async def rewritten() -> None:
            key = await sealing.of_subject(self._connection, self._sealer, "")
            for row in await self._rows(HOLDS.read, {}):
                if (change := rewriting.rewritten(self._sealer, key, HOLDS, row)) is not None:
                    await self._rows(HOLDS.change, change)

        await self._whole(rewritten)

    async def finish(self) -> bool:
        values = {"name": STATE, "before": self._sealer.state(whole=False), "after": self._sealer.state(whole=True)}

        async def swapped() -> bool:
            return bool(await self._rows("swap_secret_if_same", values))

        return await self._whole(swapped)

    async def scrub(self) -> bool:
        """Old versions of rows last until the database uses their room, its log as its operator has it."""
        return True

    async def _rewrite_decisions(self, ids: Sequence[str]) -> None:
        values = {"ids": ids}
        await self._hold(ids)
        rows, earlier = await self._rows("decisions_to_rewrite", values), await self._rows(EARLIER.read, values)
        former = [rewriting.former_subject(self._sealer, row) for row in earlier]
        await self._make_keys([*(self._subject_of(row) for row in rows), *former])
        for row in rows:
            key = await sealing.key_to_rewrite(self._connection, self._sealer, row["data_key"], self._subject_of(row))
            await self._rows("rewrite_decision", rewriting.rewritten_decision(self._sealer, key, row))
        for row, subject in zip(earlier, former, strict=True):
            key = await sealing.key_to_rewrite(self._connection, self._sealer, row["data_key"], subject)
            if (change := rewriting.rewritten_proposal(self._sealer, key, row)) is not None:
                await self._rows(EARLIER.change, change)
        for part in (*PARTS, WORDS):
            await self._rewrite(part, await self._rows(part.read, values))

    async def _hold(self, ids: Collection[str]) -> None:
        """Nobody else changes these decisions, their tasks or the words about them before the commit."""
        values = {"ids": sorted(ids)}
        await self._rows("hold_tasks_of_decisions", values)
        await self._rows("hold_ended_decisions", values)

    async def _make_keys(self, subjects: Sequence[str]) -> None:
        fresh = [self._sealer.make(subject) for subject in sorted(set(subjects)) if subject]
        if fresh:
            now = (await self._rows("clock", {}))[0]
            await sealing.keep(self._connection, fresh, next(iter(now.values())))

    def _subject_of(self, row: Mapping[str, Any]) -> str:
        plain = row["erase_time"] is None and rewriting.is_plain(self._sealer, row["attributes"])
        return rewriting.subject_of(row) if plain else ""

    async def _rewrite(self, part: Part, rows: Sequence[Mapping[str, Any]]) -> None:
        ids = sorted({keyed_by(row) for row in rows})
        found = {row["id"]: row["data_key"] for row in await self._rows("decisions_to_rewrite", {"ids": ids})}
        for row in rows:
            id = found.get(keyed_by(row))
            key = await sealing.key_to_rewrite(self._connection, self._sealer, id, "")
            if (change := rewriting.rewritten(self._sealer, key, part, row)) is not None:
                await self._rows(part.change, change)

    async def _rows(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        return await self._run(sql(name), values)

    async def _run(self, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        made = prepared(statement)
        return [dict(row) for row in await self._connection.fetch(made.text, *made.arguments(values))]

    async def _whole(self, work: Callable[[], Awaitable[T]]) -> T:
        """Does it as one transaction, again where it was interrupted."""
        for tries in range(1, _TRIES + 1):
            try:
                async with self._connection.transaction():
                    return await work()
            except _AGAIN as error:
                self._sealer.forget()
                if tries == _TRIES:
                    raise StoreUnusable(self._place, str(error) or type(error).__name__) from error
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise StoreUnusable(self._place, str(error) or type(error).__name__) from error
        raise AssertionError("unreachable")
