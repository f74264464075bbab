"""What concerns several servers on one database: who leads, what time it is, and what the others have done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import asyncpg

from andon.domain.errors import StoreUnavailable
from andon.domain.event import EventKind
from andon.store import codec
from andon.store.history import KINDS
from andon.store.ledger import LedgerKind
from andon.store.postgres.pool import OUTAGES, Pool
from andon.store.postgres.session import Session
from andon.store.report import warn
from andon.store.sealing import STATE, take_up
from andon.store.values import Change

Connect: TypeAlias = Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]]

CHANNEL: Final = "andon"
_BATCH: Final = 500
_KINDS: Final = {**KINDS, LedgerKind.SUBMITTED: EventKind.SUBMITTED}


async def lead(session: Session, server: str, now: int, until: int) -> bool:
    """See `Store.lead`."""
    return await session.row("lead_if_free", {"server": server, "now": now, "until": until}) is not None


async def resign(session: Session, server: str) -> None:
    """See `Store.resign`."""
    await session.rows("resign_if_leading", {"server": server})


async def another_leads(session: Session, server: str, now: int) -> bool:
    """Whether the duties are another's now: what a deposed leader still does must come to nothing."""
    return await session.row("another_leads", {"server": server, "now": now}) is not None


async def database_time(session: Session) -> int:
    """The database's clock, in µs since the epoch."""
    return int(await session.one("clock"))


async def last_entry(session: Session) -> int:
    """The ledger's last sequence; 0 where it is empty."""
    return int(await session.one("last_entry"))


class Follower:
    """Reads the ledger on from where it was, woken by the database or, where that fails, by the clock.

    The ledger's sequences become visible in their order, so nothing can appear behind what was read.
    """

    def __init__(self, pool: Pool, connect: Connect, name: str, after: int) -> None:
        """`connect` makes a connection to listen on, `name` is this server's own among those it hears.

        `after` is the last entry that needs not be told.
        """
        self._pool: Final = pool
        self._connect: Final = connect
        self.name: Final = name
        self._after = after
        self._own: set[int] = set()
        self._destroyed = -1
        self._forgot = False
        self._woken = asyncio.Event()
        self._listening: asyncpg.Connection[asyncpg.Record] | None = None

    def own(self, sequences: range) -> None:
        """These entries are of this server, and it has told everybody itself."""
        self._own.update(sequences)

    async def changes(self, patience: float) -> list[Change]:
        """See `Store.changes`."""
        await self._listen(patience)
        self._woken.clear()
        changes = await self._read()
        if not changes:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._woken.wait()
                    changes = await self._read()
        return changes

    async def close(self) -> None:
        """Listens no more."""
        listening, self._listening = self._listening, None
        self._woken.set()
        if listening is not None:
            with contextlib.suppress(*OUTAGES):
                await listening.close(timeout=1.0)

    async def _read(self) -> list[Change]:
        await self._forget()
        rows = await self._pool.read(_changes_after, self._after)
        if not rows:
            return []
        self._after = rows[-1][0]
        told = [row for row in rows if row[0] not in self._own]
        self._own = {sequence for sequence in self._own if sequence > self._after}
        return [Change(_KINDS[row[1]], codec.job(row[4:]), row[2], row[3]) for row in told]

    async def _forget(self) -> None:
        """Where keys were destroyed since, what is remembered of keys is forgotten; once more at the next reading, for
        what was on its way meanwhile. Where all was encrypted since, plain text is refused from now on.
        """
        if (sealer := self._pool.sealer) is None:
            return
        if not sealer.whole:
            take_up(sealer, await self._pool.read(_state))
        destroyed = await self._pool.read(_keys_destroyed)
        news = destroyed != self._destroyed
        if news or self._forgot:
            sealer.forget()
        self._destroyed, self._forgot = destroyed, news

    async def _listen(self, patience: float) -> None:
        """Makes the connection anew where it is gone. Without one the clock alone wakes."""
        if self._listening is not None and not self._listening.is_closed():
            return
        try:
            async with asyncio.timeout(patience):
                listening = await self._connect()
                await listening.add_listener(CHANNEL, self._heard)
        except OUTAGES as error:
            warn("store.not_listening", error=str(error) or type(error).__name__)
            await asyncio.sleep(0)
            raise StoreUnavailable from error
        self._listening = listening

    def _heard(self, connection: Any, process: int, channel: str, name: object) -> None:
        if name != self.name:
            self._woken.set()


async def _changes_after(session: Session, after: int) -> list[codec.Row]:
    return await session.rows("changes_after", {"after": after, "limit": _BATCH})


async def _keys_destroyed(session: Session) -> int:
    return int(await session.one("keys_destroyed"))


async def _state(session: Session) -> bytes | None:
    row = await session.row("secret_of", {"name": STATE})
    return None if row is None else bytes(row[0])
