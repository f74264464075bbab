"""Waiters: none is forgotten, none counted twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MILLISECOND
from andon.domain.decision import Decision, Outcome, Resolution
from andon.domain.errors import CredentialsInvalid, TooManyWaiters
from andon.usecases.waiters import Waiters
from tests.builders import make_decision
from tests.unit.usecases.world import ADMIN, OTHER_SERVICE, SERVICE


def ended(decision: Decision) -> Decision:
    return replace(decision, resolution=Resolution(Outcome.APPROVED, "rita", 1))


async def test_everybody_who_waits_is_released() -> None:
    waiters, decision, other = Waiters(10), ended(make_decision()), make_decision()
    futures = [waiters.register(decision.id, SERVICE) for _ in range(3)]
    bystander = waiters.register(other.id, SERVICE)
    waits = [asyncio.create_task(waiters.wait(future, HOUR)) for future in futures]
    await asyncio.sleep(0)
    waiters.resolve(decision)
    assert await asyncio.gather(*waits) == [decision] * 3
    assert not bystander.done()


async def test_a_resolution_before_the_wait_counts() -> None:
    waiters, decision = Waiters(1), ended(make_decision())
    future = waiters.register(decision.id, SERVICE)
    waiters.resolve(decision)
    assert await waiters.wait(future, HOUR) is decision


async def test_a_wait_ends_with_its_span() -> None:
    waiters = Waiters(1)
    assert await waiters.wait(waiters.register("a", SERVICE), MILLISECOND) is None


async def test_a_resolution_after_the_end_of_a_wait_is_harmless() -> None:
    waiters, decision = Waiters(1), ended(make_decision())
    future = waiters.register(decision.id, SERVICE)
    await waiters.wait(future, 0)
    waiters.resolve(decision)
    waiters.forget(decision.id, future)
    waiters.resolve(decision)
    assert len(waiters) == 0


async def test_places_are_counted_and_given_back_once() -> None:
    waiters = Waiters(2)
    first, second = waiters.register("a", SERVICE), waiters.register("a", SERVICE)
    with pytest.raises(TooManyWaiters, match="more than 2 callers are waiting; decisions/b is recorded"):
        waiters.register("b", SERVICE)
    assert len(waiters) == 2
    waiters.forget("a", first)
    waiters.forget("a", first)
    waiters.forget("b", second)
    assert len(waiters) == 1
    waiters.forget("b", waiters.register("b", SERVICE))
    waiters.forget("a", second)
    assert len(waiters) == 0


async def test_a_cancelled_caller_leaves_the_others() -> None:
    waiters, decision = Waiters(2), ended(make_decision())
    gone, stays = waiters.register(decision.id, SERVICE), waiters.register(decision.id, SERVICE)
    leaving = asyncio.create_task(waiters.wait(gone, HOUR))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait((leaving,))
    waiters.resolve(decision)
    assert await waiters.wait(stays, HOUR) is decision


async def test_a_drain_lets_everybody_go_and_holds_nobody_after() -> None:
    waiters = Waiters(3)
    waiting = asyncio.create_task(waiters.wait(waiters.register("a", SERVICE), HOUR))
    between = waiters.register("b", SERVICE)
    await asyncio.sleep(0)
    waiters.drain()
    assert await waiting is None
    assert await waiters.wait(between, HOUR) is None
    assert await waiters.wait(waiters.register("c", SERVICE), HOUR) is None


async def test_who_is_gone_or_has_other_rights_is_let_go() -> None:
    waiters = Waiters(4)
    gone, changed = (waiters.register("a", SERVICE), waiters.register("a", OTHER_SERVICE))
    unasked, stays = waiters.register("b", SERVICE), waiters.register("b", ADMIN)
    now = {OTHER_SERVICE: replace(OTHER_SERVICE, roles=frozenset()), ADMIN: ADMIN}
    waiters.recheck(now.get)
    with pytest.raises(CredentialsInvalid):
        await waiters.wait(gone, HOUR)
    assert await waiters.wait(changed, HOUR) is None
    waiters.forget("b", unasked)  # complains of no exception that nobody has read
    del unasked
    assert not stays.done()


async def test_who_went_before_taking_a_place_is_not_let_wait() -> None:
    waiters = Waiters(4)
    waiters.recheck({OTHER_SERVICE: replace(OTHER_SERVICE, roles=frozenset()), ADMIN: ADMIN}.get)
    with pytest.raises(CredentialsInvalid):
        waiters.register("a", SERVICE)
    assert len(waiters) == 0
    assert await waiters.wait(waiters.register("a", OTHER_SERVICE), HOUR) is None
    assert not waiters.register("a", ADMIN).done()
