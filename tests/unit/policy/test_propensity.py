"""Random samples, the coin, and what is recorded of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.domain.decision import Route
from andon.policy.coin import HmacCoin
from tests.unit.policy.policies import NAME, Coin, decision, load, policy, rule

HALF = "id: half, sample: 0.5, route: review, reason: half"
TENTH = "id: tenth, sample: 0.1, when: decision.attributes.anomalous, route: review, reason: tenth"
BIG = rule("big", "decision.attributes.high_value")
NO = rule("no", "decision.attributes.irreversible", "block")


@pytest.mark.parametrize(
    ("attributes", "coin", "route", "propensity", "sampled"),
    [
        ({}, 0.9, Route.AUTO_APPROVE, 0.5, False),
        ({}, 0.4, Route.REVIEW, 0.5, True),
        ({"anomalous": True}, 0.9, Route.AUTO_APPROVE, 1 - 0.5 * 0.9, False),
        ({"anomalous": True}, 0.05, Route.REVIEW, 1 - 0.5 * 0.9, True),
        ({"high_value": True}, 0.9, Route.REVIEW, 1.0, False),
        ({"high_value": True}, 0.1, Route.REVIEW, 1.0, True),
        ({"irreversible": True}, 0.9, Route.BLOCK, 0.0, False),
        ({"irreversible": True, "high_value": True}, 0.9, Route.BLOCK, 0.0, False),
    ],
)
def test_propensity_is_what_it_was_before_the_draw(
    tmp_path: Path, attributes: dict[str, bool], coin: float, route: Route, propensity: float, sampled: bool
) -> None:
    policies = load(tmp_path, refunds=policy(HALF, TENTH, BIG, NO))
    routing = policies.evaluate("refund.issue", decision(0.9, "refund.issue", **attributes), NAME, Coin(coin)).routing
    assert (routing.route, routing.sampled, routing.coin_source) == (route, sampled, "test")
    assert routing.propensity == pytest.approx(propensity)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3, 1e-9, 1.0])
def test_a_single_rate_is_recorded_as_it_is_stated(tmp_path: Path, rate: float) -> None:
    policies = load(tmp_path, refunds=policy(f"id: sample, sample: {rate}, route: review, reason: sample"))
    for coin in (0.0, 0.9999):
        assert policies.evaluate("refund.issue", decision(), NAME, Coin(coin)).routing.propensity == rate


def test_what_passes_is_recorded_with_its_own_coin_and_chance(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(TENTH, BIG))
    other = Coin()
    other.source = "other"
    for _ in range(2):
        for anomalous, coin, expected in (
            (True, Coin(), (0.1, "test")),
            (True, other, (0.1, "other")),
            (False, Coin(), (0.0, "")),
        ):
            routing = policies.evaluate("refund.issue", decision(anomalous=anomalous), NAME, coin).routing
            assert (routing.propensity, routing.coin_source) == expected


def test_a_rule_that_failed_holds_for_certain(tmp_path: Path) -> None:
    policies = load(tmp_path, refunds=policy(HALF, rule("fails", "decision.attributes.amount > 1.0")))
    assert policies.evaluate("refund.issue", decision(), NAME, Coin()).routing.propensity == 1.0


def test_no_sample_rule_no_coin(tmp_path: Path) -> None:
    coin = Coin()
    routing = load(tmp_path, refunds=policy(BIG)).evaluate("refund.issue", decision(), NAME, coin).routing
    assert (routing.propensity, routing.coin_source, coin.asked) == (0.0, "", [])


def test_each_rule_has_a_draw_of_its_own(tmp_path: Path) -> None:
    coin = Coin()
    policies = load(tmp_path, refunds=policy(HALF, TENTH))
    policies.evaluate("refund.issue", decision(anomalous=True), NAME, coin)
    assert coin.asked == [(NAME, "refunds/half"), (NAME, "refunds/tenth")]


def test_explaining_draws_nothing(tmp_path: Path) -> None:
    ruling, explanation = load(tmp_path, refunds=policy(HALF)).explain("refund.issue", decision())
    assert (ruling.routing.route, ruling.routing.sampled) == (Route.AUTO_APPROVE, False)
    assert [(row.matched, row.sample_rate) for row in explanation.rules] == [(False, 0.5)]


def test_the_coin_is_keyed_reproducible_and_fair() -> None:
    coin, other = HmacCoin(b"a" * 32), HmacCoin(b"b" * 32)
    draws = [coin.draw(f"decisions/{number}", "p/r") for number in range(4_000)]
    assert draws == [HmacCoin(b"a" * 32).draw(f"decisions/{number}", "p/r") for number in range(4_000)]
    assert draws[0] != other.draw("decisions/0", "p/r")
    assert draws[0] != coin.draw("decisions/0", "p/s")
    assert all(0 <= draw < 1 for draw in draws)
    assert sum(draw < 0.1 for draw in draws) == pytest.approx(400, abs=80)


def test_the_coin_names_its_key_without_showing_it() -> None:
    coin = HmacCoin(b"a" * 32)
    assert coin.source.startswith("hmac-sha256:")
    assert len(coin.source) == len("hmac-sha256:") + 6
    assert coin.source != HmacCoin(b"b" * 32).source
    with pytest.raises(ValueError, match="16 bytes"):
        HmacCoin(b"short")
