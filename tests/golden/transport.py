"""How a case reaches a server. The same cases run over every implementation of `Transport`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import grpc
from google.rpc.status_pb2 import Status

TIMEOUT: Final = 20.0
_DETAILS: Final = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call: the path `/package.Service/Method`, the request as protobuf bytes and as JSON, and metadata."""

    method: str
    body: bytes
    metadata: tuple[tuple[str, str], ...] = ()
    json: str = "{}"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended: the canonical code's name, with the message or why there is none."""

    code: str
    body: bytes = b""
    text: str = ""
    status: Status | None = None


class Flow(Protocol):
    """An open server stream."""

    async def read(self) -> bytes | None:
        """The next message; None where the stream has ended."""
        ...

    async def end(self) -> Answer:
        """How the stream ended; waits until it does."""
        ...

    def cancel(self) -> None:
        """Hangs up."""
        ...


class Transport(Protocol):
    """Carries calls to a server."""

    async def unary(self, outgoing: Outgoing) -> Answer:
        """One request, one answer. A refusal is an answer too."""
        ...

    def stream(self, outgoing: Outgoing) -> Flow:
        """One request, a stream of messages."""
        ...


class GrpcTransport:
    """gRPC over HTTP/2."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def unary(self, outgoing: Outgoing) -> Answer:
        """One request, one answer."""
        method: Any = self._channel.unary_unary(outgoing.method)
        try:
            return Answer("OK", await method(outgoing.body, metadata=outgoing.metadata, timeout=TIMEOUT))
        except grpc.aio.AioRpcError as error:
            return _refusal(error.code(), error.details(), error.trailing_metadata())

    def stream(self, outgoing: Outgoing) -> Flow:
        """One request, a stream of messages."""
        method: Any = self._channel.unary_stream(outgoing.method)
        return _GrpcFlow(method(outgoing.body, metadata=outgoing.metadata, timeout=TIMEOUT))


class _GrpcFlow:
    def __init__(self, call: Any) -> None:
        self._call = call

    async def read(self) -> bytes | None:
        try:
            message = await self._call.read()
        except grpc.aio.AioRpcError:
            return None
        return None if message is grpc.aio.EOF else bytes(message)

    async def end(self) -> Answer:
        while await self.read() is not None:
            pass
        code = await self._call.code()
        return _refusal(code, await self._call.details(), await self._call.trailing_metadata())

    def cancel(self) -> None:
        self._call.cancel()


def _refusal(code: grpc.StatusCode, text: str | None, metadata: Any) -> Answer:
    details = dict(metadata or ()).get(_DETAILS)
    return Answer(code.name, b"", text or "", Status.FromString(details) if details is not None else None)
