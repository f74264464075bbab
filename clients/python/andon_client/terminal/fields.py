"""A decision as a tree of fields, each with the policy's word on how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from andon_client.masked import MASK, is_kept, is_masked
from andon_client.model import Decision
from andon_client.presentation import FieldFormat, FieldPresentation
from andon_client.task import Task
from andon_client.terminal.paths import MISSING, item, member, parents, value_at, without_positions

# Without a policy's word this many of the proposal's brief members are taken for decisive.
_MOST_DECISIVE: Final = 6
_BRIEF: Final = 120

Word = Callable[[str], tuple[FieldPresentation | None, FieldPresentation | None]]


@dataclass(frozen=True, slots=True)
class Look:
    """The policy's word on a path, and what is kept from the reviewer."""

    word: Word
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a decision, and how it is shown. `whole`: it, or what it is below, is decisive and never cut."""

    path: str
    label: str
    value: Any
    format: FieldFormat = FieldFormat.UNKNOWN
    unit: str = ""
    upsetting: bool = False
    whole: bool = False
    masked: bool = False
    """The policies keep it from the reviewer: its value is not there."""
    children: tuple[Field, ...] = ()

    @property
    def is_tree(self) -> bool:
        """Whether it is a list or an object."""
        return isinstance(self.value, (dict, list))


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a decision, in the order of the screen."""

    decisive: tuple[Field, ...]
    """What the verdict hangs on, in the policy's order."""
    prediction: tuple[Field, ...]
    reasoning: tuple[Field, ...]
    input: tuple[Field, ...]
    attributes: tuple[Field, ...]

    @property
    def all(self) -> tuple[Field, ...]:
        """All of them, in order."""
        return (*self.decisive, *self.prediction, *self.reasoning, *self.input, *self.attributes)


def fields_of(task: Task) -> Fields:
    """The decision's fields. Without a policy's word the proposal's own brief members are the decisive ones."""
    decision = task.decision
    named = task.presentation.fields if task.presentation else ()
    look = Look(_lookup(named), decision.masked_fields)
    root = _root(decision)
    members = _members("prediction", root.get("prediction"), look)
    decisive = tuple(_at(root, field.path, look) for field in named if field.decisive)
    first = decisive or tuple(field for field in members if _is_brief(field))[:_MOST_DECISIVE]
    told = {field.path for field in first}
    return Fields(
        first,
        tuple(field for field in members if field.path not in told),
        _reasoning(decision, told, look),
        tuple(field for field in _members("input", root.get("input"), look) if field.path not in told),
        tuple(field for field in _attributes(root, look) if field.path not in told),
    )


def _root(decision: Decision) -> dict[str, Any]:
    facts = decision.attributes
    stated = {"amount": facts.amount, "currency": facts.currency or None, "subject": facts.subject or None}
    flags = ("irreversible", "anomalous", "regulated", "high_value")
    attributes = {name: value for name, value in stated.items() if value is not None}
    return {
        "input": decision.input or {},
        "prediction": decision.proposed or {},
        "attributes": {**attributes, **{flag: getattr(facts, flag) for flag in flags}, "extra": dict(facts.extra)},
        "action": decision.action,
        "reasoning": decision.reasoning or "",
        **({} if decision.confidence is None else {"confidence": decision.confidence}),
        "model": {"name": decision.model.name, "version": decision.model.version},
    }


def _attributes(root: dict[str, Any], look: Look) -> list[Field]:
    facts = root["attributes"]
    stated = [_at(root, f"attributes.{name}", look) for name in ("amount", "subject") if name in facts]
    return [*stated, *_members("attributes.extra", facts["extra"], look)]


def _reasoning(decision: Decision, told: set[str], look: Look) -> tuple[Field, ...]:
    if not decision.reasoning or "reasoning" in told:
        return ()
    if is_masked("reasoning", decision.reasoning, look.kept):
        return (Field("reasoning", "reasoning", MASK, masked=True),)
    return (Field("reasoning", "reasoning", decision.reasoning, FieldFormat.LONG_TEXT),)


def _at(root: dict[str, Any], path: str, look: Look) -> Field:
    field = _field(path, path.rpartition(".")[2], value_at(root, path), look)
    if path == "attributes.amount" and not field.unit:
        return replace(field, unit=root["attributes"].get("currency", ""))
    return field


def _members(path: str, value: Any, look: Look) -> tuple[Field, ...]:
    if not isinstance(value, dict):
        return ()
    return tuple(_field(member(path, name), name, inner, look) for name, inner in value.items())


def _field(path: str, name: str, value: Any, look: Look) -> Field:
    own, nearest = look.word(path)
    label = (own.label if own else "") or name
    if is_masked(path, value, look.kept) or (value is MISSING and is_kept(path.rpartition(".")[0], look.kept)):
        return Field(path, label, MASK, whole=nearest.decisive if nearest else False, masked=True)
    return Field(
        path,
        label,
        value,
        nearest.format if nearest else FieldFormat.UNKNOWN,
        nearest.unit if nearest else "",
        nearest.upsetting if nearest else False,
        nearest.decisive if nearest else False,
        children=_children(path, value, look),
    )


def _children(path: str, value: Any, look: Look) -> tuple[Field, ...]:
    if isinstance(value, list):
        return tuple(_field(item(path, at), str(at + 1), inner, look) for at, inner in enumerate(value))
    return _members(path, value, look)


def _lookup(named: tuple[FieldPresentation, ...]) -> Word:
    """The policy's word on a path: its own, and that of the nearest named field above it."""
    exact = {field.path: field for field in named}
    loose = {without_positions(field.path): field for field in named}

    def find(path: str) -> FieldPresentation | None:
        return exact.get(path) or (None if path.endswith("]") else loose.get(without_positions(path)))

    def look(path: str) -> tuple[FieldPresentation | None, FieldPresentation | None]:
        own = find(path)
        return own, own or next((found for above in parents(path) if (found := find(above))), None)

    return look if named else lambda path: (None, None)


def _is_brief(field: Field) -> bool:
    return not field.is_tree and not (isinstance(field.value, str) and len(field.value) > _BRIEF)


def is_there(field: Field) -> bool:
    """Whether the decision has the field; a policy may name one that it has not."""
    return field.value is not MISSING
