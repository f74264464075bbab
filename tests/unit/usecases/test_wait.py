"""Wait: bounded, durable, and never past the answer."""

from __future__ import annotations

import asyncio

import pytest

from andon.domain.clock import HOUR, MILLISECOND, MINUTE
from andon.domain.decision import DecisionState, Outcome
from andon.domain.errors import CredentialsInvalid, DecisionNotFound, TooManyWaiters
from andon.domain.principal import Principal, Role
from andon.usecases.context import Standing
from andon.usecases.estimates import WaitEstimate
from andon.usecases.waiters import Waiters
from tests.unit.usecases.world import ADMIN, OTHER_SERVICE, PATIENCE, SERVICE, World, resolution, reviewer


def waiting(world: World, decision_id: str, by: Principal = SERVICE) -> asyncio.Task[Standing]:
    return asyncio.create_task(world.wait(by, decision_id, HOUR))


async def approved(call: asyncio.Task[Standing]) -> bool:
    standing = await asyncio.wait_for(call, PATIENCE)
    return resolution(standing.decision).outcome is Outcome.APPROVED


async def test_many_callers_may_wait_for_one_decision(world: World) -> None:
    decision = (await world.submitted()).decision
    calls = [waiting(world, decision.id, by) for by in (SERVICE, SERVICE, ADMIN)]
    job = await world.desk().leased()
    await world.settled(job)
    assert [await approved(call) for call in calls] == [True] * 3


async def test_a_decision_that_has_ended_is_answered_at_once(world: World) -> None:
    decision = (await world.submitted()).decision
    await world.settled(await world.desk().leased())
    assert await approved(waiting(world, decision.id))


async def test_nothing_is_waited_for_with_no_span(world: World) -> None:
    world.context.waiters = Waiters(0)
    decision = (await world.submitted()).decision
    assert (await world.wait(SERVICE, decision.id, 0)).decision == decision


async def test_the_server_caps_the_span(world: World) -> None:
    world.limit(max_wait=MILLISECOND)
    decision = (await world.submitted()).decision
    standing = await asyncio.wait_for(world.wait(SERVICE, decision.id, HOUR), PATIENCE)
    assert standing.decision.state is DecisionState.PENDING


async def test_a_verdict_before_the_caller_takes_its_place_is_seen(world: World) -> None:
    decision = (await world.submitted()).decision
    job = await world.desk().leased()
    done, go = world.store.pause("decision")
    call = waiting(world, decision.id)
    await done.wait()
    await world.settled(job)
    go.set()
    assert await approved(call)


async def test_a_verdict_between_taking_a_place_and_looking_is_seen(world: World) -> None:
    decision = (await world.submitted()).decision
    job = await world.desk().leased()
    done, go = world.store.pause("is_open")
    call = waiting(world, decision.id)
    await done.wait()
    await world.settled(job)
    go.set()
    assert await approved(call)


async def test_a_drain_answers_with_the_newest_state(world: World) -> None:
    decision = (await world.submitted()).decision
    call = waiting(world, decision.id)
    await world.quiet()
    world.context.waiters.drain()
    for standing in (await asyncio.wait_for(call, PATIENCE), await world.wait(SERVICE, decision.id, HOUR)):
        assert standing.decision == decision


async def test_a_cancelled_caller_frees_its_place_wherever_it_is(world: World) -> None:
    world.context.waiters = Waiters(1)
    decision = (await world.submitted()).decision
    done, go = world.store.pause("is_open")
    for _ in range(2):
        call = waiting(world, decision.id)
        await done.wait()
        await world.quiet()
        call.cancel()
        await asyncio.wait((call,))
        assert len(world.context.waiters) == 0
    go.set()


async def test_no_more_callers_wait_than_allowed_and_a_place_comes_free(world: World) -> None:
    world.context.waiters = Waiters(1)
    decision = (await world.submitted()).decision
    call = waiting(world, decision.id)
    await world.quiet()
    with pytest.raises(TooManyWaiters):
        await world.wait(SERVICE, decision.id, HOUR)
    await world.settled(await world.desk().leased())
    assert await approved(call)
    assert len(world.context.waiters) == 0


@pytest.mark.parametrize(
    "caller",
    [OTHER_SERVICE, reviewer("rita", queues=["others"]), Principal("x", frozenset())],
    ids=lambda caller: caller.name,
)
async def test_what_is_not_the_callers_to_see_does_not_exist(world: World, caller: Principal) -> None:
    decision = (await world.submitted()).decision
    with pytest.raises(DecisionNotFound):
        await world.wait(caller, decision.id, 0)
    with pytest.raises(DecisionNotFound):
        await world.wait(SERVICE, "no-such-decision", 0)


@pytest.mark.parametrize("role", [Role.LEAD, Role.AUDITOR, Role.ADMIN])
async def test_who_sees_all_may_wait_for_all(world: World, role: Role) -> None:
    decision = (await world.submitted()).decision
    caller = Principal("x", frozenset({role}), queues=frozenset({"*"}))
    assert (await world.wait(caller, decision.id, 0)).decision == decision


async def test_an_open_decision_comes_with_the_estimate_of_its_queue(world: World) -> None:
    decision = (await world.submitted()).decision
    assert decision.queue == "refunds"
    world.context.estimates.record("refunds", MINUTE)
    assert (await world.wait(SERVICE, decision.id, 0)).estimate == WaitEstimate(MINUTE, MINUTE)
    await world.settled(await world.desk().leased())
    assert (await world.wait(SERVICE, decision.id, 0)).estimate is None


async def test_who_goes_while_the_decision_is_read_does_not_wait_on(world: World) -> None:
    decision = (await world.submitted()).decision
    entered, go = world.store.pause("decision")
    call = waiting(world, decision.id)
    await entered.wait()
    world.context.recheck(lambda principal: None)
    go.set()
    with pytest.raises(CredentialsInvalid):
        await asyncio.wait_for(call, PATIENCE)
    assert len(world.context.waiters) == 0
