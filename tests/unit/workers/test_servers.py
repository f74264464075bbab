"""What servers of one database hear of each other, who of them does the duties, and what time it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from unittest.mock import Mock

import pytest

from andon.domain.appeal import AppealPlan
from andon.domain.clock import DAY, HOUR, MINUTE, SECOND, SystemClock
from andon.domain.decision import Outcome, Route
from andon.domain.errors import PolicyStricter, StoreUnavailable
from andon.domain.months import month_of
from andon.domain.plan import MoreTime, Quorum, Rung, Term, WorkPlan
from andon.domain.review import Verdict
from andon.domain.task import Escalation
from andon.store.postgres import open_postgres
from andon.store.postgres.parts import part_name
from andon.usecases.limits import Limits
from andon.usecases.seat import EventType
from andon.workers.servers import TERM, AgreeOnTime, Follow, Lead, resign
from andon.workers.timers import Climb, Expire, MakeRoom, Timers
from tests.clock import FakeClock
from tests.postgres import Databases
from tests.store.retention.retiring import connected
from tests.unit.usecases.world import PATIENCE, PLAN, SERVICE, RuledPolicies, World, command, resolution, reviewer


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with our schema and nothing in it."""
    return databases.clean()


@pytest.fixture
async def servers(url: str, clock: FakeClock) -> AsyncIterator[tuple[World, World]]:
    """Two servers on one database, with one clock."""
    stores = [await open_postgres(url) for _ in range(2)]
    one, other = (World(store, clock, Limits()) for store in stores)
    yield one, other
    for world in (one, other):
        for desk in world.desks:
            await desk.close()
    for store in stores:
        await store.close()


async def hear(world: World) -> None:
    """The server hears what the others have done."""
    await Follow(world.context).step()


async def test_a_caller_is_released_by_a_verdict_on_another_server(servers: tuple[World, World]) -> None:
    one, other = servers
    decision = (await one.submitted()).decision
    call = asyncio.create_task(one.wait(SERVICE, decision.id, HOUR))
    desk = other.desk()
    await other.settled(await desk.leased())
    assert not call.done()
    await hear(one)
    ended = (await asyncio.wait_for(call, PATIENCE)).decision
    assert resolution(ended).outcome is Outcome.APPROVED


async def test_an_idle_reviewer_is_handed_what_another_server_took(servers: tuple[World, World]) -> None:
    one, other = servers
    desk = await other.idle_desk()
    decision = (await one.submitted()).decision
    await hear(other)
    assert (await desk.leased()).decision.id == decision.id


async def test_all_seats_of_a_decision_are_told_elsewhere(servers: tuple[World, World]) -> None:
    one, other = servers
    one.policies.plans = {"hard": replace(PLAN, work=WorkPlan(quorum=Quorum((Term(2, 2),))))}
    desks = [await other.idle_desk(reviewer(name)) for name in ("rita", "ben", "cleo")]
    decision = (await one.submitted("hard")).decision
    call = asyncio.create_task(one.wait(SERVICE, decision.id, HOUR))
    await hear(other)
    rita, ben = [await desk.leased() for desk in desks[:2]]
    await other.settled(rita)
    await hear(one)
    await one.quiet()
    assert not call.done()
    await other.settled(ben, Verdict.REJECT)  # they differ, and a third is asked
    last = await other.settled(await desks[2].leased(), Verdict.REJECT)
    await hear(one)
    assert (await asyncio.wait_for(call, PATIENCE)).decision.resolution == last.job.decision.resolution


async def test_who_watches_hears_of_everything_and_of_nothing_twice(servers: tuple[World, World]) -> None:
    one, other = servers
    one.policies.plans = {"hard": replace(PLAN, escalation=Escalation("senior", MINUTE))}
    watcher = other.watch(reviewer("w", queues=["refunds"]))
    own = one.watch(reviewer("v", queues=["refunds"]))
    await watcher.until(EventType.SYNCED)
    await own.until(EventType.SYNCED)
    await one.submitted("hard")
    await hear(other)
    await watcher.until(EventType.CHANGED)
    job = await one.desk(reviewer("rita")).leased()
    await hear(other)
    await watcher.until(EventType.CHANGED, 2)
    assert job.task.lease is not None
    await one.tasks.escalate(reviewer("rita"), job.task.id, job.task.lease.token, "too hard")
    await hear(other)
    gone = (await watcher.until(EventType.REMOVED)).job
    assert gone is not None
    assert gone.task.queue == "senior"
    told = len(own.events)
    await hear(one)
    await one.quiet()
    assert len(own.events) == told


async def test_one_server_leads_until_its_term_is_over(servers: tuple[World, World]) -> None:
    one, other = servers
    for world in servers:
        world.context.leading = False
        await Lead(world.context).step()
    assert (one.context.leading, other.context.leading) == (True, False)
    one.clock.advance(TERM - SECOND)
    for world in servers:
        await Lead(world.context).step()
    assert (one.context.leading, other.context.leading) == (True, False)
    one.clock.advance(TERM)
    await Lead(other.context).step()
    assert other.context.leading


async def test_what_a_deposed_leader_still_does_comes_to_nothing(servers: tuple[World, World]) -> None:
    one, other = servers
    decision = (await one.submitted()).decision
    await Lead(one.context).step()
    one.clock.advance(HOUR)
    await Lead(other.context).step()
    assert one.context.leading  # it has not heard of it yet
    await Expire(one.context).step()
    assert (await one.decision(decision.id)).resolution is None
    await Timers(other.context, [Expire(other.context)]).step()
    assert resolution(await one.decision(decision.id)).outcome is Outcome.EXPIRED


async def test_who_goes_down_gives_up_the_lead_at_once(servers: tuple[World, World]) -> None:
    one, other = servers
    await Lead(one.context).step()
    await resign(one.context)
    await Lead(other.context).step()
    assert (one.context.leading, other.context.leading) == (False, True)


async def test_nobody_leads_who_can_not_ask(servers: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = servers
    one.context.leading = True
    monkeypatch.setattr(one.real, "lead", Mock(side_effect=StoreUnavailable))
    with pytest.raises(StoreUnavailable):
        await Lead(one.context).step()
    assert not one.context.leading
    assert not await Timers(one.context, [Expire(one.context)]).step()


async def test_the_leader_makes_room_for_the_months_to_come(servers: tuple[World, World], url: str) -> None:
    one, other = servers
    other.context.leading = False
    connection = await connected(url)
    month = month_of(one.clock.advance(400 * DAY))
    for leader, made in ((other, False), (one, True)):
        await MakeRoom(leader.context).step()
        for each in (month, month.next):
            assert (await connection.fetchval("SELECT to_regclass($1)", part_name(each)) is not None) is made
    await connection.close()


async def test_a_clock_is_set_by_the_database(servers: tuple[World, World]) -> None:
    one, _ = servers
    clock = SystemClock()
    truth = clock.now()
    clock.correct(-HOUR)
    await AgreeOnTime(one.real, clock).step()
    assert abs(clock.now() - truth) < MINUTE


async def test_rungs_and_more_time_are_heard_of_on_the_others(servers: tuple[World, World]) -> None:
    one, other = servers
    work = WorkPlan(ladder=(Rung(50, skills=()), Rung(75, queue="senior")), more_time=MoreTime(MINUTE))
    one.policies.plans = {"hard": replace(PLAN, skills=("law",), work=work)}
    watcher = other.watch(reviewer("w", queues=["refunds"]))
    await watcher.until(EventType.SYNCED)
    idle = await other.idle_desk(reviewer("idle", queues=["refunds"]))
    decision = (await one.submitted("hard")).decision
    one.clock.advance(HOUR // 2)
    await Climb(one.context).step()
    await hear(other)
    job = await idle.leased()
    assert (job.decision.id, job.task.skills) == (decision.id, ())
    assert job.task.lease is not None
    local = one.watch(reviewer("v", queues=["refunds"]))
    await local.until(EventType.SYNCED)
    await other.tasks.extend(reviewer("idle"), job.task.id, job.task.lease.token, "")
    await hear(one)
    await one.quiet()
    assert local.of(EventType.CHANGED)[-1].task.extensions == 1
    one.clock.advance(HOUR // 4 + MINUTE)
    senior = await other.idle_desk(reviewer("s", queues=["senior"]))
    await Climb(one.context).step()
    await hear(other)
    assert (await senior.leased()).task.queue == "senior"
    gone = (await watcher.until(EventType.REMOVED)).job
    assert gone is not None
    assert gone.task.queue == "senior"


async def test_an_appeal_and_its_end_are_heard_of_on_the_others(servers: tuple[World, World]) -> None:
    one, other = servers
    one.policies.appeals["refund.issue"] = AppealPlan(1, "appeals", HOUR, HOUR, quorum=Quorum((Term(2, 2),)))
    desk = one.desk()
    await one.submitted()
    decision = (await one.settled(await desk.leased())).job.decision
    await desk.close()
    court = [await other.idle_desk(reviewer(name)) for name in ("ben", "cleo")]
    await one.appeals.appeal(SERVICE, decision.id, "it was intact", "")
    call = asyncio.create_task(one.wait(SERVICE, decision.id, HOUR, 1))
    await hear(other)
    ben, cleo = [await desk.leased() for desk in court]
    assert {ben.task.level, cleo.task.level} == {1}
    await hear(one)
    await other.settled(ben)
    await hear(one)
    await one.quiet()
    assert not call.done()
    await other.settled(cleo)
    await hear(one)
    standing = await asyncio.wait_for(call, PATIENCE)
    (appeal,) = await one.appeals.of(standing.decision)
    assert appeal.resolution is not None


async def test_an_amendment_is_shown_to_who_holds_the_task_elsewhere(servers: tuple[World, World]) -> None:
    here, there = servers
    decision = (await here.submitted()).decision
    desk = there.desk()
    held = await desk.leased()
    await here.amend.amend(SERVICE, decision.id, command(confidence=0.4), decision.payload_hash)
    await hear(there)
    new = await desk.leased(2)
    assert (new.task, new.decision.amendments) == (held.task, 1)
    await there.settled(new)


async def test_a_superseded_decision_releases_who_waits_elsewhere(servers: tuple[World, World]) -> None:
    here, there = servers
    decision = (await here.submitted()).decision
    desk = there.desk()
    await desk.leased()
    caller = asyncio.create_task(there.wait(SERVICE, decision.id, HOUR))
    await there.quiet()
    new = (await here.amend.supersede(SERVICE, decision.id, command())).decision
    await hear(there)
    assert (await asyncio.wait_for(caller, PATIENCE)).decision.superseded_by == new.id
    await desk.until(EventType.REMOVED)
    assert (await desk.leased(2)).decision.id == new.id


async def test_a_stricter_answer_is_heard_of_on_the_others(servers: tuple[World, World]) -> None:
    here, there = servers
    decision = (await here.submitted()).decision
    desk = here.desk()
    job = await desk.leased()
    caller = asyncio.create_task(there.wait(SERVICE, decision.id, HOUR))
    await there.quiet()
    here.policies = RuledPolicies(Route.BLOCK)
    with pytest.raises(PolicyStricter):
        await here.settled(job)
    await hear(there)
    assert resolution((await asyncio.wait_for(caller, PATIENCE)).decision).outcome is Outcome.BLOCKED
