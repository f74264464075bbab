"""`andon policy`: check, test and explain policies without a server."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from andon.domain.decision import Route
from andon.domain.priority import level_of
from andon.policy.api import Explanation, RuleResult, Ruling
from andon.policy.document import plan_words
from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.load import CompiledSet, load_policies
from andon.policy.schema import policy_schema
from andon.policy.tables import CaseResult, parse_decision, run_tables
from andon.rpc.facts import decision_environment
from andon.units import format_span

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
_RED, _GREEN, _YELLOW, _BOLD = "31", "32", "33", "1"
_ROUTE_COLOURS: Final = {Route.AUTO_APPROVE: _GREEN, Route.REVIEW: _YELLOW, Route.BLOCK: _RED}


def add_parser(subparsers: Any) -> None:
    """Adds `policy` and its commands; each sets `run` to its handler."""
    parser = subparsers.add_parser("policy", help="check, test and explain policies")
    commands = parser.add_subparsers(dest="policy_command", required=True, metavar="COMMAND")
    _add(commands, "check", "reports every fault of a folder with what to write instead", _check)
    _add(commands, "test", "runs the table tests (*.test.yaml) of a folder", _test)
    explain = _add(commands, "explain", "shows which rules match a decision and the nearest change of route", _explain)
    explain.add_argument("decision", metavar="DECISION", help="a JSON file with a decision, or - for standard input")
    schema = commands.add_parser("schema", help="prints the JSON Schema of a policy file")
    schema.set_defaults(run=_schema)


def _add(commands: Any, name: str, purpose: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder of policy files")
    parser.set_defaults(run=run)
    return parser


def _check(options: argparse.Namespace) -> int:
    try:
        policies = load_policies(options.folder, decision_environment())
        run_tables(options.folder, policies, decision_environment())
    except PolicyFaults as error:
        return _refuse(options.folder, error.faults)
    if policies.warnings:
        return _refuse(options.folder, policies.warnings)
    rules = sum(len(policy.rules) for policy in policies.members.values())
    found = f"{_count(len(policies.members), 'policy', 'policies')}, {_count(rules, 'rule', 'rules')}"
    print(f"{_paint('ok', _GREEN)}: {found}, revision {policies.revision[:12]}")
    return DONE


def _test(options: argparse.Namespace) -> int:
    try:
        environment = decision_environment()
        results = run_tables(options.folder, load_policies(options.folder, environment), environment)
    except PolicyFaults as error:
        return _refuse(options.folder, error.faults)
    for result in results:
        _print_case(result)
    failed = sum(bool(result.failures) for result in results)
    verdict = _paint(f"{failed} failed", _RED) if failed else _paint("all passed", _GREEN)
    counted = f"{_count(len(results), 'test', 'tests')}, {verdict}"
    print(counted if results else "no tests: write them into *.test.yaml beside the policies")
    return FAILED if failed else DONE


def _print_case(result: CaseResult) -> None:
    mark = _paint("FAIL", _RED) if result.failures else _paint("pass", _GREEN)
    place = f" ({result.file}:{result.line})" if result.failures else ""
    print(f"{mark}  {result.name}{place}")
    for failure in result.failures:
        print(f"      {failure}")


def _explain(options: argparse.Namespace) -> int:
    environment = decision_environment()
    try:
        facts = parse_decision(json.loads(_read(options.decision)), environment)
    except (OSError, ValueError, RecursionError) as error:
        print(f"{options.decision}: not a decision: {error}", file=sys.stderr)
        return FAILED
    try:
        policies = load_policies(options.folder, environment)
    except PolicyFaults as error:
        return _refuse(options.folder, error.faults)
    _print_explanation(policies, facts)
    return DONE


def _read(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


def _print_explanation(policies: CompiledSet, facts: Any) -> None:
    ruling, explanation = policies.explain(facts.action, facts)
    routing = ruling.routing
    route = _paint(routing.route.name, _ROUTE_COLOURS[routing.route])
    print(f"{route}  {facts.action}, policy {routing.policy or '(none)'}, revision {routing.revision[:12]}")
    for reason in routing.reasons:
        print(f"  because  {_paint(reason.rule, _BOLD)}: {reason.text} [{reason.route.name}]")
    _print_plan(ruling)
    _print_rules(explanation)
    print(f"  propensity of review: {routing.propensity:.4g}")
    if explanation.nearest_change:
        print(f"  nearest change: {explanation.nearest_change}")


def _print_plan(ruling: Ruling) -> None:
    plan = ruling.plan
    if plan is not None:
        skills = f", skills {', '.join(plan.skills)}" if plan.skills else ""
        level = level_of(plan.urgency).name.lower()
        print(f"  task: queue {plan.queue}, priority {level}, deadline {format_span(plan.deadline)}{skills}")
        for line in plan_words(plan):
            print(f"        {line}")


def _print_rules(explanation: Explanation) -> None:
    for rule in explanation.rules:
        print(f"  {_word(rule):<14} {rule.rule}")


def _word(rule: RuleResult) -> str:
    if rule.error:
        return "failed"
    if rule.sample_rate:
        return f"draws {rule.sample_rate:.4g}"
    return "matches" if rule.matched else "-"


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(policy_schema(), indent=2, ensure_ascii=False))
    return DONE


def _refuse(folder: Path, faults: tuple[PolicyFault, ...]) -> int:
    for fault in faults:
        place = f"{folder / fault.file}" if fault.file != str(folder) else fault.file
        where = f"{place}:{fault.line}:{fault.column}" if fault.line else place
        print(f"{_paint(where, _BOLD)}: {fault.message}", file=sys.stderr)
        if fault.advice:
            print(f"  instead: {fault.advice}", file=sys.stderr)
    print(f"{_count(len(faults), 'fault', 'faults')}", file=sys.stderr)
    return FAILED


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if sys.stdout.isatty() else text


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
