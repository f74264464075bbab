"""The HTTP door's protocols, spoken by a small client of our own: Connect in JSON and in binary, and gRPC-Web.

Written from the protocols' descriptions and independent of the library that the server uses.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import httpx
from google.protobuf import descriptor_pool, json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.code_pb2 import Code
from google.rpc.status_pb2 import Status

from tests.golden.transport import TIMEOUT, Answer, Outgoing

_END_OF_CONNECT: Final = 0b10
_END_OF_GRPC_WEB: Final = 0b1000_0000
_MILLISECONDS: Final = str(round(TIMEOUT * 1_000))
_SPELLING: Final = {"canceled": "CANCELLED"}


class HttpTransport(ABC):
    """What the three have in common: a connection, and messages in frames."""

    def __init__(self, client: httpx.AsyncClient, *, as_json: bool = False) -> None:
        self.client: Final = client
        self.as_json: Final = as_json

    @abstractmethod
    async def unary(self, outgoing: Outgoing) -> Answer:
        """One request, one answer. A refusal is an answer too."""

    @abstractmethod
    def headers(self, outgoing: Outgoing) -> Mapping[str, str]:
        """The headers that open a stream."""

    @abstractmethod
    def ended(self, flags: int, body: bytes) -> Answer | None:
        """How a stream ended, where a frame is its last."""

    def stream(self, outgoing: Outgoing) -> HttpFlow:
        """One request, a stream of messages."""
        return HttpFlow(self, outgoing)

    def sent(self, outgoing: Outgoing) -> bytes:
        """The request's bytes."""
        return outgoing.json.encode() if self.as_json else outgoing.body

    def read(self, outgoing: Outgoing, body: bytes) -> bytes:
        """An answer's bytes, as protobuf."""
        if not self.as_json:
            return body
        message = _response(outgoing)
        json_format.Parse(body, message)
        return message.SerializeToString()

    async def frames(self, outgoing: Outgoing) -> AsyncGenerator[tuple[int, bytes] | Answer, None]:
        """The frames of an answer; an Answer alone where it has none."""
        content = struct.pack(">BI", 0, len(sent := self.sent(outgoing))) + sent
        headers = [*self.headers(outgoing).items(), *outgoing.metadata]
        async with self.client.stream("POST", outgoing.method, content=content, headers=headers) as response:
            if response.status_code != 200:
                yield Answer("UNKNOWN", text=f"HTTP {response.status_code}: {(await response.aread())[:200]!r}")
            elif "grpc-status" in response.headers:
                yield _of_trailers(response.headers)
            buffer = b""
            async for chunk in response.aiter_raw():
                buffer += chunk
                while len(buffer) >= 5 and len(buffer) >= 5 + (size := int.from_bytes(buffer[1:5], "big")):
                    yield buffer[0], buffer[5 : 5 + size]
                    buffer = buffer[5 + size :]


class ConnectTransport(HttpTransport):
    """Connect."""

    async def unary(self, outgoing: Outgoing) -> Answer:
        """One POST, without frames."""
        headers = [("content-type", f"application/{self._codec}"), *_CONNECT.items(), *outgoing.metadata]
        response = await self.client.post(outgoing.method, content=self.sent(outgoing), headers=headers)
        if response.status_code == 200:
            return Answer("OK", self.read(outgoing, response.content))
        assert response.headers["content-type"] == "application/json", (response.status_code, response.content[:200])
        return _of_json(response.json())

    def headers(self, outgoing: Outgoing) -> Mapping[str, str]:
        """The headers that open a stream."""
        return {"content-type": f"application/connect+{self._codec}", **_CONNECT}

    def ended(self, flags: int, body: bytes) -> Answer | None:
        """How a stream ended, where a frame is its last."""
        if not flags & _END_OF_CONNECT:
            return None
        said = json.loads(body)
        return _of_json(said["error"]) if "error" in said else Answer("OK")

    @property
    def _codec(self) -> str:
        return "json" if self.as_json else "proto"


class GrpcWebTransport(HttpTransport):
    """gRPC-Web, in binary."""

    async def unary(self, outgoing: Outgoing) -> Answer:
        """A stream with one message."""
        body = b""
        async with aclosing(self.frames(outgoing)) as frames:
            async for frame in frames:
                if isinstance(frame, Answer):
                    return frame
                if (answer := self.ended(*frame)) is not None:
                    return Answer(answer.code, body, answer.text, answer.status)
                body = frame[1]
        raise AssertionError("no trailers")

    def headers(self, outgoing: Outgoing) -> Mapping[str, str]:
        """The headers of every call."""
        return {"content-type": "application/grpc-web+proto", "grpc-timeout": f"{_MILLISECONDS}m", "x-grpc-web": "1"}

    def ended(self, flags: int, body: bytes) -> Answer | None:
        """How a stream ended, where a frame is its last."""
        if not flags & _END_OF_GRPC_WEB:
            return None
        lines = filter(None, body.decode().split("\r\n"))
        return _of_trailers({name.strip().lower(): value.strip() for name, _, value in _split(lines)})


class HttpFlow:
    """An open stream, read by a task of its own."""

    def __init__(self, transport: HttpTransport, outgoing: Outgoing) -> None:
        self._transport = transport
        self._outgoing = outgoing
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._answer = Answer("CANCELLED")
        self._reading = asyncio.create_task(self._run())
        self._reading.add_done_callback(_retrieve)

    async def read(self) -> bytes | None:
        """The next message; None where the stream has ended."""
        return await self._messages.get()

    async def end(self) -> Answer:
        """How the stream ended; waits until it does."""
        await self._reading
        return self._answer

    def cancel(self) -> None:
        """Hangs up."""
        self._reading.cancel()

    async def _run(self) -> None:
        try:
            async with aclosing(self._transport.frames(self._outgoing)) as frames:
                async for frame in frames:
                    answer = frame if isinstance(frame, Answer) else self._transport.ended(*frame)
                    if answer is not None:
                        self._answer = answer
                    elif not isinstance(frame, Answer):
                        self._messages.put_nowait(self._transport.read(self._outgoing, frame[1]))
        finally:
            self._messages.put_nowait(None)


def _retrieve(reading: asyncio.Task[None]) -> None:
    """Takes note of how a flow failed that nobody waits for; `end` raises it all the same."""
    if not reading.cancelled():
        reading.exception()


_CONNECT: Final = {"connect-protocol-version": "1", "connect-timeout-ms": _MILLISECONDS}


def _of_json(error: Mapping[str, Any]) -> Answer:
    name = _SPELLING.get(error["code"], error["code"].upper())
    status = Status(code=Code.Value(name), message=error.get("message", ""))
    for detail in error.get("details", ()):
        value = base64.b64decode(detail["value"] + "===")
        status.details.add(type_url=f"type.googleapis.com/{detail['type']}", value=value)
    return Answer(name, b"", status.message, status if status.details else None)


def _of_trailers(trailers: Mapping[str, str]) -> Answer:
    name = Code.Name(int(trailers["grpc-status"]))
    details = trailers.get("grpc-status-details-bin")
    status = Status.FromString(base64.b64decode(details + "===")) if details else None
    return Answer(name, b"", urllib.parse.unquote(trailers.get("grpc-message", "")), status)


def _split(lines: Any) -> Any:
    return (line.partition(":") for line in lines)


def _response(outgoing: Outgoing) -> Message:
    _, service, name = outgoing.method.split("/")
    method = descriptor_pool.Default().FindServiceByName(service).FindMethodByName(name)
    made: Message = GetMessageClass(method.output_type)()
    return made
