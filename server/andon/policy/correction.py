"""Checks a reviewer's correction against the JSON Schema that the policy gives."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from andon.domain.canonical import Json, JsonObject, canonical, parse
from andon.domain.errors import FieldFault

FIELD: Final = "corrected_prediction"
MAX_FAULTS: Final = 32
_META: Final = Draft202012Validator(Draft202012Validator.META_SCHEMA)
_REFERENCES: Final = ("$ref", "$dynamicRef")
Path_ = tuple[str | int, ...]


def schema_faults(schema: JsonObject) -> list[tuple[Path_, str]]:
    """What is wrong with a schema: (path in it, why). Only references within it are allowed; nothing is fetched."""
    faults: list[tuple[Path_, str]] = [
        (tuple(error.absolute_path), f"not a JSON Schema: {error.message[:200]}") for error in _META.iter_errors(schema)
    ]
    return faults or list(_keyword_faults(schema, schema, ()))


def check_correction(schema: JsonObject, value: JsonObject) -> tuple[FieldFault, ...]:
    """Where a correction does not fit, by paths such as `corrected_prediction.amount`; empty where it fits."""
    validator = _validator(canonical(schema))
    try:
        found = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    except (RecursionError, Unresolvable):
        return (FieldFault(FIELD, "the policy's schema can't be applied to it"),)
    return tuple(fault for error in found[:MAX_FAULTS] for fault in _field_faults(error))


@functools.lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    rules: Any = parse(schema)
    return Draft202012Validator(rules, registry=Registry())


def _field_faults(error: ValidationError) -> Iterator[FieldFault]:
    path = FIELD + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    if error.validator == "required":
        missing = re.match(r"'(.*)' is a required property", error.message)
        yield FieldFault(f"{path}.{missing[1]}" if missing else path, "is missing")
    else:
        yield FieldFault(path, error.message[:200])


def _keyword_faults(root: JsonObject, schema: Json, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if isinstance(value, str):
                yield from _text_faults(root, key, value, (*path, key))
            else:
                yield from _keyword_faults(root, value, (*path, key))
    elif isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _keyword_faults(root, item, (*path, index))


def _text_faults(root: JsonObject, key: str, value: str, path: Path_) -> Iterator[tuple[Path_, str]]:
    if key in _REFERENCES and not _resolves(root, value):
        yield path, f"`{value[:100]}` leads nowhere; only references within the schema are allowed, such as #/$defs/x"
    if key == "pattern":
        try:
            re.compile(value)
        except re.error as error:
            yield path, f"not a regular expression: {error}"


def _resolves(root: JsonObject, reference: str) -> bool:
    if not reference.startswith("#"):
        return False
    value: Any = root
    for step in reference[1:].strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if name:
            value = value.get(name) if isinstance(value, dict) else None
    return isinstance(value, (dict, bool))
