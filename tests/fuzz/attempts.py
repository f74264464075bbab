"""How a try comes about: a message of a method, put into the words of a door, with what should not be in either."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from andon.usecases.access import ROLES
from tests.fuzz import spoiled
from tests.fuzz.doors import Try, path_of
from tests.fuzz.grounds import Grounds, callers
from tests.fuzz.messages import TEXTS, Author
from tests.golden.harness import token_of

_WILD: Final = (0.0, 0.0, 0.05, 0.2, 0.7)
_BEARERS: Final = ("", "Bearer", "Bearer ", "Basic eDp5", "Bearer andon_" + "x" * 43, "Bearer " + "a" * 5_000)
_KINDS: Final = (
    *("", "text/plain", "application/json", "application/proto", "application/connect+json", "application/grpc"),
    *(
        "application/grpc-web-text",
        "application/grpc-web",
        "application/json; charset=utf-16",
        "APPLICATION/PROTO",
        ";",
    ),
    *("application/" + "x" * 3_000, "multipart/form-data; boundary=x", "application/grpc-web+json", "é"),
)
_ODD: Final = (
    *(("connect-protocol-version", "2"), ("connect-timeout-ms", "-1"), ("connect-timeout-ms", "9" * 40)),
    *(("grpc-timeout", "1"), ("grpc-timeout", "0u"), ("grpc-timeout", "99999999H"), ("x-request-id", "a b\tc")),
    *(("x-request-id", "é" * 300), ("te", "trailers"), ("expect", "100-continue"), ("upgrade", "h2c")),
    *(("content-encoding", "br"), ("content-encoding", "gzip"), ("connect-content-encoding", "gzip")),
    *(
        ("grpc-encoding", "snappy"),
        ("accept-encoding", "*;q=0"),
        ("connect-accept-encoding", "\x7f"),
        ("range", "bytes=0-1"),
    ),
    *(("cookie", "a=" + "b" * 4_000), ("x-http-method-override", "GET"), ("accept", "text/html"), ("origin", "null")),
)
_OVER_GRPC: Final = (
    *(("x-request-id", "a b c"), ("x-request-id", "x" * 500), ("x-bin", "\x00"), ("x-odd-bin", "\xff"), ("te", "x")),
    *(("grpc-accept-encoding", "x"), ("content-language", "x")),
)
_QUERIES: Final = (
    *("", "?", "?connect=v2", "?connect=v1&encoding=proto", "?connect=v1&encoding=json&message={}", "?message=%ff%fe"),
    *("?connect=v1&encoding=xml&message=", "?connect=v1&encoding=proto&base64=1&message=***", "?base64=2&message=%00"),
    *("?encoding=json&message=" + "[" * 500, "?connect=v1&encoding=json&base64=1&message=e30", "?a=1" + "&a=1" * 900),
    *("?connect=v1&encoding=json&compression=gzip&message=x", "?connect=v1&connect=v1&message=%"),
    "?connect=v1&encoding=json&message=%7B%22name%22%3A1e999%7D",
)


def attempt(random: Random, grounds: Grounds, method: MethodDescriptor, door: str) -> Try:
    """One try of a method at a door."""
    wild = random.choice(_WILD)
    assert method.input_type is not None
    message = Author(random, grounds.word, wild).message(method.input_type)
    if (more := grounds.more[method.input_type.full_name]) and random.random() < 0.4:
        message = random.choice(list(more))
    caller = _as_somebody(random, grounds, method, message)
    bearer = random.choice(_BEARERS) if random.random() < 0.03 else f"Bearer {token_of(caller)}"
    headers = [("authorization", bearer)] if bearer else []
    body = message.SerializeToString()
    if door == "grpc":
        return _over_grpc(random, method, body, headers)
    if door == "get":
        target = _target(random, method) if random.random() < 0.3 else ""
        return Try(method, door, body, [*headers, *_odd(random)], target=target)
    return _over_http(random, method, door, _as_json(random, message) if door == "connect-json" else body, headers)


def _as_somebody(random: Random, grounds: Grounds, method: MethodDescriptor, message: Message) -> str:
    """Who tries it: mostly somebody who may. A held task's words are put together, so that they fit each other."""
    anybody = ("submitter", "reviewer", "both", "lead", "auditor", "admin")
    able = callers(ROLES[path_of(method)]) or anybody
    caller = random.choice(able if random.random() < 0.9 else anybody)
    if "lease_token" not in message.DESCRIPTOR.fields_by_name or not grounds.held or random.random() < 0.3:
        return caller
    holder, task = random.choice(list(grounds.held))
    made: Any = message
    made.name, made.lease_token = task.name, task.lease.token
    if "payload_hash" in message.DESCRIPTOR.fields_by_name:
        made.payload_hash = task.decision.payload_hash
    return holder if random.random() < 0.9 else caller


def _over_grpc(random: Random, method: MethodDescriptor, body: bytes, headers: list[tuple[str, str]]) -> Try:
    more = [random.choice(_OVER_GRPC)] if random.random() < 0.1 else []
    return Try(method, "grpc", spoiled.wire(random, body) if random.random() < 0.3 else body, [*headers, *more])


def _over_http(random: Random, method: MethodDescriptor, door: str, body: bytes, headers: list[tuple[str, str]]) -> Try:
    headers, framed, kind = [*headers, *_odd(random)], False, ""
    if random.random() < 0.3:
        body = spoiled.text(random, body.decode()) if door == "connect-json" else spoiled.wire(random, body)
    fate = random.random()
    if fate < 0.05:
        kind = random.choice(_KINDS)
    elif fate < 0.15 and (method.server_streaming or door == "grpc-web"):
        body, framed = _ill_framed(random, body), True
    elif fate < 0.2:
        headers.append(("content-encoding", "gzip"))
        body = _packed(random, body)
    return Try(method, door, body, headers, kind, framed=framed)


def _odd(random: Random) -> list[tuple[str, str]]:
    return [random.choice(_ODD)] if random.random() < 0.1 else []


def _packed(random: Random, body: bytes) -> bytes:
    packed = gzip.compress(body, compresslevel=1)
    return random.choice((packed, packed[: len(packed) // 2], packed + packed, body, gzip.compress(bytes(3 << 20))))


def _ill_framed(random: Random, body: bytes) -> bytes:
    """Envelopes that promise more, promise less, are several, say that they are packed, or are trailers."""
    size = len(body)
    return random.choice(
        (
            struct.pack(">BI", 0, size + 5) + body,
            struct.pack(">BI", 0, max(0, size - 1)) + body,
            struct.pack(">BI", 0, 0xFFFFFFFF) + body,
            2 * (struct.pack(">BI", 0, size) + body),
            struct.pack(">BI", 1, size) + body,
            struct.pack(">BI", 2, 2) + b"{}",
            struct.pack(">BI", 0x80, 15) + b"grpc-status: 0\r\n",
            struct.pack(">BI", random.randrange(256), size) + body,
            b"",
            b"\x00",
            body,
        )
    )


def _target(random: Random, method: MethodDescriptor) -> str:
    return f"{path_of(method)}{random.choice(_QUERIES)}"


def _as_json(random: Random, message: Message) -> bytes:
    """The message as JSON, and what JSON can't say left out."""
    for _ in range(2):
        try:
            return json_format.MessageToJson(
                message,
                preserving_proto_field_name=random.random() < 0.5,
                use_integers_for_enums=random.random() < 0.2,
                indent=None,
            ).encode("utf-8", "surrogatepass")
        except (json_format.SerializeToJsonError, ValueError, RecursionError):
            _tame(message)
    return b"{}"


def _tame(message: Message) -> None:
    """Leaves out the values that have no form in JSON: times beyond the calendar, numbers that are none."""
    for field, value in list(message.ListFields()):
        if field.message_type is None or isinstance(value, Mapping):
            continue
        if field.message_type.full_name.startswith("google.protobuf."):
            message.ClearField(field.name)
            if field.message_type.full_name == Struct.DESCRIPTOR.full_name and not field.is_repeated:
                getattr(message, field.name).update({"text": TEXTS[11]})
        else:
            for each in value if field.is_repeated else (value,):
                _tame(each)
