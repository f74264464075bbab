"""Turns the type-checker's complaints into what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from andon.policy.environment import EXTRA, REVIEWER, REVIEWER_TYPES, VARIABLE, Environment
from andon.policy.faults import did_you_mean
from andon.policy.tokens import tokens

FUNCTIONS: Final = frozenset(
    {"all", "bool", "bytes", "contains", "double", "duration", "dyn", "endsWith", "exists", "exists_one", "filter"}
    | {"getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds"}
    | {"getMinutes", "getMonth", "getSeconds", "has", "int", "map", "matches", "size", "startsWith", "string"}
    | {"timestamp", "type", "uint"}
)
_WORDS: Final = {"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!", "=": "==", "&": "&&"}
_CONSTANTS: Final = {"True": "true", "False": "false", "None": "null"}
_FIELD: Final = re.compile(r"undefined field '([^']*)' not found in struct '([^']*)'")
_REFERENCE: Final = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")


@dataclass(frozen=True, slots=True)
class Problem:
    """A complaint about an expression. `line` and `column` count from 1 within the expression."""

    line: int
    column: int
    message: str
    advice: str = ""


def advise(problem: Problem, text: str, environment: Environment, extras: Mapping[str, str]) -> Problem:
    """The same problem, placed at the word at fault, with what to write instead where that can be guessed."""
    if match := _FIELD.search(problem.message):
        message = f"there is no field `{match[1]}` in {match[2].rpartition('.')[2]}"
        advice = _field_advice(match[1], match[2], environment, extras)
        return replace(problem, column=problem.column + 1, message=message, advice=advice)
    if match := _REFERENCE.search(problem.message):
        advice = _name_advice(match[1], environment, extras)
        return replace(_at_name(problem, text, match[1]), message=f"`{match[1]}` is not known", advice=advice)
    if match := _OVERLOAD.search(problem.message):
        types = match[2].replace("wrapper(double)", "double")
        message = f"`{match[1].strip('_').replace('_', ' ')}` can't be applied to ({types})"
        return replace(problem, message=message, advice=_overload_advice(problem, text, types))
    return replace(problem, message=_short(problem.message), advice=_syntax_advice(problem, text))


def _short(message: str) -> str:
    return message.partition(" expecting ")[0]


def _field_advice(name: str, message: str, environment: Environment, extras: Mapping[str, str]) -> str:
    top = message == environment.descriptor.full_name
    known = environment.readable if top else environment.fields_of(message) - {EXTRA}
    if top and name in environment.attributes:
        return f"decision.attributes.{name}"
    if name in extras:
        return f"extra.{name}"
    near = did_you_mean(name, known)
    return near or f"one of {', '.join(sorted(known))}"


def _name_advice(name: str, environment: Environment, extras: Mapping[str, str]) -> str:
    if name.startswith(f"{EXTRA}."):
        wanted = name.removeprefix(f"{EXTRA}.")
        near = did_you_mean(wanted, extras)
        return f"extra.{near}" if near else f"declare it: `attributes: {{{wanted}: string}}` (or bool, double, int)"
    if name.partition(".")[0] == REVIEWER:
        return _reviewer_advice(name.partition(".")[2])
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name == EXTRA:
        return "extra.NAME; a rule that reads an absent one sends the decision to review"
    for prefix, known in _places(environment, extras):
        if name in known:
            return f"{prefix}{name}"
    candidates = [*environment.readable, *environment.attributes, *extras, *FUNCTIONS, VARIABLE]
    near = did_you_mean(name, candidates)
    return next((f"{prefix}{near}" for prefix, known in _places(environment, extras) if near in known), near)


def _reviewer_advice(field: str) -> str:
    if field in REVIEWER_TYPES:
        return "only `conflicts.exclude` knows who the reviewer is"
    near = did_you_mean(field, REVIEWER_TYPES)
    return f"{REVIEWER}.{near}" if near else f"{REVIEWER}.NAME, one of {', '.join(REVIEWER_TYPES)}"


def _places(environment: Environment, extras: Mapping[str, str]) -> Iterable[tuple[str, Iterable[str]]]:
    return (
        (f"{VARIABLE}.", environment.readable),
        (f"{VARIABLE}.attributes.", environment.attributes),
        (f"{EXTRA}.", extras),
    )


def _at_name(problem: Problem, text: str, name: str) -> Problem:
    """The checker points at a name's dot or bracket; a person wants its first letter."""
    row = text.split("\n")[problem.line - 1]
    at = row.rfind(name, 0, problem.column - 1 + len(name) + 1)
    return replace(problem, column=at + 1) if at >= 0 else problem


def _overload_advice(problem: Problem, text: str, types: str) -> str:
    offset = sum(len(row) + 1 for row in text.split("\n")[: problem.line - 1]) + problem.column - 1
    following = next((token for token in tokens(text) if token.at > offset and token.kind in ("number", "text")), None)
    before = [token for token in tokens(text) if token.at < offset and token.kind in ("number", "text")]
    number = following or (before[-1] if before else None)
    if number is None:
        return "compare values of one type"
    if types in ("double, int", "int, double") and number.kind == "number":
        whole = number.text.isdigit()
        return f"{number.text}.0 instead of {number.text}" if whole else f"int({number.text}) or a whole number"
    if types in ("string, int", "string, double"):
        return f'"{number.text}" instead of {number.text}'
    if types in ("double, string", "int, string"):
        return f"{number.text.strip(chr(34))} without quotes"
    return "compare values of one type"


def _syntax_advice(problem: Problem, text: str) -> str:
    rows = text.split("\n")
    row = rows[problem.line - 1] if problem.line <= len(rows) else ""
    word = re.match(r"\w+|.", row[problem.column - 1 :])
    if word and word[0] in _WORDS:
        return f"{_WORDS[word[0]]} instead of {word[0]}"
    if "recursion" in problem.message:
        return "fewer levels of nesting, or several rules"
    return 'a CEL condition such as `decision.confidence < 0.7 && decision.action == "refund.issue"`'
