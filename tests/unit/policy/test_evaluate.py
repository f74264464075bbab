"""From facts to ruling."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import Route
from andon.domain.priority import Priority, level_of
from andon.domain.task import Escalation
from andon.policy.api import Ruling
from andon.policy.load import CompiledSet, load_policies
from andon_client._gen.andon.v1 import decision_pb2
from tests.unit.policy.policies import ENVIRONMENT, NAME, Coin, decision, load, policy, reasons, rule

THRESHOLD = "confidence: {threshold: 0.85}"


def ruled(policies: CompiledSet, facts: decision_pb2.Decision, coin: Coin | None = None) -> Ruling:
    return policies.evaluate(facts.action, facts, NAME, coin or Coin())


def test_nothing_matched_passes_without_reasons(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(rule("big", "decision.attributes.amount > 50.0"), head=THRESHOLD))
    ruling = ruled(policies, decision(0.85, amount=50))
    assert ruling.routing.route is Route.AUTO_APPROVE
    assert (ruling.routing.reasons, ruling.plan, ruling.errors) == ((), None, ())
    assert (ruling.routing.policy, ruling.routing.revision) == ("refunds", policies.revision)
    assert (ruling.routing.propensity, ruling.routing.coin_source) == (0.0, "")


def test_all_reasons_in_order_and_the_strictest_route(tmp_path: Path) -> None:
    rules = (
        rule("a", "true"),
        rule("b", "decision.attributes.irreversible", "block"),
        rule("c", "true", "auto_approve"),
    )
    policies = load(tmp_path, refunds=policy(*rules, head=THRESHOLD))
    held = ruled(policies, decision(0.5))
    assert [reason.rule for reason in held.routing.reasons] == ["confidence", "a", "c"]
    assert held.routing.route is Route.REVIEW
    blocked = ruled(policies, decision(0.5, irreversible=True))
    assert blocked.routing.route is Route.BLOCK
    assert [reason.rule for reason in blocked.routing.reasons] == ["confidence", "a", "b", "c"]
    assert (blocked.plan, blocked.routing.propensity) == (None, 0.0)


def test_no_policy_is_review(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(head=THRESHOLD))
    ruling = ruled(policies, decision(1, action="email.send"))
    assert ruling.routing.route is Route.REVIEW
    assert ruling.routing.decisive_rule() == "andon.no-policy"
    assert ruling.routing.propensity == 1.0
    assert ruling.plan is not None
    assert (ruling.plan.queue, ruling.plan.deadline) == ("default", 24 * HOUR)


def test_an_empty_folder_is_review_with_a_warning(tmp_path: Path) -> None:
    policies = load(tmp_path)
    assert reasons(policies, decision(1)) == ["andon.no-policy"]
    assert len(policies.warnings) == 1


@pytest.mark.parametrize("rules", [(), (rule("small", "true", "auto_approve"),)])
def test_a_policy_that_can_hold_nothing_holds_all(tmp_path: Path, rules: tuple[str, ...]) -> None:
    policies = load(tmp_path, refunds=policy(*rules))
    ruling = ruled(policies, decision(1))
    assert ruling.routing.route is Route.REVIEW
    assert ruling.routing.decisive_rule() == "andon.no-rule"
    assert "holds them all" in policies.warnings[0].message


@pytest.mark.parametrize("condition", ["decision.attributes.amount > 50.0", "1 / 0 == 1", "decision.input.x == 1"])
def test_a_failing_rule_is_review(tmp_path: Path, condition: str) -> None:
    policies = load(tmp_path, refunds=policy(rule("broken", condition), rule("fine", "true")))
    ruling = ruled(policies, decision(1))
    assert [reason.rule for reason in ruling.routing.reasons] == ["fine", "andon.rule-failed"]
    assert "broken" in ruling.routing.reasons[-1].text
    assert (ruling.routing.route, ruling.routing.propensity) == (Route.REVIEW, 1.0)
    assert ruling.errors[0].startswith("refunds/broken: ")


def test_a_rule_that_would_run_for_ever_is_review(tmp_path: Path) -> None:
    ten = "[0,1,2,3,4,5,6,7,8,9]"
    condition = "".join(f"{ten}.all({name}, " for name in "abcdefg") + "a >= 0" + ")" * 7
    policies = load(tmp_path, refunds=policy(rule("slow", condition)))
    assert reasons(policies, decision(1)) == ["andon.rule-failed"]


@pytest.mark.parametrize("confidence", [None, math.nan, -0.1, 1.1])
def test_no_confidence_is_never_certainty(tmp_path: Path, confidence: float | None) -> None:
    policies = load(tmp_path, refunds=policy(rule("never", "false")))
    facts = decision()
    facts.ClearField("confidence")
    if confidence is not None:
        facts.confidence = confidence
    assert reasons(policies, facts) == ["andon.rule-failed"]


def test_an_amount_that_is_no_number_never_passes(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(rule("big", "decision.attributes.amount > 50.0")))
    facts = decision(amount=1)
    facts.attributes.amount.value = math.nan
    assert reasons(policies, facts) == ["andon.rule-failed"]


def test_the_most_specific_policy_governs(tmp_path: Path) -> None:
    policies = load(
        tmp_path,
        a=policy(rule("all", "true"), name="a", actions='["*"]'),
        b=policy(rule("refunds", "true"), name="b", actions='["refund.*"]'),
        c=policy(rule("wires", "true"), name="c", actions='["refund.wire.*", "email"]'),
        d=policy(rule("issue", "true"), name="d", actions="[refund.issue]"),
    )
    governed = {
        action: reasons(policies, decision(action=action))[0]
        for action in ("refund.issue", "refund.issue.now", "refund.wire", "refund.wire.eu.x", "refund", "email", "")
    }
    assert governed == {
        "refund.issue": "issue",
        "refund.issue.now": "refunds",
        "refund.wire": "refunds",
        "refund.wire.eu.x": "wires",
        "refund": "all",
        "email": "wires",
        "": "all",
    }
    assert policies.actions == ("*", "email", "refund.*", "refund.issue", "refund.wire.*")


def test_a_threshold_in_cel_is_recorded_as_a_number(tmp_path: Path) -> None:
    head = "confidence: {threshold: 'decision.attributes.amount > 20.0 ? 0.95 : 0.5', reason: unsure, route: block}"
    policies = load(tmp_path, refunds=policy(head=head))
    low, high = ruled(policies, decision(0.9, amount=10)), ruled(policies, decision(0.9, amount=30))
    assert (low.routing.threshold, low.routing.route) == (0.5, Route.AUTO_APPROVE)
    assert (high.routing.threshold, high.routing.route) == (0.95, Route.BLOCK)
    assert high.routing.reasons[0].text == "unsure"


@pytest.mark.parametrize("amount", [None, 200.0])
def test_a_threshold_that_fails_or_leaves_its_range_is_review(tmp_path: Path, amount: float | None) -> None:
    policies = load(tmp_path, refunds=policy(head="confidence: {threshold: 'decision.attributes.amount / 100.0'}"))
    ruling = ruled(policies, decision(1, amount=amount) if amount else decision(1))
    assert (ruling.routing.threshold, ruling.routing.decisive_rule()) == (None, "andon.rule-failed")


def test_what_rules_say_of_the_task(tmp_path: Path) -> None:
    head = """queue: refunds
defaults: {skills: [credit], deadline: 4h, priority: low, on_deadline: {escalate: {queue: leads, deadline: 1h}}}
correction_schema: {type: object}"""
    rules = (
        rule("a", "true", more="skills: [fraud], deadline: 30m"),
        rule("b", "true", more="queue: big, priority: high, deadline: 10m, skills: [credit, bank]"),
        rule("c", "true", more="queue: other, priority: medium"),
    )
    plan = ruled(load(tmp_path, refunds=policy(*rules, head=head)), decision(1)).plan
    assert plan is not None
    assert (plan.queue, plan.skills, plan.deadline) == ("big", ("bank", "credit", "fraud"), 10 * MINUTE)
    assert level_of(plan.urgency) is Priority.HIGH
    assert plan.escalation == Escalation("leads", HOUR)
    assert plan.correction_schema == {"type": "object"}


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (decision(0.8), Priority.MEDIUM),
        (decision(0.42), Priority.HIGH),
        (decision(0.8, irreversible=True), Priority.HIGH),
        (decision(0.8, regulated=True), Priority.MEDIUM),
        (decision(0.8, regulated=True, high_value=True), Priority.HIGH),
        (decision(0.9), Priority.LOW),
    ],
)
def test_priority_comes_from_confidence_and_attributes(
    tmp_path: Path, facts: decision_pb2.Decision, level: Priority
) -> None:
    sample = "id: sample, sample: 0.5, route: review, reason: sample"
    plan = ruled(load(tmp_path, refunds=policy(sample, head=THRESHOLD)), facts, Coin(0.0)).plan
    assert plan is not None
    assert level_of(plan.urgency) is level


def test_priority_in_cel(tmp_path: Path) -> None:
    head = 'defaults: {priority: \'decision.attributes.amount > 9.0 ? "high" : "low"\'}'
    policies = load(tmp_path, refunds=policy(rule("all", "true"), head=head))
    levels = [ruled(policies, facts) for facts in (decision(amount=10), decision(amount=1), decision())]
    assert [level_of(one.plan.urgency).name for one in levels if one.plan] == ["HIGH", "LOW", "MEDIUM"]
    assert levels[2].errors == ("refunds/defaults.priority: an attribute it reads is absent",)
    assert [reason.rule for reason in levels[2].routing.reasons] == ["all"]


def test_free_attributes_keep_their_declared_types(tmp_path: Path) -> None:
    head = "attributes: {region: string, vip: bool, score: double, count: int}"
    conditions = {"s": 'extra.region == "EU"', "b": "extra.vip", "d": "extra.score > 0.5", "i": "extra.count > 3"}
    rules = [f"id: {name}, when: {text!r}, route: review, reason: x" for name, text in conditions.items()]
    policies = load(tmp_path, refunds=policy(*rules, head=head))
    assert reasons(policies, decision(extra={"region": "EU", "vip": True, "score": 1, "count": 4})) == [*"sbdi"]
    wrong = ruled(policies, decision(extra={"region": 1, "vip": "yes", "count": 4.5}))
    assert [error.split(":")[0] for error in wrong.errors] == [f"refunds/{name}" for name in "sbdi"]
    assert reasons(policies, decision(extra={"region": "US", "vip": False, "score": 0, "count": 1})) == []


def test_only_rules_that_read_an_absent_attribute_fail(tmp_path: Path) -> None:
    rules = (rule("reads", 'extra.region == "EU"').replace("'", "'"), rule("other", "true"))
    policies = load(tmp_path, refunds=policy(*rules, head="attributes: {region: string}"))
    ruling = ruled(policies, decision())
    assert ruling.errors == ("refunds/reads: extra.region is absent",)
    assert [reason.rule for reason in ruling.routing.reasons] == ["other", "andon.rule-failed"]


def test_rules_read_input_and_prediction(tmp_path: Path) -> None:
    condition = 'decision.input.text == "hi" && decision.prediction.label == "spam" && decision.model.name == "m"'
    policies = load(tmp_path, refunds=policy(rule("reads", condition)))
    facts = decision()
    facts.input["text"], facts.prediction["label"], facts.model.name = "hi", "spam", "m"
    assert reasons(policies, facts) == ["reads"]


def test_evaluation_leaves_the_facts_alone(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(rule("big", "decision.attributes.amount > 50.0"), head=THRESHOLD))
    facts = decision(0.5, amount=60)
    before = facts.SerializeToString(deterministic=True)
    policies.evaluate(facts.action, facts, NAME, Coin())
    policies.explain(facts.action, facts)
    assert facts.SerializeToString(deterministic=True) == before


def test_rule_ids_are_all_that_reasons_can_carry(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(rule("big", "true"), head=THRESHOLD))
    assert policies.policies == ("refunds",)
    assert policies.rules == {
        "": ("andon.no-policy",),
        "refunds": ("confidence", "big", "andon.no-rule", "andon.rule-failed", "andon.amended"),
    }


NUMBERS = st.floats() | st.integers(-(2**70), 2**70).map(float)


@given(confidence=st.floats(), amount=NUMBERS, count=NUMBERS, score=NUMBERS, text=st.text(max_size=20))
def test_evaluation_never_raises_and_never_passes_what_it_could_not_judge(
    tmp_path_factory: pytest.TempPathFactory, confidence: float, amount: float, count: float, score: float, text: str
) -> None:
    facts = decision_pb2.Decision(action="refund.issue", confidence=confidence)
    facts.attributes.amount.value = amount
    facts.attributes.extra.fields["count"].number_value = count
    facts.attributes.extra.fields["score"].number_value = score
    facts.attributes.extra.fields["text"].string_value = text
    ruling = _NUMERIC.evaluate("refund.issue", facts, NAME, Coin())
    sure = 0.85 <= confidence <= 1 and amount <= 50 and count <= 3 and score <= 0.5 and math.isfinite(amount)
    whole = count.is_integer() and abs(count) <= 2**53
    passes = sure and whole and math.isfinite(score)
    assert (ruling.routing.route is Route.AUTO_APPROVE) is passes


def _numeric(folder: Path) -> CompiledSet:
    head = f"{THRESHOLD}\nattributes: {{count: int, score: double, text: string}}"
    rules = (
        rule("big", "decision.attributes.amount > 50.0"),
        rule("count", "extra.count > 3"),
        rule("score", "extra.score > 0.5"),
        rule("text", "extra.text.size() > 1000"),
    )
    return load(folder, refunds=policy(*rules, head=head))


@pytest.fixture(autouse=True, scope="module")
def _numeric_set(tmp_path_factory: pytest.TempPathFactory) -> None:
    global _NUMERIC  # noqa: PLW0603 - hypothesis and function fixtures don't mix
    _NUMERIC = _numeric(tmp_path_factory.mktemp("numeric"))


_NUMERIC: CompiledSet


def test_the_packaged_policies_load() -> None:
    import andon

    folder = Path(str(andon.__file__)).parent / "policies"
    policies = load_policies(folder, ENVIRONMENT)
    assert policies.warnings == ()
    assert "*" in policies.actions
