"""The nearest change, in words that are true."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.domain.decision import Route
from andon.policy.load import CompiledSet
from andon_client._gen.andon.v1 import decision_pb2
from tests.unit.policy.policies import decision, load, policy, rule

BIG = rule("big", "decision.attributes.amount > 50.0")
BLOCKED = rule("no", "decision.attributes.irreversible", "block")
FLAGGED = rule("flagged", "decision.attributes.anomalous")
COUNT = rule("count", "extra.count >= 3")
HEAD = "confidence: {threshold: 0.85}\nattributes: {count: int}"


@pytest.fixture
def policies(tmp_path: Path) -> CompiledSet:
    return load(tmp_path, refunds=policy(BIG, BLOCKED, FLAGGED, COUNT, head=HEAD))


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (decision(0.6, amount=40), "auto-approved if confidence ≥ 0.85"),
        (decision(0.9, amount=60), "auto-approved if amount ≤ 50"),
        (decision(0.9), "auto-approved if amount ≤ 50"),
        (decision(0.6, amount=60), "auto-approved if confidence ≥ 0.85 and amount ≤ 50"),
        (decision(0.9, amount=40, anomalous=True), "auto-approved if not anomalous"),
        (decision(0.9, amount=40, irreversible=True), "auto-approved if not irreversible"),
        (
            decision(0.6, amount=60, anomalous=True),
            "auto-approved if confidence ≥ 0.85 and amount ≤ 50 and not anomalous",
        ),
        (decision(0.6, amount=60, anomalous=True, irreversible=True), "sent to review if not irreversible"),
        (decision(0.9, amount=40), ""),
    ],
)
def test_the_smallest_number_of_changes(policies: CompiledSet, facts: decision_pb2.Decision, text: str) -> None:
    facts.attributes.extra["count"] = 1
    assert policies.explain("refund.issue", facts)[1].nearest_change == text


def test_free_numbers_count(policies: CompiledSet) -> None:
    explanation = policies.explain("refund.issue", decision(0.9, amount=40, extra={"count": 5}))[1]
    assert explanation.nearest_change == "auto-approved if count < 3"


def test_alternatives_are_joined_by_or(tmp_path: Path) -> None:
    both = rule("both", "decision.confidence < 0.85 && decision.attributes.amount > 50.0")
    explanation = load(tmp_path, refunds=policy(both)).explain("refund.issue", decision(0.6, amount=60))[1]
    assert explanation.nearest_change == "auto-approved if confidence ≥ 0.85 or amount ≤ 50"


def test_a_threshold_in_cel_counts(tmp_path: Path) -> None:
    head = "confidence: {threshold: 'decision.attributes.amount > 100.0 ? 0.95 : 0.5'}"
    explanation = load(tmp_path, refunds=policy(head=head)).explain("refund.issue", decision(0.9, amount=200))[1]
    assert explanation.nearest_change == "auto-approved if confidence ≥ 0.95 or amount ≤ 100"


def test_where_nothing_simple_would_do_nothing_is_said(tmp_path: Path) -> None:
    explanation = load(tmp_path, refunds=policy(rule("all", "true"))).explain("refund.issue", decision(0.6))[1]
    assert explanation.nearest_change == ""


def test_the_search_is_bounded(tmp_path: Path) -> None:
    rules = [rule(f"r{n}", f"decision.attributes.amount > {n}.0 || decision.confidence < 0.{n}") for n in range(10, 90)]
    policies = load(tmp_path, refunds=policy(*rules, rule("all", "true")))
    assert policies.explain("refund.issue", decision(0.05, amount=100))[1].nearest_change == ""


def test_every_rule_says_what_it_found(policies: CompiledSet) -> None:
    ruling, explanation = policies.explain("refund.issue", decision(0.6, extra={"count": 1}))
    assert ruling.routing.route is Route.REVIEW
    assert [(row.rule, row.matched, bool(row.error)) for row in explanation.rules] == [
        ("confidence", True, False),
        ("big", False, True),
        ("no", False, False),
        ("flagged", False, False),
        ("count", False, False),
    ]


def test_without_a_policy_a_policy_is_what_is_missing(policies: CompiledSet) -> None:
    ruling, explanation = policies.explain("email.send", decision(1, action="email.send"))
    assert ruling.routing.decisive_rule() == "andon.no-policy"
    assert explanation.nearest_change == "routed by rules if a policy governed email.send"
