"""What a policy says of receipts and of answers that hold once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from andon.domain.clock import DAY, MINUTE
from andon.domain.decision import Outcome, Resolution, Route
from andon.domain.plan import TimeoutDefault
from andon.domain.receipt import DEFAULT, Naming, ReceiptTerms
from andon.policy.faults import PolicyFaults
from andon.policy.load import load_policies
from andon.rpc.facts import decision_environment
from andon_client._gen.andon.v1 import decision_pb2

POLICY = """
policy: refunds
actions: ["refund.*"]
confidence: {threshold: 0.8}
rules:
  - {id: never, when: decision.attributes.amount > 100.0, route: block, reason: Too much}
"""


def terms(folder: Path, lines: str = "", confidence: float = 0.9, amount: float = 1.0) -> tuple[Route, ReceiptTerms]:
    """How a refund is routed, and what binds its receipts."""
    (folder / "refunds.yaml").write_text(POLICY + lines)
    facts = decision_pb2.Decision(action="refund.issue", confidence=confidence)
    facts.attributes.amount.value = amount
    ruling = load_policies(folder, decision_environment()).evaluate("refund.issue", facts, "decisions/x", None)
    return ruling.routing.route, ruling.receipt


def test_without_a_word_it_holds_for_a_day_and_names_all(tmp_path: Path) -> None:
    assert terms(tmp_path) == (Route.AUTO_APPROVE, ReceiptTerms(False, DAY, Naming.NAMED))


@pytest.mark.parametrize(
    ("route", "sent"),
    [(Route.AUTO_APPROVE, {}), (Route.REVIEW, {"confidence": 0.1}), (Route.BLOCK, {"amount": 1_000.0})],
)
def test_what_it_says_binds_whatever_the_route(tmp_path: Path, route: Route, sent: dict[str, Any]) -> None:
    lines = "redeem: once\nreceipt: {expires: 15m, reviewers: hidden}\n"
    assert terms(tmp_path, lines, **sent) == (route, ReceiptTerms(True, 15 * MINUTE, Naming.HIDDEN))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("redeem: twice\n", "twice"),
        ("redeem: true\n", "true"),
        ("receipt: {expires: 0s}\n", "90s, 15m, 4h or 2d"),
        ("receipt: {reviewers: none}\n", "named"),
        ("receipt: {names: hidden}\n", "`names` is not known here"),
    ],
)
def test_what_it_can_not_say_is_refused_in_its_place(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(PolicyFaults) as refused:
        terms(tmp_path, lines)
    (fault,) = refused.value.faults
    assert words in str(fault)


@pytest.mark.parametrize("one", [DEFAULT, ReceiptTerms(True, 5, Naming.COUNTED), ReceiptTerms(False, 9, Naming.HIDDEN)])
def test_two_together_are_the_stricter_in_each_respect(one: ReceiptTerms) -> None:
    other = ReceiptTerms(True, 7, Naming.NAMED)
    both = one.joined(other)
    assert both == other.joined(one) == both.joined(one) == both.joined(other)
    assert (both.once, both.expires) == (True, min(one.expires, 7))
    assert both.naming is (Naming.NAMED if one is DEFAULT else one.naming)
    assert ReceiptTerms.of(dict(both.as_json())) == both


@pytest.mark.parametrize("default", [None, *TimeoutDefault])
@pytest.mark.parametrize("outcome", Outcome)
def test_what_may_pass(outcome: Outcome, default: TimeoutDefault | None) -> None:
    passing = outcome.name in ("APPROVED", "CORRECTED", "AUTO_APPROVED")
    by_time = outcome is Outcome.EXPIRED and default is TimeoutDefault.APPROVE
    assert Resolution(outcome, "x", 0, timeout_default=default).passes is (passing or by_time)
