"""How many connections there is room for."""

from __future__ import annotations

import resource

import pytest

from andon.web.descriptors import RESERVED, room

INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "places", "raised"),
    [
        (INFINITE, INFINITE, 10_000, None),
        (100_000, 100_000, 10_000, None),
        (1_024, INFINITE, 10_000, 10_000 + RESERVED),
        (1_024, 100_000, 10_000, 10_000 + RESERVED),
        (1_024, 4_096, 4_096 - RESERVED, 4_096),
        (1_024, 1_024, 1_024 - RESERVED, None),
        (80, 80, 40, None),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may_and_some_is_kept(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, places: int, raised: int | None
) -> None:
    taken: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: taken.append(limits))
    assert room(10_000) == places
    assert taken == ([] if raised is None else [(raised, hard)])


def test_a_limit_that_can_not_be_raised_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, INFINITE))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert room(10_000) == 1_024 - RESERVED
