"""SessionService: convert, call one use case, convert."""

from __future__ import annotations

from andon.rpc.convert import duration
from andon.rpc.pipeline import Call
from andon.usecases.limits import Limits
from andon.usecases.session import session_of
from andon_client._gen.andon.v1 import session_service_pb2


class SessionEndpoints:
    """One method for each RPC of SessionService, named as it is."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def GetSession(  # the contract's name
        self, call: Call, request: session_service_pb2.GetSessionRequest
    ) -> session_service_pb2.GetSessionResponse:
        session = session_of(call.caller, self._limits)
        principal = session.principal
        return session_service_pb2.GetSessionResponse(
            session=session_service_pb2.Session(
                principal=principal.name,
                roles=sorted(principal.roles),
                queues=sorted(principal.queues),
                skills=sorted(principal.skills),
                methods=session.methods,
                lease_duration=duration(session.lease_duration),
                server_version=session.server_version,
                groups=sorted(principal.groups),
            )
        )
