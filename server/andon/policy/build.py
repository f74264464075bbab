"""From one file's source to its compiled policy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from andon.policy.compiled import CONFIDENCE, WORDS, CompiledPolicy, Threshold
from andon.policy.correction import schema_faults
from andon.policy.environment import Environment
from andon.policy.expressions import Batch, Checker
from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.model import ATTRIBUTE, PolicyFile, read
from andon.policy.presentation import presentation_faults
from andon.policy.schema import structure_faults
from andon.policy.source import Path_, Source

_BOOL = ("BOOL",)
_DOUBLE = ("DOUBLE",)
_LEVEL = ("STRING", "INT")


def build(source: Source, environment: Environment) -> CompiledPolicy:
    """Checks and compiles one policy. Raises PolicyFaults with all that is wrong with it."""
    if not isinstance(source.data, dict):
        raise PolicyFaults([source.fault((), "holds no policy", "begin with `policy: NAME`")])
    faults = structure_faults(source)
    faults += _rule_faults(source)
    faults += presentation_faults(source)
    checker = Checker(environment, _declared(source.data))
    faults += _expression_faults(source, checker)
    if isinstance(schema := source.data.get("correction_schema"), dict):
        faults += [source.fault(("correction_schema", *path), text) for path, text in schema_faults(schema)]
    if faults:
        raise PolicyFaults(faults)
    return _compile(read(source.data), checker)


def _declared(data: dict[str, Any]) -> dict[str, str]:
    declared = data.get("attributes")
    known = ("string", "bool", "double", "int")
    if not isinstance(declared, dict):
        return {}
    return {
        name: kind if kind in known else "string" for name, kind in declared.items() if re.fullmatch(ATTRIBUTE, name)
    }


def _rules(source: Source) -> list[dict[str, Any]]:
    rules: Any = source.data.get("rules") if isinstance(source.data, dict) else None
    return rules if isinstance(rules, list) and all(isinstance(rule, dict) for rule in rules) else []


def _rule_faults(source: Source) -> Iterator[PolicyFault]:
    seen: Counter[object] = Counter()
    for index, rule in enumerate(_rules(source)):
        name = str(rule.get("id"))
        seen[name] += 1
        if name == CONFIDENCE:
            yield source.fault(("rules", index, "id"), "`confidence` is the threshold's own id", "another id")
        elif "id" in rule and seen[name] == 2:
            yield source.fault(("rules", index, "id"), f"the id `{name}` is taken by another rule", "another id")


def _expression_faults(source: Source, checker: Checker) -> Iterator[PolicyFault]:
    for path, text, kinds, purpose in _expressions(source):
        for problem in checker.check(text, kinds, purpose):
            yield source.within(path, problem.line, problem.column, problem.message, problem.advice)


def _expressions(source: Source) -> Iterator[tuple[Path_, str, tuple[str, ...], str]]:
    data: Any = source.data
    for index, rule in enumerate(_rules(source)):
        yield from _text(rule.get("when"), ("rules", index, "when"), _BOOL, "a condition")
    for section, name, kinds, purpose in (
        ("confidence", "threshold", _DOUBLE, "a threshold"),
        ("defaults", "priority", _LEVEL, "a priority"),
    ):
        value = data[section].get(name) if isinstance(data.get(section), dict) else None
        if value not in tuple(WORDS):
            yield from _text(value, (section, name), kinds, purpose)


def _text(
    value: object, path: Path_, kinds: tuple[str, ...], purpose: str
) -> Iterator[tuple[Path_, str, tuple[str, ...], str]]:
    if isinstance(value, str) and 0 < len(value) <= 4096:
        yield path, value, kinds, purpose


def _compile(file: PolicyFile, checker: Checker) -> CompiledPolicy:
    expressions = [rule.when or "true" for rule in file.rules]
    if file.confidence is not None and isinstance(file.confidence.threshold, str):
        expressions.append(file.confidence.threshold)
    priority = file.defaults.priority
    if priority is not None and priority not in WORDS:
        expressions.append(priority)
    return CompiledPolicy(
        name=file.policy,
        patterns=file.actions,
        queue=file.queue,
        extras=file.attributes,
        threshold=_threshold(file),
        priority=WORDS.get(priority or ""),
        cel_priority=priority is not None and priority not in WORDS,
        defaults=file.defaults,
        correction_schema=file.correction_schema,
        presentation=file.presentation,
        rules=file.rules,
        batch=Batch(checker.env, expressions),
    )


def _threshold(file: PolicyFile) -> Threshold | None:
    stated = file.confidence
    if stated is None:
        return None
    value = None if isinstance(stated.threshold, str) else float(stated.threshold)
    return Threshold(value, stated.route, stated.reason)
