"""Notifications on one PostgreSQL database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from andon.domain.delivery import Delivery, Happening
from andon.domain.errors import DeliveryNotFound
from andon.store import notices
from andon.store.outbox import REACH, Backlog, DeliveryQuery, Happenings, Settlement, Spread, Take
from andon.store.postgres.pool import Pool
from andon.store.postgres.servers import last_entry
from andon.store.postgres.session import Session


class PostgresOutbox:
    """See `andon.store.outbox.Outbox` for what each method promises."""

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool

    async def cursors(self, names: Sequence[str]) -> Mapping[str, int]:
        known = dict(await self._pool.read(_rows, "cursors", {"names": list(names)}))
        if missing := [name for name in names if name not in known]:
            await self._pool.statement(_rows, "subscribe", {"names": missing})
            known = dict(await self._pool.read(_rows, "cursors", {"names": list(names)}))
        return known

    async def happenings(self, after: int) -> Happenings:
        return await self._pool.snapshot(_happenings, after)

    async def happening(self, sequence: int) -> Happening | None:
        found = await self._pool.read(_between, sequence - 1, sequence)
        return found[0] if found else None

    async def spread_if_there(self, spread: Spread) -> bool:
        return await self._pool.write(_spread, spread)

    async def add_new(self, deliveries: Sequence[Delivery]) -> int:
        return len(await self._pool.statement(_rows, "insert_deliveries", notices.columns_of(deliveries)))

    async def take_due(self, take: Take) -> Sequence[Delivery]:
        if not await self._pool.read(_rows, "any_due", {"subscription": take.subscription, "now": take.now}):
            return ()
        rows = await self._pool.write(_take, take)
        return sorted(map(notices.delivery, rows), key=lambda each: each.id)

    async def settle_if_taken(self, settlement: Settlement) -> bool:
        return bool(await self._pool.statement(_rows, "settle_if_taken", notices.settled(settlement)))

    async def deliveries(self, query: DeliveryQuery) -> Sequence[Delivery]:
        state = 0 if query.state is None else query.state.value
        values = {"subscription": query.subscription, "state": state, "before": query.before, "limit": query.limit}
        return [notices.delivery(row) for row in await self._pool.read(_rows, "list_deliveries", values)]

    async def resend(self, delivery_id: str, now: int) -> Delivery:
        return notices.delivery(await self._pool.write(_resend, delivery_id, now))

    async def backlog(self) -> Mapping[str, Backlog]:
        return {name: Backlog(*counts) for name, *counts in await self._pool.read(_rows, "backlog", {})}

    async def forget(self, delivered_before: int, ended_before: int, limit: int) -> int:
        values = {"delivered": delivered_before, "ended": ended_before, "limit": limit}
        return len(await self._pool.statement(_rows, "forget_deliveries", values))


async def _rows(session: Session, name: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await session.rows(name, values)


async def _happenings(session: Session, after: int) -> Happenings:
    upto = min(after + REACH, max(after, await last_entry(session)))
    return Happenings(upto, await _between(session, after, upto) if upto > after else ())


async def _between(session: Session, after: int, upto: int) -> list[Happening]:
    values = {"after": after, "upto": upto, "kinds": list(notices.TOLD)}
    return [notices.happening(row) for row in await session.rows("happenings", values)]


async def _spread(session: Session, spread: Spread) -> bool:
    names = sorted(spread.names)
    if len(await session.rows("subscriptions_at", {"names": names, "after": spread.after})) < len(names):
        return False
    if spread.deliveries:
        await session.rows("insert_deliveries", notices.columns_of(spread.deliveries))
    await session.rows("move_subscriptions", {"names": names, "upto": spread.upto})
    return True


async def _take(session: Session, take: Take) -> list[tuple[Any, ...]]:
    if take.pause:
        rest = {"name": take.subscription, "now": take.now, "until": take.now + take.pause}
        if not await session.rows("rest_if_rested", rest):
            return []
    values = {"subscription": take.subscription, "now": take.now, "limit": take.limit}
    return await session.rows("take_if_due", {**values, "until": take.until, "token": take.token})


async def _resend(session: Session, delivery_id: str, now: int) -> tuple[Any, ...]:
    found = await session.row("resend_unless_sending", {"id": delivery_id, "now": now})
    found = found or await session.row("delivery_by_id", {"id": delivery_id})
    if found is None:
        raise DeliveryNotFound(name=f"deliveries/{delivery_id}")
    return found
