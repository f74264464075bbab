"""Seats without streams: what the tests of seats begin with."""

from __future__ import annotations

from dataclasses import replace

from andon.domain.principal import Principal, Role
from andon.domain.task import Lease, TaskState
from andon.store.values import Job
from andon.usecases.seat import Seat, StreamEvent
from andon.usecases.seats import Seats
from tests.builders import ALL, make_decision, make_task


def principal(name: str = "rita", *skills: str) -> Principal:
    return Principal(name, frozenset({Role.REVIEWER}), frozenset(skills), ALL)


def make_job(queue: str = "refunds", *skills: str, submitter: str = "service") -> Job:
    decision = make_decision(submitter=submitter)
    return Job(make_task(decision, queue=queue, skills=skills), decision)


def leased(job: Job, holder: str) -> Job:
    return replace(job, task=replace(job.task, state=TaskState.LEASED, lease=Lease(holder, "t", 1, 1)))


def in_state(job: Job, state: TaskState) -> Job:
    return replace(job, task=replace(job.task, state=state, lease=None))


def look(seats: Seats, seat: Seat, *found: Job) -> None:
    """The seat asks for as many tasks as it has credits free, and gets these."""
    wanted = seat.free
    seats.look(seat)
    for job in found:
        seats.hold(seat, job.task.id)
    seats.looked(seat, more=len(found) == wanted)


def idle_seat(seats: Seats, who: Principal | None = None, *queues: str, credits: int = 1) -> Seat:
    seat = seats.open(who or principal(), frozenset(queues) or ALL, credits)
    look(seats, seat)
    assert seats.is_idle(seat)
    return seat


def events(seat: Seat) -> list[StreamEvent]:
    found = []
    while (event := seat.next_event()) is not None:
        found.append(event)
    return found
