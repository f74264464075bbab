"""Renew, release, escalate, list."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.errors import AndonError, LeaseLost, NoEscalation, TaskClosed, TaskNotFound
from andon.domain.principal import Principal, Role
from andon.domain.task import Escalation, TaskState
from andon.store.port import Job, TaskQuery
from andon.usecases.seats import EventType
from tests.unit.usecases.world import ADMIN, PLAN, World, reviewer

RITA = reviewer("rita")


async def leased(world: World) -> Job:
    world.policies.plans = {"hard": replace(PLAN, escalation=Escalation("senior", HOUR))}
    await world.submitted("hard")
    return await world.desk(RITA).leased()


def token(job: Job) -> str:
    assert job.task.lease is not None
    return job.task.lease.token


async def test_a_renewal_prolongs_the_lease_from_now(world: World) -> None:
    job = await leased(world)
    world.clock.advance(50 * SECOND)
    task = await world.tasks.renew(RITA, job.task.id, token(job))
    assert task.lease is not None
    assert task.lease.expire_time == world.clock.now() + MINUTE
    assert task.lease.token == token(job)


@pytest.mark.parametrize("verb", ["renew", "release", "escalate"])
@pytest.mark.parametrize("why", ["wrong token", "somebody else", "lapsed", "unknown", "closed"])
async def test_only_the_holder_moves_a_task(world: World, verb: str, why: str) -> None:
    job = await leased(world)
    caller = reviewer("olga") if why == "somebody else" else RITA
    proof = "wrong" if why == "wrong token" else token(job)
    identity = "no-such-task" if why == "unknown" else job.task.id
    if why == "lapsed":
        world.clock.advance(MINUTE)
    if why == "closed":
        await world.settled(job)
    errors: dict[str, type[AndonError]] = {"unknown": TaskNotFound, "closed": TaskClosed}
    with pytest.raises(errors.get(why, LeaseLost)):
        await getattr(world.tasks, verb)(caller, identity, proof, *([] if verb == "renew" else ["why"]))
    assert not world.heard.of("escalated")


async def test_a_release_leaves_the_task_waiting(world: World) -> None:
    job = await leased(world)
    task = await world.tasks.release(RITA, job.task.id, token(job), "not mine")
    assert (task.state, task.lease, task.queue) == (TaskState.WAITING, None, "refunds")
    assert world.context.open_tasks == 1


async def test_an_escalation_happens_once(world: World) -> None:
    job = await leased(world)
    task = await world.tasks.escalate(RITA, job.task.id, token(job), "too hard")
    assert (task.state, task.queue, task.escalations, task.escalation) == (TaskState.WAITING, "senior", 1, None)
    assert world.heard.of("escalated") == [job.task.id]
    again = await world.desk(reviewer("s")).leased()
    with pytest.raises(NoEscalation):
        await world.tasks.escalate(reviewer("s"), again.task.id, token(again), "too hard for me as well")


@pytest.mark.parametrize("verb", ["release", "escalate"])
async def test_a_reviewer_that_goes_away_meanwhile_leaves_the_task_to_be_found(world: World, verb: str) -> None:
    job = await leased(world)
    other = await world.idle_desk(reviewer("olga"))
    done, go = world.store.pause(f"{verb}_if_held")
    call = asyncio.create_task(getattr(world.tasks, verb)(RITA, job.task.id, token(job), ""))
    await done.wait()
    call.cancel()
    await asyncio.wait((call,))
    go.set()
    assert (await other.leased()).task.id == job.task.id
    await world.desks[0].until(EventType.REMOVED)


@pytest.mark.parametrize(
    ("caller", "asked", "seen"),
    [
        (RITA, None, {"refunds", "legal"}),
        (reviewer("a", queues=["legal"]), None, {"legal"}),
        (reviewer("a", queues=["legal"]), {"legal", "refunds"}, {"legal"}),
        (reviewer("a", queues=["legal"]), {"refunds"}, set()),
        (reviewer("a", queues=[]), None, set()),
        (reviewer("a", queues=["legal"], role=Role.LEAD), None, {"refunds", "legal"}),
        (ADMIN, {"refunds"}, {"refunds"}),
    ],
)
async def test_who_sees_which_queues(world: World, caller: Principal, asked: set[str] | None, seen: set[str]) -> None:
    world.policies.plans = {"legal": replace(PLAN, queue="legal")}
    await world.submitted()
    await world.submitted("legal")
    query = TaskQuery(10, None if asked is None else frozenset(asked))
    assert {job.task.queue for job in await world.tasks.list(caller, query)} == seen
