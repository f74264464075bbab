"""What the contract's `buf.validate` annotations demand, compiled once into closures.

Everything our contract may say is either enforced here or refused when the table is compiled, so nobody can write an
annotation that does nothing. Besides the annotations, Timestamp and Duration fields must hold valid values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeAlias

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from andon.domain.errors import FieldFault
from andon_client._gen.buf.validate import validate_pb2

Faults: TypeAlias = tuple[FieldFault, ...]
Check: TypeAlias = Callable[[Any], Faults]
Test: TypeAlias = Callable[[Any], str]
"""The fault of one value in words; empty for a good one."""

_REQUIRED: Final = "is required"
_NUMBERS: Final = frozenset({"gte", "lte"})
_SUPPORTED: Final = {
    "string": frozenset({"min_len", "max_len", "pattern"}),
    "double": _NUMBERS | {"finite"},
    "int32": _NUMBERS,
    "int64": _NUMBERS,
    "enum": frozenset({"defined_only"}),
    "duration": _NUMBERS,
    "repeated": frozenset({"min_items", "max_items", "items"}),
}
_SCALARS: Final = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_ENUM: "enum",
}
_WRAPPERS: Final = {
    "google.protobuf.StringValue": "string",
    "google.protobuf.DoubleValue": "double",
    "google.protobuf.Int32Value": "int32",
    "google.protobuf.Int64Value": "int64",
}
_MAX_DURATION: Final = 315_576_000_000
_MIN_TIMESTAMP, _MAX_TIMESTAMP = -62_135_596_800, 253_402_300_799
_NANOS: Final = 1_000_000_000
# What Python's expressions and RE2's read differently, or RE2 lacks.
_UNPORTABLE: Final = re.compile(r"\\[0-9A-Za-z]|\(\?(?!:)|[*+?}]\+")


class UnsupportedRule(Exception):
    """The contract carries an annotation that this server would not enforce. Raised while the table is compiled."""


def compile_rules(descriptor: Descriptor, *, deep: bool = True) -> Callable[[Message], Faults]:
    """A check of messages of this type: it answers every fault, or nothing for a good message.

    Fields marked OUTPUT_ONLY are not looked at. With `deep` False, messages in repeated fields are not looked into,
    but they are counted. Compiled once for each type. Raises UnsupportedRule.
    """
    return _compiled(descriptor, deep)


@cache
def _compiled(descriptor: Descriptor, deep: bool) -> Check:
    return _message_check(descriptor, deep, ()) or _no_faults


def _no_faults(_message: Any) -> Faults:
    return ()


def _message_check(descriptor: Descriptor, deep: bool, outer: tuple[str, ...]) -> Check | None:
    """The check of all fields of one message type; None where nothing is demanded."""
    if descriptor.full_name in outer:
        raise UnsupportedRule(f"{descriptor.full_name}: messages within themselves are not supported")
    if descriptor.GetOptions().HasExtension(validate_pb2.message):
        raise UnsupportedRule(f"{descriptor.full_name}: rules on whole messages are not supported")
    for oneof in descriptor.oneofs:
        if oneof.GetOptions().HasExtension(validate_pb2.oneof):
            raise UnsupportedRule(f"{oneof.full_name}: rules on a oneof are not supported")
    inner = (*outer, descriptor.full_name)
    checks = tuple(check for field in descriptor.fields for check in _field_checks(field, deep, inner))
    if not checks:
        return None

    def check_message(message: Any) -> Faults:
        faults: Faults = ()
        for check in checks:
            if found := check(message):
                faults += found
        return faults

    return check_message


def _field_checks(field: FieldDescriptor, deep: bool, outer: tuple[str, ...]) -> Iterator[Check]:
    rules = field.GetOptions().Extensions[validate_pb2.field]
    if field_behavior_pb2.OUTPUT_ONLY in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]:
        return
    if field.is_repeated:
        check = _repeated_check(field, rules, deep, outer)
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        check = _singular_message_check(field, rules, deep, outer)
    else:
        check = _scalar_check(field, rules)
    if check is not None:
        yield check


def _scalar_check(field: FieldDescriptor, rules: validate_pb2.FieldRules) -> Check | None:
    name, get = field.name, attrgetter(field.name)
    test = _value_test(field, rules, _SCALARS.get(field.type, ""))
    if test is None and not rules.required:
        return None
    missing, kept = ((FieldFault(name, _REQUIRED),) if rules.required else ()), test or _accept
    why = kept(field.default_value)
    unset = missing or ((FieldFault(name, why),) if why else ())

    def check_present(message: Any) -> Faults:
        if not message.HasField(name):
            return missing
        fault = kept(get(message))
        return (FieldFault(name, fault),) if fault else ()

    def check_value(message: Any) -> Faults:
        value = get(message)
        if not value:  # most fields of a message are not set: what is to be said of that is known already
            return unset
        fault = kept(value)
        return (FieldFault(name, fault),) if fault else ()

    return check_present if field.has_presence else check_value


def _singular_message_check(
    field: FieldDescriptor, rules: validate_pb2.FieldRules, deep: bool, outer: tuple[str, ...]
) -> Check | None:
    name, get = field.name, attrgetter(field.name)
    inner = _inner_check(field, rules, deep, outer)
    if inner is None and not rules.required:
        return None
    missing, kept = ((FieldFault(name, _REQUIRED),) if rules.required else ()), inner or _no_faults

    def check(message: Any) -> Faults:
        if not message.HasField(name):
            return missing
        found = kept(get(message))
        return _below(name, found) if found else ()

    return check


def _inner_check(
    field: FieldDescriptor, rules: validate_pb2.FieldRules, deep: bool, outer: tuple[str, ...]
) -> Check | None:
    """The check of a message in a field, whether ours, a wrapper or a time; paths are relative to the field."""
    assert field.message_type is not None
    kind = field.message_type.full_name
    test: Test | None
    if kind in _WRAPPERS:
        inner, value = _value_test(field, rules, _WRAPPERS[kind]), attrgetter("value")
        test = None if inner is None else (lambda message, inner=inner: inner(value(message)))
    elif kind == "google.protobuf.Duration":
        test = _duration_test(_own_rules(field, rules, "duration"))
    else:
        _own_rules(field, rules, "")
        if kind == "google.protobuf.Timestamp":
            test = _test_timestamp
        else:
            return None if kind.startswith("google.protobuf.") else _message_check(field.message_type, deep, outer)
    return None if test is None else _as_check(test)


def _as_check(test: Test) -> Check:
    def check(value: Any) -> Faults:
        fault = test(value)
        return (FieldFault("", fault),) if fault else ()

    return check


def _below(parent: str, faults: Faults) -> Faults:
    return tuple(FieldFault(f"{parent}.{fault.path}" if fault.path else parent, fault.description) for fault in faults)


def _repeated_check(
    field: FieldDescriptor, rules: validate_pb2.FieldRules, deep: bool, outer: tuple[str, ...]
) -> Check | None:
    own = _own_rules(field, rules, "repeated")
    counted = own or validate_pb2.RepeatedRules()
    name, get = field.name, attrgetter(field.name)
    least = max(counted.min_items, 1 if rules.required else 0)
    most = counted.max_items if counted.HasField("max_items") else None
    each = _item_check(field, counted.items, deep, outer)
    if each is None and not least and most is None:
        return None

    def check(message: Any) -> Faults:
        values = get(message)
        count = len(values)
        if count < least:
            return (FieldFault(name, f"must have at least {_counted(least, 'item')}"),)
        if most is not None and count > most:
            return (FieldFault(name, f"must have at most {_counted(most, 'item')}"),)
        if each is None or not count:
            return ()
        found = ((index, each(value)) for index, value in enumerate(values))
        return tuple(fault for index, faults in found if faults for fault in _below(f"{name}[{index}]", faults))

    return check


def _item_check(
    field: FieldDescriptor, rules: validate_pb2.FieldRules, deep: bool, outer: tuple[str, ...]
) -> Check | None:
    if rules.required:
        raise UnsupportedRule(f"{field.full_name}: `required` on items is not supported")
    if field.type != FieldDescriptor.TYPE_MESSAGE:
        test = _value_test(field, rules, _SCALARS.get(field.type, ""))
        return None if test is None else _as_check(test)
    check = _inner_check(field, rules, deep, outer)
    if check is not None and _is_map(field):
        raise UnsupportedRule(f"{field.full_name}: rules within a map are not supported")
    return check if deep else None


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _own_rules(field: FieldDescriptor, rules: validate_pb2.FieldRules, kind: str) -> Any:
    """The rules of this kind, or None. Raises UnsupportedRule for any other rule, so that each is enforced."""
    own = None
    for option, value in rules.ListFields():
        if option.name == kind and kind:
            own = value
        elif option.name != "required" or option.is_extension:
            raise UnsupportedRule(f"{field.full_name}: `{option.name}` is not supported on this field")
    refused = [] if own is None else [o.name for o, _ in own.ListFields() if o.name not in _SUPPORTED[kind]]
    if refused or len(UnknownFieldSet(rules)) or (own is not None and len(UnknownFieldSet(own))):
        raise UnsupportedRule(f"{field.full_name}: `{kind}.{''.join(refused[:1]) or '(unknown)'}` is not supported")
    return own


def _value_test(field: FieldDescriptor, rules: validate_pb2.FieldRules, kind: str) -> Test | None:
    own = _own_rules(field, rules, kind)
    if own is None:
        return None
    if kind == "string":
        return _string_test(field, own)
    if kind == "enum":
        return _enum_test(field) if own.defined_only else None
    return _number_test(own, finite=kind == "double" and own.finite)


def _accept(_value: Any) -> str:
    return ""


def _string_test(field: FieldDescriptor, rules: validate_pb2.StringRules) -> Test:
    least, most = rules.min_len, rules.max_len if rules.HasField("max_len") else math.inf
    match = _matcher(field, rules.pattern) if rules.pattern else None
    mismatch = f"must match {rules.pattern}"

    def test(value: str) -> str:
        if len(value) > most:
            return f"must be at most {_counted(int(most), 'character')}"
        if len(value) < least:
            return f"must be at least {_counted(least, 'character')}"
        return mismatch if match is not None and match(value) is None else ""

    return test


def _matcher(field: FieldDescriptor, pattern: str) -> Callable[[str], object]:
    """A whole-string matcher. RE2's `$` is the very end, Python's is not: hence `fullmatch`."""
    depths = [pattern[:place].count("(") - pattern[:place].count(")") for place in _places(pattern, "|")]
    if not (pattern.startswith("^") and pattern.endswith("$")) or pattern.endswith("\\$") or 0 in depths:
        raise UnsupportedRule(f"{field.full_name}: the pattern {pattern} must be anchored as ^…$ as a whole")
    if _UNPORTABLE.search(pattern):
        raise UnsupportedRule(f"{field.full_name}: the pattern {pattern} is not the same in RE2 and here")
    return re.compile(pattern, re.ASCII).fullmatch


def _places(text: str, mark: str) -> list[int]:
    return [place for place, character in enumerate(text) if character == mark]


def _enum_test(field: FieldDescriptor) -> Test:
    assert field.enum_type is not None
    known = frozenset(field.enum_type.values_by_number)
    fault = f"must be a known value of {field.enum_type.name}"
    return lambda value: "" if value in known else fault


def _number_test(rules: Any, *, finite: bool) -> Test | None:
    """NaN lies in no range; without any bound only `finite` refuses it."""
    least = rules.gte if rules.HasField("gte") else -math.inf
    most = rules.lte if rules.HasField("lte") else math.inf
    if (least, most) == (-math.inf, math.inf):
        return (lambda value: "" if math.isfinite(value) else "must be a finite number") if finite else None
    fault = _range_fault(least, most)
    if finite:
        return lambda value: "" if least <= value <= most and math.isfinite(value) else fault
    return lambda value: "" if least <= value <= most else fault


def _range_fault(least: float, most: float, unit: str = "") -> str:
    if most == math.inf:
        return f"must be at least {least:.15g}{unit}"
    if least == -math.inf:
        return f"must be at most {most:.15g}{unit}"
    return f"must be between {least:.15g} and {most:.15g}{unit}"


def _duration_test(rules: validate_pb2.DurationRules | None) -> Test:
    bounds = rules or validate_pb2.DurationRules()
    least = _nanos(bounds.gte) if bounds.HasField("gte") else -math.inf
    most = _nanos(bounds.lte) if bounds.HasField("lte") else math.inf
    fault = _range_fault(least / _NANOS, most / _NANOS, " s")

    def test(value: Any) -> str:
        seconds, nanos = value.seconds, value.nanos
        if abs(seconds) > _MAX_DURATION or abs(nanos) >= _NANOS or seconds * nanos < 0:
            return "must be a valid duration"
        return "" if least <= seconds * _NANOS + nanos <= most else fault

    return test


def _nanos(value: Any) -> int:
    return int(value.seconds) * _NANOS + int(value.nanos)


def _test_timestamp(value: Any) -> str:
    valid = _MIN_TIMESTAMP <= value.seconds <= _MAX_TIMESTAMP and 0 <= value.nanos < _NANOS
    return "" if valid else "must be a valid timestamp"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
