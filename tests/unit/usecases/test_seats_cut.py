"""Seats whose principal is gone or has other rights by now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.errors import CredentialsInvalid
from andon.usecases.seats import Seats
from tests.builders import ALL
from tests.unit.usecases.seating import idle_seat, make_job, principal
from tests.unit.usecases.world import ELIGIBILITY


@pytest.fixture
def seats() -> Seats:
    return Seats(limit=10, buffer=3, eligibility=ELIGIBILITY)


async def test_a_principal_who_is_gone_is_told_nothing_more_and_its_task_goes_to_another(seats: Seats) -> None:
    gone, other = idle_seat(seats, principal("gone")), idle_seat(seats, principal("other"))
    watcher = seats.open(principal("changed"), ALL, 0)
    job = make_job()
    seats.waiting(job)
    assert gone.owed is job
    now = {gone.principal: None, other.principal: other.principal, watcher.principal: principal("changed", "fast")}
    seats.recheck(now.get)
    seats.waiting(make_job())
    with pytest.raises(CredentialsInvalid):
        gone.next_event()
    assert watcher.next_event() is None
    assert (gone.closing, watcher.closing, other.closing) == (True, True, False)
    seats.close(gone)
    assert other.owed is not None


async def test_one_of_two_reviewers_with_one_name_is_cut_by_the_credential(seats: Seats) -> None:
    old, new = (replace(principal(), credential=word) for word in ("old", "new"))
    lost, kept = seats.open(old, ALL, 1), seats.open(new, ALL, 1)
    seats.recheck(lambda who: new if who.credential == "new" else None)
    assert (lost.closing, kept.closing) == (True, False)


async def test_who_went_before_the_stream_was_opened_has_none(seats: Seats) -> None:
    now = {principal("changed"): principal("changed", "fast"), principal("stays"): principal("stays")}
    seats.recheck(now.get)
    with pytest.raises(CredentialsInvalid):
        seats.open(principal("gone"), ALL, 1)
    assert len(seats) == 0
    assert (seats.open(principal("changed"), ALL, 1).closing, seats.open(principal("stays"), ALL, 1).closing) == (
        True,
        False,
    )
