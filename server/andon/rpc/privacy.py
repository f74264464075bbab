"""PrivacyService: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.hold import LegalHold
from andon.rpc.pages import make_token, page_size, read_token
from andon.rpc.pipeline import Call
from andon.rpc.times import timestamp
from andon.store.privacy import HoldQuery, Target
from andon.usecases.privacy import Erased, Privacy
from andon_client._gen.andon.v1 import privacy_service_pb2 as pb

_DECISIONS = "decisions/"


class PrivacyEndpoints:
    """One method for each RPC of PrivacyService, named as it is."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    async def Erase(self, call: Call, request: pb.EraseRequest) -> pb.EraseResponse:  # the contract's name
        target = Target(request.decision.removeprefix(_DECISIONS), request.subject)
        validate_only = request.validate_only
        return _erased(await self._privacy.erase(call.caller, target, request.reason, validate_only=validate_only))

    async def CreateLegalHold(self, call: Call, request: pb.CreateLegalHoldRequest) -> pb.CreateLegalHoldResponse:
        hold = await self._privacy.hold(call.caller, _hold(request.legal_hold))
        return pb.CreateLegalHoldResponse(legal_hold=_message(hold))

    async def ReleaseLegalHold(self, call: Call, request: pb.ReleaseLegalHoldRequest) -> pb.ReleaseLegalHoldResponse:
        id = request.name.removeprefix("legalHolds/")
        hold = await self._privacy.release(call.caller, id, request.reason)
        return pb.ReleaseLegalHoldResponse(legal_hold=_message(hold))

    async def ListLegalHolds(self, call: Call, request: pb.ListLegalHoldsRequest) -> pb.ListLegalHoldsResponse:
        before = read_token(request, request.page_token, int)[0] if request.page_token else None
        limit = page_size(request.page_size)
        found = await self._privacy.holds(HoldQuery(limit + 1, before, request.show_released))
        response = pb.ListLegalHoldsResponse(legal_holds=map(_message, found[:limit]))
        if len(found) > limit:
            response.next_page_token = make_token(request, found[limit - 1].sequence)
        return response


def _erased(done: Erased) -> pb.EraseResponse:
    rest = done.rest
    return pb.EraseResponse(
        erased_count=done.count,
        earlier_count=rest.earlier,
        open_decisions=_names(rest.open_ids),
        open_count=rest.open,
        held_decisions=_names(rest.held_ids),
        held_count=rest.held,
        key_destroyed=done.key_destroyed,
    )


def _names(ids: Sequence[str]) -> list[str]:
    return [f"{_DECISIONS}{id}" for id in ids]


def _hold(message: pb.LegalHold) -> LegalHold:
    """What a caller asks for: who and when is not theirs to say."""
    decision_id = message.decision.removeprefix(_DECISIONS)
    return LegalHold("", message.reason, "", 0, decision_id, message.subject, message.action)


def _message(hold: LegalHold) -> pb.LegalHold:
    message = pb.LegalHold(
        name=hold.name,
        subject=hold.subject,
        decision=f"{_DECISIONS}{hold.decision_id}" if hold.decision_id else "",
        action=hold.action,
        reason=hold.reason,
        creator=hold.principal,
        create_time=timestamp(hold.create_time),
    )
    if hold.release_time is not None:
        message.release_time.CopyFrom(timestamp(hold.release_time))
    return message
