"""One connection in use: statements by name, and entries for the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from json.encoder import encode_basestring
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import asyncpg

from andon.domain.canonical import digest
from andon.store.codec import Row
from andon.store.ledger import Draft
from andon.store.postgres import sealing
from andon.store.postgres.statements import prepared, sql
from andon.store.sealing import SEALED, Cell, Sealer

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
AnyConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_NOTHING: Final[Mapping[str, Any]] = {}


class Link(NamedTuple):
    """Where a draft found its place in the chain."""

    sequence: int
    previous: str
    hash: str


class Session:
    """What operations and readings work with. It belongs to one of them at a time."""

    def __init__(self, connection: AnyConnection, sealer: Sealer | None = None) -> None:
        """With a `sealer` contents are sealed as they are written, and opened as they are read."""
        self._connection: Final = connection
        self.sealer: Final = sealer
        self.appended = range(0)
        """The ledger entries of the operation."""

    async def rows(self, name: str, values: Mapping[str, Any] = _NOTHING) -> list[Row]:
        """Runs a statement of queries/ and returns all it gives."""
        if self.sealer is not None and name in SEALED:
            values = await sealing.sealed_values(self._connection, self.sealer, name, values)
        return await self.run(sql(name), values)

    async def row(self, name: str, values: Mapping[str, Any] = _NOTHING) -> Row | None:
        """Runs a statement of queries/ that gives one row at most."""
        rows = await self.rows(name, values)
        return rows[0] if rows else None

    async def one(self, name: str, values: Mapping[str, Any] = _NOTHING) -> Any:
        """The one value of a statement's one row."""
        return (await self.rows(name, values))[0][0]

    async def await_locks(self, name: str, values: Mapping[str, Any]) -> None:
        """Runs a statement that locks rows, and lets go of them at once: for the end of those who are at them."""
        begun = self._connection.transaction()
        await begun.start()
        await self.rows(name, values)
        await begun.rollback()

    async def run(self, statement: str, values: Mapping[str, Any] = _NOTHING) -> list[Row]:
        """Runs a statement and returns all it gives."""
        made = prepared(statement)
        records = await self._connection.fetch(made.text, *made.arguments(values))
        if self.sealer is not None:
            return await sealing.opened(self._connection, self.sealer, records)
        return [tuple(record) for record in records]

    async def seal(self, decision_id: str, column: str, text: str, row: str | int = "") -> str:
        """A text about a decision as it is stored; itself where nothing is sealed."""
        if self.sealer is None or not text:
            return text
        return await sealing.sealed_text(self._connection, self.sealer, Cell(decision_id, column, row), text)

    async def words(self, drafts: Sequence[Draft]) -> list[str] | None:
        """What stands beside entries, as it is stored; None where nothing does."""
        if not any(draft.words for draft in drafts):
            return None
        return [await self._sealed_words(draft) for draft in drafts]

    async def _sealed_words(self, draft: Draft) -> str:
        """Words as they are stored: with the key of nobody where no erasure takes them."""
        if self.sealer is None or not draft.words:
            return draft.words
        cell = Cell(draft.decision_id, "words")
        return await sealing.sealed_text(self._connection, self.sealer, cell, draft.words, draft.erased_with)

    @property
    def connection(self) -> AnyConnection:
        """The connection itself, for what no statement of queries/ can say."""
        return self._connection

    def transaction(
        self, *, isolation: Literal["read_committed", "repeatable_read"] = "read_committed", readonly: bool = False
    ) -> AbstractAsyncContextManager[object]:
        """One transaction: committed at the end, undone by an error."""
        return self._connection.transaction(isolation=isolation, readonly=readonly)

    async def append(self, drafts: Sequence[Draft]) -> list[Link]:
        """Gives entries their places in the ledger: last of all, for others then wait for this transaction's end."""
        if not drafts:
            return []
        links = [Link(*row) for row in await self.rows("append_entries", entries(drafts, await self.words(drafts)))]
        self.appended = range(links[0].sequence, links[-1].sequence + 1)
        return links


def entries(drafts: Sequence[Draft], words: Sequence[str] | None) -> dict[str, Any]:
    """Drafts as `append_entries` takes them: column by column. `words` are those of the first of them, as stored."""
    hashes = [digest(draft.body) for draft in drafts]
    return {
        "times": [draft.time for draft in drafts],
        "kinds": [str(draft.kind) for draft in drafts],
        "actors": [draft.actor for draft in drafts],
        "decision_ids": [draft.decision_id for draft in drafts],
        "task_ids": [draft.task_id for draft in drafts],
        "body_hashes": hashes,
        "bodies": [draft.body for draft in drafts],
        "words": words,
        "fronts": [_front(draft, body_hash) for draft, body_hash in zip(drafts, hashes, strict=True)],
        "backs": [_back(draft) for draft in drafts],
    }


def _front(draft: Draft, body_hash: str) -> str:
    """What `ledger.entry_hash` hashes before the hash of the entry before."""
    return (
        f'{{"actor":{encode_basestring(draft.actor)},"body_hash":"{body_hash}"'
        f',"decision_id":{encode_basestring(draft.decision_id)},"kind":{encode_basestring(draft.kind)},"previous":"'
    )


def _back(draft: Draft) -> str:
    """What it hashes behind the sequence."""
    return f',"task_id":{encode_basestring(draft.task_id)},"time":{draft.time}}}'
