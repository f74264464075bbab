"""Renew, release, escalate, get, list."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.errors import (
    AndonError,
    LeaseLost,
    NoEscalation,
    NoMoreTime,
    QueueNotAllowed,
    RequestIdReused,
    TaskClosed,
    TaskNotFound,
)
from andon.domain.plan import MoreTime, WorkPlan
from andon.domain.principal import Principal, Role
from andon.domain.task import Escalation, TaskState
from andon.store.values import Job, TaskQuery
from andon.usecases.seat import EventType
from tests.unit.usecases.world import ADMIN, OTHER_SERVICE, PLAN, World, reviewer

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


@pytest.mark.parametrize("verb", ["renew", "release", "escalate", "extend"])
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
        (reviewer("a", queues=["legal"], role=Role.LEAD), None, {"legal"}),
        (reviewer("a", queues=["legal"], role=Role.AUDITOR), None, {"refunds", "legal"}),
        (reviewer("a", role=Role.LEAD), None, {"refunds", "legal"}),
        (ADMIN, {"refunds"}, {"refunds"}),
    ],
)
async def test_who_sees_which_queues(world: World, caller: Principal, asked: set[str] | None, seen: set[str]) -> None:
    world.policies.plans = {"legal": replace(PLAN, queue="legal")}
    await world.submitted()
    await world.submitted("legal")
    query = TaskQuery(10, None if asked is None else frozenset(asked))
    assert {job.task.queue for job in await world.tasks.list(caller, query)} == seen


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (reviewer("a"), True),
        (reviewer("a", queues=["refunds"]), True),
        (reviewer("a", queues=["legal"]), False),
        (reviewer("rita", queues=["legal"]), True),
        (reviewer("a", role=Role.AUDITOR, queues=[]), True),
        (ADMIN, True),
    ],
    ids=["all", "serves", "elsewhere", "holder", "auditor", "admin"],
)
async def test_who_sees_a_task_whole(world: World, caller: Principal, sees: bool) -> None:
    job = await leased(world)
    if sees:
        assert await world.tasks.get(caller, job.task.id) == job
        return
    with pytest.raises(TaskNotFound):
        await world.tasks.get(caller, job.task.id)


async def test_a_task_that_there_is_not(world: World) -> None:
    with pytest.raises(TaskNotFound):
        await world.tasks.get(ADMIN, "no-such-task")


async def test_earlier_decisions_are_those_on_the_subject_before_the_tasks(world: World) -> None:
    first = (await world.submitted("auto.tag", OTHER_SERVICE, subject="customers/1")).decision
    await world.submitted(subject="customers/2")
    second = (await world.submitted(subject="customers/1")).decision
    job = await world.job((await world.submitted(subject="customers/1")).decision)
    await world.submitted(subject="customers/1")
    earlier = await world.tasks.earlier(ADMIN, job, None, 10)
    assert [decision.id for decision in earlier] == [second.id, first.id]
    assert all(not decision.proposal.input for decision in earlier)
    assert list(await world.tasks.earlier(ADMIN, job, None, 1)) == list(earlier[:1])
    assert list(await world.tasks.earlier(ADMIN, job, second.sequence, 10)) == list(earlier[1:])
    assert list(await world.tasks.earlier(ADMIN, job, 1_000_000, 10)) == list(earlier)


async def test_a_decision_without_a_subject_has_no_earlier_ones(world: World) -> None:
    await world.submitted()
    assert list(await world.tasks.earlier(ADMIN, await world.job((await world.submitted()).decision), None, 10)) == []


async def test_more_time_is_for_all_who_watch_to_see(world: World) -> None:
    world.policies.plans = {"hard": replace(PLAN, work=WorkPlan(more_time=MoreTime(MINUTE, 1)))}
    await world.submitted("hard")
    job = await world.desk(RITA).leased()
    watcher = world.watch(reviewer("w"))
    await watcher.until(EventType.SYNCED)
    task = await world.tasks.extend(RITA, job.task.id, token(job), "a call")
    assert (task.expire_time, task.extensions, task.lease) == (job.task.expire_time + MINUTE, 1, job.task.lease)
    seen = (await watcher.until(EventType.CHANGED, 2)).job
    assert seen is not None
    assert seen.task == task
    assert world.heard.of("extended") == [task.id]
    with pytest.raises(NoMoreTime):
        await world.tasks.extend(RITA, job.task.id, token(job), "a call")


async def test_more_time_is_given_once_for_one_request_also_after_the_end(world: World) -> None:
    world.policies.plans = {"hard": replace(PLAN, work=WorkPlan(more_time=MoreTime(MINUTE, 2)))}
    await world.submitted("hard")
    job = await world.desk(RITA).leased()
    ask = partial(world.tasks.extend, RITA, job.task.id, token(job))
    answers = [*await asyncio.gather(*(ask("a call", "one") for _ in range(2))), await ask("a call", "one")]
    assert [task.expire_time for task in answers] == [job.task.expire_time + MINUTE] * 3
    assert world.heard.of("extended") == [job.task.id]
    with pytest.raises(RequestIdReused):
        await ask("another call", "one")
    assert (await ask("a call", "two")).extensions == 2
    await world.settled(job)
    assert (await ask("a call", "one")).extensions == 2
    with pytest.raises(TaskClosed):
        await ask("a call", "three")


async def test_who_must_not_judge_any_more_gets_no_more_time(world: World) -> None:
    world.policies.plans = {"hard": replace(PLAN, work=WorkPlan(more_time=MoreTime(MINUTE, 1)))}
    await world.submitted("hard")
    job = await world.desk(RITA).leased()
    with pytest.raises(QueueNotAllowed):
        await world.tasks.extend(reviewer("rita", queues=["others"]), job.task.id, token(job), "")
    assert not world.heard.of("extended")
