"""Table tests: decisions and the routes they must get, in `*.test.yaml` files beside the policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format
from jsonschema import Draft202012Validator

from andon.domain.canonical import JsonObject
from andon.domain.decision import Route
from andon.domain.plan import Term
from andon.domain.priority import Priority, level_of
from andon.policy.api import Ruling, TaskPlan
from andon.policy.environment import Environment
from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.load import CompiledSet, table_files
from andon.policy.model import ROUTES
from andon.policy.quorum import EXPRESSION, demand_of, quorum_faults
from andon.policy.schema import shape_faults
from andon.policy.source import Source, read_source

_EXPECT: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["route"],
    "properties": {
        "route": {"enum": list(ROUTES)},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "queue": {"type": "string"},
        "priority": {"enum": ["high", "medium", "low"]},
        "skills": {"type": "array", "items": {"type": "string"}},
        "quorum": EXPRESSION,
    },
}
TABLE_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["tests"],
    "properties": {
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "decision", "expect"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "decision": {"type": "object", "required": ["action", "confidence"]},
                    "sampled": {"type": "boolean"},
                    "expect": _EXPECT,
                },
            },
        }
    },
}
_WANTED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "skills": sorted,
    "quorum": lambda value: _expression(demand_of(value).terms),
}
_VALIDATOR: Final = Draft202012Validator(TABLE_SCHEMA)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One table test's end; `failures` is empty where it passed. `line` counts from 1."""

    file: str
    line: int
    name: str
    failures: tuple[str, ...]


class FixedCoin:
    """A coin for tests that falls one way: every random-sample rule draws, or none does."""

    source = "fixed"

    def __init__(self, *, sampled: bool) -> None:
        self._value = 0.0 if sampled else 1.0

    def draw(self, decision_name: str, rule: str) -> float:
        """0 or 1, whatever the words."""
        return self._value


def parse_decision(value: Any, environment: Environment) -> Any:
    """The decision's message from its JSON form. Raises ValueError with the reason."""
    if not isinstance(value, dict):
        raise ValueError("it must be a JSON object")
    try:
        return json_format.ParseDict(value, environment.message_class())
    except (json_format.ParseError, RecursionError) as error:
        raise ValueError(str(error)[:300]) from None


def run_tables(folder: Path, policies: CompiledSet, environment: Environment) -> list[CaseResult]:
    """Runs every table test of a folder. Raises PolicyFaults where a table itself is at fault."""
    faults: list[PolicyFault] = []
    results: list[CaseResult] = []
    for path in table_files(folder):
        try:
            results += _run_file(read_source(path, path.name), policies, environment)
        except PolicyFaults as error:
            faults += error.faults
    if faults:
        raise PolicyFaults(faults)
    return results


def _run_file(source: Source, policies: CompiledSet, environment: Environment) -> Iterator[CaseResult]:
    data: Any = source.data
    faults = list(shape_faults(source, _VALIDATOR))
    if not faults:
        faults += _quorum_faults(source, data["tests"])
    if faults:
        raise PolicyFaults(faults)
    for index, case in enumerate(data["tests"]):
        try:
            facts = parse_decision(case["decision"], environment)
        except ValueError as error:
            raise PolicyFaults([source.fault(("tests", index, "decision"), str(error))]) from None
        coin = FixedCoin(sampled=case.get("sampled", False))
        ruling = policies.evaluate(facts.action, facts, "decisions/test", coin)
        line = source.values["tests", index].line
        yield CaseResult(source.file, line, case["name"], tuple(_differences(case["expect"], ruling)))


def _quorum_faults(source: Source, cases: Sequence[dict[str, Any]]) -> Iterator[PolicyFault]:
    for index, case in enumerate(cases):
        if "quorum" in case["expect"]:
            yield from quorum_faults(source, [("tests", index, "expect", "quorum")])


def _differences(expect: dict[str, Any], ruling: Ruling) -> Iterator[str]:
    routing, plan = ruling.routing, ruling.plan
    found = {
        "route": _name(routing.route),
        "reasons": [reason.rule for reason in routing.reasons],
        "queue": plan.queue if plan else None,
        "priority": _level(level_of(plan.urgency)) if plan else None,
        "skills": sorted(plan.skills) if plan else None,
        "quorum": quorum_words(plan) if plan else None,
    }
    for key, wanted in expect.items():
        want = _WANTED[key](wanted) if key in _WANTED else wanted
        if found[key] != want:
            yield f"{key}: expected {_shown(want)}, got {_shown(found[key])}"


def quorum_words(plan: TaskPlan) -> str:
    """A plan's quorum as an expression, groups in the order of their names; `1` where one verdict is enough."""
    quorum = plan.work and plan.work.quorum
    return "1" if not quorum else _expression(quorum.terms)


def _expression(terms: Iterable[Term]) -> str:
    return " and ".join(str(term) for term in sorted(terms, key=attrgetter("group")))


def _name(route: Route) -> str:
    return next(word for word, one in ROUTES.items() if one is route)


def _level(level: Priority) -> str:
    return level.name.lower()


def _shown(value: Any) -> str:
    if value is None:
        return "no task"
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
