"""Notifications on one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from andon.domain.canonical import canonical
from andon.domain.delivery import Delivery, Happening
from andon.store import notices
from andon.store.outbox import REACH, Backlog, DeliveryQuery, Happenings, Settlement, Spread, Take
from andon.store.sqlite import reader
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.notify import AddNew, Forget, Resend, Settle, SpreadOut, Subscribe, TakeDue
from andon.store.sqlite.statements import sql


class Read(Protocol):
    """Runs a function on a reader's thread. StoreUnavailable."""

    def __call__(self, function: Callable[..., Any], *args: Any) -> Awaitable[Any]: ...


class SqliteOutbox:
    """See `andon.store.outbox.Outbox` for what each method promises."""

    def __init__(self, commit: Callable[[Operation[Any]], Awaitable[Any]], read: Read) -> None:
        self._commit: Final = commit
        self._read: Final = read

    async def cursors(self, names: Sequence[str]) -> Mapping[str, int]:
        known: dict[str, int] = await self._read(_cursors, names)
        if missing := [name for name in names if name not in known]:
            await self._commit(Subscribe(missing))
            known = await self._read(_cursors, names)
        return known

    async def happenings(self, after: int) -> Happenings:
        found: Happenings = await self._read(_happenings, after)
        return found

    async def happening(self, sequence: int) -> Happening | None:
        found: Sequence[Happening] = await self._read(_between, sequence - 1, sequence)
        return found[0] if found else None

    async def spread_if_there(self, spread: Spread) -> bool:
        done: bool = await self._commit(SpreadOut(spread))
        return done

    async def add_new(self, deliveries: Sequence[Delivery]) -> int:
        added: int = await self._commit(AddNew(deliveries))
        return added

    async def take_due(self, take: Take) -> Sequence[Delivery]:
        if not await self._read(_any_due, take):
            return ()
        rows = await self._commit(TakeDue(take))
        return sorted(map(notices.delivery, rows), key=lambda each: each.id)

    async def settle_if_taken(self, settlement: Settlement) -> bool:
        done: bool = await self._commit(Settle(settlement))
        return done

    async def deliveries(self, query: DeliveryQuery) -> Sequence[Delivery]:
        found: Sequence[Delivery] = await self._read(_deliveries, query)
        return found

    async def resend(self, delivery_id: str, now: int) -> Delivery:
        return notices.delivery(await self._commit(Resend(delivery_id, now)))

    async def backlog(self) -> Mapping[str, Backlog]:
        found: Mapping[str, Backlog] = await self._read(_backlog)
        return found

    async def forget(self, delivered_before: int, ended_before: int, limit: int) -> int:
        gone: int = await self._commit(Forget(delivered_before, ended_before, limit))
        return gone


def _cursors(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    return dict(reader.rows(connection, sql("cursors"), {"names": canonical(list(names))}))


def _happenings(connection: sqlite3.Connection, after: int) -> Happenings:
    upto = min(after + REACH, max(after, reader.number(connection, "last_entry", {})))
    return Happenings(upto, _between(connection, after, upto) if upto > after else ())


def _between(connection: sqlite3.Connection, after: int, upto: int) -> list[Happening]:
    values = {"after": after, "upto": upto, "kinds": canonical(list(notices.TOLD))}
    return [notices.happening(row) for row in reader.rows(connection, sql("happenings"), values)]


def _any_due(connection: sqlite3.Connection, take: Take) -> bool:
    return bool(reader.rows(connection, sql("any_due"), {"subscription": take.subscription, "now": take.now}))


def _deliveries(connection: sqlite3.Connection, query: DeliveryQuery) -> list[Delivery]:
    state = 0 if query.state is None else query.state.value
    values = {"subscription": query.subscription, "state": state, "before": query.before, "limit": query.limit}
    return [notices.delivery(row) for row in reader.rows(connection, sql("list_deliveries"), values)]


def _backlog(connection: sqlite3.Connection) -> dict[str, Backlog]:
    return {name: Backlog(*counts) for name, *counts in reader.rows(connection, sql("backlog"), {})}
