"""Percentiles and intervals against known values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.statistics import percentile, wilson


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.0, 7),
        ([7], 0.5, 7),
        ([7], 1.0, 7),
        ([1, 2], 0.5, 1),
        ([1, 2], 0.51, 2),
        ([15, 20, 35, 40, 50], 0.05, 15),
        ([15, 20, 35, 40, 50], 0.30, 20),
        ([15, 20, 35, 40, 50], 0.40, 20),
        ([15, 20, 35, 40, 50], 0.50, 35),
        ([15, 20, 35, 40, 50], 1.00, 50),
        ([1, 1, 1, 9], 0.75, 1),
        ([1, 1, 1, 9], 0.76, 9),
    ],
)
def test_nearest_rank(values: list[int], share: float, expected: int) -> None:
    assert percentile(values, share) == expected


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize("count", range(1, 257))
def test_the_ranks_in_use_suffer_from_no_rounding(count: int) -> None:
    values = list(range(1, count + 1))
    assert percentile(values, 0.5) == (count + 1) // 2
    assert percentile(values, 0.9) == -(-9 * count // 10)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (1, 10, 0.01788, 0.40415),
        (5, 10, 0.23659, 0.76341),
        (81, 263, 0.25529, 0.36621),
        (50, 100, 0.40383, 0.59617),
    ],
)
def test_wilson_against_published_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-6)


def test_without_trials_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 100_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_an_interval_holds_the_rate_and_mirrors(pair: tuple[int, int]) -> None:
    successes, trials = pair
    low, high = wilson(successes, trials)
    assert 0.0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1.0
    assert wilson(trials - successes, trials) == pytest.approx((1 - high, 1 - low), abs=1e-9)
