"""Calls that come together go through their stages together; who comes alone never waits."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from andon.rpc.crowd import FEW, LARGEST, LONGEST, Crowd
from andon.rpc.pipeline import Gate

MANY = 2 * FEW


class Calls:
    """A crowd, those who are under way elsewhere, and a clock that stands still."""

    def __init__(self, under_way: int = 0) -> None:
        self.under_way = under_way
        self.now = 0.0
        self.said: list[str] = []
        self.crowd = Crowd(lambda: self.under_way, lambda: self.now)

    def come(self, count: int) -> list[asyncio.Task[None]]:
        """So many calls come; each says what it does."""
        return [asyncio.create_task(self._call()) for _ in range(count)]

    async def _call(self) -> None:
        self.said.append("comes")
        await self.crowd.join()
        self.said.append("goes")

    def is_gone(self) -> bool:
        return "goes" in self.said


def driven(calls: Calls) -> bool:
    """Whether a call passes without a single turn of the event loop."""
    joining = calls.crowd.join()
    try:
        joining.send(None)
    except StopIteration:
        return True
    joining.close()
    return False


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("under_way", [0, 1, FEW - 2])
async def test_with_few_under_way_nobody_waits(under_way: int) -> None:
    calls = Calls(under_way)
    assert driven(calls)
    assert not calls.crowd.is_one


async def test_calls_that_come_together_go_in_a_row() -> None:
    calls = Calls(FEW)
    await asyncio.gather(*calls.come(MANY))
    assert calls.said == ["comes"] * MANY + ["goes"] * MANY
    assert calls.crowd.is_one


async def test_who_comes_while_others_gather_goes_with_them() -> None:
    calls = Calls(MANY)
    early = calls.come(3)
    await turns(4)
    assert not calls.is_gone()
    late = calls.come(2)
    await asyncio.gather(*early, *late)
    assert calls.said == ["comes"] * 5 + ["goes"] * 5


async def test_nobody_is_waited_for_who_has_left() -> None:
    calls = Calls(MANY)
    left, *others = calls.come(3)
    await turns(1)
    left.cancel()
    await asyncio.gather(*others)
    assert calls.said.count("goes") == 2
    with suppress(asyncio.CancelledError):
        await left


async def test_a_crowd_that_is_large_enough_waits_for_nobody() -> None:
    calls = Calls(MANY)
    coming = calls.come(LARGEST)
    await turns(4)
    assert calls.said.count("goes") == LARGEST
    await asyncio.gather(*coming)


async def test_gathering_ends_in_time_however_many_go_on_coming() -> None:
    calls = Calls(MANY)
    coming = calls.come(1)
    for _ in range(LARGEST // 2):
        await turns(2)
        assert not calls.is_gone()
        coming += calls.come(1)
    calls.now = LONGEST
    await turns(3)
    assert calls.is_gone()
    await asyncio.gather(*coming)


async def test_a_crowd_is_forgotten() -> None:
    calls = Calls(LARGEST)
    await asyncio.gather(*calls.come(1))
    calls.under_way = 0
    waits = 0
    while not driven(calls):
        await asyncio.gather(*calls.come(1))
        waits += 1
    assert 0 < waits < 40


def test_blocked_waiters_are_no_crowd_and_open_streams_speak_against_one() -> None:
    waiters, streams = 3, 5
    gate = Gate(100, lambda: waiters + streams, lambda: streams)
    assert gate.crowd == 0
    for _ in range(20):
        gate.enter()
    assert gate.crowd == 20 - waiters - streams - streams
