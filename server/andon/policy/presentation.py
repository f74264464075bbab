"""The section `presentation` of a policy file: its schema, its meaning, and what the schema can't see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from andon.domain.canonical import JsonObject
from andon.domain.effect import ROOTS, Place, TemplateFault, parts_of
from andon.domain.presentation import FieldFormat, FieldPresentation, Presentation
from andon.domain.review import Verdict
from andon.policy.faults import PolicyFault, did_you_mean, one_of
from andon.policy.source import Source

SECTION: Final = "presentation"
PATH_ADVICE: Final = f"a dotted path such as input.photos, beginning with {one_of(ROOTS)}"
_FORMATS: Final = {format.name.lower(): format for format in FieldFormat if format}
_VERDICTS: Final = {verdict.name.lower(): verdict for verdict in Verdict}
_MEMBERS: Final[Mapping[str, Sequence[str]]] = {
    "attributes": (
        "amount", "currency", "irreversible", "anomalous", "regulated", "high_value", "subject", "extra",
    ),
    "model": ("name", "version"),
    "reasoning": (),
    "confidence": (),
}  # fmt: skip
_OPEN: Final = ("attributes", "extra")
_PATH: Final = rf"^({'|'.join(ROOTS)})([.][^.{{}}\[\]\s]([^.{{}}\[\]]*[^.{{}}\[\]\s])?)*$"
_FIELD: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path"],
    "properties": {
        "path": {
            "type": "string",
            "pattern": _PATH,
            "maxLength": 512,
            "description": "Where it is, members by name: `prediction.amount`. A list's path stands for its items.",
        },
        "label": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "description": "What people call it; by default its name.",
        },
        "format": {
            "enum": list(_FORMATS),
            "description": "How its value is written; by default as its JSON type says. `percent` takes a share of 1,"
            " `image` an https or data address.",
        },
        "unit": {
            "type": "string",
            "minLength": 1,
            "maxLength": 16,
            "description": "The unit of a number, such as `EUR` or `days`.",
        },
        "decisive": {
            "type": "boolean",
            "description": "Whether the verdict hangs on it: shown first, large, never cut short.",
        },
        "upsetting": {
            "type": "boolean",
            "description": (
                "Whether it may upset: covered at first, then blurred and grey until the reviewer asks for more."
            ),
        },
    },
}
SCHEMA: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "effect": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "description": "What approving does, in one sentence; `{PATH}` is filled from the decision. By default it"
            " is made from action and attributes.",
        },
        "comment_required": {
            "type": "array",
            "items": {"enum": list(_VERDICTS)},
            "uniqueItems": True,
            "description": "The verdicts that need a comment.",
        },
        "fields": {
            "type": "array",
            "items": _FIELD,
            "maxItems": 64,
            "description": "How single fields are shown, in this order; the rest is shown plainly.",
        },
    },
}


def presentation_of(section: Mapping[str, Any]) -> Presentation:
    """The meaning of a section that has no faults."""
    required = {_VERDICTS[word] for word in section.get("comment_required", ())}
    fields = tuple(_field(stated) for stated in section.get("fields", ()))
    return Presentation(section.get("effect", ""), fields, tuple(sorted(required)))


def _field(stated: Mapping[str, Any]) -> FieldPresentation:
    format = _FORMATS.get(stated.get("format", ""), FieldFormat.UNSPECIFIED)
    return FieldPresentation(**{**stated, "format": format})


def presentation_faults(source: Source) -> Iterator[PolicyFault]:
    """Paths that lead nowhere, fields that contradict themselves, and a sentence that can't be filled."""
    section = source.data.get(SECTION) if isinstance(source.data, dict) else None
    if not isinstance(section, dict):
        return
    stated = section.get("fields")
    listed = stated if isinstance(stated, list) else []
    fields = [(index, field) for index, field in enumerate(listed) if isinstance(field, dict)]
    yield from _field_faults(source, fields)
    if isinstance(effect := section.get("effect"), str):
        units = {str(field.get("path")): str(field.get("unit", "")) for _, field in fields}
        yield from _effect_faults(source, effect, units)


def _field_faults(source: Source, fields: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[PolicyFault]:
    seen: Counter[object] = Counter()
    for index, field in fields:
        path, place = field.get("path"), (SECTION, "fields", index)
        seen[path] += 1
        if isinstance(path, str) and re.fullmatch(_PATH, path) and (fault := _path_fault(path)):
            yield source.fault((*place, "path"), *fault)
        if path is not None and seen[path] == 2:
            yield source.fault((*place, "path"), f"the field `{path}` is named twice", "keep one of them")
        if "unit" in field and field.get("format", "number") != "number":
            advice = "drop the unit" if field["format"] == "percent" else "format: number"
            yield source.fault((*place, "unit"), "a unit goes with a number", advice)


def _path_fault(path: str) -> tuple[str, str] | None:
    """Why a path of the right form leads nowhere for any decision, and what to write instead."""
    root, *below = path.split(".")
    known = _MEMBERS.get(root)
    if not below or known is None:
        return None
    if below[0] not in known:
        advice = did_you_mean(below[0], known) or (one_of(known) if known else root)
        return f"`{root}` has no `{below[0]}`", advice
    if len(below) > 1 and (root, below[0]) != _OPEN:
        return f"`{root}.{below[0]}` has nothing below it", f"{root}.{below[0]}"
    return None


def _effect_faults(source: Source, effect: str, units: Mapping[str, str]) -> Iterator[PolicyFault]:
    try:
        parts = parts_of(effect)
    except TemplateFault as problem:
        yield _within(source, effect, problem.position, str(problem), "{PATH} for a value, {{ and }} for braces")
        return
    for part, after in pairwise((*parts, "")):
        if isinstance(part, Place) and (fault := _place_fault(part, after, units)):
            yield _within(source, effect, part.position, *fault)


def _place_fault(place: Place, after: str | Place, units: Mapping[str, str]) -> tuple[str, str] | None:
    root, path = place.path[0], ".".join(place.path)
    if not re.fullmatch(_PATH, path):
        near = "" if root in ROOTS else did_you_mean(root, ROOTS)
        return f"`{{{path}}}` is no path into a decision", near or PATH_ADVICE
    if fault := _path_fault(path):
        return fault
    unit = units.get(path, "")
    if unit and isinstance(after, str) and re.match(rf"\s*{re.escape(unit)}(?!\w)", after):
        return f"`{{{path}}}` brings its unit along", f"drop `{unit}` after it"
    return None


def _within(source: Source, effect: str, position: int, message: str, advice: str) -> PolicyFault:
    before = effect[:position]
    column = position - before.rfind("\n")
    return source.within((SECTION, "effect"), before.count("\n") + 1, column, message, advice)
