"""Checks a reviewer's correction against the JSON Schema that the policy gives."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from andon.domain.canonical import Json, JsonObject, canonical, parse
from andon.domain.errors import FieldFault
from andon.policy.patterns import found as is_found
from andon.policy.patterns import pattern_fault

FIELD: Final = "corrected_prediction"
MAX_FAULTS: Final = 32
_MOST_LOOKED_AT: Final = 1_000
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
        found = sorted(islice(validator.iter_errors(value), _MOST_LOOKED_AT), key=lambda error: error.json_path)
    except (RecursionError, Unresolvable):
        return (FieldFault(FIELD, "the policy's schema can't be applied to it"),)
    return tuple(fault for error in found[:MAX_FAULTS] for fault in _field_faults(error))


@functools.lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    return _Linear(parse(schema), registry=Registry())


def _field_faults(error: ValidationError) -> Iterator[FieldFault]:
    path = FIELD + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    if error.validator == "required":
        missing = re.match(r"'(.*)' is a required property", error.message)
        yield FieldFault(f"{path}.{missing[1]}" if missing else path, "is missing")
    else:
        yield FieldFault(path, error.message[:200])


def _keyword_faults(root: JsonObject, schema: Json, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(schema, dict):
        yield from _pattern_faults(schema, path)
        for key, value in schema.items():
            if isinstance(value, str):
                yield from _text_faults(root, key, value, (*path, key))
            else:
                yield from _keyword_faults(root, value, (*path, key))
    elif isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _keyword_faults(root, item, (*path, index))


def _pattern_faults(schema: Mapping[str, Json], path: Path_) -> Iterator[tuple[Path_, str]]:
    patterns = schema.get("patternProperties")
    if isinstance(patterns, dict):
        for pattern in patterns:
            if fault := pattern_fault(pattern):
                yield (*path, "patternProperties", pattern), f"not a regular expression of RE2: {fault}"
    if "unevaluatedProperties" in schema:
        yield (*path, "unevaluatedProperties"), "is not supported; use additionalProperties"


def _text_faults(root: JsonObject, key: str, value: str, path: Path_) -> Iterator[tuple[Path_, str]]:
    if key in _REFERENCES and not _resolves(root, value):
        yield path, f"`{value[:100]}` leads nowhere; only references within the schema are allowed, such as #/$defs/x"
    if key == "pattern" and (fault := pattern_fault(value)):
        yield path, f"not a regular expression of RE2: {fault}"


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not is_found(pattern, value):
        yield ValidationError(f"{value[:100]!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    for pattern, inner in patterns.items() if isinstance(value, dict) else ():
        for name, item in value.items():
            if is_found(pattern, name):
                yield from validator.descend(item, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, inner: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in value.items() if isinstance(value, dict) else ():
        if name in known or any(is_found(pattern, name) for pattern in patterns):
            continue
        if inner is False:
            yield ValidationError(f"{name[:100]!r} is no field of the policy's schema")
        else:
            yield from validator.descend(item, inner, path=name)


def _unique_items(_validator: Any, wanted: bool, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list) and len({canonical([item]) for item in value}) < len(value):
        yield ValidationError("has items that are the same")


# The library's own take more than linear time where a pattern, or what is compared, is chosen for it.
_Linear: Final[Any] = extend(  # type: ignore[no-untyped-call]  # the package's own gap
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
    },
)


def _resolves(root: JsonObject, reference: str) -> bool:
    if not reference.startswith("#"):
        return False
    value: Any = root
    for step in reference[1:].strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if name:
            value = value.get(name) if isinstance(value, dict) else None
    return isinstance(value, (dict, bool))
