"""How many must agree: the key `quorum` of a policy file, its expression, and what several of them add up to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from andon.domain.canonical import JsonObject
from andon.domain.plan import Quorum, Term
from andon.policy.faults import PolicyFault
from andon.policy.shapes import NAME, WORDS
from andon.policy.source import Path_, Source

MOST: Final = 10
"""The most reviewers that a term asks or needs, and that differing verdicts add."""
MOST_TERMS: Final = 5
_LONGEST: Final = 400
MEANING: Final = (
    "How many agreeing verdicts it takes, such as `2`, `2 of 3`, `1 of risk and 1 of legal` or `2 of 3 of risk`."
)
EXPRESSION: Final[JsonObject] = {
    "type": ["integer", "string"],
    "minimum": 1,
    "maximum": MOST,
    "minLength": 1,
    "maxLength": _LONGEST,
}
QUORUM: Final[JsonObject] = {
    **EXPRESSION,
    "type": ["integer", "string", "object"],
    "additionalProperties": False,
    "required": ["need"],
    "properties": {
        "need": {**EXPRESSION, "description": MEANING},
        "veto": {
            **WORDS,
            "description": "Groups and roles: a rejection by somebody in one of them ends the decision at once.",
        },
        "blind": {
            "type": "boolean",
            "description": "Whether reviewers see nothing of each other's verdicts until all are in.",
        },
        "extra": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST,
            "description": "How many reviewers are added, one at a time, where verdicts differ.",
        },
        "tie_break": {
            **NAME,
            "description": "The group of which one more reviewer decides alone, where those added did not settle it."
            " Left out, the decision is rejected.",
        },
    },
}
EXAMPLES: Final = '2, "2 of 3", "1 of risk and 1 of legal" or "2 of 3 of risk"'
_GROUP: Final = re.compile(str(NAME["pattern"]))
_NUMBER: Final = re.compile("[0-9]{1,9}")
_JOINTS: Final = ("of", "and")


class QuorumFault(Exception):
    """An expression that is none. `position` counts characters from 0."""

    def __init__(self, position: int, message: str, advice: str = EXAMPLES) -> None:
        self.position = position
        self.advice = advice
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Demand:
    """What one key `quorum` states. None: it leaves that to others, or to what holds by default."""

    terms: tuple[Term, ...]
    veto: tuple[str, ...] = ()
    blind: bool | None = None
    extra: int | None = None
    tie_break: str = ""


class _Word(NamedTuple):
    text: str
    position: int


def terms_of(text: str) -> tuple[Term, ...]:
    """The terms of an expression. Raises QuorumFault."""
    words = [_Word(match[0], match.start()) for match in re.finditer(r"\S+", text)]
    terms: dict[str, Term] = {}
    for phrase in _phrases(words, len(text)):
        term = _term(phrase)
        if term.group in terms:
            whom = f"the group `{term.group}`" if term.group else "anybody"
            raise QuorumFault(phrase[0].position, f"{whom} is named twice", "one term for each group")
        terms[term.group] = term
    if len(terms) > MOST_TERMS:
        raise QuorumFault(0, f"has more than {MOST_TERMS} terms", "fewer groups")
    return tuple(terms.values())


def _phrases(words: Sequence[_Word], end: int) -> Iterator[list[_Word]]:
    """The words between the `and`s; an empty word stands at the end of each."""
    phrase: list[_Word] = []
    for word in (*words, _Word("and", end)):
        if word.text != "and":
            phrase.append(word)
        else:
            yield [*phrase, _Word("", word.position)]
            phrase = []


def _term(phrase: Sequence[_Word]) -> Term:
    """`NEED`, `NEED of ASKED`, `NEED of GROUP` or `NEED of ASKED of GROUP`."""
    words = iter(phrase)
    need = _number(next(words))
    asked, group, word = need, "", next(words)
    if word.text == "of":
        word = next(words)
        if _NUMBER.fullmatch(word.text):
            asked, word = _asked(word, need), next(words)
            group, word = _group(next(words), words) if word.text == "of" else ("", word)
        else:
            group, word = _group(word, words)
    if word.text:
        raise QuorumFault(word.position, f"`{word.text}` is not expected here", "of, and, or nothing more")
    return Term(need, asked, group)


def _number(word: _Word) -> int:
    if not _NUMBER.fullmatch(word.text):
        found = f"`{word.text}`" if word.text else "nothing"
        raise QuorumFault(word.position, f"a number of verdicts is needed here, not {found}")
    number = int(word.text)
    if not 1 <= number <= MOST:
        raise QuorumFault(word.position, f"`{word.text}` is not from 1 to {MOST}", f"a number from 1 to {MOST}")
    return number


def _asked(word: _Word, need: int) -> int:
    asked = _number(word)
    if asked < need:
        advice = f"{need} of {need}, or {asked} of {need}"
        raise QuorumFault(word.position, f"of {asked} who are asked, {need} can't agree", advice)
    return asked


def _group(word: _Word, rest: Iterator[_Word]) -> tuple[str, _Word]:
    if not _GROUP.fullmatch(word.text) or word.text in _JOINTS or len(word.text) > int(str(NAME["maxLength"])):
        found = f"`{word.text[:40]}`" if word.text else "nothing"
        raise QuorumFault(word.position, f"a number or the name of a group is needed here, not {found}")
    return word.text, next(rest)


def demand_of(value: Any) -> Demand:
    """The meaning of a key `quorum` without faults."""
    if not isinstance(value, dict):
        return Demand(_stated_terms(value))
    return Demand(
        terms=_stated_terms(value["need"]),
        veto=tuple(value.get("veto", ())),
        blind=value.get("blind"),
        extra=value.get("extra"),
        tie_break=value.get("tie_break", ""),
    )


def quorum_of(demands: Iterable[Demand]) -> Quorum | None:
    """What several demands add up to; None where one verdict is enough.

    For each group the larger need and the larger number of those who are asked; every veto; blind where any demand says
    so; the most reviewers added; the first group for a tie-break.
    """
    stated = tuple(demands)
    if not stated:
        return None
    terms: dict[str, Term] = {}
    for term in (term for demand in stated for term in demand.terms):
        other = terms.get(term.group, term)
        terms[term.group] = Term(max(term.need, other.need), max(term.asked, other.asked), term.group)
    if tuple(terms.values()) == (Term(1, 1),):
        return None
    return Quorum(
        terms=tuple(terms.values()),
        veto=tuple(sorted({word for demand in stated for word in demand.veto})),
        blind=any(blind) if (blind := [one.blind for one in stated if one.blind is not None]) else True,
        extra=max((one.extra for one in stated if one.extra is not None), default=1),
        tie_break=next((one.tie_break for one in stated if one.tie_break), ""),
    )


def quorum_faults(source: Source, places: Iterable[Path_]) -> Iterator[PolicyFault]:
    """Expressions that are none, and demands that no decision should have to meet together."""
    groups: set[str] = set()
    for path, value in (_expression(source, place) for place in places):
        try:
            groups |= {term.group for term in _stated_terms(value)} if _fits(value) else set()
        except QuorumFault as fault:
            yield _fault(source, path, str(value), fault)
            continue
        if len(groups) > MOST_TERMS:
            message = f"with the quorums before it, it names more than {MOST_TERMS} groups"
            yield source.fault(path, message, "fewer groups: one decision may need them all")
            return


def _expression(source: Source, path: Path_) -> tuple[Path_, Any]:
    """Where the expression of a key `quorum` stands, and what stands there."""
    value: Any = source.data
    for step in path:
        value = value[step]
    return ((*path, "need"), value.get("need")) if isinstance(value, dict) else (path, value)


def _fits(value: object) -> bool:
    """Whether the schema has nothing against an expression."""
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST
    return isinstance(value, int) and 1 <= value <= MOST


def _fault(source: Source, path: Path_, value: str, fault: QuorumFault) -> PolicyFault:
    before = value[: fault.position]
    column = fault.position - before.rfind("\n")
    return source.within(path, before.count("\n") + 1, column, str(fault), fault.advice)


def _stated_terms(value: Mapping[str, Any] | str | float) -> tuple[Term, ...]:
    return terms_of(str(int(value)) if isinstance(value, int | float) else str(value))
