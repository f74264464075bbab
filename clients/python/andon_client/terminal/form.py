"""A correction form made from the schema and the proposal: typed fields, read back without losing a JSON type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from andon_client.cli.text import json_text
from andon_client.terminal.paths import MISSING
from andon_client.terminal.visible import revealed

_MOST_FIELDS: Final = 200


class FieldKind(StrEnum):
    """How a field is typed in."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "whole number"
    CHOICE = "choice"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form. `value` is MISSING where the proposal has none."""

    path: tuple[str, ...]
    label: str
    kind: FieldKind
    value: Any
    required: bool = False
    choices: tuple[Any, ...] = ()
    hint: str = ""

    @property
    def name(self) -> str:
        """The path in one piece."""
        return ".".join(self.path)

    @property
    def text(self) -> str:
        """What the field holds at first."""
        if self.value is MISSING:
            return ""
        return str(self.value) if self.kind is FieldKind.TEXT else json_text(self.value)


class FormFault(ValueError):
    """What was typed can't be read; the message says what is wanted."""


def form_fields(schema: Mapping[str, Any] | None, proposed: Mapping[str, Any]) -> list[FormField]:
    """The fields, at most 200: what the proposal has, in the schema's order, then what it might have."""
    fields = _fields(schema or {}, proposed, ())
    return sorted(fields, key=lambda field: field.value is MISSING)[:_MOST_FIELDS]


def read(field: FormField, text: str) -> Any:
    """The value that was typed; MISSING where a field that may be left out is empty. Raises FormFault."""
    if text == field.text:
        return field.value
    if not text.strip() and not field.required and (field.value is MISSING or field.kind is not FieldKind.TEXT):
        return MISSING
    if field.kind is FieldKind.TEXT:
        return text
    value = _json(field, text)
    if field.kind is not FieldKind.JSON and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise FormFault(f"must be a {field.kind}")
    if field.kind is FieldKind.INTEGER and value != int(value):
        raise FormFault("must be a whole number")
    return value


def assemble(proposed: Mapping[str, Any], values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """The proposal with these values in their places."""
    result: dict[str, Any] = deepcopy(dict(proposed))
    for path, value in values.items():
        _put(result, path, value)
    return result


def _fields(schema: Mapping[str, Any], value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[FormField]:
    properties = _object(schema.get("properties"))
    required = schema.get("required")
    for name in dict.fromkeys([*properties, *value]):
        inner, has = _object(properties.get(name)), value.get(name, MISSING)
        if _is_nested(inner, has):
            yield from _fields(inner, has if isinstance(has, Mapping) else {}, (*path, name))
        else:
            needed = isinstance(required, list) and name in required
            yield _field((*path, name), inner, has, needed)


def _field(path: tuple[str, ...], schema: Mapping[str, Any], value: Any, required: bool) -> FormField:
    choices = _choices(schema, value)
    kind = FieldKind.CHOICE if choices else _kind(schema, value)
    hint = schema.get("description")
    return FormField(path, str(schema.get("title") or path[-1]), kind, value, required, choices, str(hint or ""))


def _is_nested(schema: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value) or bool(schema.get("properties"))
    return value is MISSING and schema.get("type") == "object" and bool(schema.get("properties"))


def _choices(schema: Mapping[str, Any], value: Any) -> tuple[Any, ...]:
    enum = schema.get("enum")
    if isinstance(enum, list) and enum:
        return tuple(enum)
    stated = schema.get("type")
    if stated == "boolean" or (stated is None and isinstance(value, bool)):
        return (True, False)
    return ()


def _kind(schema: Mapping[str, Any], value: Any) -> FieldKind:
    stated = schema.get("type", _type(value))
    if stated == "integer" and _fits(value, (int,)):
        return FieldKind.INTEGER
    if stated == "number" and _fits(value, (int, float)):
        return FieldKind.NUMBER
    # Text that a line can't show as it is, is typed as JSON, with its escapes.
    if stated == "string" and (value is MISSING or (isinstance(value, str) and _is_plain(value))):
        return FieldKind.TEXT
    return FieldKind.JSON


def _fits(value: Any, types: tuple[type, ...]) -> bool:
    return value is MISSING or (isinstance(value, types) and not isinstance(value, bool))


def _type(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else "other"


def _is_plain(text: str) -> bool:
    return "\n" not in text and "\t" not in text and revealed(text) == text


def _json(field: FormField, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise FormFault(f"must be a {field.kind}" if field.kind is not FieldKind.JSON else "must be JSON") from None


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _put(target: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        inner = target.get(name)
        if not isinstance(inner, dict):
            if value is MISSING:
                return
            inner = target[name] = {}
        target = inner
    if value is MISSING:
        target.pop(path[-1], None)
    else:
        target[path[-1]] = value


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
