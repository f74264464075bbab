"""Who is woken first: whoever has least to do. Who could only look in vain is not woken twice."""

from __future__ import annotations

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.task import TaskState
from andon.store.values import Absence
from andon.usecases import hints, line
from andon.usecases.seat import Seat
from andon.usecases.seats import Seats
from tests.builders import ALL
from tests.clock import START
from tests.unit.usecases.seating import idle_seat, in_state, leased, look, make_job, principal
from tests.unit.usecases.world import ELIGIBILITY


@pytest.fixture
def seats() -> Seats:
    return Seats(limit=10, buffer=10, eligibility=ELIGIBILITY)


def woken(seats: Seats, *candidates: Seat) -> list[str]:
    """Of the idle seats named, whom one more task wakes; the one woken sits down again."""
    before = [seat for seat in candidates if seats.is_idle(seat)]
    job = make_job()
    seats.waiting(job)
    found = [seat for seat in before if not seats.is_idle(seat)]
    seats.changed(leased(job, "somebody"))
    for seat in found:
        look(seats, seat)
    return [seat.principal.name for seat in found]


def test_who_holds_least_is_first_on_all_their_streams(seats: Seats) -> None:
    busy, second = (idle_seat(seats, principal("busy"), credits=5) for _ in range(2))
    free = idle_seat(seats, principal("free"), credits=5)
    job = make_job()
    look(seats, busy, job)
    assert woken(seats, busy, second, free) == ["free"]
    seats.changed(in_state(job, TaskState.REVIEWED))
    look(seats, busy)
    look(seats, free, make_job())
    assert woken(seats, busy, second, free) == ["busy"]


def test_a_task_told_on_two_streams_of_one_reviewer_counts_once(seats: Seats) -> None:
    job, other = make_job(), make_job()
    twice = [seats.open(principal("rita"), ALL, 5) for _ in range(2)]
    for seat in twice:
        look(seats, seat, job)
    ben = idle_seat(seats, principal("ben"), credits=5)
    look(seats, ben, other)
    seats.close(twice[0])
    assert woken(seats, twice[1], ben) == ["rita"], "as many each, and idle longer"
    seats.changed(in_state(job, TaskState.REVIEWED))
    look(seats, twice[1])
    assert woken(seats, twice[1], ben) == ["rita"]


def test_of_those_who_hold_as_many_the_one_who_was_handed_fewest_lately_is_first(seats: Seats) -> None:
    for _ in range(2):
        seats.handed("first", START)
    seats.handed("second", START + MINUTE)
    first, second = idle_seat(seats, principal("first")), idle_seat(seats, principal("second"))
    assert woken(seats, first, second) == ["second"]
    seats.handed("second", START + HOUR)  # what was handed out an hour ago counts no more
    look(seats, first)
    look(seats, second)
    assert woken(seats, first, second) == ["first"]


def test_the_count_of_what_was_handed_out_is_bounded(seats: Seats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "MOST_REMEMBERED", 2)
    for name in ("first", "second", "second"):
        seats.handed(name, START)
    first, second = idle_seat(seats, principal("second")), idle_seat(seats, principal("first"))
    assert woken(seats, first, second) == ["first"]


def test_a_task_that_the_one_who_was_woken_does_not_get_goes_to_the_next(seats: Seats) -> None:
    barred, also, fit = (idle_seat(seats, principal(name)) for name in ("barred", "also", "fit"))
    job = make_job()
    seats.waiting(job)
    for seat, following in ((barred, also), (also, fit)):
        assert not seats.is_idle(seat)
        look(seats, seat)  # the store knows better
        assert seats.is_idle(seat)
        assert not seats.is_idle(following)
    look(seats, fit, job)
    assert (seats.is_idle(barred), seats.is_idle(also)) == (True, True)


def test_a_task_that_nobody_gets_wakes_everybody_once_until_it_waits_anew(seats: Seats) -> None:
    both = [idle_seat(seats, principal(name)) for name in "ab"]
    job = make_job()
    seats.waiting(job)
    for seat in both:
        look(seats, seat)
    assert all(seats.is_idle(seat) for seat in both)
    seats.waiting(job)
    assert not seats.is_idle(both[0])


def test_a_task_that_another_has_taken_is_not_passed_on(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.waiting(job)
    seats.changed(leased(job, "somebody"))
    look(seats, first)
    assert seats.is_idle(second)


def test_who_has_passed_on_a_decision_is_not_woken_for_it(seats: Seats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "MOST_REMEMBERED", 1)
    rita, ben = idle_seat(seats, principal("rita")), idle_seat(seats, principal("ben"))
    job = make_job()
    seats.passed("rita", job.decision.id)
    seats.waiting(job)
    assert (seats.is_idle(rita), seats.is_idle(ben)) == (True, False)
    seats.passed("rita", make_job().decision.id)  # no room for both: the older is forgotten
    seats.waiting(job)
    assert not seats.is_idle(rita)


def test_who_is_away_is_not_woken_and_looks_once_they_are_back(seats: Seats) -> None:
    rita, ben = idle_seat(seats, principal("rita")), idle_seat(seats, principal("ben"))
    seats.away("rita", Absence())
    seats.waiting(make_job())
    assert (seats.is_idle(rita), seats.is_idle(ben)) == (True, False)
    seats.back(START + HOUR)
    assert seats.is_idle(rita), "away until further notice"
    seats.away("rita", None)
    assert not seats.is_idle(rita)


def test_an_absence_ends_at_its_time(seats: Seats) -> None:
    rita = idle_seat(seats, principal("rita"))
    seats.away("rita", Absence(START + HOUR))
    seats.back(START + HOUR - 1)
    assert seats.is_idle(rita)
    seats.back(START + HOUR)
    assert not seats.is_idle(rita)


def test_who_looked_in_vain_because_they_were_away_may_be_woken_once_they_are_back(seats: Seats) -> None:
    rita, ben, job = idle_seat(seats, principal("rita")), idle_seat(seats, principal("ben")), make_job()
    seats.waiting(job)
    look(seats, rita)  # another server knows that she is away
    seats.away("rita", Absence())
    seats.away("rita", None)
    look(seats, rita)
    seats.close(ben)
    assert not seats.is_idle(rita)


def test_who_is_handed_a_task_is_back_whatever_this_server_was_told(seats: Seats) -> None:
    """They have said so on another."""
    rita = idle_seat(seats, credits=2)
    seats.away("rita", Absence())
    job = make_job()
    look(seats, rita, job)
    seats.handed("rita", START)
    look(seats, rita)
    seats.waiting(make_job())
    assert not seats.is_idle(rita), "she is woken"
