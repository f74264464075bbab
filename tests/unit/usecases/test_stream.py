"""Stream: no task waits beside an idle reviewer it fits, and no reviewer loses a credit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MILLISECOND, MINUTE
from andon.domain.errors import QueueNotAllowed, RoleRequired, StoreUnavailable, StreamTooSlow, TooManyStreams
from andon.domain.principal import Role
from andon.domain.task import Escalation, TaskState
from andon.store.values import LeaseRequest
from andon.usecases.context import Standing
from andon.usecases.seat import EventType
from andon.usecases.seats import Seats
from tests.unit.usecases.world import ADMIN, ELIGIBILITY, PATIENCE, PLAN, SERVICE, World, command, reviewer

LEASED, CHANGED, REMOVED = EventType.LEASED, EventType.CHANGED, EventType.REMOVED
SYNCED, HEARTBEAT = EventType.SYNCED, EventType.HEARTBEAT


async def test_a_task_that_waits_is_handed_out_with_a_lease(world: World) -> None:
    decision = (await world.submitted()).decision
    desk = world.desk()
    job = await desk.leased()
    assert [event.type for event in desk.events] == [SYNCED, LEASED]
    assert (job.decision.id, job.task.state) == (decision.id, TaskState.LEASED)
    lease = job.task.lease
    assert lease is not None
    assert (lease.holder, lease.expire_time) == ("rita", world.clock.now() + MINUTE)
    assert world.heard.of("leased") == [decision.task_id]


async def test_a_task_that_comes_wakes_an_idle_reviewer(world: World) -> None:
    desk = await world.idle_desk()
    decision = (await world.submitted()).decision
    assert (await desk.leased()).decision.id == decision.id


async def test_credits_bound_what_a_reviewer_holds_and_a_verdict_frees_one(world: World) -> None:
    for _ in range(3):
        await world.submitted()
    desk = world.desk(credits=2)
    first, second = await desk.leased(1), await desk.leased(2)
    await world.quiet()
    assert len(desk.of(LEASED)) == 2
    await world.settled(first)
    third = await desk.leased(3)
    assert {first.task.id, second.task.id, third.task.id} == set(world.heard.of("leased"))
    assert [job.task.id for job in desk.of(REMOVED)] == [first.task.id]


async def test_the_most_urgent_comes_first(world: World) -> None:
    world.policies.plans = {"urgent": replace(PLAN, urgency=25)}
    await world.submitted()
    urgent = (await world.submitted("urgent")).decision
    assert (await world.desk().leased()).decision.id == urgent.id


async def test_two_tasks_that_come_while_one_reviewer_looks_go_to_two(world: World) -> None:
    first, second = await world.idle_desk(reviewer("a")), await world.idle_desk(reviewer("b"))
    await asyncio.gather(world.submitted(), world.submitted())
    jobs = {(await first.leased()).task.id, (await second.leased()).task.id}
    assert len(jobs) == 2


async def test_tasks_that_come_while_the_only_reviewer_looks_all_reach_her(world: World) -> None:
    desk = await world.idle_desk(credits=5)
    done, go = world.store.pause("lease_most_urgent")
    await world.submitted()
    await done.wait()
    for _ in range(3):
        await world.submitted()
    go.set()
    await desk.leased(4)


async def test_a_plain_task_is_not_left_when_its_reviewer_takes_an_urgent_one(world: World) -> None:
    """The lawyer is woken for the plain task, but takes the urgent legal one that came right after."""
    world.policies.plans = {"legal": replace(PLAN, urgency=29, skills=("law",))}
    lawyer = await world.idle_desk(reviewer("lara", "law"))
    other = await world.idle_desk(reviewer("otto"))
    plain, legal = await world.submit.many(SERVICE, [command(), command("legal")])
    assert isinstance(plain, Standing)
    assert isinstance(legal, Standing)
    assert (await lawyer.leased()).decision.id == legal.decision.id
    assert (await other.leased()).decision.id == plain.decision.id


async def test_a_reviewer_that_hangs_up_between_wake_up_and_lease_leaves_the_task_to_another(world: World) -> None:
    first, second = await world.idle_desk(reviewer("a")), await world.idle_desk(reviewer("b"))
    decision = (await world.submitted()).decision
    await first.close()
    assert (await second.leased()).decision.id == decision.id


async def test_a_lease_for_a_reviewer_that_has_hung_up_goes_back_at_once(world: World) -> None:
    first, second = await world.idle_desk(reviewer("a")), await world.idle_desk(reviewer("b"))
    done, go = world.store.pause("lease_most_urgent")
    decision = (await world.submitted()).decision
    await done.wait()
    assert (await world.job(decision)).task.state is TaskState.LEASED
    await first.close()
    go.set()
    job = await second.leased()
    assert job.task.lease is not None
    assert (job.decision.id, job.task.lease.holder) == (decision.id, "b")


async def test_a_lease_that_fails_ends_the_stream_and_wakes_another(world: World) -> None:
    first, second = await world.idle_desk(reviewer("a")), await world.idle_desk(reviewer("b"))
    real = world.real.lease_most_urgent

    async def lease(request: LeaseRequest) -> object:
        if request.holder == "a":
            raise StoreUnavailable
        return await real(request)

    world.store.lease_most_urgent = lease  # type: ignore[attr-defined]  # in front of what it hands on
    decision = (await world.submitted()).decision
    assert (await second.leased()).decision.id == decision.id
    with pytest.raises(StoreUnavailable):
        await first.reading


async def test_a_task_goes_to_nobody_who_submitted_it(world: World) -> None:
    both = replace(reviewer("refund-service"), roles=frozenset({Role.SUBMITTER, Role.REVIEWER}))
    own, other = await world.idle_desk(both), await world.idle_desk(reviewer("b"))
    decision = (await world.submitted(by=both)).decision
    assert (await other.leased()).decision.id == decision.id
    assert not own.of(LEASED)


async def test_a_task_goes_only_to_its_queue_and_to_its_skills(world: World) -> None:
    world.policies.plans = {"legal": replace(PLAN, queue="legal", skills=("law",))}
    elsewhere = await world.idle_desk(reviewer("a", "law", queues=["refunds"]))
    layman = await world.idle_desk(reviewer("b"))
    narrow = await world.idle_desk(reviewer("c", "*"), "refunds")
    decision = (await world.submitted("legal")).decision
    await world.quiet()
    assert not any(desk.of(LEASED) for desk in (elsewhere, layman, narrow))
    assert (await world.desk(reviewer("d", "law", queues=["legal"])).leased()).decision.id == decision.id


async def test_what_a_reviewer_holds_already_comes_first_and_uses_credits(world: World) -> None:
    for _ in range(3):
        await world.submitted()
    before = world.desk(credits=2)
    held = [(await before.leased(1)).task.id, (await before.leased(2)).task.id]
    await before.close()
    again = world.desk(credits=2)
    await again.until(SYNCED)
    await world.quiet()
    assert [event.type for event in again.events] == [LEASED, LEASED, SYNCED]
    assert sorted(job.task.id for job in again.of(LEASED)) == sorted(held)
    await world.settled(again.of(LEASED)[0])
    await again.leased(3)


async def test_a_lease_that_ends_while_a_stream_opens_costs_no_credit(world: World) -> None:
    await world.submitted()
    before = world.desk()
    job = await before.leased()
    await before.close()
    done, go = world.store.pause("held_by")
    again = world.desk()
    await done.wait()
    await world.settled(job)
    go.set()
    await again.until(SYNCED)
    await world.submitted()
    assert (await again.leased()).task.id != job.task.id


async def test_a_task_of_another_queue_is_not_resumed(world: World) -> None:
    await world.submitted()
    await world.desk().leased()
    other = world.desk(reviewer(), "claims")
    await other.until(SYNCED)
    assert not other.of(LEASED)


async def test_a_second_stream_of_a_reviewer_shares_what_is_held_and_hears_of_its_end(world: World) -> None:
    await world.submitted()
    first = world.desk()
    job = await first.leased()
    second = world.desk()
    assert (await second.leased()).task == job.task
    await world.submitted()
    await world.quiet()
    assert len(first.of(LEASED)) == len(second.of(LEASED)) == 1
    await world.settled(job)
    await first.until(REMOVED)
    await second.until(REMOVED)
    await world.quiet()
    assert len(first.of(LEASED)) + len(second.of(LEASED)) == 3


async def test_one_stream_closes_and_the_other_of_the_same_reviewer_goes_on(world: World) -> None:
    first, second = await world.idle_desk(), await world.idle_desk()
    await first.close()
    await world.submitted()
    await second.leased()


async def test_a_cancelled_task_is_taken_away_and_frees_its_credit(world: World) -> None:
    decision = (await world.submitted()).decision
    desk = world.desk()
    await desk.leased()
    await world.decisions.cancel(SERVICE, decision.id, "changed our mind", "")
    removed = (await desk.until(REMOVED)).job
    assert removed is not None
    assert removed.task.state is TaskState.CANCELLED
    await world.submitted()
    await desk.leased(2)


async def test_a_released_task_goes_to_another_and_not_back(world: World) -> None:
    await world.submitted()
    desk = world.desk(credits=2)
    job = await desk.leased()
    second = await world.idle_desk()  # of the same reviewer, who is told again what she holds
    await _release(world, job.task.id)
    await asyncio.gather(desk.until(REMOVED), second.until(REMOVED))
    await world.quiet()
    assert [len(each.of(LEASED)) for each in (desk, second)] == [1, 1]
    assert (await world.desk(reviewer("b")).leased()).task.id == job.task.id


async def test_a_release_wakes_an_idle_reviewer(world: World) -> None:
    await world.submitted()
    desk = world.desk(reviewer("a"))
    job = await desk.leased()
    other = await world.idle_desk(reviewer("b"))
    await _release(world, job.task.id)
    assert (await other.leased()).task.id == job.task.id


async def _release(world: World, task_id: str) -> None:
    job = await world.real.job(task_id)
    assert job is not None
    assert job.task.lease is not None
    await world.tasks.release(reviewer(job.task.lease.holder), task_id, job.task.lease.token, "not mine")


async def test_an_escalation_moves_a_task_to_the_reviewers_of_its_next_queue(world: World) -> None:
    world.policies.plans = {"hard": replace(PLAN, escalation=Escalation("senior", HOUR))}
    await world.submitted("hard")
    junior = world.desk(reviewer("j", queues=["refunds"]))
    job = await junior.leased()
    senior = await world.idle_desk(reviewer("s", queues=["senior"]))
    left = world.watch(reviewer("w", queues=["refunds"]))
    arrived = world.watch(reviewer("x", queues=["senior"]))
    await asyncio.gather(left.until(SYNCED), arrived.until(SYNCED))
    assert job.task.lease is not None
    await world.tasks.escalate(reviewer("j"), job.task.id, job.task.lease.token, "too hard for me")
    assert (await senior.leased()).task.queue == "senior"
    removed = (await junior.until(REMOVED)).job
    assert removed is not None
    assert removed.task.queue == "senior"
    await left.until(REMOVED)
    await arrived.until(CHANGED, 2)
    assert [job.task.state for job in arrived.of(CHANGED)] == [TaskState.WAITING, TaskState.LEASED]


async def test_a_watcher_sees_all_open_tasks_then_every_change(world: World) -> None:
    await world.submitted()
    desk = world.desk(reviewer("a"))
    job = await desk.leased()
    watcher = world.watch()
    await watcher.until(SYNCED)
    assert [(event.type, event.job and event.job.task.state) for event in watcher.events] == [
        (CHANGED, TaskState.LEASED),
        (SYNCED, None),
    ]
    await world.settled(job)
    removed = (await watcher.until(REMOVED)).job
    assert removed is not None
    assert removed.task.state is TaskState.REVIEWED
    await world.submitted()
    await watcher.until(CHANGED, 3)
    assert [found.task.state for found in watcher.of(CHANGED)[1:]] == [TaskState.WAITING, TaskState.LEASED]
    assert not watcher.of(LEASED)


@pytest.mark.parametrize("count", [2, 3, 7])
async def test_a_watcher_sees_more_tasks_than_a_page_holds(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("andon.usecases.standing.BRIEF_PAGE", 3)
    monkeypatch.setattr("andon.usecases.standing.FULL_PAGE", 3)
    await world.submit.many(SERVICE, [command() for _ in range(count)])
    watcher = world.watch()
    await watcher.until(SYNCED)
    assert len({job.task.id for job in watcher.of(CHANGED)}) == len(watcher.events) - 1 == count


async def test_a_watcher_sees_its_queues_alone(world: World) -> None:
    world.policies.plans = {"legal": replace(PLAN, queue="legal")}
    await world.submitted()
    await world.submitted("legal")
    watcher = world.watch(reviewer("w"), "legal")
    await watcher.until(SYNCED)
    await world.submitted()
    last = (await world.submitted("legal")).decision
    await watcher.until(CHANGED, 2)
    assert {job.task.queue for job in watcher.of(CHANGED)} == {"legal"}
    assert watcher.of(CHANGED)[-1].decision.id == last.id


async def test_a_watcher_that_does_not_read_is_cut(world: World) -> None:
    world.context.seats = Seats(limit=10, buffer=2, eligibility=ELIGIBILITY)
    stream = world.stream.watch(reviewer("w"), frozenset())
    assert (await anext(stream)).type is SYNCED
    for _ in range(4):
        await world.submitted()
    with pytest.raises(StreamTooSlow):
        await anext(stream)
    assert len(world.context.seats) == 0


async def test_an_idle_stream_carries_heartbeats(world: World) -> None:
    world.limit(heartbeat_interval=MILLISECOND)
    desk = world.desk()
    await desk.until(HEARTBEAT, 2)
    await world.submitted()
    await desk.leased()


async def test_a_drain_ends_streams_by_themselves(world: World) -> None:
    desks = [world.desk(), world.watch(), await world.idle_desk(reviewer("b"))]
    for desk in desks:
        await desk.until(SYNCED)
    world.context.seats.drain()
    late = world.desk(reviewer("late"))
    await asyncio.wait_for(asyncio.gather(*(desk.reading for desk in (*desks, late))), PATIENCE)


async def test_who_may_lease_and_where(world: World) -> None:
    with pytest.raises(RoleRequired):
        await anext(world.stream.lease(ADMIN, frozenset(), 1))
    for asked in ({"claims"}, {"refunds", "claims"}, {"*"}):
        with pytest.raises(QueueNotAllowed):
            await anext(world.stream.lease(reviewer(queues=["refunds"]), frozenset(asked), 1))
        with pytest.raises(QueueNotAllowed):
            await anext(world.stream.watch(reviewer(queues=["refunds"]), frozenset(asked)))
    assert len(world.context.seats) == 0


async def test_who_serves_no_queue_sees_none_unless_all_is_theirs_to_see(world: World) -> None:
    decision = (await world.submitted()).decision
    nowhere, auditor = world.desk(reviewer(queues=[])), world.watch(reviewer("a", queues=[], role=Role.AUDITOR))
    await asyncio.gather(nowhere.until(SYNCED), auditor.until(SYNCED))
    await world.quiet()
    assert [event.type for event in nowhere.events] == [SYNCED]
    assert [job.decision.id for job in auditor.of(CHANGED)] == [decision.id]


async def test_there_are_no_more_streams_than_allowed(world: World) -> None:
    world.context.seats = Seats(limit=1, buffer=10, eligibility=ELIGIBILITY)
    desk = await world.idle_desk()
    with pytest.raises(TooManyStreams):
        await anext(world.stream.watch(reviewer("w"), frozenset()))
    await desk.close()
    await world.idle_desk()


async def test_thirty_reviewers_and_ninety_tasks(world: World) -> None:
    """Everybody works until nothing is left; all is settled once, and nobody is without work while some is left."""
    desks = [await world.idle_desk(reviewer(f"r{index}")) for index in range(30)]

    async def work(index: int) -> None:
        done = 0
        while True:
            job = await desks[index].leased(done + 1)
            await world.settled(job)
            done += 1

    workers = [asyncio.create_task(work(index)) for index in range(30)]
    await world.submit.many(SERVICE, [command() for _ in range(60)])
    await asyncio.gather(*(world.submitted() for _ in range(30)))
    async with asyncio.timeout(PATIENCE):
        while len(world.heard.of("reviewed")) < 90:
            await world.quiet()
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)
    assert len(set(world.heard.of("reviewed"))) == 90
    assert all(desk.of(LEASED) for desk in desks)
