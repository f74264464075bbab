"""The keys of subjects, kept in the database by short transactions of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from andon.domain.decision import Decision
from andon.domain.errors import StoreUnavailable
from andon.store.postgres import sealing
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session
from andon.store.recorded import Entry, rendered
from andon.store.report import fault
from andon.store.sealing import TRIES, KeyGone, KeyRow, SealBroken, keys_of_subjects, seal_entries
from andon.store.values import Admission

T = TypeVar("T")


class PostgresKeys:
    """See `andon.store.sealing.Keys` for what each method promises."""

    def __init__(self, pool: Pool, now: int) -> None:
        """`now` is when those are made that are new (µs)."""
        self._pool: Final = pool
        self._now: Final = now

    async def find(self, subjects: Sequence[str]) -> Sequence[KeyRow]:
        return await self._pool.read(_find, subjects)

    async def keep(self, rows: Sequence[KeyRow]) -> Sequence[KeyRow]:
        await self._pool.statement(_keep, rows, self._now)
        return await self.find([str(row.subject) for row in rows])


async def _find(session: Session, subjects: Sequence[str]) -> list[KeyRow]:
    return await sealing.find(session.connection, subjects)


async def _keep(session: Session, rows: Sequence[KeyRow], now: int) -> None:
    await sealing.keep(session.connection, rows, now)


class UnderKeys:
    """Writes that need keys of subjects; where nothing is encrypted, writes."""

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool

    async def record(self, admissions: Sequence[Admission], record: Callable[[list[Entry]], Awaitable[Any]]) -> Any:
        """Records admissions, sealed where that is so."""
        sealer = self._pool.sealer
        if sealer is None:
            return await record(await rendered(admissions))

        async def sealed() -> Any:
            entries = await rendered(admissions)
            await seal_entries(sealer, PostgresKeys(self._pool, admissions[0].decision.create_time), entries)
            return await record(entries)

        return await self.write((), sealed)

    async def write(self, decisions: Sequence[Decision], write: Callable[[], Awaitable[T]]) -> T:
        """Writes once there are keys for the subjects of decisions; again where one was destroyed meanwhile."""
        sealer = self._pool.sealer
        for _ in range(TRIES):
            try:
                if sealer is not None:
                    for each in decisions:
                        keys = PostgresKeys(self._pool, each.create_time)
                        await keys_of_subjects(sealer, keys, [each.proposal.attributes.subject])
                return await write()
            except KeyGone:
                assert sealer is not None
                sealer.forget()
            except SealBroken as error:
                fault("store.seal_broken", error=str(error))
                raise StoreUnavailable from error
        raise StoreUnavailable
