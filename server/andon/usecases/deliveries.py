"""ListDeliveries, ResendDelivery: what was told, and what did not arrive."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.clock import Clock
from andon.domain.delivery import Delivery
from andon.store.outbox import DeliveryQuery
from andon.store.port import Store


class Deliveries:
    """Reads and re-sends notifications. Whether the caller may is settled by role before."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, query: DeliveryQuery) -> Sequence[Delivery]:
        """Notifications, newest first."""
        return await self._store.outbox.deliveries(query)

    async def resend(self, delivery_id: str) -> Delivery:
        """Sends one at once, whatever became of it. Raises DeliveryNotFound."""
        return await self._store.outbox.resend(delivery_id, self._clock.now())
