"""Messages made from the contract's descriptors: mostly what the server would take, with what it should not within."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final, TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from andon_client._gen.buf.validate import validate_pb2

Word: TypeAlias = Callable[[Random, FieldDescriptor], str]
"""What the fuzzer knows to be said in a field of text: names of decisions, lease tokens and so on; "" for nothing."""

NUMBERS: Final = (
    *(0.0, -0.0, 1.0, 0.5, -1.0, 1e-9, 5e-324, 1e308, 1.7976931348623157e308, 2.0**53, 2.0**63, 2.0**64),
    *(math.inf, -math.inf, math.nan),
)
WHOLE: Final = (0, 1, 2, 5, 100, -1, 101, 1_000, 1 << 15, (1 << 31) - 1, -(1 << 31))
LARGE: Final = (*WHOLE, 1 << 31, (1 << 53) + 1, (1 << 63) - 1, -(1 << 63))
SECONDS: Final = (0, 1, -1, 60, 3_600, 1_767_225_600, 253_402_300_799, -62_135_596_800, (1 << 63) - 1, -(1 << 63))
NANOS: Final = (0, 1, 500_000_000, 999_999_999, 1_000_000_000, -1, (1 << 31) - 1, -(1 << 31))
TEXTS: Final = (
    *("", " ", "a", "*", "%", "_", ".", "..", "../x", "0", "-1", "null", "true", "NaN"),
    *("é", "\u0130", "\ufb01", "\U0001f600"),
    *("\x00", "a\x00b", "\r\nX-Injected: 1", "\n", "\x1b[2J\x1b]52;c;eA==\x07", "\u202eabc", "\ufeff", "\U0010ffff"),
    *("'; DROP TABLE decision; --", '"', "\\", "${x}", "{prediction.amount}", "<script>alert(1)</script>", "%s%n"),
    *("a.b.c", "refund.issue", "x" * 64, "x" * 129, "é" * 1_000, "\U0001f600" * 5_000, "a" * 20_000),
    *("('", "[[[", "-" * 300),
)
_START: Final = 1_767_225_600
_USUAL: Final = {
    "start_time": (_START - 60, _START - 6_000),
    "end_time": (_START, _START - 30, _START + 86_400),
    "resume_time": (_START + 86_400,),
}
_DEEPEST: Final = 40
_STRUCTS: Final = frozenset({"google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"})
_VARINT: Final = bytes((0x98, 0x3F, 0x01))  # field 1011, which no message has
_GROUPS: Final = bytes((0xFA, 0x3F, 0x03)) + b"\xff\xfe\xfd"  # field 1023, as bytes


class Author:
    """Writes messages. `wild` is the share of values that are not asked to be good, from 0 to 1."""

    def __init__(self, random: Random, word: Word, wild: float) -> None:
        self._random = random
        self._word = word
        self._wild = wild

    def message(self, descriptor: Descriptor, depth: int = 0) -> Message:
        """One message of this type."""
        made: Message = GetMessageClass(descriptor)()
        for field in descriptor.fields:
            if self._has(field, depth):
                self._fill(made, field, depth)
        if self._is_wild(0.2):
            made.MergeFromString(self._random.choice((_VARINT, _GROUPS)))
        return made

    def _has(self, field: FieldDescriptor, depth: int) -> bool:
        rules = field.GetOptions().Extensions[validate_pb2.field]
        if rules.required:
            return not self._is_wild(0.2)
        if field.is_repeated and depth == 0:
            return self._random.random() < 0.9
        return depth < 6 and self._random.random() < (0.35 if depth else 0.5)

    def _is_wild(self, share: float = 1.0) -> bool:
        return self._wild > 0 and self._random.random() < self._wild * share

    def _fill(self, made: Message, field: FieldDescriptor, depth: int) -> None:
        random = self._random
        if not field.is_repeated:
            self._put(made, field, depth)
            return
        target = getattr(made, field.name)
        for _ in range(random.choice((1, 1, 2, 3, 101 if self._is_wild(0.1) else 1))):
            if field.message_type is None:
                target.append(self._scalar(field))
            else:
                target.add().CopyFrom(self._inner(field, depth))

    def _put(self, made: Message, field: FieldDescriptor, depth: int) -> None:
        if field.message_type is None:
            setattr(made, field.name, self._scalar(field))
        else:
            getattr(made, field.name).CopyFrom(self._inner(field, depth))

    def _inner(self, field: FieldDescriptor, depth: int) -> Message:
        assert field.message_type is not None
        kind = field.message_type.full_name
        if kind == "google.protobuf.Duration":
            return self._time(field.message_type, (60, 3_600) if field.name == "interval" else (0, 0, 1, 60))
        if kind == "google.protobuf.Timestamp":
            return self._time(field.message_type, _USUAL.get(field.name, (_START,)))
        if kind in _STRUCTS:
            return self._struct(field.message_type)
        return self.message(field.message_type, depth + 1)

    def _time(self, descriptor: Descriptor, usual: tuple[int, ...]) -> Message:
        made: Any = GetMessageClass(descriptor)()
        wild = self._is_wild()
        made.seconds = self._random.choice(SECONDS if wild else usual)
        made.nanos = self._random.choice(NANOS if wild else NANOS[:3])
        message: Message = made
        return message

    def _scalar(self, field: FieldDescriptor) -> Any:
        random, wild = self._random, self._is_wild()
        if field.enum_type is not None:
            known = [*list(field.enum_type.values_by_number)[1:] * 4, 0]
            return random.choice((-1, 7_777, (1 << 31) - 1, -(1 << 31))) if wild else random.choice(known)
        if field.type == FieldDescriptor.TYPE_BOOL:
            return random.random() < 0.2
        if field.type == FieldDescriptor.TYPE_DOUBLE:
            return random.choice(NUMBERS) if wild else random.choice((0.0, 0.3, 0.9, 0.99, 1.0))
        if field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_UINT32):
            return random.choice(WHOLE) if wild else random.choice(WHOLE[:5])
        if field.type in (FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64):
            return random.choice(LARGE) if wild else random.choice(LARGE[:5])
        assert field.type == FieldDescriptor.TYPE_STRING, field.full_name
        return random.choice(TEXTS) if wild else self._word(random, field)

    def _struct(self, descriptor: Descriptor) -> Message:
        made: Any = GetMessageClass(descriptor)()
        if descriptor.name == "Struct":
            deep = self._is_wild(0.3)
            made.update(deeply(self._random) if deep else json_object(self._random, wild=self._wild > 0))
        message: Message = made
        return message


def deeply(random: Random) -> Mapping[str, Any]:
    """An object within objects and lists, about as deep as is read, or deeper."""
    value: Any = random.choice(TEXTS)
    for _ in range(random.randint(_DEEPEST // 2, _DEEPEST)):
        value = {"a": value} if random.random() < 0.5 else [value]
    return {"a": value}


def json_object(random: Random, *, wild: bool, depth: int = 0) -> dict[str, Any]:
    """A small object, such as services send; a wild one has names and values that they should not."""
    known = {"amount": 20.0, "order": 4711.0, "text": "The parcel never came", "lines": [{"price": 1.5}]}
    made: dict[str, Any] = {key: value for key, value in known.items() if random.random() < 0.5}
    if wild:
        for _ in range(random.choice((0, 1, 2))):
            made[random.choice(TEXTS)] = _json_value(random, depth)
    return made


def _json_value(random: Random, depth: int) -> Any:
    kind = random.randrange(5 if depth < 3 else 3)
    if kind == 0:
        return random.choice(TEXTS)
    if kind == 1:
        return random.choice(NUMBERS[:12])
    if kind == 2:
        return random.choice((None, True, False))
    if kind == 3:
        return [_json_value(random, depth + 1) for _ in range(random.choice((0, 1, 3)))]
    return json_object(random, wild=True, depth=depth + 1)
