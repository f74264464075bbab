"""Ids: UUIDv7 that ascend, whatever the clock does."""

from __future__ import annotations

import re
import secrets
import uuid
from itertools import pairwise

import pytest

from andon.domain import ids as ids_module
from andon.domain.clock import MILLISECOND
from andon.domain.ids import Ids
from tests.clock import START, FakeClock


class WildClock:
    """A clock that may go backwards."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        return self.time


def test_an_id_is_a_uuid_version_7_of_its_millisecond() -> None:
    clock = FakeClock()
    clock.advance(999)
    text = Ids(clock).next()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text)
    identity = uuid.UUID(text)
    assert (identity.version, identity.variant) == (7, uuid.RFC_4122)
    assert identity.int >> 80 == START // MILLISECOND


def test_a_hundred_thousand_in_one_millisecond_ascend_strictly() -> None:
    ids = Ids(FakeClock())
    made = [ids.next() for _ in range(100_000)]
    assert all(before < after for before, after in pairwise(made))


def test_ids_ascend_with_time() -> None:
    clock = FakeClock()
    ids = Ids(clock)
    made: list[str] = []
    for _ in range(1_000):
        made.append(ids.next())
        clock.advance(300)
    assert made == sorted(set(made))


def test_ids_ascend_where_the_clock_goes_backwards() -> None:
    clock = WildClock()
    ids = Ids(clock)
    made: list[str] = []
    for step in (0, 5_000, -60_000_000, 1_000, 61_000_000, -1, 1):
        clock.time += step
        made.extend(ids.next() for _ in range(3))
    assert made == sorted(set(made))


def test_a_millisecond_that_is_used_up_borrows_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"\xff" * size)
    monkeypatch.setattr(ids_module, "_COUNTER_LIMIT", 1 << 73)
    ids = Ids(FakeClock())
    first, second, third = ids.next(), ids.next(), ids.next()
    assert first < second < third
    assert uuid.UUID(second).int >> 80 == START // MILLISECOND + 1


def test_two_processes_make_different_ids() -> None:
    clock = FakeClock()
    assert len({Ids(clock).next() for _ in range(100)}) == 100


def test_the_next_id_cannot_be_told_from_the_last() -> None:
    ids = Ids(FakeClock())
    numbers = [uuid.UUID(ids.next()).int for _ in range(100)]
    steps = {after - before for before, after in pairwise(numbers)}
    assert len(steps) > 95
