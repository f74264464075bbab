"""NotificationService: convert, call one use case, convert."""

from __future__ import annotations

import re
from typing import Final

from andon.domain.delivery import Delivery, DeliveryState
from andon.domain.errors import PageTokenInvalid
from andon.rpc.pages import make_token, page_size, read_token
from andon.rpc.pipeline import Call
from andon.rpc.times import timestamp
from andon.store.outbox import DeliveryQuery
from andon.usecases.deliveries import Deliveries
from andon_client._gen.andon.v1 import notification_service_pb2 as pb

_ID: Final = re.compile(r"[0-9a-f-]{36}")


class NotificationEndpoints:
    """One method for each RPC of NotificationService, named as it is."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def ListDeliveries(  # the contract's name
        self, call: Call, request: pb.ListDeliveriesRequest
    ) -> pb.ListDeliveriesResponse:
        before = _place(request) if request.page_token else ""
        state = DeliveryState(request.state) if request.state else None
        limit = page_size(request.page_size)
        found = await self._deliveries.list(DeliveryQuery(limit + 1, request.subscription, state, before))
        response = pb.ListDeliveriesResponse(deliveries=map(_message, found[:limit]))
        if len(found) > limit:
            response.next_page_token = make_token(request, found[limit - 1].id)
        return response

    async def ResendDelivery(self, call: Call, request: pb.ResendDeliveryRequest) -> pb.ResendDeliveryResponse:
        delivery = await self._deliveries.resend(request.name.removeprefix("deliveries/"))
        return pb.ResendDeliveryResponse(delivery=_message(delivery))


def _place(request: pb.ListDeliveriesRequest) -> str:
    before: str = read_token(request, request.page_token, str)[0]
    if not _ID.fullmatch(before):
        raise PageTokenInvalid
    return before


def _message(delivery: Delivery) -> pb.Delivery:
    message = pb.Delivery(
        name=f"deliveries/{delivery.id}",
        subscription=delivery.subscription,
        event=delivery.event,
        event_time=timestamp(delivery.time),
        ledger_sequence=delivery.sequence,
        queue=delivery.subject,
        state=pb.DeliveryState.ValueType(delivery.state.value),
        attempts=delivery.attempts,
        error=delivery.error,
    )
    if delivery.next_time is not None:
        message.next_attempt_time.CopyFrom(timestamp(delivery.next_time))
    if delivery.settle_time is not None:
        message.end_time.CopyFrom(timestamp(delivery.settle_time))
    return message
