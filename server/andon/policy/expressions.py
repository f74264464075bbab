"""CEL expressions: type-checked one by one, evaluated together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cel_expr_python import cel

from andon.policy.advice import Problem, advise
from andon.policy.environment import EXTRA, VARIABLE, Environment
from andon.policy.native import Undecided, translate
from andon.policy.tokens import reads

_ERROR_LINE: Final = re.compile(r"ERROR: <input>:(-?[0-9]+):(-?[0-9]+): (.*?)(?: \[[A-Z_]+\])?$", re.MULTILINE)
_ABSENT: Final = re.compile(r'No value with name "([^"]*)"|Key not found in map : "([^"]*)"')
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """An expression that could not be evaluated, and why."""

    text: str


Answer: TypeAlias = "bool | int | float | str | Failure"


class Checker:
    """Type-checks the expressions of one policy; with `reviewer`, those that read the reviewer as well."""

    def __init__(self, environment: Environment, extras: Mapping[str, str], *, reviewer: bool = False) -> None:
        self._environment = environment
        self._extras = dict(extras)
        self.env = environment.cel(self._extras, reviewer=reviewer)

    def check(self, text: str, kinds: Sequence[str], purpose: str) -> list[Problem]:
        """What is wrong with an expression that must be of one of these CEL types; empty where nothing is."""
        problems = list(self._forbidden(text))
        try:
            kind = self.env.compile(text).return_type().name()
        except RuntimeError as error:
            return problems + [advise(problem, text, self._environment, self._extras) for problem in _parse(str(error))]
        if kind not in kinds and not problems:
            problems.append(_wrong_type(kind, kinds, purpose))
        return problems

    def _forbidden(self, text: str) -> Iterator[Problem]:
        for read in reads(text):
            line, column = _position(text, read.at)
            names = read.names
            if names == (VARIABLE,):
                yield Problem(line, column, "the whole decision can't be read", "name a field: decision.confidence")
            elif names[0] == VARIABLE and names[1] in self._hidden():
                message = f"`decision.{names[1]}` is not known before the decision is routed"
                yield Problem(line, column, message, f"one of {', '.join(sorted(self._environment.readable))}")
            elif names[:3] == (VARIABLE, "attributes", EXTRA):
                name = names[3] if len(names) > 3 else "NAME"
                message = "free attributes are read by their declared names"
                yield Problem(line, column, message, f"extra.{name}, with `{name}: TYPE` under `attributes`")

    def _hidden(self) -> frozenset[str]:
        return self._environment.fields_of(self._environment.descriptor.full_name) - self._environment.readable


class Batch:
    """Checked expressions that are evaluated together: in Python where all are simple, else as one list in CEL.

    The message crosses into CEL once. Only where the list fails are they evaluated one by one, so that the failing
    ones are known.
    """

    def __init__(self, env: cel.Env, texts: Sequence[str]) -> None:
        self._env = env
        self.texts = tuple(texts)
        self._single = [env.compile(text) for text in texts]
        self._whole = _compile_list(env, texts)
        self._native = translate(texts)
        self.fields = frozenset(read.names[1] for text in texts for read in reads(text) if read.names[0] == VARIABLE)

    def decide(self, facts: Any) -> Sequence[Answer] | None:
        """The answers that `run` would give, without CEL; None where only CEL can tell.

        Where there are answers, the decision states a confidence from 0 to 1 and, if any, a finite amount.
        """
        if self._native is None:
            return None
        try:
            return self._native(facts)
        except (Undecided, NameError, ArithmeticError):
            return None

    def run(self, data: Mapping[str, Any]) -> Sequence[Answer]:
        """The answers of CEL, in the order of the texts. Never raises."""
        if self._whole is not None:
            try:
                value = self._whole.eval(data=data)
                if value.type() != cel.Type.ERROR:
                    answers: list[Answer] = value.plain_value()
                    return answers
            except RuntimeError:
                pass
        activation = self._env.Activation(data)
        return [_evaluate(expression, activation) for expression in self._single]


def _compile_list(env: cel.Env, texts: Sequence[str]) -> cel.Expression | None:
    if not texts:
        return None
    try:
        return env.compile("[" + ",\n".join(f"(\n{text}\n)" for text in texts) + "]")
    except RuntimeError:  # a rule at the limit of nesting fits alone, but not inside of a list
        return None


def _evaluate(expression: cel.Expression, activation: cel.Activation) -> Answer:
    try:
        value = expression.eval(activation)
        if value.type() == cel.Type.ERROR:
            return Failure(_plain(str(value.value())))
        answer: Answer = value.plain_value()
        return answer
    except RuntimeError as error:
        return Failure(_plain(str(error)))


def _plain(text: str) -> str:
    if match := _ABSENT.search(text):
        return f"{match[1] or match[2]} is absent"
    if "null_type" in text:
        return "an attribute it reads is absent"
    if match := re.search(r"Unexpected value type for '([^']*)'", text):
        return f"{match[1]} is of another type than declared"
    return re.sub(r"^[A-Z_]+: ", "", text)[:_LONGEST]


def _parse(text: str) -> list[Problem]:
    found = [Problem(int(line), int(column), message) for line, column, message in _ERROR_LINE.findall(text)]
    if found:
        return list(dict.fromkeys(Problem(max(1, p.line), max(1, p.column), p.message) for p in found))
    return [Problem(1, 1, re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", text))]


def _wrong_type(kind: str, kinds: Sequence[str], purpose: str) -> Problem:
    wanted = " or ".join(name.lower() for name in kinds)
    advice = "compare it, for example `decision.confidence < 0.7`" if kinds == ("BOOL",) else ""
    if kind == "DYN" and kinds == ("BOOL",):
        advice = "compare it, for example `decision.input.flag == true`"
    if kind == "INT" and "DOUBLE" in kinds:
        advice = "write the number with a point: 1.0 instead of 1"
    return Problem(1, 1, f"{purpose} must be {wanted}, this is {kind.lower()}", advice)


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
