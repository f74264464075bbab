"""The JSON Schema of a policy file, made from its model, and the check against it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError

from andon.domain.canonical import Json, JsonObject
from andon.policy.faults import PolicyFault, did_you_mean, one_of
from andon.policy.model import DOC, ROUTES, SCHEMA, PolicyFile, Rule, part_of
from andon.policy.presentation import PATH_ADVICE
from andon.policy.quorum import EXAMPLES
from andon.policy.source import Path_, Source
from andon.policy.work import ENDS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {
    "object": "a section of `key: value` lines",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
_APPROVE: Final = "time never approves what can't be undone"
_ENDS_ADVICE: Final = f"{one_of(ENDS)}, or {{escalate: {{queue: QUEUE, deadline: 1h}}}}"
_SPANS: Final = ("deadline", "by", "within", "expires")
_PART_ADVICE: Final = "from 1% to 99%, such as 75%"
_DURATION_ADVICE: Final = "a number with a unit, such as 90s, 15m, 4h or 2d"


@functools.cache
def policy_schema() -> JsonObject:
    """The JSON Schema (2020-12) of a policy file."""
    return {
        "$schema": DIALECT,
        "$id": "https://andon.dev/schemas/policy.schema.json",
        "title": "Andon policy",
        **_object(PolicyFile),
    }


def _object(owner: Any) -> dict[str, Json]:
    fields = dataclasses.fields(owner)
    result: dict[str, Json] = {
        "type": "object",
        "description": owner.__doc__,
        "additionalProperties": False,
        "required": [field.name for field in fields if field.default is dataclasses.MISSING],
        "properties": {field.name: _property(owner, field) for field in fields},
    }
    if owner is Rule:
        result["anyOf"] = [{"required": ["when"]}, {"required": ["sample"]}]
        result["if"] = {"required": ["sample"]}
        result["then"] = {"properties": {"route": {"const": "review"}}}
    return result


def _property(owner: type, field: dataclasses.Field[Any]) -> JsonObject:
    schema: dict[str, Json] = dict(field.metadata[SCHEMA])
    part = part_of(owner, field.name)
    if part is not None:
        schema = {**schema, "items": _object(part)} if schema.get("type") == "array" else _object(part)
    return {**schema, "description": field.metadata[DOC]}


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(policy_schema())


def structure_faults(source: Source) -> list[PolicyFault]:
    """Everything in which a file differs from the schema, each in its place."""
    return shape_faults(source, _validator())


def shape_faults(source: Source, validator: Draft202012Validator) -> list[PolicyFault]:
    """Everything in which a file differs from a schema, each in its place."""
    return [fault for error in validator.iter_errors(source.data) for fault in _faults(source, error)]


def _faults(source: Source, error: ValidationError) -> Iterator[PolicyFault]:
    path: Path_ = tuple(error.absolute_path)
    keyword, value = str(error.validator), error.instance
    if path and path[-1] == "on_deadline" and keyword == "anyOf":
        yield from _on_deadline_faults(source, path, error)
    elif keyword == "additionalProperties":
        yield from _unknown_keys(source, path, error)
    elif keyword == "required":
        yield from _missing_keys(source, path, error)
    elif keyword == "propertyNames":
        yield source.fault(
            (*path, str(value)),
            f"`{value}` can't be an attribute's name",
            "letters, digits and _, not beginning with a digit",
            key=True,
        )
    elif keyword == "anyOf":
        yield source.fault(path, "the rule says neither `when` nor `sample`", "add `when: CONDITION`")
    elif keyword != "const" or value in tuple(ROUTES):
        yield source.fault(path, *_value_fault(path, error))


def _on_deadline_faults(source: Source, path: Path_, error: ValidationError) -> Iterator[PolicyFault]:
    value = error.instance
    if isinstance(value, Mapping):
        for inner in error.context or ():
            if inner.absolute_path != error.absolute_path or inner.validator != "enum":
                yield from _faults(source, inner)
        return
    approve = isinstance(value, str) and "approve" in value
    message = _APPROVE if approve else f"{_shown(value)} is not something a missed deadline can do"
    yield source.fault(path, message, "approve_if_reversible" if approve else _ENDS_ADVICE)


def _unknown_keys(source: Source, path: Path_, error: ValidationError) -> Iterator[PolicyFault]:
    schema: Any = error.schema
    instance: Any = error.instance
    known = schema.get("properties", {})
    for key in instance:
        if key not in known:
            near = did_you_mean(key, known)
            advice = f"{near}" if near else f"one of {', '.join(known)}"
            yield source.fault((*path, key), f"`{key}` is not known here", advice, key=True)


def _missing_keys(source: Source, path: Path_, error: ValidationError) -> Iterator[PolicyFault]:
    schema: Any = error.schema
    required: Any = error.validator_value
    key = next(name for name in required if f"'{name}'" in error.message)
    described = schema.get("properties", {}).get(key, {}).get("description", "")
    yield source.fault(path, f"`{key}` is missing", f"add `{key}:` ({described})" if described else f"add `{key}:`")


def _value_fault(path: Path_, error: ValidationError) -> tuple[str, str]:
    wanted: Any = error.validator_value
    keyword, value = str(error.validator), error.instance
    shown = _shown(value)
    if path and path[-1] == "then" and isinstance(value, str) and "approve" in value:
        return _APPROVE, "approve_if_reversible"
    if keyword == "enum":
        near = did_you_mean(value, wanted) if isinstance(value, str) else ""
        return f"{shown} is not allowed here", near or one_of(list(wanted))
    if keyword == "type":
        types = [wanted] if isinstance(wanted, str) else list(wanted)
        return f"{shown} is not {one_of([_TYPES[kind] for kind in types])}", _type_advice(path, types)
    if keyword == "const" and path and path[-1] == "route":
        return "a random sample can only ask for review", "route: review"
    if keyword == "pattern":
        return _pattern_fault(path, shown)
    return _limit_fault(keyword, wanted, shown)


def _pattern_fault(path: Path_, shown: str) -> tuple[str, str]:
    if path[-1] in _SPANS:
        return f"{shown} is not a time above nought", _DURATION_ADVICE
    if path[-1] == "at":
        return f"{shown} is not a part of the deadline", _PART_ADVICE
    if path[-1] == "keep":
        return f"{shown} is no time to keep anything", "days, such as 2555d, or forever"
    if path[-1] == "path":
        return f"{shown} is no path into a decision", PATH_ADVICE
    if "actions" in path:
        return f"{shown} is not an action or a pattern of actions", 'refund.issue, "refund.*" or "*", in lower case'
    return f"{shown} can't be a name", "lower-case letters, digits and -, beginning with a letter"


def _limit_fault(keyword: str, wanted: Any, shown: str) -> tuple[str, str]:
    limits = {
        "minimum": (f"{shown} is below {wanted}", f"at least {wanted}"),
        "maximum": (f"{shown} is above {wanted}", f"at most {wanted}"),
        "exclusiveMinimum": (f"{shown} is not above {wanted}", "a share such as 0.02"),
        "minLength": ("the text is empty", "say it in words"),
        "maxLength": (f"is longer than {wanted} characters", "shorten it"),
        "minItems": ("the list is empty", "name at least one"),
        "maxItems": (f"the list has more than {wanted} items", "split it into several policies"),
        "maxProperties": (f"has more than {wanted} entries", "drop some"),
        "uniqueItems": ("the list names something twice", "name each once"),
    }
    return limits.get(keyword, (f"{shown} does not fit", "see the schema: andon policy schema"))


def _type_advice(path: Path_, types: Sequence[str]) -> str:
    if path and path[-1] in _SPANS:
        return _DURATION_ADVICE
    if path and path[-1] == "at":
        return _PART_ADVICE
    if path and path[-1] in ("quorum", "need"):
        return EXAMPLES
    return {"array": "[a, b]", "string": "text in quotes", "number": "a number without quotes"}.get(types[0], "")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (Mapping, list)):
        return "a section" if isinstance(value, Mapping) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text if len(text) <= 40 else text[:40] + '…'}`"
