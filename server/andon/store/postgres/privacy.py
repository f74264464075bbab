"""Erasing personal data in one PostgreSQL database, and legal holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from andon.domain.hold import LegalHold
from andon.store import erasure
from andon.store.postgres.operations.erase import erase, forget
from andon.store.postgres.operations.legal import free, place
from andon.store.postgres.pool import Pool
from andon.store.postgres.search import DIALECT
from andon.store.postgres.session import Session
from andon.store.postgres.statements import sql
from andon.store.privacy import MOST_NAMED, Erasure, HoldQuery, Release, Survey, Target
from andon.store.sealing import PLAIN, Sealer, Sealing


class PostgresPrivacy:
    """See `andon.store.privacy.Privacy` for what each method promises."""

    def __init__(self, pool: Pool, sealer: Sealer | None = None) -> None:
        self._pool: Final = pool
        self._sealer: Final = sealer
        self._sealing: Final[Sealing] = sealer or PLAIN

    async def survey(self, target: Target) -> Survey:
        return await self._pool.read(_survey, target, self._sealing)

    async def erase_if_ended(self, erasure: Erasure, limit: int) -> int:
        return await self._pool.write(erase, erasure, limit, self._sealing)

    async def scrub(self, target: Target) -> bool:
        """Old versions of rows last until the database uses their room, its log as its operator has it."""
        destroyed = await self._pool.write(forget, target, self._sealing)
        if destroyed and self._sealer is not None:
            self._sealer.forget()
        return destroyed

    async def hold(self, hold: LegalHold) -> LegalHold:
        return await self._pool.write(place, hold, self._sealing)

    async def release(self, release: Release) -> LegalHold:
        return await self._pool.write(free, release)

    async def holds(self, query: HoldQuery) -> Sequence[LegalHold]:
        return await self._pool.read(_holds, query)


async def _survey(session: Session, target: Target, sealing: Sealing) -> Survey:
    values = erasure.target_values(target, sealing, DIALECT) | {"most": MOST_NAMED}
    statement = sql("survey", filter=erasure.target_filter(target, sql))
    found = erasure.surveyed(await session.run(statement, values))
    if target.decision_id and found.nothing:
        return erasure.survey_retired(await session.one("count_words", {"decision_id": target.decision_id}))
    return found


async def _holds(session: Session, query: HoldQuery) -> list[LegalHold]:
    values = {"limit": query.limit, "before": query.before, "released": query.released}
    return [erasure.hold_of(row) for row in await session.rows("list_holds", values)]
