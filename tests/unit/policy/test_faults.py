"""Every fault of a folder, with its exact place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.policies import faults, policy, rule

WHOLE = """\
policy: Refunds
actons: [refund.issue]
queue: 3
defaults: {deadline: 0s, on_deadline: approve}
rules:
  - {id: a, route: revieww, reason: x, when: "true"}
  - {id: b, route: block, reason: x, sample: 0.1}
  - id: c
    route: review
    reason: x
"""


def test_every_fault_in_one_run(tmp_path: Path) -> None:
    found = [(fault.line, fault.column, fault.advice) for fault in faults(tmp_path, refunds=WHOLE)]
    assert [place[:2] for place in found] == [
        (1, 1),
        (1, 9),
        (2, 1),
        (3, 8),
        (4, 22),
        (4, 39),
        (6, 20),
        (7, 20),
        (8, 5),
    ]
    assert found[2][2] == "actions"
    assert found[6][2] == "review"


def test_faults_of_all_files_are_reported_together(tmp_path: Path) -> None:
    found = faults(tmp_path, a="policy: [", b=policy(rule("x", "nonsense"), name="b"))
    assert [fault.file for fault in found] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("word", ["approve", "auto_approve"])
@pytest.mark.parametrize("missed", ["{}", "{{escalate: {{queue: leads, deadline: 1h, then: {}}}}}"])
def test_time_never_approves_what_cant_be_undone(tmp_path: Path, word: str, missed: str) -> None:
    head = f"defaults: {{on_deadline: {missed.format(word)}}}"
    (fault,) = faults(tmp_path, refunds=policy(rule("x", "true"), head=head))
    assert (fault.line, fault.column) == (3, head.index(word) + 1)
    assert "never approves what can't be undone" in fault.message
    assert fault.advice == "approve_if_reversible"


def test_a_missed_deadline_can_do_only_some_things(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, refunds=policy(rule("x", "true"), head="defaults: {on_deadline: wait}"))
    assert "`wait` is not something a missed deadline can do" in fault.message
    assert "escalate" in fault.advice
    nested = "defaults: {on_deadline: {escalate: {queue: leads, deadline: 0m, approve: true}}}"
    assert len(faults(tmp_path, refunds=policy(rule("x", "true"), head=nested))) == 2


@pytest.mark.parametrize(
    ("condition", "column", "message", "advice"),
    [
        ("decision.confdence < 0.5", 10, "no field `confdence`", "confidence"),
        ("decision.amount > 5.0", 10, "no field `amount`", "decision.attributes.amount"),
        ("decision.attributes.amonut > 5.0", 21, "no field `amonut`", "amount"),
        ("decision.attributes.amount > 50", 28, "(double, int)", "50.0 instead of 50"),
        ('decision.confidence < "x"', 21, "(double, string)", "x without quotes"),
        ('extra.regoin == "EU"', 1, "`extra.regoin` is not known", "extra.region"),
        ('extra.other == "EU"', 1, "`extra.other` is not known", "declare it: `attributes: {other: string}`"),
        ("extra.count > 5.0", 13, "(int, double)", "int(5.0)"),
        ('decision.action.startWith("x")', 17, "`startWith` is not known", "startsWith"),
        ("confidence < 0.5", 1, "`confidence` is not known", "decision.confidence"),
        ("amount > 0.5", 1, "`amount` is not known", "decision.attributes.amount"),
        ('region == "EU"', 1, "`region` is not known", "extra.region"),
        ("true or false", 6, "Syntax error", "|| instead of or"),
        ("decision.confidence", 1, "must be bool, this is double", "decision.confidence < 0.7"),
        ("decision.input.flag", 1, "must be bool, this is dyn", "== true"),
        ("decision.state == 1", 1, "`decision.state` is not known before", "confidence"),
        ('decision.name == "x"', 1, "`decision.name` is not known before", "confidence"),
        ("[decision].exists(d, d.sequence > 1)", 2, "whole decision", "decision.confidence"),
        (".decision.routing.sampled", 2, "`decision.routing` is not known before", "confidence"),
        ('decision.attributes.extra.region == "EU"', 1, "declared names", "extra.region"),
    ],
)
def test_conditions_are_checked_against_the_contract(
    tmp_path: Path, condition: str, column: int, message: str, advice: str
) -> None:
    text = policy(rule("x", condition), head="attributes: {region: string, count: int}")
    (fault,) = faults(tmp_path, refunds=text)
    line = "  - {" + rule("x", condition)
    assert (fault.line, fault.column) == (5, line.index(condition) + column)
    assert message in fault.message
    assert advice in fault.advice


def test_the_submitter_may_be_read(tmp_path: Path) -> None:
    assert not faults(tmp_path, refunds=policy(rule("x", 'decision.submitter == "bot" && "decision" != "extra.x"')))


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("when: true && decision.nope", 6, 28),
        ('when: "true &&  decision.nope"', 6, 30),
        ("when: 'decision.action == ''x'' && decision.nope'", 6, 49),
        ('when: "decision.action == \\"x\\" && decision.nope"', 6, 49),
        ("when: |\n      true &&\n        decision.nope", 8, 18),
        ("when: >-  # why\n      true &&\n\n      decision.nope", 9, 16),
        ("when: true\n      && decision.nope", 7, 19),
        ('when: "\\u0074rue &&\\\n      decision.nope"', 7, 16),
    ],
)
def test_places_hold_in_every_style_of_yaml(tmp_path: Path, written: str, line: int, column: int) -> None:
    text = f"policy: p\nactions: [a]\n\nrules:\n  - id: x\n    {written}\n    route: review\n    reason: x\n"
    (fault,) = faults(tmp_path, p=text)
    assert (fault.line, fault.column) == (line, column)


def test_thresholds_and_priorities_are_typed(tmp_path: Path) -> None:
    head = "confidence: {threshold: '1'}\ndefaults: {priority: hihg}"
    found = faults(tmp_path, refunds=policy(head=head))
    assert [(fault.line, fault.column) for fault in found] == [(3, 26), (4, 22)]
    assert "1.0 instead of 1" in found[0].advice
    (fault,) = faults(tmp_path, refunds=policy(head="confidence: {threshold: 1.5}"))
    assert (fault.message, fault.advice) == ("`1.5` is above 1", "at most 1")


@pytest.mark.parametrize("sample", ["0", "-0.1", "1.01", "lots"])
def test_a_sample_is_a_share(tmp_path: Path, sample: str) -> None:
    (fault,) = faults(tmp_path, refunds=policy(f"id: s, sample: {sample}, route: review, reason: x"))
    assert sample in fault.message


def test_a_rule_needs_a_route(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, refunds=policy("id: s, sample: 0.1, reason: x"))
    assert fault.message == "`route` is missing"


def test_ids_names_and_patterns_are_unique(tmp_path: Path) -> None:
    twice = policy(rule("x", "true"), rule("x", "true"), rule("confidence", "true"))
    assert [fault.advice for fault in faults(tmp_path / "a", a=twice)] == ["another id"] * 2
    one, other = policy(rule("x", "true")), policy(rule("x", "true"), actions='[b, "refund.*"]')
    found = faults(tmp_path / "b", a=one, b=other)
    assert [(fault.file, fault.line, fault.column) for fault in found] == [("b.yaml", 1, 9), ("b.yaml", 2, 14)]
    assert "a.yaml" in found[0].message


def test_duplicate_keys_are_faults(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, p="policy: p\nactions: [a]\nqueue: x\nqueue: y\n")
    assert (fault.line, fault.column) == (4, 1)
    assert "first in line 3" in fault.message


@pytest.mark.parametrize("action", ["Refund", "refund.", "*.issue", "refund*", "re fund", "refund.*.x"])
def test_patterns_of_actions_are_checked(tmp_path: Path, action: str) -> None:
    (fault,) = faults(tmp_path, p=policy(rule("x", "true"), actions=f'["{action}"]'))
    assert "pattern of actions" in fault.message


@pytest.mark.parametrize("kind", ["strnig", "float"])
def test_types_of_attributes_are_checked(tmp_path: Path, kind: str) -> None:
    found = faults(tmp_path, p=policy(rule("x", "true"), head=f"attributes: {{a: {kind}, 1b: int}}"))
    assert [fault.line for fault in found] == [3, 3]


@pytest.mark.parametrize(
    "schema",
    ["{type: objekt}", "{properties: {a: {pattern: '('}}}", "{$ref: 'http://localhost/x'}", "{$ref: '#/$defs/no'}"],
)
def test_the_correction_schema_is_checked(tmp_path: Path, schema: str) -> None:
    (fault,) = faults(tmp_path, p=policy(rule("x", "true"), head=f"correction_schema: {schema}"))
    assert fault.line == 3


def test_a_fault_reads_well(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, refunds=policy(rule("x", "decision.confdence < 0.5")))
    assert str(fault) == ("refunds.yaml:5:29: there is no field `confdence` in Decision\n  instead: confidence")
