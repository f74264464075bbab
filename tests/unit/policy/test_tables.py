"""Table tests beside the policies."""

from __future__ import annotations

from pathlib import Path

import pytest

import andon
from andon.policy.faults import PolicyFaults
from andon.policy.load import load_policies
from andon.policy.tables import CaseResult, run_tables
from tests.unit.policy.policies import ENVIRONMENT, policy, rule, write

POLICY = policy(
    rule("big", "decision.attributes.amount > 50.0", more="queue: big, priority: high"),
    "id: sample, sample: 0.1, route: review, reason: sample",
    head="confidence: {threshold: 0.85}",
)
TABLE = """\
tests:
  - name: passes
    decision: {action: refund.issue, confidence: 0.9, attributes: {amount: 10}}
    expect: {route: auto_approve, reasons: []}
  - name: is held
    decision: {action: refund.issue, confidence: 0.9, attributes: {amount: 60}}
    expect: {route: review, reasons: [big], queue: big, priority: high, skills: []}
  - name: is drawn
    decision: {action: refund.issue, confidence: 0.9, attributes: {amount: 10}}
    sampled: true
    expect: {route: review, reasons: [sample], priority: low}
"""


def run(folder: Path, table: str) -> list[CaseResult]:
    write(folder, refunds=POLICY)
    (folder / "refunds.test.yaml").write_text(table, encoding="utf-8")
    return run_tables(folder, load_policies(folder, ENVIRONMENT), ENVIRONMENT)


def test_tables_that_hold_pass(tmp_path: Path) -> None:
    assert [(case.name, case.failures) for case in run(tmp_path, TABLE)] == [
        ("passes", ()),
        ("is held", ()),
        ("is drawn", ()),
    ]


def test_a_difference_is_named_with_its_line(tmp_path: Path) -> None:
    table = TABLE.replace("amount: 60", "amount: 5").replace("sampled: true", "sampled: false")
    failed = [case for case in run(tmp_path, table) if case.failures]
    assert [(case.line, case.name) for case in failed] == [(5, "is held"), (8, "is drawn")]
    assert failed[0].failures == (
        "route: expected review, got auto_approve",
        "reasons: expected [big], got []",
        "queue: expected big, got no task",
        "priority: expected high, got no task",
        "skills: expected [], got no task",
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("amount: 10", "amonut: 10", 3, "amonut"),
        ("route: review", "route: hold", 7, "`hold`"),
        ("expect:", "expects:", 2, "`expect` is missing"),
        ("confidence: 0.9,", "", 3, "`confidence` is missing"),
        ("tests:", "tets:", 1, "`tests` is missing"),
    ],
)
def test_a_table_can_be_at_fault(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(PolicyFaults) as error:
        run(tmp_path, TABLE.replace(old, new))
    assert any(fault.line == line and message in fault.message for fault in error.value.faults)


def test_the_packaged_tables_hold_and_show_every_trigger() -> None:
    folder = Path(str(andon.__file__)).parent / "policies"
    policies = load_policies(folder, ENVIRONMENT)
    assert not [case for case in run_tables(folder, policies, ENVIRONMENT) if case.failures]
    triggers = {"confidence", "high-value", "irreversible", "anomalous", "regulated", "training-sample"}
    assert triggers <= set(policies.rules["refunds"])


QUORUM = policy(
    rule("big", "decision.attributes.amount > 50.0", more="quorum: 1 of risk and 1 of legal"),
    rule("all", "true"),
    head="quorum: 2",
)


@pytest.mark.parametrize(
    ("amount", "expected", "failure"),
    [
        (60, "1 of risk and 2 and 1 of legal", ""),
        (60, "2", "quorum: expected 2, got 2 and 1 of legal and 1 of risk"),
        (10, "2", ""),
        (10, "1", "quorum: expected 1, got 2"),
    ],
)
def test_the_quorum_can_be_expected(tmp_path: Path, amount: int, expected: str, failure: str) -> None:
    write(tmp_path, refunds=QUORUM)
    decision = f"{{action: refund.issue, confidence: 1, attributes: {{amount: {amount}}}}}"
    table = f"tests:\n  - {{name: x, decision: {decision}, expect: {{route: review, quorum: {expected}}}}}\n"
    (tmp_path / "refunds.test.yaml").write_text(table, encoding="utf-8")
    (result,) = run_tables(tmp_path, load_policies(tmp_path, ENVIRONMENT), ENVIRONMENT)
    assert result.failures == ((failure,) if failure else ())


def test_one_verdict_is_a_quorum_of_1(tmp_path: Path) -> None:
    (held,) = [case for case in run(tmp_path, TABLE.replace("queue: big", "quorum: 1")) if case.name == "is held"]
    assert not held.failures


def test_an_expected_quorum_can_be_at_fault(tmp_path: Path) -> None:
    with pytest.raises(PolicyFaults) as error:
        run(tmp_path, TABLE.replace("queue: big", "quorum: 2 of one of x"))
    (fault,) = error.value.faults
    assert (fault.line, "`of` is not expected here" in fault.message) == (7, True)
