"""Seats: every task that waits wakes somebody it fits, whatever becomes of them before they look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.errors import StreamTooSlow, TooManyStreams
from andon.domain.principal import Principal
from andon.domain.task import TaskState
from andon.store.values import Job
from andon.usecases.seat import EventType, StreamEvent
from andon.usecases.seats import Seats
from tests.builders import ALL
from tests.unit.usecases.seating import events, idle_seat, in_state, leased, look, make_job, principal
from tests.unit.usecases.world import ELIGIBILITY

BUFFER = 3


@pytest.fixture
def seats() -> Seats:
    return Seats(limit=10, buffer=BUFFER, eligibility=ELIGIBILITY)


def test_a_task_wakes_the_one_seat_that_was_idle_longest(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    seats.waiting(make_job())
    assert (seats.is_idle(first), seats.is_idle(second)) == (False, True)
    seats.waiting(make_job())
    assert not seats.is_idle(second)


@pytest.mark.parametrize(
    ("who", "queues", "job"),
    [
        (principal("a"), ("claims",), make_job("refunds")),
        (principal("a", "law"), (), make_job("refunds", "law", "tax")),
        (principal("service"), (), make_job(submitter="service")),
    ],
    ids=["another queue", "a skill is missing", "its own decision"],
)
def test_a_task_that_does_not_fit_wakes_nobody(seats: Seats, who: Principal, queues: tuple[str, ...], job: Job) -> None:
    misfit = idle_seat(seats, who, *queues)
    fit = idle_seat(seats, principal("z", "*"))
    seats.waiting(job)
    assert (seats.is_idle(misfit), seats.is_idle(fit)) == (True, False)


def test_who_goes_away_is_not_woken_for_what_they_give_back_on_streams_that_are_open(seats: Seats) -> None:
    job = make_job()
    closing, colleague = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    seats.given_back("a", job.task.id)
    seats.waiting(job)
    assert (seats.is_idle(closing), seats.is_idle(colleague)) == (True, False)
    assert seats.open(principal("a"), ALL, 1).fits(job), "one opened later is"


def test_a_task_that_comes_while_a_seat_looks_makes_it_look_again(seats: Seats) -> None:
    seat = seats.open(principal(), ALL, 1)
    seats.look(seat)
    seats.waiting(make_job())
    seats.looked(seat, more=False)
    assert not seats.is_idle(seat)
    look(seats, seat)
    assert seats.is_idle(seat)


def test_a_task_for_others_that_comes_meanwhile_does_not(seats: Seats) -> None:
    seat = seats.open(principal(), frozenset({"claims"}), 1)
    seats.look(seat)
    seats.waiting(make_job("refunds"))
    seats.looked(seat, more=False)
    assert seats.is_idle(seat)


def test_a_seat_that_closes_before_it_looks_passes_its_wake_up_on(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    seats.waiting(make_job())
    seats.close(first)
    assert not seats.is_idle(second)


def test_a_seat_that_closes_wakes_nobody_where_it_owes_nothing(seats: Seats) -> None:
    other = idle_seat(seats, principal("b"))
    looking = seats.open(principal("a"), ALL, 1)
    seats.look(looking)
    seats.close(looking)
    assert seats.is_idle(other)


def test_a_seat_that_fills_up_with_another_task_passes_its_wake_up_on(seats: Seats) -> None:
    generalist, other = idle_seat(seats, principal("a", "law")), idle_seat(seats, principal("b"))
    plain, urgent = make_job(), make_job("refunds", "law")
    seats.waiting(plain)  # wakes the generalist
    seats.waiting(urgent)  # fits nobody who is idle
    assert seats.is_idle(other)
    look(seats, generalist, urgent)
    assert not seats.is_idle(other), "the plain task would wait beside an idle reviewer"


def test_a_seat_that_takes_its_task_wakes_nobody_else(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.waiting(job)
    look(seats, first, job)
    assert seats.is_idle(second)


def test_the_task_is_not_passed_on_where_it_is_gone(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.waiting(job)
    seats.changed(leased(job, "somebody"))
    look(seats, first)
    seats.close(first)
    assert seats.is_idle(second)


@pytest.mark.parametrize("state", [TaskState.REVIEWED, TaskState.CANCELLED, TaskState.EXPIRED, TaskState.WAITING])
def test_a_task_that_ends_frees_its_credit(seats: Seats, state: TaskState) -> None:
    seat, job = seats.open(principal(), ALL, 1), make_job()
    look(seats, seat, job)
    seats.changed(leased(job, "rita"))
    assert (seat.free, events(seat)) == (0, [])
    ended = in_state(job, state)
    seats.changed(ended)
    assert (seat.free, events(seat)) == (1, [StreamEvent(EventType.REMOVED, ended)])
    seats.changed(ended)
    assert not events(seat)


def test_an_idle_seat_with_a_task_looks_again_when_that_ends(seats: Seats) -> None:
    seat, job = seats.open(principal(), ALL, 2), make_job()
    look(seats, seat, job)
    assert seats.is_idle(seat)
    seats.changed(in_state(job, TaskState.REVIEWED))
    assert not seats.is_idle(seat)


def test_a_task_leased_to_somebody_else_is_taken_off_the_seat(seats: Seats) -> None:
    seat, job = seats.open(principal(), ALL, 1), make_job()
    look(seats, seat, job)
    seats.changed(leased(job, "somebody"))
    assert (seat.free, seat.held) == (1, set())


def test_both_streams_of_a_reviewer_hear_that_a_task_ended(seats: Seats) -> None:
    job = make_job()
    both = [seats.open(principal(), ALL, 1) for _ in range(2)]
    for seat in both:
        look(seats, seat, job)
    seats.changed(in_state(job, TaskState.REVIEWED))
    assert [[event.type for event in events(seat)] for seat in both] == [[EventType.REMOVED]] * 2


def test_no_stream_of_a_reviewer_is_woken_for_what_they_passed_on(seats: Seats) -> None:
    job = make_job()
    holder, second, other = (idle_seat(seats, principal(name)) for name in ("rita", "rita", "olga"))
    look(seats, holder, job)
    seats.passed("rita", job.decision.id)
    seats.waiting(job)
    assert (seats.is_idle(holder), seats.is_idle(second), seats.is_idle(other)) == (False, True, False)


def test_watchers_hear_of_every_change_in_their_queues(seats: Seats) -> None:
    here = seats.open(principal("w"), frozenset({"refunds"}), 0)
    there = seats.open(principal("x"), frozenset({"senior"}), 0)
    everywhere = seats.open(principal("y"), ALL, 0)
    job = make_job("refunds")
    seats.waiting(job)
    assert events(here) == events(everywhere) == [StreamEvent(EventType.CHANGED, job)]
    moved = replace(job, task=replace(job.task, queue="senior"))
    seats.waiting(moved, left="refunds")
    assert events(here) == [StreamEvent(EventType.REMOVED, moved)]
    assert events(there) == events(everywhere) == [StreamEvent(EventType.CHANGED, moved)]
    ended = in_state(moved, TaskState.REVIEWED)
    seats.changed(ended)
    assert not events(here)
    assert events(there) == events(everywhere) == [StreamEvent(EventType.REMOVED, ended)]


def test_a_watcher_is_never_woken_for_a_task(seats: Seats) -> None:
    watcher = seats.open(principal("w"), ALL, 0)
    fit = idle_seat(seats)
    seats.waiting(make_job())
    assert watcher.free == 0
    assert not seats.is_idle(fit)


def test_a_watcher_that_is_full_is_not_cut_and_one_more_cuts_it(seats: Seats) -> None:
    watcher = seats.open(principal("w"), ALL, 0)
    for _ in range(BUFFER):
        seats.changed(make_job())
    assert len(events(watcher)) == BUFFER
    for _ in range(BUFFER + 5):
        seats.changed(make_job())
    with pytest.raises(StreamTooSlow, match=f"more than {BUFFER} events"):
        watcher.next_event()


def test_there_are_no_more_seats_than_allowed(seats: Seats) -> None:
    taken = [seats.open(principal(), ALL, index % 2) for index in range(10)]
    with pytest.raises(TooManyStreams, match="more than 10"):
        seats.open(principal(), ALL, 1)
    seats.close(taken[0])
    assert len(seats) == 9
    seats.open(principal(), ALL, 1)
    assert taken[0] not in seats


def test_closing_twice_is_harmless(seats: Seats) -> None:
    seat = idle_seat(seats)
    seats.close(seat)
    seats.close(seat)
    seats.waiting(make_job())
    assert len(seats) == 0


async def test_a_drain_ends_every_seat_and_those_that_come_later(seats: Seats) -> None:
    early = idle_seat(seats)
    seats.drain()
    assert early.closing
    assert await early.woken(0)
    assert seats.open(principal(), ALL, 1).closing


async def test_a_wake_up_before_the_wait_is_not_lost(seats: Seats) -> None:
    seat = idle_seat(seats)
    seat.wake()
    assert await seat.woken(5)
    assert not await seat.woken(0)


def test_everybody_can_be_woken(seats: Seats) -> None:
    both = [idle_seat(seats, principal(name)) for name in "ab"]
    seats.wake_all()
    assert not any(seats.is_idle(seat) for seat in both)


def test_a_seat_woken_for_what_another_took_is_first_in_line_again(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.waiting(job)
    seats.changed(leased(job, "somebody"))  # who was quicker
    look(seats, first)
    seats.waiting(make_job())
    assert (seats.is_idle(first), seats.is_idle(second)) == (False, True)


def test_a_watcher_who_is_behind_gets_the_newest_of_each_task_once(seats: Seats) -> None:
    watcher = seats.open(principal(), ALL, 0)
    jobs = [make_job() for _ in range(BUFFER)]
    for _ in range(10):
        for job in jobs:
            seats.changed(job)
    newest = in_state(jobs[0], TaskState.CANCELLED)
    seats.changed(newest)
    assert events(watcher) == [
        *(StreamEvent(EventType.CHANGED, job) for job in jobs[1:]),
        StreamEvent(EventType.REMOVED, newest),
    ]
