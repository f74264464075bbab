"""From one file's source to its compiled policy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from andon.domain.appeal import AppealPlan
from andon.domain.receipt import ReceiptTerms
from andon.policy.compiled import CONFIDENCE, WORDS, CompiledPolicy, Threshold
from andon.policy.conflicts import Conflicts
from andon.policy.correction import schema_faults
from andon.policy.environment import Environment
from andon.policy.expressions import Batch, Checker
from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.model import ATTRIBUTE, PolicyFile, read
from andon.policy.presentation import presentation_faults
from andon.policy.quorum import quorum_faults, quorum_of
from andon.policy.schema import structure_faults
from andon.policy.sensitive import sensitive_faults
from andon.policy.source import Path_, Source
from andon.policy.work import ladder_faults

_BOOL = ("BOOL",)
_DOUBLE = ("DOUBLE",)
_LEVEL = ("STRING", "INT")


def build(source: Source, environment: Environment) -> CompiledPolicy:
    """Checks and compiles one policy. Raises PolicyFaults with all that is wrong with it."""
    if not isinstance(source.data, dict):
        raise PolicyFaults([source.fault((), "holds no policy", "begin with `policy: NAME`")])
    faults = structure_faults(source)
    faults += _rule_faults(source)
    faults += _exclusion_faults(source)
    faults += presentation_faults(source)
    faults += sensitive_faults(source)
    faults += ladder_faults(source)
    faults += quorum_faults(source, _quorums(source))
    faults += quorum_faults(source, _appeal_quorums(source))
    checker = Checker(environment, _declared(source.data))
    judging = Checker(environment, _declared(source.data), reviewer=True)
    faults += _expression_faults(source, checker, judging)
    if isinstance(schema := source.data.get("correction_schema"), dict):
        faults += [source.fault(("correction_schema", *path), text) for path, text in schema_faults(schema)]
    if faults:
        raise PolicyFaults(faults)
    return _compile(read(source.data), checker, judging)


def _declared(data: dict[str, Any]) -> dict[str, str]:
    declared = data.get("attributes")
    known = ("string", "bool", "double", "int")
    if not isinstance(declared, dict):
        return {}
    return {
        name: kind if kind in known else "string" for name, kind in declared.items() if re.fullmatch(ATTRIBUTE, name)
    }


def _rules(source: Source) -> list[dict[str, Any]]:
    return _entries(source.data, "rules")


def _quorums(source: Source) -> Iterator[Path_]:
    """The places of the quorums that one decision may have to meet together."""
    if isinstance(source.data, dict) and "quorum" in source.data:
        yield ("quorum",)
    yield from (("rules", index, "quorum") for index, rule in enumerate(_rules(source)) if "quorum" in rule)


def _appeal_quorums(source: Source) -> Iterator[Path_]:
    section = source.data.get("appeals") if isinstance(source.data, dict) else None
    if isinstance(section, dict) and "quorum" in section:
        yield ("appeals", "quorum")


def _exclusions(source: Source) -> list[dict[str, Any]]:
    section = source.data.get("conflicts") if isinstance(source.data, dict) else None
    return _entries(section, "exclude")


def _entries(section: object, key: str) -> list[dict[str, Any]]:
    """The list under a key; empty where it is none of sections, which the schema tells."""
    entries: Any = section.get(key) if isinstance(section, dict) else None
    return entries if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries) else []


def _exclusion_faults(source: Source) -> Iterator[PolicyFault]:
    seen: Counter[object] = Counter()
    for index, exclusion in enumerate(_exclusions(source)):
        name = str(exclusion.get("id"))
        seen[name] += 1
        if "id" in exclusion and seen[name] == 2:
            path = ("conflicts", "exclude", index, "id")
            yield source.fault(path, f"the id `{name}` is taken by another exclusion", "another id")


def _rule_faults(source: Source) -> Iterator[PolicyFault]:
    seen: Counter[object] = Counter()
    for index, rule in enumerate(_rules(source)):
        name = str(rule.get("id"))
        seen[name] += 1
        if name == CONFIDENCE:
            yield source.fault(("rules", index, "id"), "`confidence` is the threshold's own id", "another id")
        elif "id" in rule and seen[name] == 2:
            yield source.fault(("rules", index, "id"), f"the id `{name}` is taken by another rule", "another id")


def _expression_faults(source: Source, checker: Checker, judging: Checker) -> Iterator[PolicyFault]:
    for one, found in ((checker, _expressions(source)), (judging, _judging(source))):
        for path, text, kinds, purpose in found:
            for problem in one.check(text, kinds, purpose):
                yield source.within(path, problem.line, problem.column, problem.message, problem.advice)


def _judging(source: Source) -> Iterator[tuple[Path_, str, tuple[str, ...], str]]:
    """The expressions that read the reviewer."""
    for index, exclusion in enumerate(_exclusions(source)):
        yield from _text(exclusion.get("when"), ("conflicts", "exclude", index, "when"), _BOOL, "a condition")


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


def _compile(file: PolicyFile, checker: Checker, judging: Checker) -> CompiledPolicy:
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
        conflicts=_conflicts(file, judging),
        quorum=file.quorum,
        appeals=_appeals(file),
        receipt=ReceiptTerms(file.redeem, file.receipt.expires, file.receipt.reviewers),
        sensitive=file.sensitive,
        rules=file.rules,
        batch=Batch(checker.env, expressions),
    )


def _conflicts(file: PolicyFile, judging: Checker) -> Conflicts | None:
    stated = file.conflicts
    if stated is None or not (stated.same_group or stated.exclude):
        return None
    batch = Batch(judging.env, [exclusion.when for exclusion in stated.exclude])
    return Conflicts(stated.same_group, stated.exclude, file.attributes, batch)


def _appeals(file: PolicyFile) -> AppealPlan | None:
    stated = file.appeals
    if stated is None:
        return None
    return AppealPlan(
        levels=stated.levels,
        queue=stated.queue or file.queue,
        deadline=stated.deadline,
        within=stated.within,
        skills=tuple(sorted(stated.skills)),
        quorum=None if stated.quorum is None else quorum_of([stated.quorum]),
        correction_schema=file.correction_schema,
        presentation=file.presentation,
    )


def _threshold(file: PolicyFile) -> Threshold | None:
    stated = file.confidence
    if stated is None:
        return None
    value = None if isinstance(stated.threshold, str) else float(stated.threshold)
    return Threshold(value, stated.route, stated.reason)
