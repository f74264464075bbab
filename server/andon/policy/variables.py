"""What expressions read of a decision: the variables of CEL, made from its message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

from andon.policy.environment import EXTRA, VARIABLE

_LARGEST_EXACT: Final = float(2**53)
_KINDS: Final = {"bool_value": "bool", "string_value": "string", "number_value": "double"}


def variables(facts: Any, fields: frozenset[str], extras: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The decision and the declared free attributes (name, type).

    The message crosses into CEL as bytes, so only the `fields` that are read are passed on.
    """
    data: dict[str, Any] = {VARIABLE: only(facts, fields)}
    if extras:
        data.update(_extras(facts.attributes.extra.fields, extras))
    return data


def only(facts: Any, fields: frozenset[str]) -> Any:
    """A copy of a message with these of its fields."""
    return type(facts)(**{field.name: value for field, value in facts.ListFields() if field.name in fields})


def _extras(stated: Any, declared: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """The declared free attributes that are there and of their types; what is left out fails the rules that read it."""
    result: dict[str, Any] = {}
    for name, kind in declared:
        if name not in stated:
            continue
        value = stated[name]
        which = value.WhichOneof("kind")
        found = _KINDS.get(which, "")
        if found == kind:
            if kind != "double" or isfinite(value.number_value):
                result[f"{EXTRA}.{name}"] = getattr(value, which)
        elif kind == "int" and found == "double" and _is_exact(value.number_value):
            result[f"{EXTRA}.{name}"] = int(value.number_value)
    return result


def _is_exact(number: float) -> bool:
    """Whether a JSON number stands for one whole number and no other."""
    return number.is_integer() and abs(number) <= _LARGEST_EXACT
