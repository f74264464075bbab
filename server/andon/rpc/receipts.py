"""DecisionService, the part that proves how decisions ended: convert, call one use case, convert."""

from __future__ import annotations

from andon.domain.errors import ReceiptUnbacked
from andon.domain.receipt import Redemption
from andon.rpc.pipeline import Call
from andon.rpc.times import fill_time
from andon.telemetry.logs import get_logger
from andon.usecases.receipts import Receipts
from andon.usecases.redeem import Redeem
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2

_log = get_logger("andon.ledger")


class ReceiptEndpoints:
    """One method for each RPC, named as it is."""

    def __init__(self, receipts: Receipts, redeem: Redeem) -> None:
        self._receipts = receipts
        self._redeem = redeem

    async def GetReceipt(  # the contract's name
        self, call: Call, request: decision_service_pb2.GetReceiptRequest
    ) -> decision_service_pb2.GetReceiptResponse:
        try:
            receipt = await self._receipts.get(call.caller, _id(request.name), request.level)
        except ReceiptUnbacked as fault:
            _log.error("receipt unbacked", name=request.name, level=request.level, field=fault.metadata["field"])
            raise
        return decision_service_pb2.GetReceiptResponse(receipt=receipt)

    async def Redeem(
        self, call: Call, request: decision_service_pb2.RedeemRequest
    ) -> decision_service_pb2.RedeemResponse:
        level = request.level if request.HasField("level") else None
        redeemed = await self._redeem(call.caller, _id(request.name), request.request_id, level)
        response = decision_service_pb2.RedeemResponse(repeated=redeemed.repeated)
        fill_redemption(response.redemption, redeemed.redemption)
        return response


def fill_redemption(message: decision_pb2.Redemption, redemption: Redemption) -> None:
    """Writes that an answer was used up into an empty message."""
    message.redeemer = redemption.redeemer
    fill_time(message.create_time, redemption.time)


def _id(name: str) -> str:
    return name.partition("/")[2]
