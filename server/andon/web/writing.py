"""Answers in protobuf's JSON mapping: lowerCamelCase, 64-bit integers as text, what is unset left out.

Written as text at once. The library makes dictionaries first, and takes several times as long for a payload.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final, TypeAlias

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from andon.domain.canonical import number, quoted
from andon.rpc.structs import struct_text

Write: TypeAlias = Callable[[Any], str]

_TIMES: Final = frozenset({"google.protobuf.Duration", "google.protobuf.Timestamp"})


def write_message(message: Message) -> bytes:
    """The message as JSON, in UTF-8."""
    return _writer(message.DESCRIPTOR)(message).encode()


@cache
def _writer(descriptor: Descriptor) -> Write:
    """Writes messages of this type. Compiled once for each type."""
    if descriptor.full_name.startswith("google."):
        return _known(descriptor)
    writers = {field.number: (f'"{field.json_name}":', _field(field)) for field in descriptor.fields}

    def write(message: Any) -> str:
        parts = []
        for field, value in message.ListFields():
            name, text = writers[field.number]
            parts.append(name + text(value))
        return "{" + ",".join(parts) + "}"

    return write


def _known(descriptor: Descriptor) -> Write:
    if descriptor.full_name == "google.protobuf.Struct":
        return struct_text
    if descriptor.full_name in _TIMES:
        return lambda message: f'"{message.ToJsonString()}"'
    if descriptor.full_name == "google.protobuf.DoubleValue":
        return lambda message: _real(message.value)
    return lambda message: json.dumps(json_format.MessageToDict(message), ensure_ascii=False, separators=(",", ":"))


def _field(field: FieldDescriptor) -> Write:
    one = _value(field)
    return (lambda values: "[" + ",".join([one(value) for value in values]) + "]") if field.is_repeated else one


def _value(field: FieldDescriptor) -> Write:
    if field.message_type is not None:
        return _writer(field.message_type)
    if field.enum_type is not None:
        return partial(_enum, field.enum_type)
    if field.type == FieldDescriptor.TYPE_BYTES or field.cpp_type not in _SCALARS:
        raise TypeError(f"no answer may hold {field.full_name}")
    return _SCALARS[field.cpp_type]


def _real(value: float) -> str:
    if math.isfinite(value):
        return number(value)
    return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'


def _enum(kind: EnumDescriptor, value: int) -> str:
    known = kind.values_by_number.get(value)
    return str(value) if known is None else f'"{known.name}"'


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _wide(value: int) -> str:
    return f'"{value}"'


_SCALARS: Final[Mapping[int, Write]] = {
    FieldDescriptor.CPPTYPE_STRING: quoted,
    FieldDescriptor.CPPTYPE_BOOL: _bool,
    FieldDescriptor.CPPTYPE_DOUBLE: _real,
    FieldDescriptor.CPPTYPE_INT32: str,
    FieldDescriptor.CPPTYPE_INT64: _wide,
}
