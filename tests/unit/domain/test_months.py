"""Months as ranges of ids."""

from __future__ import annotations

import pytest

from andon.domain.clock import DAY, MILLISECOND
from andon.domain.ids import Ids
from andon.domain.months import Month, bound, month_of, month_of_id
from tests.clock import FakeClock

FEBRUARY = Month(2028, 2)


def test_a_month_is_written_as_a_calendar_writes_it() -> None:
    assert (str(FEBRUARY), str(Month(12, 3))) == ("2028-02", "0012-03")


def test_months_follow_each_other_without_gaps() -> None:
    month = Month(2025, 1)
    for _ in range(48):
        assert month.end == month.next.start
        assert month.high == month.next.low > month.low
        month = month.next
    assert month == Month(2029, 1)


def test_a_leap_day_counts() -> None:
    assert FEBRUARY.end - FEBRUARY.start == 29 * DAY


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (FEBRUARY.start, FEBRUARY),
        (FEBRUARY.end - 1, FEBRUARY),
        (FEBRUARY.end, Month(2028, 3)),
        (0, Month(1970, 1)),
        ((1 << 48) * MILLISECOND, Month(9998, 12)),
    ],
)
def test_every_moment_has_a_month(moment: int, expected: Month) -> None:
    assert month_of(moment) == expected


@pytest.mark.parametrize("moment", [FEBRUARY.start, FEBRUARY.start + 1, FEBRUARY.end - 1])
def test_an_id_made_in_a_month_is_in_its_range(moment: int) -> None:
    id = Ids(FakeClock(moment)).next()
    assert FEBRUARY.low <= id < FEBRUARY.high
    assert month_of_id(id) == FEBRUARY


@pytest.mark.parametrize("moment", [FEBRUARY.start - 1, FEBRUARY.end])
def test_an_id_made_beside_it_is_not(moment: int) -> None:
    id = Ids(FakeClock(moment)).next()
    assert not FEBRUARY.low <= id < FEBRUARY.high


def test_what_a_moments_ids_begin_with_is_part_of_them() -> None:
    assert Ids(FakeClock(FEBRUARY.start)).next().startswith(bound(FEBRUARY.start))
