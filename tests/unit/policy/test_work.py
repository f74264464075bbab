"""What time does to a task, and what a policy says of appeals."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.domain.appeal import AppealPlan
from andon.domain.clock import DAY, HOUR, MINUTE
from andon.domain.plan import MoreTime, Quorum, Rung, Term, TimeoutDefault, WorkPlan
from andon.domain.priority import Priority
from andon.domain.task import Escalation
from andon.policy.api import TaskPlan
from andon.policy.document import plan_words
from andon.policy.load import CompiledSet
from tests.unit.policy.policies import NAME, Coin, decision, faults, load, policy, rule

ANY = rule("any", "true")
LADDER = """defaults:
  ladder:
    - {at: 50%, notify: true}
    - {at: 75%, priority: high}
    - {at: 80%, skills: []}
    - {at: 85%, skills: [b, a], notify: true}
    - {at: 90%, escalate: leads}
"""


def plan_of(policies: CompiledSet, **attributes: bool) -> TaskPlan:
    """How a person is asked about a decision with these attributes."""
    facts = decision(1, "refund.issue", **attributes)
    plan = policies.evaluate(facts.action, facts, NAME, Coin()).plan
    assert plan is not None
    return plan


def test_a_ladder(tmp_path: Path) -> None:
    plan = plan_of(load(tmp_path, refunds=policy(ANY, head=LADDER)))
    assert plan.work == WorkPlan(
        ladder=(
            Rung(50, notify=True),
            Rung(75, priority=Priority.HIGH),
            Rung(80, skills=()),
            Rung(85, notify=True, skills=("a", "b")),
            Rung(90, queue="leads"),
        )
    )
    assert WorkPlan.of(dict(plan.work.as_json())) == plan.work


@pytest.mark.parametrize(
    ("rungs", "column", "message"),
    [
        ("{at: 50%, notify: true}, {at: 50%, priority: low}", 27, "50% does not come after 50%"),
        ("{at: 50%, notify: true}, {at: 9%, priority: low}", 27, "9% does not come after 50%"),
        ("{at: 0%, notify: true}", 2, "`0%` is not a part of the deadline"),
        ("{at: 100%, notify: true}", 2, "`100%` is not a part of the deadline"),
        ("{at: 0.5, notify: true}", 2, "`0.5` is not text"),
        ("{at: 50%, notify: false}", 1, "the rung does nothing"),
        ("{at: 50%, priority: urgent}", 2, "`urgent` is not allowed here"),
        ("{notify: true}", 1, "`at` is missing"),
        ("{at: 50%, escalate: {queue: leads}}", 2, "a section is not text"),
    ],
)
def test_faults_of_a_ladder(tmp_path: Path, rungs: str, column: int, message: str) -> None:
    head = f"defaults: {{ladder: [{rungs}]}}"
    (fault,) = faults(tmp_path, refunds=policy(ANY, head=head))
    assert (fault.line, message in fault.message) == (3, True), fault
    assert fault.column >= len("defaults: {ladder: [") + column
    assert fault.advice


def test_more_time(tmp_path: Path) -> None:
    policies = load(tmp_path / "a", refunds=policy(ANY, head="defaults: {more_time: {by: 2h, times: 3}}"))
    assert plan_of(policies).work == WorkPlan(more_time=MoreTime(2 * HOUR, 3))
    policies = load(tmp_path / "b", refunds=policy(ANY, head="defaults: {more_time: {by: 15m}}"))
    assert plan_of(policies).work == WorkPlan(more_time=MoreTime(15 * MINUTE, 1))
    for place, text, message in (
        ("c", "{by: 2}", "`2` is not text"),
        ("d", "{by: 0h}", "not a time above nought"),
        ("e", "{by: 1h, times: 0}", "`0` is below 1"),
        ("f", "{times: 1}", "`by` is missing"),
    ):
        (fault,) = faults(tmp_path / place, refunds=policy(ANY, head=f"defaults: {{more_time: {text}}}"))
        assert (fault.line, message in fault.message) == (3, True), fault


@pytest.mark.parametrize(
    ("word", "reversible", "irreversible"),
    [
        ("expire", None, None),
        ("reject", TimeoutDefault.REJECT, TimeoutDefault.REJECT),
        ("approve_if_reversible", TimeoutDefault.APPROVE, TimeoutDefault.REJECT),
    ],
)
def test_the_default_of_a_missed_deadline(
    tmp_path: Path, word: str, reversible: TimeoutDefault | None, irreversible: TimeoutDefault | None
) -> None:
    plain = load(tmp_path / "a", refunds=policy(ANY, head=f"defaults: {{on_deadline: {word}}}"))
    head = f"defaults: {{on_deadline: {{escalate: {{queue: leads, deadline: 1h, then: {word}}}}}}}"
    escalating = load(tmp_path / "b", refunds=policy(ANY, head=head))
    for policies, escalation in ((plain, None), (escalating, Escalation("leads", HOUR))):
        for flag, expected in ((False, reversible), (True, irreversible), (False, reversible)):
            plan = plan_of(policies, irreversible=flag)
            assert (plan.work and plan.work.on_timeout, plan.escalation) == (expected, escalation)


def test_a_policy_that_says_nothing_of_the_work_has_no_plan_of_it(tmp_path: Path) -> None:
    head = "defaults: {deadline: 1h, on_deadline: expire}"
    assert plan_of(load(tmp_path, refunds=policy(ANY, head=head))).work is None


def test_a_plan_is_made_once(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(ANY, head=LADDER))
    assert plan_of(policies).work is plan_of(policies).work


def test_appeals(tmp_path: Path) -> None:
    full = """queue: refunds
appeals: {levels: 2, queue: appeals, deadline: 2d, within: 14d, skills: [b, a], quorum: 1 of risk and 1 of legal}"""
    terms = (Term(1, 1, "risk"), Term(1, 1, "legal"))
    policies = load(tmp_path / "a", refunds=policy(ANY, head=full))
    assert policies.appeal_plan("refund.issue") == AppealPlan(
        2, "appeals", 2 * DAY, 14 * DAY, ("a", "b"), Quorum(terms)
    )
    assert policies.appeal_plan("email.send") is None
    policies = load(tmp_path / "b", refunds=policy(ANY, head="queue: refunds\nappeals: {}"))
    assert policies.appeal_plan("refund.issue") == AppealPlan(1, "refunds", DAY, 30 * DAY)
    assert load(tmp_path / "c", refunds=policy(ANY)).appeal_plan("refund.issue") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{levels: 0}", "`0` is below 1"),
        ("{levels: 6}", "`6` is above 5"),
        ("{within: 30}", "`30` is not text"),
        ("{level: 1}", "`level` is not known here"),
        ("1", "`1` is not a section"),
    ],
)
def test_faults_of_appeals(tmp_path: Path, text: str, message: str) -> None:
    (fault,) = faults(tmp_path, refunds=policy(ANY, head=f"appeals: {text}"))
    assert (fault.line, message in fault.message) == (3, True), fault


def test_a_plan_in_words(tmp_path: Path) -> None:
    quorum = "\nquorum: {need: 2 of 3, veto: [legal], blind: false, tie_break: leads}"
    more = "  more_time: {by: 2h, times: 2}\n  on_deadline: reject"
    words = list(plan_words(plan_of(load(tmp_path, refunds=policy(ANY, head=LADDER + more + quorum)))))
    assert words == [
        "quorum 2 of 3; veto legal; open; 1 more where verdicts differ; then one of leads decides",
        "at 50 %: notify",
        "at 75 %: priority high",
        "at 80 %: no skills needed",
        "at 85 %: notify, skills a, b",
        "at 90 %: escalate to leads",
        "more time: 2 h, 2 times",
        "nobody in time: reject by default",
    ]
