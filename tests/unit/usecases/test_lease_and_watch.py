"""One stream that leases and watches: the newest event about a task says whose it is and how it stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.errors import QueueNotAllowed, RoleRequired, StreamTooSlow
from andon.domain.principal import Principal
from andon.domain.task import Escalation, TaskState
from andon.store.values import Job
from andon.usecases.seat import EventType
from andon.usecases.seats import Seats
from andon.workers.timers import Expire, Reclaim
from tests.unit.usecases.world import ADMIN, ELIGIBILITY, PLAN, SERVICE, Desk, World, command, reviewer

LEASED, CHANGED, REMOVED = EventType.LEASED, EventType.CHANGED, EventType.REMOVED
SYNCED = EventType.SYNCED
RITA = reviewer("rita")


def both(world: World, principal: Principal = RITA, *queues: str, credits: int = 1, brief: bool = False) -> Desk:
    """Opens a stream that leases and watches."""
    desk = Desk(world.stream.lease_and_watch(principal, frozenset(queues), credits, brief=brief))
    world.desks.append(desk)
    return desk


def told(desk: Desk, job: Job) -> list[tuple[EventType, TaskState]]:
    """What the stream has told of a task."""
    return [
        (event.type, event.job.task.state) for event in desk.events if event.job and event.job.task.id == job.task.id
    ]


def token(job: Job) -> str:
    assert job.task.lease is not None
    return job.task.lease.token


async def test_it_begins_with_the_own_leases_then_new_ones_then_all_others(world: World) -> None:
    for _ in range(4):
        await world.submitted()
    before = world.desk(RITA)
    held = await before.leased()
    await before.close()
    other = await world.desk(reviewer("olga")).leased()
    desk = both(world, credits=2)
    await desk.leased(2)
    await world.quiet()
    assert [event.type for event in desk.events] == [LEASED, LEASED, CHANGED, CHANGED, SYNCED]
    assert told(desk, held) == [(LEASED, TaskState.LEASED)]
    assert told(desk, desk.of(LEASED)[1]) == [(LEASED, TaskState.LEASED)]
    assert told(desk, other) == [(CHANGED, TaskState.LEASED)]
    assert len({job.task.id for job in desk.of(LEASED) + desk.of(CHANGED)}) == 4


@pytest.mark.parametrize("read", [False, True], ids=["before the list is read", "after the list is read"])
@pytest.mark.parametrize("ended", [False, True], ids=["released", "reviewed"])
async def test_what_becomes_of_a_first_lease_while_the_list_is_told_is_told_last(
    world: World, read: bool, ended: bool
) -> None:
    await world.submit.many(SERVICE, [command() for _ in range(3)])
    stream = world.stream.lease_and_watch(RITA, frozenset(), 1)
    events = [await anext(stream)]
    job = events[0].job
    assert job is not None
    if read:
        events.append(await anext(stream))
    if ended:
        await world.settled(job)
    else:
        await world.tasks.release(RITA, job.task.id, token(job), "not mine")
    desk = Desk(stream)
    world.desks.append(desk)
    again = await desk.leased()
    await world.quiet()
    assert again.task.id != job.task.id
    final = (REMOVED, TaskState.REVIEWED) if ended else (CHANGED, TaskState.WAITING)
    desk.events[:0] = events
    assert told(desk, job) == [(LEASED, TaskState.LEASED), final]
    synced = [event.type for event in desk.events].index(SYNCED)
    assert [event.type for event in desk.events[:synced]].count(LEASED) == 1


async def test_a_task_that_changes_while_the_list_is_told_is_told_once_as_it_stands(world: World) -> None:
    await world.submit.many(SERVICE, [command() for _ in range(3)])
    stream = world.stream.lease_and_watch(RITA, frozenset(), 1)
    first, second = await anext(stream), await anext(stream)
    olga = world.desk(reviewer("olga"))
    other = await olga.leased()
    desk = Desk(stream)
    world.desks.append(desk)
    await desk.until(SYNCED)
    await world.quiet()
    desk.events[:0] = [first, second]
    standing = [(CHANGED, TaskState.WAITING)] if second.job and second.job.task.id == other.task.id else []
    assert told(desk, other) == [*standing, (CHANGED, TaskState.LEASED)]


async def test_new_work_goes_to_others_while_a_stream_tells_its_list(world: World) -> None:
    """Though it has looked before them and found nothing. What is left is its own once the list is told."""
    await world.submitted()
    await world.desk(reviewer("olga")).leased()
    stream = world.stream.lease_and_watch(RITA, frozenset(), 1)
    assert (await anext(stream)).type is CHANGED
    idle = await world.idle_desk(reviewer("pia"))
    await world.submitted()
    await idle.leased()
    last = await world.job((await world.submitted()).decision)
    desk = Desk(stream)
    world.desks.append(desk)
    assert (await desk.leased()).task.id == last.task.id


async def test_a_server_that_drains_hands_out_no_first_lease_and_tells_no_list(world: World) -> None:
    job = await world.job((await world.submitted()).decision)
    world.context.seats.drain()
    assert not [event async for event in world.stream.lease_and_watch(RITA, frozenset(), 1)]
    assert (await world.real.job(job.task.id)).task.state is TaskState.WAITING  # type: ignore[union-attr]


async def test_what_is_handed_out_comes_once_and_whole_also_where_the_rest_is_brief(world: World) -> None:
    await world.submit.many(SERVICE, [command() for _ in range(3)])
    desk = both(world, brief=True)
    job = await desk.leased()
    await world.quiet()
    assert len(desk.of(LEASED)) == 1
    assert job.decision == await world.real.decision(job.decision.id)
    for changed in desk.of(CHANGED):
        proposal = changed.decision.proposal
        assert (proposal.input, proposal.prediction, proposal.reasoning) == ({}, {}, "")
        assert proposal.action == "refund.issue"


async def test_a_lease_is_heard_by_all_but_the_stream_that_took_it(world: World) -> None:
    desk, second, watcher = both(world), both(world), world.watch()
    for one in (desk, second, watcher):
        await one.until(SYNCED)
    await world.quiet()
    await world.submitted()
    await world.quiet()
    took, heard = (desk, second) if desk.of(LEASED) else (second, desk)
    job = took.of(LEASED)[0]
    assert told(took, job) == [(LEASED, TaskState.LEASED)], "it was handed out with the commit that recorded it"
    assert told(heard, job) == told(watcher, job) == [(CHANGED, TaskState.LEASED)]
    assert token(heard.of(CHANGED)[-1]) == token(job)


async def test_a_release_is_one_change_that_says_the_task_waits(world: World) -> None:
    await world.submitted()
    desk = both(world)
    job = await desk.leased()
    await desk.until(SYNCED)
    before = len(desk.events)
    await world.tasks.release(RITA, job.task.id, token(job), "not mine")
    await world.quiet()
    assert [(event.type, event.job and event.job.task.lease) for event in desk.events[before:]] == [(CHANGED, None)]
    assert told(desk, job)[-1] == (CHANGED, TaskState.WAITING)


async def test_a_lapse_is_one_change_and_the_task_may_come_again(world: World) -> None:
    await world.submitted()
    desk = both(world)
    first = await desk.leased()
    world.clock.advance(MINUTE)
    await Reclaim(world.context).step()
    again = await desk.leased(2)
    await world.quiet()
    assert (again.task.id, token(again) != token(first)) == (first.task.id, True)
    assert told(desk, first) == [
        (LEASED, TaskState.LEASED),
        (CHANGED, TaskState.WAITING),
        (LEASED, TaskState.LEASED),
    ]


async def test_a_verdict_and_a_cancellation_are_one_removal(world: World) -> None:
    for _ in range(2):
        await world.submitted()
    desk = both(world, credits=2)
    first, second = await desk.leased(1), await desk.leased(2)
    await world.settled(first)
    await world.decisions.cancel(SERVICE, second.decision.id, "", "")
    await desk.until(REMOVED, 2)
    await world.quiet()
    assert told(desk, first) == [(LEASED, TaskState.LEASED), (REMOVED, TaskState.REVIEWED)]
    assert told(desk, second) == [(LEASED, TaskState.LEASED), (REMOVED, TaskState.CANCELLED)]
    await world.submitted()
    await desk.leased(3)


@pytest.mark.parametrize("by", ["holder", "deadline"])
@pytest.mark.parametrize(("queues", "last"), [((), CHANGED), (("refunds",), REMOVED)])
async def test_an_escalation_is_a_change_or_a_removal_by_the_queues_that_are_watched(
    world: World, by: str, queues: tuple[str, ...], last: EventType
) -> None:
    world.policies.plans = {"hard": replace(PLAN, deadline=MINUTE, escalation=Escalation("senior", HOUR, ("law",)))}
    await world.submitted("hard")
    desk = both(world, RITA, *queues)
    job = await desk.leased()
    if by == "holder":
        await world.tasks.escalate(RITA, job.task.id, token(job), "too hard")
    else:
        world.clock.advance(MINUTE)
        await Expire(world.context).step()
    await world.quiet()
    assert told(desk, job) == [(LEASED, TaskState.LEASED), (last, TaskState.WAITING)]


async def test_a_change_that_waits_in_line_does_not_come_after_the_lease_it_is_older_than(world: World) -> None:
    """The task is made while the stream looks for work, and is what it finds."""
    desk = both(world, credits=2)
    await desk.until(SYNCED)
    await world.quiet()
    done, go = world.store.pause("lease_most_urgent")
    await world.submitted()
    await done.wait()
    await world.submitted()
    go.set()
    second = await desk.leased(2)
    await world.quiet()
    assert told(desk, second)[-1] == (LEASED, TaskState.LEASED)


async def test_many_changes_do_not_keep_a_stream_from_its_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that takes one event at a time is handed its task after a few, however many are in line."""
    monkeypatch.setattr("andon.usecases.stream._TURN", 2)
    stream = world.stream.lease_and_watch(RITA, frozenset(), 1)
    assert (await anext(stream)).type is SYNCED
    await world.submit.many(SERVICE, [command() for _ in range(20)])
    kinds = [(await anext(stream)).type for _ in range(4)]
    assert LEASED in kinds
    await stream.aclose()


async def test_all_in_line_comes_though_nothing_wakes_the_stream_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("andon.usecases.stream._TURN", 2)
    watcher = world.watch()
    await watcher.until(SYNCED)
    await world.submit.many(SERVICE, [command() for _ in range(9)])
    await watcher.until(CHANGED, 9)


async def test_a_long_snapshot_lets_others_run(world: World) -> None:
    """Also on a transport whose writes never wait."""
    await world.submit.many(SERVICE, [command() for _ in range(200)])
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    stream = world.stream.lease_and_watch(RITA, frozenset(), 1)
    await anext(stream)
    before = turns
    assert {(await anext(stream)).type for _ in range(199)} == {CHANGED}
    counting.cancel()
    assert turns - before >= 3
    await stream.aclose()


async def test_an_idle_stream_is_offered_work_in_its_turn(world: World) -> None:
    first, second = both(world, reviewer("a")), await world.idle_desk(reviewer("b"))
    await first.until(SYNCED)
    await world.quiet()
    for _ in range(2):
        await world.submitted()
    await first.leased()
    await second.leased()


async def test_who_may_and_where_is_as_for_leasing(world: World) -> None:
    with pytest.raises(RoleRequired):
        await anext(world.stream.lease_and_watch(ADMIN, frozenset(), 1))
    with pytest.raises(QueueNotAllowed):
        await anext(world.stream.lease_and_watch(reviewer(queues=["refunds"]), frozenset({"claims"}), 1))


def test_a_seat_that_holds_and_watches_is_told_once() -> None:
    from tests.unit.usecases.seating import events, in_state, leased, make_job

    seats, job = Seats(limit=1, buffer=9, eligibility=ELIGIBILITY), make_job()
    seat = seats.open(RITA, frozenset({"*"}), 1, watching=True)
    seats.changed(job)
    seats.hold(seat, job.task.id)
    assert events(seat) == []
    seats.changed(leased(job, "rita"))
    assert [event.type for event in events(seat)] == [CHANGED]
    seats.changed(leased(job, "olga"))
    assert [event.type for event in events(seat)] == [CHANGED]
    seats.hold(seat, job.task.id)
    seats.changed(in_state(job, TaskState.EXPIRED))
    assert [event.type for event in events(seat)] == [REMOVED]
    assert seat.free == 1


def test_a_line_that_was_too_long_stays_so_though_it_is_shortened() -> None:
    """What did not get in is lost, so the stream must begin anew."""
    from tests.unit.usecases.seating import make_job

    seats, jobs = Seats(limit=1, buffer=1, eligibility=ELIGIBILITY), [make_job(), make_job(), make_job()]
    seat = seats.open(RITA, frozenset({"*"}), 1, watching=True)
    for job in jobs:
        seats.changed(job)
    seats.hold(seat, jobs[0].task.id)
    with pytest.raises(StreamTooSlow):
        seat.newer_event(jobs[1].task.id)
    with pytest.raises(StreamTooSlow):
        seat.next_event()
