"""Requests and answers on the wire: which bytes came and how they are read, JSON or protobuf, and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status
from protobuf.wkt import Any as WireAny

from andon.domain.errors import FieldFault, FieldInvalid, PayloadTooDeep, PayloadTooLarge
from andon.rpc.pipeline import PARSER_DEPTH, Endpoint, Request

_PLACE: Final = re.compile(r' at "?\w+\.([\w.\[\]]+?)[".]*$')
_UNKNOWN: Final = re.compile(r'has no field named "([^"]*)"(?: at "\w+\.?([\w.\[\]]*?)")?')
_NESTED: Final = re.compile(r"(?:Failed to parse \w+ field: )+")
_CODES: Final[Mapping[int, Code]] = MappingProxyType(
    {getattr(code_pb2, "CANCELLED" if code is Code.CANCELED else code.name): code for code in Code}
)


class Body(NamedTuple):
    """A request's bytes, and whether they are JSON. They are read inside the pipeline, behind gate and auth."""

    data: bytes
    is_json: bool


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

    def encode(self, message: Message) -> bytes:
        return json.dumps(json_format.MessageToDict(message), ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, data: bytes | bytearray, message_class: type[Body]) -> Body:
        return message_class(bytes(data), is_json=True)


def read_json(endpoint: Endpoint, max_size: int, body: bytes) -> Request:
    """The request in this JSON, or why it is none; the counterpart of `read_request`.

    Field names are taken in both styles. A name that the contract does not have is refused: what a person misspelt
    must not be left out of a decision.
    """
    if len(body) > max_size:
        return PayloadTooLarge(field="request", limit=max_size, actual=len(body))
    if body[:1] != b"{" and not body.lstrip().startswith(b"{"):
        return _ill_formed(endpoint, "must be a JSON object")
    try:
        return json_format.Parse(body, endpoint.request_type())
    except Exception as error:  # it raises whatever the words of strangers make it stumble over
        text = str(error)
        if "too deep" in text or "recursion" in text:
            return PayloadTooDeep(field="request", limit=PARSER_DEPTH)
        return _ill_formed(endpoint, text)


def refusal(status: Status) -> ConnectError:
    """A refusal as this door's protocols carry it, with every detail."""
    details = [ErrorDetail(WireAny(type_url=detail.type_url, value=detail.value)) for detail in status.details]
    return ConnectError(_CODES[status.code], status.message, details)


def _ill_formed(endpoint: Endpoint, text: str) -> FieldInvalid:
    text = _NESTED.sub("", text).partition("\n")[0].strip()
    if unknown := _UNKNOWN.search(text):
        field = ".".join(filter(None, (unknown[2], unknown[1])))
        return FieldInvalid((FieldFault(field, f"is no field of {endpoint.request_type.DESCRIPTOR.full_name}"),))
    if place := _PLACE.search(text):
        return FieldInvalid((FieldFault(place[1], text[: place.start()]),))
    name = endpoint.request_type.DESCRIPTOR.full_name
    return FieldInvalid((FieldFault("request", f"must be a well-formed {name} in JSON: {text}"),))
