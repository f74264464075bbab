"""The server's own timers, stepped by hand on the test's own clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import DAY, HOUR, MINUTE
from andon.domain.decision import Outcome
from andon.domain.plan import Rung, WorkPlan
from andon.domain.priority import Priority
from andon.domain.task import Escalation, TaskState
from andon.store.values import Job
from andon.usecases.seat import EventType
from andon.workers.timers import Age, Climb, Expire, Reclaim, Sweep, Timers
from tests.unit.usecases.world import ADMIN, PATIENCE, PLAN, SERVICE, World, command, resolution, reviewer


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.workers.timers.BATCH", 2)


async def test_nothing_is_due_before_its_time(world: World) -> None:
    await world.submitted()
    world.clock.advance(HOUR - 1)
    for duty in (Expire(world.context), Reclaim(world.context)):
        assert not await duty.step()
    assert not world.heard.of("expired")


async def test_a_missed_deadline_ends_the_decision_and_releases_its_caller(world: World) -> None:
    decision = (await world.submitted()).decision
    call = asyncio.create_task(world.wait(SERVICE, decision.id, HOUR))
    desk = world.desk()
    await desk.leased()
    world.clock.advance(HOUR)
    assert not await Expire(world.context).step()
    ended = resolution((await asyncio.wait_for(call, PATIENCE)).decision)
    assert (ended.outcome, ended.time) == (Outcome.EXPIRED, world.clock.now())
    await desk.until(EventType.REMOVED)
    assert (world.context.open_tasks, world.heard.of("expired")) == (0, [decision.task_id])


async def test_a_missed_deadline_escalates_first(world: World) -> None:
    world.policies.plans = {"hard": replace(PLAN, escalation=Escalation("senior", MINUTE))}
    decision = (await world.submitted("hard")).decision
    senior = await world.idle_desk(reviewer("s", queues=["senior"]))
    watcher = world.watch(reviewer("w", queues=["refunds"]))
    await watcher.until(EventType.SYNCED)
    world.clock.advance(HOUR)
    await Expire(world.context).step()
    assert (await senior.leased()).decision.id == decision.id
    await watcher.until(EventType.REMOVED)
    assert (world.heard.of("escalated"), world.heard.of("expired")) == ([decision.task_id], [])
    world.clock.advance(MINUTE)
    await Expire(world.context).step()
    assert resolution(await world.decision(decision.id)).outcome is Outcome.EXPIRED


async def test_a_lapsed_lease_goes_to_another_and_the_late_holder_hears(world: World) -> None:
    decision = (await world.submitted()).decision
    desk = world.desk(reviewer("a"))
    await desk.leased()
    other = await world.idle_desk(reviewer("b"))
    world.clock.advance(MINUTE)
    assert not await Reclaim(world.context).step()
    await desk.until(EventType.REMOVED)
    assert world.heard.of("lapsed") == [decision.task_id]
    await world.quiet()
    assert len(desk.of(EventType.LEASED)) + len(other.of(EventType.LEASED)) == 2
    assert world.context.open_tasks == 1


@pytest.mark.parametrize(("count", "more"), [(0, False), (1, False), (2, True), (3, True)])
async def test_a_full_batch_asks_for_another_step(world: World, count: int, more: bool) -> None:
    await world.submit.many(SERVICE, [command() for _ in range(count)])
    world.clock.advance(15 * MINUTE)
    assert await Age(world.context).step() is more
    world.clock.advance(HOUR)
    assert await Expire(world.context).step() is more
    while await Expire(world.context).step():
        pass
    assert world.context.open_tasks == 0


async def test_what_has_waited_long_comes_first(world: World) -> None:
    world.policies.plans = {"urgent": replace(PLAN, urgency=19)}
    old = (await world.submitted()).decision
    world.clock.advance(15 * MINUTE)
    assert not await Age(world.context).step()
    await world.submitted("urgent")
    job: Job = await world.desk().leased()
    assert (job.decision.id, job.task.urgency) == (old.id, PLAN.urgency + 10)


async def test_the_sweep_finds_a_task_whose_wake_up_went_astray(world: World) -> None:
    desk = await world.idle_desk()
    admission = world.submit.admit(SERVICE, command())
    await world.real.submit([admission])  # recorded, but nobody was told
    await world.quiet()
    assert not desk.of(EventType.LEASED)
    assert not await Sweep(world.context).step()
    assert (await desk.leased()).task.state is TaskState.LEASED
    assert world.context.open_tasks == 1


async def test_the_sweep_wakes_nobody_where_nothing_waits(world: World) -> None:
    await world.submitted()
    await world.desk(reviewer("a")).leased()
    await world.idle_desk(reviewer("b"))
    world.context.open_tasks = 7
    done, _ = world.store.pause("lease_most_urgent")
    await Sweep(world.context).step()
    await world.quiet()
    assert not done.is_set()
    assert world.context.open_tasks == 1


async def test_a_deadline_missed_under_a_reviewers_hands_refuses_the_late_verdict(world: World) -> None:
    world.limit(lease_duration=2 * HOUR)
    await world.submitted()
    job = await world.desk().leased()
    world.clock.advance(HOUR)
    await Expire(world.context).step()
    with pytest.raises(Exception, match="has already ended: EXPIRED"):
        await world.settled(job)
    standing = await world.wait(ADMIN, job.decision.id, 0)
    assert resolution(standing.decision).outcome is Outcome.EXPIRED


async def test_timers_step_their_duties_only_when_something_is_due(world: World) -> None:
    class Counted:
        name = "counted"
        steps = 0

        async def step(self) -> bool:
            self.steps += 1
            return False

    duty = Counted()
    timers = Timers(world.context, [duty])
    await timers.step()
    assert duty.steps == 0
    await world.submitted()
    await timers.step()
    assert duty.steps == 0
    world.clock.advance(DAY)
    await timers.step()
    assert duty.steps == 1
    await Expire(world.context).step()


def climbing(world: World, *rungs: Rung) -> None:
    """From now on tasks of `hard` climb these."""
    world.policies.plans = {"hard": replace(PLAN, work=WorkPlan(ladder=rungs))}


async def test_a_rung_wakes_those_who_are_fit_then(world: World) -> None:
    world.policies.plans = {"hard": replace(PLAN, skills=("law",), work=WorkPlan(ladder=(Rung(50, skills=()),)))}
    decision = (await world.submitted("hard")).decision
    desk = await world.idle_desk(reviewer("a"))
    world.clock.advance(HOUR // 2)
    assert not await Climb(world.context).step()
    assert (await desk.leased()).decision.id == decision.id
    assert (world.heard.of("climbed"), world.heard.of("escalated")) == ([decision.task_id], [])


async def test_a_rung_to_another_queue_takes_the_task_along(world: World) -> None:
    climbing(world, Rung(50, queue="senior"))
    decision = (await world.submitted("hard")).decision
    desk = world.desk(reviewer("a", queues=["refunds"]))
    await desk.leased()
    senior = await world.idle_desk(reviewer("s", queues=["senior"]))
    world.clock.advance(HOUR // 2)
    await Climb(world.context).step()
    await desk.until(EventType.REMOVED)
    assert (await senior.leased()).decision.id == decision.id
    assert (world.heard.of("climbed"), world.heard.of("escalated")) == ([decision.task_id], [decision.task_id])
    assert world.context.open_tasks == 1


async def test_a_rung_leaves_what_is_held_with_its_holder(world: World) -> None:
    climbing(world, Rung(50, notify=True, priority=Priority.HIGH))
    await world.submitted("hard")
    desk = world.desk(reviewer("a"))
    job = await desk.leased()
    watcher = world.watch(reviewer("w"))
    await watcher.until(EventType.SYNCED)
    world.clock.advance(HOUR // 2)
    await Climb(world.context).step()
    seen = (await watcher.until(EventType.CHANGED, 2)).job
    assert seen is not None
    assert (seen.task.lease, seen.task.priority) == (job.task.lease, Priority.HIGH)
    assert not desk.of(EventType.REMOVED)


@pytest.mark.parametrize(("count", "more"), [(0, False), (1, False), (2, True), (3, True)])
async def test_a_full_batch_of_rungs_asks_for_another_step(world: World, count: int, more: bool) -> None:
    climbing(world, Rung(50, notify=True))
    await world.submit.many(SERVICE, [command("hard") for _ in range(count)])
    world.clock.advance(HOUR // 2)
    assert await Climb(world.context).step() is more
    while await Climb(world.context).step():
        pass
    assert len(world.heard.of("climbed")) == count


async def test_timers_step_when_a_rung_is_due(world: World) -> None:
    climbing(world, Rung(10, notify=True))
    await world.submitted("hard")
    timers = Timers(world.context, [Climb(world.context)])
    world.clock.advance(HOUR // 10 - 1)
    await timers.step()
    assert not world.heard.of("climbed")
    world.clock.advance(1)
    await timers.step()
    assert len(world.heard.of("climbed")) == 1
