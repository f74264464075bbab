"""Requests in protobuf's JSON mapping, read in linear time, with our own words and the contract's names for what is
wrong with them. Nothing of what a caller sent goes through a regular expression."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Final, TypeAlias

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from andon.domain.errors import AndonError, FieldFault, FieldInvalid, PayloadTooDeep
from andon.rpc.pipeline import PARSER_DEPTH

MAX_VALUES: Final = 100_000
"""How many values, those within others included, a request in JSON may hold."""

Json: TypeAlias = Any
Set: TypeAlias = Callable[[Any, Json], None]
"""Writes a value into a message."""
Convert: TypeAlias = Callable[[Json], Any]

_LONGEST_WORD: Final = 64
# One more than payloads may have at most, so that who measures them can name the field.
_DEEPEST: Final = PARSER_DEPTH + 1
_MOST_DIGITS: Final = 512
_DIGITS: Final = frozenset("0123456789+-.eE")
_SPECIAL: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_EXAMPLES: Final = {"Duration": 'a span such as "50s"', "Timestamp": 'a time such as "2026-01-31T12:00:00Z"'}


class _Fault(Exception):
    """What is wrong, and where, seen from the value that is being read."""

    def __init__(self, why: str, path: str = "") -> None:
        self.why = why
        self.path = path

    def under(self, name: str) -> None:
        self.path = f"{name}.{self.path}" if self.path and not self.path.startswith("[") else f"{name}{self.path}"


def read_message(request_type: type[Message], body: bytes) -> Message | AndonError:
    """The message in this JSON, or why it is none.

    Field names are taken in both styles. A name that the contract does not have is refused: what a person misspelt
    must not be left out of a decision.
    """
    try:
        message = request_type()
        _reader(request_type.DESCRIPTOR)(message, _loaded(body))
        return message
    except _Fault as fault:
        return FieldInvalid((FieldFault(fault.path or "request", fault.why),))
    except RecursionError:
        return PayloadTooDeep(field="request", limit=PARSER_DEPTH)
    except PayloadTooDeep as deep:
        return deep


def _loaded(body: bytes) -> Json:
    if not body.lstrip(b" \t\r\n").startswith(b"{"):
        raise _Fault("must be a JSON object")
    if body.count(b",") + body.count(b"[") + body.count(b"{") >= MAX_VALUES and _count(body) > MAX_VALUES:
        raise _Fault(f"must hold at most {MAX_VALUES:,} values")
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_int=_int)
    except UnicodeDecodeError:
        raise _Fault("must be well-formed JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Fault(f"must be well-formed JSON: line {error.lineno}, column {error.colno}") from None


def _count(body: bytes) -> int:
    """How many values there are at most: what lies outside of texts tells."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if (texts := plain.count(b'"') // 2) > 2 * MAX_VALUES:
        return texts // 2  # at worst every other text is a key
    outside = b"".join(plain.split(b'"')[::2])
    return outside.count(b",") + outside.count(b"[") + outside.count(b"{") + 1


def _object(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Fault("must not hold an object with a duplicate name")
    return made


def _int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:  # the time to read them grows with their square
        raise _Fault(f"must not hold a whole number of more than {_MOST_DIGITS} digits")
    return int(digits)


@cache
def _reader(descriptor: Descriptor) -> Set:
    """Fills a message of this type. Compiled once for each type."""
    setters = {field: _field(field) for field in descriptor.fields}
    known = {name: (field.name, put) for field, put in setters.items() for name in (field.name, field.json_name)}

    def fill(message: Any, value: Json) -> None:
        if type(value) is not dict:
            raise _Fault("must be a JSON object")
        given = set()
        for key, item in value.items():
            if (field := known.get(key)) is None:
                raise _Fault(f"is no field of {descriptor.full_name}", key[:_LONGEST_WORD])
            name, put = field
            if name in given:
                raise _Fault("is there in both of its spellings, a duplicate", name)
            given.add(name)
            if item is not None:
                _within(name, put, message, item)

    return fill


def _within(name: str, put: Set, target: Any, value: Json) -> None:
    try:
        put(target, value)
    except _Fault as fault:
        fault.under(name)
        raise


def _field(field: FieldDescriptor) -> Set:
    if field.is_repeated:
        return partial(_put_list, field.name, _item(field))
    if field.message_type is None:
        return partial(_put_scalar, field.name, _scalar(field))
    return partial(_put_message, field.name, _message(field.message_type))


def _put_scalar(name: str, convert: Convert, message: Any, value: Json) -> None:
    converted = convert(value)
    try:
        setattr(message, name, converted)
    except UnicodeEncodeError:
        raise _Fault("must be well-formed Unicode") from None
    except (ValueError, OverflowError):
        raise _Fault("must be within the range of its type") from None


def _put_message(name: str, fill: Set, message: Any, value: Json) -> None:
    target = getattr(message, name)
    target.SetInParent()
    fill(target, value)


def _put_list(name: str, add: Set, message: Any, value: Json) -> None:
    if type(value) is not list:
        raise _Fault("must be a list")
    items = getattr(message, name)
    for index, item in enumerate(value):
        _within(f"[{index}]", add, items, item)


def _item(field: FieldDescriptor) -> Set:
    """Adds one item to a list."""
    if field.message_type is not None:
        fill = _message(field.message_type)
        return lambda items, value: fill(items.add(), value)
    convert = _scalar(field)

    def append(items: Any, value: Json) -> None:
        try:
            items.append(convert(value))
        except (ValueError, OverflowError):
            raise _Fault("must be within the range of its type") from None

    return append


def _message(descriptor: Descriptor) -> Set:
    name = descriptor.name
    if not descriptor.full_name.startswith("google.protobuf."):
        return _reader(descriptor)
    if name == "Struct":
        return _fill_struct
    if name in _EXAMPLES:
        return partial(_fill_time, f"must be {_EXAMPLES[name]}")
    if name.endswith("Value") and list(descriptor.fields_by_name) == ["value"]:
        return partial(_put_scalar, "value", _scalar(descriptor.fields_by_name["value"]))
    raise TypeError(f"no request may hold a {descriptor.full_name}")


def _fill_time(why: str, target: Any, value: Json) -> None:
    if type(value) is not str or len(value) > _LONGEST_WORD or not value.isascii():
        raise _Fault(why)
    try:
        target.FromJsonString(value)
    except Exception:  # its words are not for callers
        raise _Fault(why) from None


def _fill_struct(target: Any, value: Json) -> None:
    if type(value) is not dict:
        raise _Fault("must be a JSON object")
    try:
        _fill_object(target, value, 1)
    except UnicodeEncodeError:
        raise _Fault("must be well-formed Unicode") from None
    except OverflowError:
        raise _Fault("must not hold a number too large for JSON") from None


def _fill_object(target: Any, value: dict[str, Json], depth: int) -> None:
    fields = target.fields
    for key, item in value.items():
        _fill_value(fields[key], item, depth)


def _fill_value(target: Any, value: Json, depth: int) -> None:
    kind = type(value)
    if kind is str:
        target.string_value = value
    elif kind is float or kind is int:
        target.number_value = value
    elif kind is bool:
        target.bool_value = value
    elif value is None:
        target.null_value = 0
    elif depth >= _DEEPEST:
        raise PayloadTooDeep(field="request", limit=PARSER_DEPTH)
    elif kind is dict:
        target.struct_value.SetInParent()
        _fill_object(target.struct_value, value, depth + 1)
    else:
        target.list_value.SetInParent()
        add = target.list_value.values.add
        for item in value:
            _fill_value(add(), item, depth + 1)


def _scalar(field: FieldDescriptor) -> Convert:
    if field.enum_type is not None:
        return partial(_enum, field.enum_type)
    converts: dict[int, Convert] = {
        FieldDescriptor.CPPTYPE_STRING: _text,
        FieldDescriptor.CPPTYPE_BOOL: _bool,
        FieldDescriptor.CPPTYPE_DOUBLE: _real,
        FieldDescriptor.CPPTYPE_INT32: _whole,
        FieldDescriptor.CPPTYPE_INT64: _whole,
    }
    if field.type == FieldDescriptor.TYPE_BYTES or field.cpp_type not in converts:
        raise TypeError(f"no request may hold {field.full_name}")
    return converts[field.cpp_type]


def _text(value: Json) -> str:
    if type(value) is not str:
        raise _Fault("must be text")
    return value


def _bool(value: Json) -> bool:
    if type(value) is not bool:
        raise _Fault("must be true or false")
    return value


def _real(value: Json) -> float:
    try:
        if type(value) in (float, int) and (real := float(value)) - real == 0:
            return real
        if type(value) is str and len(value) <= _LONGEST_WORD:
            return _SPECIAL[value] if value in _SPECIAL else float(value if _DIGITS.issuperset(value) else "?")
    except (ValueError, OverflowError):
        pass
    raise _Fault("must be a number")


def _whole(value: Json) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and len(value) <= _LONGEST_WORD and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    raise _Fault("must be a whole number")


def _enum(kind: EnumDescriptor, value: Json) -> int:
    if type(value) is int:
        return value
    # Protobuf looks up nothing but UTF-8: half of a surrogate pair is a SystemError there.
    if type(value) is str and value.isascii() and (known := kind.values_by_name.get(value)) is not None:
        return known.number
    raise _Fault(f"must be a known value of {kind.name}")
