"""google.protobuf.Struct to plain JSON and back, without json_format, which costs several times as much."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Final

from google.protobuf.struct_pb2 import ListValue, Struct, Value

from andon.domain.canonical import Document, Json, JsonObject, key_order, number
from andon.domain.errors import FieldFault, FieldInvalid, PayloadTooDeep, PayloadTooLarge

_WIRE_OVERHEAD: Final = 16
_WIDEST: Final = 4


class StructReader:
    """Reads Structs that callers sent, straight into canonical JSON: they are hashed and stored in that form.

    `max_size` counts bytes of canonical JSON in UTF-8, `max_depth` levels of nesting; the top one is 1. `max_entries`
    bounds the top level; 0 means no bound.
    """

    def __init__(self, max_size: int, max_depth: int, max_entries: int = 0) -> None:
        self._max_size = max_size
        self._max_depth = max_depth
        self._max_entries = max_entries

    def read(self, struct: Struct, field: str, size: int = sys.maxsize) -> Document:
        """The Struct as canonical JSON. `size` is that of the whole request: no Struct of a small one need be measured.

        Raises PayloadTooLarge, PayloadTooDeep, FieldInvalid (NaN, infinity, too many entries).
        """
        if self._max_entries and len(struct.fields) > self._max_entries:
            raise FieldInvalid((FieldFault(field, f"must have at most {self._max_entries} entries"),))
        # A value takes at most a small multiple of its JSON in protobuf: don't write out what can't fit.
        if size > (most := _WIRE_OVERHEAD * self._max_size) and (size := struct.ByteSize()) > most:
            raise PayloadTooLarge(field=field, limit=self._max_size, actual=size)
        text = self._object(struct, field, 1)
        if len(text) > self._max_size // _WIDEST and (size := len(text.encode())) > self._max_size:
            raise PayloadTooLarge(field=field, limit=self._max_size, actual=size)
        return Document(text)

    def _object(self, struct: Struct, field: str, depth: int) -> str:
        if depth > self._max_depth:
            raise PayloadTooDeep(field=field, limit=self._max_depth)
        fields, quote, value = struct.fields, encode_basestring, self._value
        # Most are texts: to read one is cheaper than to ask for the kind.
        pairs = [
            f"{quote(key)}:{quote(text) if (text := (it := fields[key]).string_value) else value(it, field, depth)}"
            for key in key_order(fields)
        ]
        return f"{{{','.join(pairs)}}}"

    def _value(self, value: Value, field: str, depth: int) -> str:
        if real := value.number_value:
            return _number(real, field)
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            return encode_basestring(value.string_value)
        if kind == "bool_value":
            return "true" if value.bool_value else "false"
        if kind == "struct_value":
            return self._object(value.struct_value, field, depth + 1)
        if kind == "list_value":
            return self._list(value.list_value, field, depth + 1)
        return "0" if kind == "number_value" else "null"

    def _list(self, items: ListValue, field: str, depth: int) -> str:
        if depth > self._max_depth:
            raise PayloadTooDeep(field=field, limit=self._max_depth)
        return "[" + ",".join([self._value(item, field, depth) for item in items.values]) + "]"


_ANY: Final = StructReader(sys.maxsize, sys.maxsize)


def struct_text(struct: Struct) -> str:
    """A Struct of ours as canonical JSON, however large. Raises FieldInvalid for NaN and infinity."""
    return _ANY._object(struct, "", 1)


def struct_of(value: JsonObject) -> Struct:
    """JSON as a Struct."""
    struct = Struct()
    fill_struct(struct, value)
    return struct


def fill_struct(struct: Struct, value: JsonObject) -> None:
    """Writes JSON into an empty Struct that is a field, and makes it present."""
    struct.SetInParent()
    _fill_object(struct, value)


def _number(value: float, field: str) -> str:
    try:
        return number(value)
    except ValueError:
        fault = FieldFault(field, "must not hold NaN or infinity, which JSON does not have")
        raise FieldInvalid((fault,)) from None


def _fill_object(struct: Struct, value: JsonObject) -> None:
    fields = struct.fields
    for key, item in value.items():
        _fill(fields[key], item)


def _fill(target: Value, value: Json) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif value is None:
        target.null_value = 0  # type: ignore[assignment]  # NullValue's only member is 0
    elif isinstance(value, Mapping):
        fill_struct(target.struct_value, value)
    else:
        target.list_value.SetInParent()
        for item in value:
            _fill(target.list_value.values.add(), item)
