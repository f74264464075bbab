"""The section `sensitive` of a policy file: its schema, its meaning, and what the schema can't see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.effect import Place, TemplateFault, parts_of
from andon.domain.principal import Role
from andon.policy.faults import PolicyFault, did_you_mean, one_of
from andon.policy.source import Source

SECTION: Final = "sensitive"
ROLES: Final = tuple(role.value for role in (Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.ADMIN))
"""The roles that are shown decisions of others at all."""
_JUDGING: Final = frozenset({Role.REVIEWER.value, Role.LEAD.value})
_ROOTS: Final = ("input", "prediction", "reasoning", "attributes.subject", "attributes.extra")
_MEMBER: Final = r"[.][^.{}\[\]\s]([^.{}\[\]]*[^.{}\[\]\s])?"
_PATH: Final = rf"^((input|prediction|attributes[.]extra)({_MEMBER})*|reasoning|attributes[.]subject)$"
_ADVICE: Final = f"a dotted path such as input.customer.iban, beginning with {one_of(_ROOTS)}"
_LISTS: Final = "lists are gone through by themselves: write input.lines.iban"
SCHEMA: Final[JsonObject] = {
    "type": "object",
    "maxProperties": 64,
    "additionalProperties": {
        "type": "array",
        "items": {"enum": list(ROLES)},
        "uniqueItems": True,
        "description": "The roles that are shown it; none: only who submitted it, and on whose behalf.",
    },
}


def sensitive_faults(source: Source) -> Iterator[PolicyFault]:
    """Fields that lead nowhere, that another one holds already, and an effect that nobody who judges could read."""
    section = source.data.get(SECTION) if isinstance(source.data, dict) else None
    if not isinstance(section, dict):
        return
    for field in section:
        if (fault := _path_fault(str(field))) is not None:
            yield source.fault((SECTION, field), *fault, key=True)
    yield from _effect_faults(source, section)


def _path_fault(path: str) -> tuple[str, str] | None:
    if re.fullmatch(_PATH, path) and len(path) <= 512:
        step = next((each for each in path.split(".") if each == "*" or re.fullmatch("[0-9]+", each)), None)
        return None if step is None else (f"`{path}` names an item of a list: `{step}`", _LISTS)
    if path.startswith(("attributes", "confidence", "model", "action", "on_behalf_of")):
        return f"`{path}` can't be kept from anybody: it is what policies and figures rest on", _ADVICE
    root = path.partition(".")[0]
    near = "" if root in _ROOTS else did_you_mean(root, _ROOTS)
    return f"`{path}` is no path into what is proposed", near or _ADVICE


def _effect_faults(source: Source, section: Mapping[str, object]) -> Iterator[PolicyFault]:
    """The sentence is what a reviewer says yes to: it can't be made of what reviewers and leads are not shown."""
    stated = source.data.get("presentation") if isinstance(source.data, dict) else None
    effect = stated.get("effect") if isinstance(stated, dict) else None
    if not isinstance(effect, str):
        return
    try:
        read = [".".join(part.path) for part in parts_of(effect) if isinstance(part, Place)]
    except TemplateFault:
        return  # told already
    for field, roles in section.items():
        kept = isinstance(roles, Sequence) and _JUDGING.isdisjoint(map(str, roles))
        if kept and any(_meet(path, str(field)) for path in read):
            message = f"the effect tells `{field}`, which no reviewer or lead is shown"
            yield source.fault((SECTION, field), message, "name `reviewer` or `lead`, or leave it out of the effect")


def _meet(path: str, other: str) -> bool:
    """Whether one of them is the other, or around it."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")
