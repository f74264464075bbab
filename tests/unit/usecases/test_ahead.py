"""A task that is about to be recorded is offered ahead, and handed out by the commit that records it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.errors import StoreUnavailable
from andon.domain.task import TaskState
from andon.store.values import Job, LeaseRequest
from andon.usecases.seat import EventType
from andon.usecases.seats import Seats
from tests.builders import make_hold
from tests.unit.usecases.seating import idle_seat, look, make_job, principal
from tests.unit.usecases.world import ELIGIBILITY, World, reviewer

LEASED = EventType.LEASED


@pytest.fixture
def seats() -> Seats:
    return Seats(limit=10, buffer=10, eligibility=ELIGIBILITY)


def test_what_is_expected_wakes_one_and_its_coming_nobody_else(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.expected(job)
    seats.waiting(job)
    assert (seats.is_idle(first), seats.is_idle(second)) == (False, True)
    look(seats, first, job)
    assert seats.is_idle(second)


def test_who_looks_before_it_is_there_is_woken_again(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.expected(job)
    look(seats, first)
    assert (seats.is_idle(first), seats.is_idle(second)) == (True, True), "nobody is sent after what is not there"
    seats.waiting(job)
    assert (seats.is_idle(first), seats.is_idle(second)) == (False, True)


def test_who_began_to_look_before_it_was_there_looks_again(seats: Seats) -> None:
    seat = idle_seat(seats)
    job = make_job()
    seats.expected(job)
    seats.look(seat)
    seats.waiting(job)
    seats.looked(seat, more=False)
    assert not seats.is_idle(seat), "what it found in vain was asked for too early"
    look(seats, seat, job)
    assert seat.held == {job.task.id}


def test_who_goes_before_it_is_there_leaves_it_to_another(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.expected(job)
    seats.close(first)
    assert seats.is_idle(second)
    seats.waiting(job)
    assert not seats.is_idle(second)


def test_what_does_not_come_is_owed_by_nobody(seats: Seats) -> None:
    first, second = idle_seat(seats, principal("a")), idle_seat(seats, principal("b"))
    job = make_job()
    seats.expected(job)
    seats.not_expected(job.task.id)
    look(seats, first)
    assert (seats.is_idle(first), seats.is_idle(second)) == (True, True)


def test_who_must_look_through_others_is_not_offered_it_ahead(seats: Seats) -> None:
    bounded = replace(principal("a"), actions=frozenset({"refund.*"}))
    assert bounded.covered() is not None
    first = idle_seat(seats, bounded)
    job = make_job()
    seats.expected(job)
    assert seats.is_idle(first)
    seats.waiting(job)
    assert not seats.is_idle(first)


async def test_a_task_that_comes_is_handed_out_by_the_commit_that_records_it(world: World) -> None:
    desk = await world.idle_desk(credits=2)
    decision = (await world.submitted()).decision
    (entry,) = [entry for entry in await world.real.ledger(0, 100) if entry.kind == "task.leased"]
    assert entry.decision_id == decision.id
    assert (await desk.leased()).decision.id == decision.id
    await world.quiet()
    assert world.context.open_tasks == 1


async def test_nobody_is_handed_what_a_repeated_request_would_have_made(world: World) -> None:
    decision = (await world.submitted(request_id="r")).decision
    desks = [await world.idle_desk(reviewer(name)) for name in ("a", "b", "c")]
    assert [len(desk.of(LEASED)) for desk in desks] == [1, 0, 0]
    looks: list[str] = []
    real = world.real.lease_most_urgent

    async def lease(request: LeaseRequest) -> object:
        looks.append(request.holder)
        return await real(request)

    world.store.lease_most_urgent = lease  # type: ignore[attr-defined]  # in front of what it hands on
    assert (await world.submitted(request_id="r")).decision.id == decision.id
    await world.quiet()
    assert len(looks) == 1, "the one who looked ahead finds nothing, and nobody is sent after her"
    other = (await world.submitted()).decision
    await world.quiet()
    assert {job.decision.id for desk in desks for job in desk.of(LEASED)} == {decision.id, other.id}


async def test_who_looks_ahead_for_what_is_not_recorded_stays_in_line(world: World) -> None:
    desk = await world.idle_desk()

    async def broken(_: object) -> object:
        await asyncio.sleep(0)
        raise StoreUnavailable

    world.store.submit = world.store.lease_most_urgent = broken  # type: ignore[attr-defined]  # in front of the real ones
    with pytest.raises(StoreUnavailable):
        await world.submitted()
    await world.quiet()
    del world.store.submit, world.store.lease_most_urgent
    decision = (await world.submitted()).decision
    assert (await desk.leased()).decision.id == decision.id


async def test_who_looks_ahead_in_vain_does_not_sit_beside_what_came_meanwhile(world: World) -> None:
    holder = await world.idle_desk(reviewer("holder"))
    decision = (await world.submitted()).decision
    job = await holder.leased()
    desk = await world.idle_desk(reviewer("a"))
    assert job.task.lease is not None
    await holder.close()
    hold = make_hold(job.task, world.clock.now(), holder="holder", token=job.task.lease.token)
    freed = await world.real.release_if_held(hold, "")

    async def broken(_: object) -> object:
        world.context.seats.waiting(Job(freed, decision))  # between the offer and the look
        await passing(1)
        raise StoreUnavailable

    world.store.submit = broken  # type: ignore[attr-defined]  # in front of the real one
    looks = iter((StoreUnavailable(),))
    real = world.real.lease_most_urgent

    async def lease(request: LeaseRequest) -> object:
        for failure in looks:
            raise failure
        return await real(request)

    world.store.lease_most_urgent = lease  # type: ignore[attr-defined]  # in front of the real one
    with pytest.raises(StoreUnavailable):
        await world.submitted()
    assert (await desk.leased()).task.id == job.task.id


async def test_who_hangs_up_before_a_task_is_told_gives_it_back(world: World) -> None:
    desk = await world.idle_desk()
    decision = (await world.submitted()).decision
    await desk.close()
    await world.quiet()
    kinds = [entry.kind for entry in await world.real.ledger(0, 100)]
    assert kinds == ["decision.submitted", "task.leased", "task.released"]
    assert (await world.job(decision)).task.state is TaskState.WAITING


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("lag", range(6))
async def test_a_stream_that_ends_at_any_turn_keeps_nothing_that_it_did_not_tell(
    world: World, turns: int, lag: int
) -> None:
    desk, answered = await world.idle_desk(), asyncio.Event()
    real = world.real.lease_most_urgent

    async def lease(request: LeaseRequest) -> object:
        jobs = await real(request)
        answered.set()
        await passing(lag)
        return jobs

    world.store.lease_most_urgent = lease  # type: ignore[attr-defined]  # in front of what it hands on
    submission = asyncio.create_task(world.submitted())
    await answered.wait()
    await passing(turns)
    await desk.close()
    decision = (await submission).decision
    await world.quiet()
    assert desk.of(LEASED) or (await world.job(decision)).task.state is TaskState.WAITING


async def passing(turns: int) -> None:
    """Returns after so many turns of the event loop."""
    for _ in range(turns):
        await asyncio.sleep(0)
