"""Who passes on a task does not see it again; who is away is handed nothing until they are back."""

from __future__ import annotations

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.errors import FieldInvalid
from andon.usecases.availability import Availability, Presence
from andon.usecases.seat import EventType
from andon.workers.timers import Return
from tests.unit.usecases.world import Desk, World, reviewer

LEASED, REMOVED = EventType.LEASED, EventType.REMOVED
RITA = reviewer("rita")
AWAY = Presence(available=False)


async def released(world: World, desk: Desk, *, skip: bool) -> str:
    """Has the first task of a desk given back."""
    job = await desk.leased()
    assert job.task.lease is not None
    await world.tasks.release(RITA, job.task.id, job.task.lease.token, "", skip=skip)
    await desk.until(REMOVED)
    return job.task.id


async def test_a_task_given_back_by_one_who_only_leaves_comes_with_their_next_stream(world: World) -> None:
    """Not on the one that is open: it may be about to close, and would take the task with it."""
    await world.submitted()
    desk = world.desk(RITA)
    task_id = await released(world, desk, skip=False)
    await world.quiet()
    assert len(desk.of(LEASED)) == 1
    await desk.close()
    assert (await world.desk(RITA).leased()).task.id == task_id


async def test_a_task_passed_on_does_not_come_back_with_the_next_stream(world: World) -> None:
    await world.submitted()
    desk = world.desk(RITA)
    await released(world, desk, skip=True)
    await desk.close()
    again = await world.idle_desk(RITA)
    assert not again.of(LEASED)


async def test_the_wake_up_of_one_who_has_passed_goes_on_to_the_next(world: World) -> None:
    """Also where this server does not know who has passed: it was told on another."""
    await world.submitted()
    first = world.desk(RITA)
    job = await first.leased()
    world.context.seats.passed = lambda name, decision_id: None  # type: ignore[method-assign]
    barred, ben = await world.idle_desk(RITA, credits=2), await world.idle_desk(reviewer("ben"))
    assert job.task.lease is not None
    await world.tasks.release(RITA, job.task.id, job.task.lease.token, "")
    assert (await ben.leased()).task.id == job.task.id
    assert len(barred.of(LEASED)) == 1, "what she held when she came"


async def test_nobody_holds_more_than_the_cap_on_all_their_streams(world: World) -> None:
    world.limit(max_leases_per_reviewer=3)
    for _ in range(5):
        await world.submitted()
    desks = [await world.idle_desk(RITA, credits=credits) for credits in (2, 9, 9)]
    assert [len(desk.of(LEASED)) for desk in desks] == [2, 3, 3], "the later ones are told what she holds as well"
    assert len({job.task.id for desk in desks for job in desk.of(LEASED)}) == 3


async def test_who_is_away_keeps_what_they_hold_and_gets_nothing_more(world: World) -> None:
    availability = Availability(world.context)
    await world.submitted()
    desk = world.desk(RITA, credits=2)
    job = await desk.leased()
    assert await availability.of(RITA) == Presence()
    assert await availability.set(RITA, AWAY) == AWAY
    await world.submitted()
    await world.quiet()
    assert len(desk.of(LEASED)) == 1
    assert await availability.of(RITA) == AWAY
    await world.settled(job)
    await availability.set(RITA, Presence())
    await desk.leased(2)


async def test_the_work_of_one_who_is_away_goes_to_others(world: World) -> None:
    rita, ben = await world.idle_desk(RITA), await world.idle_desk(reviewer("ben"))
    await Availability(world.context).set(RITA, AWAY)
    await world.submitted()
    await ben.leased()
    assert not rita.of(LEASED)


async def test_an_absence_ends_at_its_time_and_the_stream_looks(world: World) -> None:
    desk = await world.idle_desk(RITA)
    back = world.clock.now() + MINUTE
    await Availability(world.context).set(RITA, Presence(available=False, resume_time=back))
    await world.submitted()
    duty = Return(world.context)
    world.clock.advance(MINUTE - 1)
    assert not await duty.step()
    await world.quiet()
    assert not desk.of(LEASED)
    world.clock.advance(1)
    await duty.step()
    await desk.leased()
    assert await Availability(world.context).of(RITA) == Presence()


@pytest.mark.parametrize(
    ("available", "ahead", "must"),
    [(True, HOUR, "goes with AWAY alone"), (False, 0, "must be in the future"), (False, -1, "must be in the future")],
)
async def test_a_resume_time_must_make_sense(world: World, available: bool, ahead: int, must: str) -> None:
    presence = Presence(available, world.clock.now() + ahead)
    with pytest.raises(FieldInvalid) as refused:
        await Availability(world.context).set(RITA, presence)
    assert [(fault.path, fault.description) for fault in refused.value.faults] == [("resume_time", must)]
    assert await Availability(world.context).of(RITA) == Presence()
