"""Erasing personal data in one SQLite file, and legal holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from andon.domain.hold import LegalHold
from andon.store import erasure
from andon.store.privacy import MOST_NAMED, Erasure, HoldQuery, Release, Survey, Target
from andon.store.sealing import PLAIN, Sealer, Sealing
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.erase import Erase, Forget
from andon.store.sqlite.operations.legal import Free, Place
from andon.store.sqlite.outbox import Read
from andon.store.sqlite.reader import rows
from andon.store.sqlite.search import DIALECT
from andon.store.sqlite.statements import sql


class SqlitePrivacy:
    """See `andon.store.privacy.Privacy` for what each method promises."""

    def __init__(
        self,
        commit: Callable[[Operation[Any]], Awaitable[Any]],
        read: Read,
        empty_log: Callable[[], Awaitable[None]],
        sealer: Sealer | None = None,
    ) -> None:
        self._commit: Final = commit
        self._read: Final = read
        self._empty_log: Final = empty_log
        self._sealer: Final = sealer
        self._sealing: Final[Sealing] = sealer or PLAIN

    async def survey(self, target: Target) -> Survey:
        found: Survey = await self._read(_survey, target, self._sealing)
        return found

    async def erase_if_ended(self, erasure: Erasure, limit: int) -> int:
        done: int = await self._commit(Erase(erasure, limit, self._sealing))
        return done

    async def scrub(self, target: Target) -> bool:
        """What was changed is overwritten as it is (`secure_delete`); here its copies in the write-ahead log go."""
        destroyed: bool = await self._commit(Forget(target, self._sealing))
        if destroyed and self._sealer is not None:
            self._sealer.forget()
        await self._empty_log()
        return destroyed

    async def hold(self, hold: LegalHold) -> LegalHold:
        placed: LegalHold = await self._commit(Place(hold, self._sealing))
        return placed

    async def release(self, release: Release) -> LegalHold:
        released: LegalHold = await self._commit(Free(release))
        return released

    async def holds(self, query: HoldQuery) -> Sequence[LegalHold]:
        found: Sequence[LegalHold] = await self._read(_holds, query)
        return found


def _survey(connection: sqlite3.Connection, target: Target, sealing: Sealing) -> Survey:
    values = erasure.target_values(target, sealing, DIALECT) | {"most": MOST_NAMED}
    statement = sql("survey", filter=erasure.target_filter(target, sql))
    found = erasure.surveyed(rows(connection, statement, values))
    if target.decision_id and found.nothing:
        ((words,),) = rows(connection, sql("count_words"), {"decision_id": target.decision_id})
        return erasure.survey_retired(words)
    return found


def _holds(connection: sqlite3.Connection, query: HoldQuery) -> list[LegalHold]:
    values = {"limit": query.limit, "before": query.before, "released": query.released}
    return [erasure.hold_of(row) for row in rows(connection, sql("list_holds"), values)]
