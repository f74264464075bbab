"""What was told to services and people, and what did not arrive."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import enum_value, time_of
from andon_client._gen.andon.v1 import notification_service_pb2


class DeliveryState(StrEnum):
    """Where a delivery stands. Take one you don't know for under way."""

    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that is told to one subscription.

    `ledger_sequence` is 0 where it tells of a queue's long wait; then `queue` names it. `attempts` are those since it
    was sent again last, `error` says why the last one failed. Times are None where there is nothing to tell.
    """

    name: str
    subscription: str
    event: str
    event_time: datetime
    ledger_sequence: int
    queue: str
    state: DeliveryState
    attempts: int
    error: str
    next_attempt_time: datetime | None
    end_time: datetime | None


class NotificationCalls:
    """Reading and re-sending notifications: for leads and administrators."""

    _caller: Caller

    async def deliveries(
        self, *, subscription: str = "", state: DeliveryState | None = None, page_size: int = 200
    ) -> AsyncGenerator[Delivery, None]:
        """Notifications, newest first; of one subscription, or in one state, where asked for."""
        request = notification_service_pb2.ListDeliveriesRequest(page_size=page_size, subscription=subscription)
        if state is not None:
            request.state = notification_service_pb2.DeliveryState.Value(f"DELIVERY_STATE_{state}")
        while True:
            page = await self._caller.call(methods.LIST_DELIVERIES, request)
            for message in page.deliveries:
                yield _delivery_of(message)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def resend(self, name: str) -> Delivery:
        """Sends one again, at once, under the id it had. Raises NotFound. Harmless to repeat."""
        request = notification_service_pb2.ResendDeliveryRequest(name=name)
        response = await self._caller.call(methods.RESEND_DELIVERY, request)
        return _delivery_of(response.delivery)


def _delivery_of(message: notification_service_pb2.Delivery) -> Delivery:
    state = enum_value(DeliveryState, notification_service_pb2.DeliveryState, "DELIVERY_STATE_", message.state)
    return Delivery(
        name=message.name,
        subscription=message.subscription,
        event=message.event,
        event_time=time_of(message.event_time),
        ledger_sequence=message.ledger_sequence,
        queue=message.queue,
        state=state,
        attempts=message.attempts,
        error=message.error,
        next_attempt_time=time_of(message.next_attempt_time) if message.HasField("next_attempt_time") else None,
        end_time=time_of(message.end_time) if message.HasField("end_time") else None,
    )
