"""SessionService: convert, call one use case, convert."""

from __future__ import annotations

from andon.rpc.pipeline import Call
from andon.rpc.times import duration, timestamp
from andon.rpc.work import availability_of
from andon.usecases.availability import Availability
from andon.usecases.limits import Limits
from andon.usecases.session import session_of
from andon.usecases.stream import LEASING_ROLES
from andon_client._gen.andon.v1 import session_service_pb2


class SessionEndpoints:
    """One method for each RPC of SessionService, named as it is."""

    def __init__(self, limits: Limits, availability: Availability) -> None:
        self._limits = limits
        self._availability = availability

    async def GetSession(  # the contract's name
        self, call: Call, request: session_service_pb2.GetSessionRequest
    ) -> session_service_pb2.GetSessionResponse:
        session = session_of(call.caller, self._limits)
        principal = session.principal
        response = session_service_pb2.GetSessionResponse(
            session=session_service_pb2.Session(
                principal=principal.name,
                roles=sorted(principal.roles),
                queues=sorted(principal.queues),
                skills=sorted(principal.skills),
                methods=session.methods,
                lease_duration=duration(session.lease_duration),
                server_version=session.server_version,
                groups=sorted(principal.groups),
                actions=sorted(principal.actions),
                on_behalf_of=principal.on_behalf_of,
            )
        )
        if principal.expire_time is not None:
            response.session.expire_time.CopyFrom(timestamp(principal.expire_time))
        if principal.roles & LEASING_ROLES:
            presence = await self._availability.of(principal)
            response.session.availability = availability_of(presence)
            if presence.resume_time is not None:
                response.session.resume_time.CopyFrom(timestamp(presence.resume_time))
        return response
