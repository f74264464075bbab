"""The sentence that tells what approving a decision does: a template of the policy, filled with the decision's values.

`{prediction.amount}` is a place for a value; `{{` and `}}` stand for the braces themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from andon.domain.canonical import Json, canonical, number
from andon.domain.decision import Proposal
from andon.domain.presentation import FieldFormat, FieldPresentation, Presentation

ROOTS: Final = ("input", "prediction", "attributes", "reasoning", "confidence", "model")
PAYLOAD: Final = {"input": 1, "prediction": 2, "reasoning": 4}
"""The roots that lists leave out, each with its bit."""
MAX_EFFECT: Final = 2_000
MAX_VALUE: Final = 200
_MOST_ITEMS: Final = 5
_PLACE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_CURRENCY: Final = re.compile("[A-Z]{3}")
_GROUPS: Final = re.compile(r"\B(?=(?:[0-9]{3})+$)")
_THIN: Final = "\u202f"
"""Between groups of digits, as the page and the terminal write them: a narrow space at which no line breaks."""
_SPACES: Final = re.compile(" {2,}")
_AS_SENT: Final = frozenset({FieldFormat.TEXT, FieldFormat.CODE})
_PLAIN: Final = FieldPresentation("")
_AMOUNT: Final = ("attributes", "amount")

Path_: TypeAlias = tuple[str, ...]


class TemplateFault(ValueError):
    """A template that can't be read. `position` counts characters from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position: Final = position


class Place(NamedTuple):
    """Where a value goes: its path, and its position in the template."""

    path: Path_
    position: int


@lru_cache(maxsize=1024)
def parts_of(template: str) -> tuple[str | Place, ...]:
    """The template's texts and places, in order. Raises TemplateFault at a brace that has no partner."""
    parts: list[str | Place] = []
    at = 0
    for match in _PLACE.finditer(template):
        parts.append(template[at : match.start()])
        at = match.end()
        if match[1] is not None:
            parts.append(Place(tuple(match[1].strip().split(".")), match.start()))
        elif len(match[0]) == 2:
            parts.append(match[0][0])
        else:
            raise TemplateFault(match.start(), f"the brace `{match[0]}` has no partner")
    parts.append(template[at:])
    return tuple(part for part in parts if part)


@lru_cache(maxsize=1024)
def payload_reads(presentation: Presentation) -> int:
    """What of the payload the sentence needs: the bits of PAYLOAD, added up."""
    places = (part for part in parts_of(presentation.effect) if isinstance(part, Place))
    return sum(PAYLOAD.get(root, 0) for root in {place.path[0] for place in places})


def effect_of(presentation: Presentation | None, proposal: Proposal) -> str:
    """One sentence with the proposal's own values: the policy's, or one made from action and attributes.

    Never fails: `(no amount)` stands for a value that is not there. Values are cut at 200 characters, the sentence at
    2,000; line breaks and what can't be printed become spaces.
    """
    declared = {} if presentation is None else _declared(presentation)
    if presentation is None or not presentation.effect:
        return _cut(_default(proposal, declared), MAX_EFFECT)
    written = (
        part if isinstance(part, str) else _at(proposal, part.path, declared) for part in parts_of(presentation.effect)
    )
    return _cut(_one_line("".join(written)), MAX_EFFECT)


@lru_cache(maxsize=1024)
def _declared(presentation: Presentation) -> Mapping[str, FieldPresentation]:
    return {field.path: field for field in presentation.fields}


def _default(proposal: Proposal, declared: Mapping[str, FieldPresentation]) -> str:
    """`Approve refund.issue: amount 129.90 EUR, subject cust-17`. A unit that is declared stands for the currency."""
    facts, said = proposal.attributes, []
    if facts.amount is not None:
        field = next(_stated(_AMOUNT, declared), _PLAIN)
        unit = "" if field.unit or field.format is FieldFormat.PERCENT else f" {_text(facts.currency)}"
        said.append(f"amount {_value(facts.amount, field, money=bool(facts.currency))}{unit}".rstrip())
    if facts.subject:
        said.append(f"subject {_text(facts.subject)}")
    return f"Approve {proposal.action}" + (f": {', '.join(said)}" if said else "")


def _at(proposal: Proposal, path: Path_, declared: Mapping[str, FieldPresentation]) -> str:
    """The value at a path, in words. Lists on the way are gone through, item by item."""
    field = next(_stated(path, declared), _PLAIN)
    values = [value for value in _below(_root(proposal, path[0]), path[1:]) if value is not None and value != ""]
    if not values:
        return f"(no {path[-1].replace('_', ' ')})"
    money = path == _AMOUNT and bool(proposal.attributes.currency)
    shown = [_value(value, field, money=money) for value in values[:_MOST_ITEMS]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _stated(path: Path_, declared: Mapping[str, FieldPresentation]) -> Iterator[FieldPresentation]:
    """What is said of the path, then of what is around it."""
    for length in range(len(path), 0, -1):
        if field := declared.get(".".join(path[:length])):
            yield field


def _root(proposal: Proposal, name: str) -> Json:
    if name == "attributes":
        facts = proposal.attributes
        flags = ("irreversible", "anomalous", "regulated", "high_value")
        return {**{flag: getattr(facts, flag) for flag in flags}, "extra": {}, **facts.as_json()}
    if name == "model":
        model = proposal.model
        return {"name": model.name, "version": model.version}
    value: Json = getattr(proposal, name)
    return value


def _below(value: Json, path: Path_) -> Iterator[Json]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _below(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _below(value[path[0]], path[1:])


def _value(value: Json, field: FieldPresentation, *, money: bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        if field.format is FieldFormat.PERCENT:
            return f"{_number(Decimal(number(value)) * 100)} %"
        if field.format in _AS_SENT:
            return f"{number(value)} {field.unit}".rstrip()
        money = money or bool(_CURRENCY.fullmatch(field.unit))
        return f"{_number(value, money=money)} {field.unit}".rstrip()
    return _text(value if isinstance(value, str) else canonical(value))


def _number(value: float | Decimal, *, money: bool = False) -> str:
    """Every digit that is there and no more, in groups of three where five or more are before the point.

    Money that is not whole has two decimals at least.
    """
    if isinstance(value, Decimal):
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = number(value)
    whole, point, decimals = text.partition(".")
    if not f"{whole}{decimals}".removeprefix("-").isdigit():
        return text  # with an exponent
    grouped = _GROUPS.sub(_THIN, whole) if len(whole.removeprefix("-")) >= 5 else whole
    return f"{grouped}.{decimals.ljust(2, '0') if money else decimals}" if point else grouped


def _text(value: str) -> str:
    return _cut(_one_line(value[: 4 * MAX_VALUE].replace(_THIN, " ")), MAX_VALUE)


def _one_line(text: str) -> str:
    """With single spaces; thin ones stay."""
    return _SPACES.sub(" ", "".join(c if c.isprintable() or c == _THIN else " " for c in text)).strip(" ")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
