"""Urgency: levels, the order inside them, and aging."""

from __future__ import annotations

import pytest

from andon.domain.priority import TOP, Priority, aged, level_of, score, urgency


@pytest.mark.parametrize("level", list(Priority))
@pytest.mark.parametrize("inner", range(10))
def test_an_urgency_lies_in_its_level(level: Priority, inner: int) -> None:
    assert level_of(urgency(level, inner)) is level


def test_urgencies_are_distinct_and_levels_never_overlap() -> None:
    assert [urgency(level, inner) for level in Priority for inner in range(10)] == list(range(30))


@pytest.mark.parametrize(("inner", "expected"), [(-5, 10), (0, 10), (9, 19), (10, 19), (1_000, 19)])
def test_a_score_is_kept_within_its_level(inner: int, expected: int) -> None:
    assert urgency(Priority.MEDIUM, inner) == expected


@pytest.mark.parametrize(
    ("confidence", "threshold", "expected"),
    [
        (0.9, 0.9, 0),
        (1.0, 0.9, 0),
        (0.89, 0.9, 0),
        (0.5, 1.0, 5),
        (0.1, 1.0, 9),
        (0.0, 1.0, 9),
        (0.0, 0.0, 0),
        (0.85, None, 0),
        (0.425, None, 5),
        (0.0, None, 9),
        (0.2, 0.4, 5),
    ],
)
def test_a_score_is_the_distance_below_the_threshold(confidence: float, threshold: float | None, expected: int) -> None:
    assert score(confidence, threshold) == expected


def test_less_confidence_is_never_less_urgent() -> None:
    scores = [score(percent / 100, 0.85) for percent in range(101)]
    assert scores == sorted(scores, reverse=True)
    assert set(scores) == set(range(10))


def test_aging_lifts_level_by_level_to_the_top() -> None:
    seen = [3]
    while seen[-1] != TOP:
        seen.append(aged(seen[-1]))
    assert seen == [3, 13, 23, TOP]
    assert aged(TOP) == TOP
    assert level_of(TOP) is Priority.HIGH
