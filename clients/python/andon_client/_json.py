"""JSON objects as google.protobuf.Struct and back, without losing a number on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Any]

EXACT: Final = 1 << 53
"""Beyond this a double can't hold every whole number."""

_READABLE: Final = 10**40

MAX_DEPTH: Final = 32
"""Levels of nesting; protobuf runtimes read no more of a Struct."""


class NotJson(ValueError):
    """A value that JSON, or a double, can't hold. `path` says where it is, for example `input.lines[2].price`."""

    def __init__(self, path: str, fault: str) -> None:
        self.path = path
        self.fault = fault
        super().__init__(f"{path}: {fault}")


def to_struct(value: JsonObject, path: str = "value") -> struct_pb2.Struct:
    """Copies a JSON object into a Struct.

    Raises NotJson for NaN and infinity, whole numbers beyond ±2^53 (send them as strings), keys that are not strings,
    objects nested deeper than 32 levels and anything JSON does not have.
    """
    if not isinstance(value, Mapping):
        raise NotJson(path, f"must be an object (a dict), not {type(value).__name__}")
    struct = struct_pb2.Struct()
    _fill(struct, value, path, 1)
    return struct


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Copies a Struct into a dict, keys in order. Whole numbers within ±2^53 become int, all others float."""
    fields = struct.fields
    return {key: _read(fields[key]) for key in sorted(fields)}


def copy_json(value: Any, depth: int = 0) -> Any:
    """A deep copy that keeps the type of every number: a snapshot of what was submitted.

    What is nested deeper than 32 levels is not copied: `to_struct` refuses it, and says where it is.
    """
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: copy_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [copy_json(item, depth + 1) for item in value]
    return value


def _fill(struct: struct_pb2.Struct, value: Mapping[Any, Any], path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotJson(path, f"nested deeper than {MAX_DEPTH} levels")
    fields = struct.fields
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotJson(path, f"the key {key!r} must be a string")
        _put(fields[_text(key, path)], item, f"{path}.{key}", depth)


def _put(target: struct_pb2.Value, item: Any, path: str, depth: int) -> None:
    if isinstance(item, str):
        target.string_value = _text(item, path)
    elif item is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(item, bool):
        target.bool_value = item
    elif isinstance(item, (int, float)):
        target.number_value = _number(item, path)
    elif isinstance(item, Mapping):
        target.struct_value.SetInParent()
        _fill(target.struct_value, item, path, depth + 1)
    elif isinstance(item, Sequence) and not isinstance(item, (bytes, bytearray, memoryview)):
        _append(target.list_value, item, path, depth + 1)
    else:
        target.number_value = _foreign_number(item, path)


def _append(target: struct_pb2.ListValue, items: Sequence[Any], path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotJson(path, f"nested deeper than {MAX_DEPTH} levels")
    target.SetInParent()
    for index, item in enumerate(items):
        _put(target.values.add(), item, f"{path}[{index}]", depth)


def _number(item: float, path: str) -> float:
    if isinstance(item, int) and not -EXACT <= item <= EXACT:
        shown = item if abs(item) < _READABLE else "a whole number of many digits"
        raise NotJson(path, f"{shown} is beyond ±2^53 and would be changed on the way; send it as a string")
    number = float(item)
    if not isfinite(number):
        raise NotJson(path, f"JSON has no {number}")
    return number


def _foreign_number(item: Any, path: str) -> float:
    """Numbers of other libraries, such as numpy's, that say what they are."""
    if isinstance(item, Integral):
        return _number(int(item), path)
    if isinstance(item, Real):
        return _number(float(item), path)
    raise NotJson(path, f"JSON has no {type(item).__name__}; convert it to a string, a number, a list or an object")


def _text(text: str, path: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotJson(path, "holds half of a surrogate pair, which is not valid text") from None
    return text


def _read(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and -EXACT <= number <= EXACT else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [_read(item) for item in value.list_value.values]
    return None
