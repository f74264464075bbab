"""One try at one door, and all that came back. A plain client: nothing stops it from sending what no client would."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import urllib.parse
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

DOORS: Final = ("grpc", "connect-proto", "connect-json", "grpc-web", "get")
PATIENCE: Final = 30.0
READ: Final = 512 * 1024
"""What a door reads of a request at most, before it refuses it unread (bytes): twice the server's own limit."""
STREAM: Final = 0.15
"""How long a stream is listened to (s)."""
_GO_ON: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

Headers = Sequence[tuple[str, str]]


def path_of(method: MethodDescriptor) -> str:
    """A method's path."""
    assert method.containing_service is not None
    return f"/{method.containing_service.full_name}/{method.name}"


@dataclass(frozen=True, slots=True)
class Try:
    """What is sent: a method of the contract at a door. `headers`, `kind` and `target` stand over what we would say."""

    method: MethodDescriptor
    door: str
    body: bytes
    headers: Headers = ()
    kind: str = ""
    target: str = ""
    framed: bool = False

    @property
    def path(self) -> str:
        """The method's path."""
        return path_of(self.method)


@dataclass(slots=True)
class Told:
    """What came back: the canonical code's name ("HTTP 415" where it has none), reason, messages, all text."""

    code: str
    reason: str = ""
    messages: list[bytes] = field(default_factory=list)
    text: bytes = b""


class Doors:
    """Both doors of one server."""

    def __init__(self, port: int, http_port: int) -> None:
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        self._http_port = http_port

    async def send(self, tried: Try) -> Told:
        """The answer to one try; where it is a stream, what came of it within STREAM."""
        async with asyncio.timeout(PATIENCE):
            return await (self._grpc(tried) if tried.door == "grpc" else self._http(tried))

    async def close(self) -> None:
        """Hangs up."""
        await self._channel.close()

    async def _grpc(self, tried: Try) -> Told:
        metadata = [(name, value.encode() if name.endswith("-bin") else value) for name, value in tried.headers]
        multi: Any = self._channel.unary_stream if tried.method.server_streaming else self._channel.unary_unary
        timeout = STREAM if tried.method.server_streaming else PATIENCE
        call: Any = multi(tried.path)(tried.body, metadata=metadata, timeout=timeout)
        messages: list[bytes] = []
        with suppress(grpc.aio.AioRpcError):
            if tried.method.server_streaming:
                async for message in call:
                    messages.append(message)
            else:
                messages.append(await call)
        code, details = await call.code(), (await call.details() or "").encode()
        trailers = dict(await call.trailing_metadata() or ())
        rich = trailers.get("grpc-status-details-bin", b"")
        if not rich and code is grpc.StatusCode.RESOURCE_EXHAUSTED and len(tried.body) > READ:
            return Told("GRPC too large", text=details)  # by the library, before it is ours
        return Told(code.name, _reason(rich), messages, b"\n".join((details, rich, repr(trailers).encode())))

    async def _http(self, tried: Try) -> Told:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._http_port)
        answer, given_up = b"", False
        try:
            writer.write(_request(tried))
            async with asyncio.timeout(2 * STREAM if tried.method.server_streaming else PATIENCE):
                while chunk := await reader.read(1 << 16):
                    answer += chunk
        except ConnectionError:
            pass
        except TimeoutError:
            given_up = True
        finally:
            writer.close()
        if given_up and not answer:
            return Told("CANCELLED")
        return _told(answer)


def _request(tried: Try) -> bytes:
    """The bytes on the connection, after whose answer the server hangs up."""
    streams = tried.method.server_streaming
    if tried.door == "get":
        return _head("GET", tried.target or _query(tried), tried.headers)
    body, web = tried.body, tried.door == "grpc-web"
    if (streams or web) and not tried.framed:
        body = struct.pack(">BI", 0, len(body)) + body
    codec = "json" if tried.door == "connect-json" else "proto"
    kind = "application/grpc-web+proto" if web else f"application/{'connect+' if streams else ''}{codec}"
    ours = [("content-type", tried.kind or kind), ("content-length", str(len(body)))]
    if streams:
        ours.append(("connect-timeout-ms", str(int(STREAM * 1_000))))
    named = {name for name, _ in tried.headers}
    return _head("POST", tried.path, [*tried.headers, *(each for each in ours if each[0] not in named)]) + body


def _query(tried: Try) -> str:
    packed = base64.urlsafe_b64encode(tried.body).decode().rstrip("=")
    return f"{tried.path}?connect=v1&encoding=proto&base64=1&message={packed}"


def _head(verb: str, target: str, headers: Headers) -> bytes:
    first = (f"{verb} {target} HTTP/1.1", "host: x", "connection: close")
    return "\r\n".join((*first, *(f"{name}: {text}" for name, text in headers), "", "")).encode(
        "utf-8", "surrogateescape"
    )


def _told(answer: bytes) -> Told:
    head, _, body = answer.removeprefix(_GO_ON).partition(b"\r\n\r\n")
    if not head:
        return Told("HTTP hung up")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    status = int(first.split()[1])
    kind = headers.get("content-type", "")
    if "grpc-status" in headers:
        return _of_trailers(headers, answer)
    if status == 200 and kind.startswith(("application/grpc-web", "application/connect+")):
        return _of_frames(body, answer, web="grpc-web" in kind)
    if status == 200:
        return Told("OK", "", [body], b"")
    return _of_error(json.loads(body), answer) if kind == "application/json" else Told(f"HTTP {status}", text=answer)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


def _of_frames(body: bytes, answer: bytes, *, web: bool) -> Told:
    messages: list[bytes] = []
    while len(body) >= 5:
        flags, size = struct.unpack(">BI", body[:5])
        frame, body = body[5 : 5 + size], body[5 + size :]
        if flags & 0x80 and web:
            lines = (line.partition(":") for line in frame.decode("latin-1").split("\r\n"))
            told = _of_trailers({name.strip().lower(): value.strip() for name, _, value in lines}, frame)
        elif flags & 2 and not web:
            told = _of_error(json.loads(frame).get("error"), frame)
        else:
            messages.append(frame)
            continue
        told.messages = messages
        return told
    return Told("OK" if messages else "CANCELLED", messages=messages)


def _of_trailers(trailers: Mapping[str, str], text: bytes) -> Told:
    details = base64.b64decode(trailers.get("grpc-status-details-bin", "") + "===")
    said = urllib.parse.unquote_to_bytes(trailers.get("grpc-message", ""))
    return Told(Code.Name(int(trailers["grpc-status"])), _reason(details), text=b"\n".join((said, details, text)))


def _of_error(error: Any, text: bytes) -> Told:
    if error is None:
        return Told("OK")
    code = {"canceled": "CANCELLED"}.get(error["code"], error["code"].upper())
    details = [base64.b64decode(each["value"] + "===") for each in error.get("details", ())]
    kinds = [each["type"] for each in error.get("details", ())]
    info = dict(zip(kinds, details, strict=True)).get("google.rpc.ErrorInfo")
    reason = ErrorInfo.FromString(info).reason if info is not None else ""
    return Told(code, reason, text=b"\n".join((error.get("message", "").encode(), *details, text)))


def _reason(rich: bytes) -> str:
    for detail in Status.FromString(rich).details:
        info = ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""
