"""What DecisionService has for changing a decision and contesting its end: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import Callable

from andon.rpc.aside import LARGE, aside
from andon.rpc.convert import decision_message, standing_message
from andon.rpc.pipeline import Call
from andon.rpc.work import fill_appeals
from andon.usecases.amend import Amend
from andon.usecases.appeals import Appeals
from andon.usecases.masking import Masks
from andon.usecases.submit import SubmitCommand
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2


class ChangeEndpoints:
    """One method for each RPC, named as it is. `command` reads a proposal with its request id."""

    def __init__(
        self,
        amend: Amend,
        appeals: Appeals,
        masks: Masks,
        command: Callable[[Call, decision_pb2.Decision, str], SubmitCommand],
    ) -> None:
        self._amend = amend
        self._appeals = appeals
        self._masks = masks
        self._read = command

    async def AmendDecision(  # the contract's name
        self, call: Call, request: decision_service_pb2.AmendDecisionRequest
    ) -> decision_service_pb2.AmendDecisionResponse:
        given = (call, request.decision, request.request_id)
        command = await aside(self._read, *given) if call.size >= LARGE else self._read(*given)
        name = request.name.partition("/")[2]
        standing = await self._amend.amend(call.caller, name, command, request.payload_hash)
        return decision_service_pb2.AmendDecisionResponse(decision=standing_message(standing))

    async def AppealDecision(
        self, call: Call, request: decision_service_pb2.AppealDecisionRequest
    ) -> decision_service_pb2.AppealDecisionResponse:
        name = request.name.partition("/")[2]
        decision = await self._appeals.appeal(call.caller, name, request.comment, request.request_id)
        await self._masks.shown(call.caller, [decision], full=False)
        shown = self._masks.of(call.caller, decision)
        message = decision_message(shown)
        fill_appeals(message, self._masks.appeals(shown, await self._appeals.of(decision)))
        return decision_service_pb2.AppealDecisionResponse(decision=message)
