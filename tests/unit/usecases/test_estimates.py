"""Estimates: what a queue has done lately."""

from __future__ import annotations

from andon.usecases.estimates import WINDOW, Estimates, WaitEstimate


def test_a_queue_without_history_has_no_estimate() -> None:
    estimates = Estimates({"empty": []})
    assert estimates.of("empty") is None
    assert estimates.of("unknown") is None
    estimates.record("unknown", 7)
    assert estimates.of("unknown") == WaitEstimate(7, 7)


def test_half_and_nine_in_ten() -> None:
    estimates = Estimates({"a": list(range(100, 0, -1)), "b": [5]})
    assert estimates.of("a") == WaitEstimate(50, 90)
    assert estimates.of("b") == WaitEstimate(5, 5)


def test_a_new_span_changes_the_estimate_at_once() -> None:
    estimates = Estimates({"a": [10]})
    assert estimates.of("a") == WaitEstimate(10, 10)
    estimates.record("a", 30)
    assert estimates.of("a") == WaitEstimate(10, 30)


def test_only_the_last_spans_count() -> None:
    estimates = Estimates({"a": [1_000_000] * 10 + [1] * WINDOW})
    assert estimates.of("a") == WaitEstimate(1, 1)
    for _ in range(WINDOW):
        estimates.record("a", 2)
    assert estimates.of("a") == WaitEstimate(2, 2)
