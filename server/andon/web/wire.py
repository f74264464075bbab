"""Requests and answers on the wire: which bytes came and how they are read, JSON or protobuf, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf.message import Message
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status
from protobuf.wkt import Any as WireAny

from andon.domain.errors import PayloadTooLarge
from andon.rpc.aside import LARGE, aside
from andon.rpc.pipeline import Endpoint, Reading, Request
from andon.web.reading import read_message
from andon.web.writing import write_message

_CODES: Final[Mapping[int, Code]] = MappingProxyType(
    {getattr(code_pb2, "CANCELLED" if code is Code.CANCELED else code.name): code for code in Code}
)


class Body(NamedTuple):
    """A request's bytes, and whether they are JSON. They are read inside the pipeline, behind gate and auth."""

    data: bytes
    is_json: bool


class Written(NamedTuple):
    """An answer that is JSON already."""

    data: bytes


class ProtobufCodec:
    """Protobuf's binary form."""

    def name(self) -> str:
        return "proto"

    def encode(self, message: Message) -> bytes:
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Body]) -> Body:
        return message_class(bytes(data), is_json=False)


class JsonCodec:
    """Protobuf's JSON mapping: lowerCamelCase, 64-bit integers as text, what is unset left out."""

    def name(self) -> str:
        return "json"

    def encode(self, message: Message | Written) -> bytes:
        return message.data if isinstance(message, Written) else write_message(message)

    def decode(self, data: bytes | bytearray, message_class: type[Body]) -> Body:
        return message_class(bytes(data), is_json=True)


def read_json(endpoint: Endpoint, max_size: int, body: bytes) -> Request | Reading:
    """The request in this JSON, or why it is none; the counterpart of `read_request`. Never raises."""
    if len(body) > max_size:
        return PayloadTooLarge(field="request", limit=max_size, actual=len(body))
    if len(body) < LARGE:
        return read_message(endpoint.request_type, body)
    return Reading(partial(aside, read_message, endpoint.request_type, body))


async def written(message: Message, *, is_json: bool) -> Message | Written:
    """The answer, and where it is JSON and large, its bytes."""
    if not is_json or message.ByteSize() < LARGE:
        return message
    return Written(await aside(write_message, message))


def refusal(status: Status) -> ConnectError:
    """A refusal as this door's protocols carry it, with every detail."""
    details = [ErrorDetail(WireAny(type_url=detail.type_url, value=detail.value)) for detail in status.details]
    return ConnectError(_CODES[status.code], status.message, details)
