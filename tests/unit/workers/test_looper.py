"""Looper: a duty never dies, is not stepped twice at once, and ends with its step's work done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from andon.workers.looper import Looper, stop_all

PATIENCE = 5.0
NEVER = 3_600.0


class Duty:
    """Steps that a test sees and steers. `steps` counts those that began, `ended` those that came to their end."""

    name = "test"

    def __init__(self, step: Callable[[int], Awaitable[bool]]) -> None:
        self.steps = 0
        self.ended = 0
        self._step = step
        self._news = asyncio.Condition()

    async def step(self) -> bool:
        self.steps += 1
        async with self._news:
            self._news.notify_all()
        more = await self._step(self.steps)
        self.ended += 1
        return more

    async def begun(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: self.steps >= count)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def until(count: int) -> Duty:
    async def step(number: int) -> bool:
        return number < count

    return Duty(step)


async def test_it_steps_at_once_while_there_is_more_and_then_pauses() -> None:
    duty = await until(5)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(5)
    await settle()
    assert duty.steps == 5
    await looper.stop()


async def test_it_steps_again_after_the_interval() -> None:
    duty = await until(0)
    looper = Looper(duty, 0.001)
    looper.start()
    await duty.begun(3)
    await looper.stop()


async def test_it_can_be_woken() -> None:
    duty = await until(0)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(1)
    await settle()
    looper.wake()
    await duty.begun(2)
    await looper.stop()


async def test_a_wake_up_while_a_step_runs_is_not_lost() -> None:
    go = asyncio.Event()

    async def step(number: int) -> bool:
        if number == 1:
            await go.wait()
        return False

    duty = Duty(step)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(1)
    looper.wake()
    go.set()
    await duty.begun(2)
    await looper.stop()


async def test_a_step_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []

    class Log:
        def exception(self, event: str, **fields: object) -> None:
            logged.append(f"{event} {fields['duty']}")

    monkeypatch.setattr("andon.workers.looper._log", Log())

    async def step(number: int) -> bool:
        if number == 1:
            raise RuntimeError("the disk is gone")
        return False

    duty = Duty(step)
    looper = Looper(duty, 0.001)
    looper.start()
    await duty.begun(2)
    await looper.stop()
    assert logged == ["duty failed test"]


async def test_a_stop_waits_for_the_step_that_runs() -> None:
    go = asyncio.Event()

    async def step(number: int) -> bool:
        await go.wait()
        return True

    duty = Duty(step)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(1)
    stopping = asyncio.create_task(looper.stop())
    await settle()
    assert not stopping.done()
    go.set()
    await asyncio.wait_for(stopping, PATIENCE)
    assert (duty.steps, duty.ended) == (1, 1)


async def test_a_step_that_hangs_does_not_hold_up_the_stop_for_ever() -> None:
    async def step(number: int) -> bool:
        await asyncio.Event().wait()
        return False

    duty = Duty(step)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(1)
    await asyncio.wait_for(looper.stop(grace=0.001), PATIENCE)
    assert (duty.steps, duty.ended) == (1, 0)


async def test_a_pause_is_cut_short_by_a_stop() -> None:
    duty = await until(0)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(1)
    await settle()
    await asyncio.wait_for(looper.stop(), PATIENCE)
    await looper.stop()
    assert duty.steps == 1


async def test_a_looper_that_never_began_can_be_stopped() -> None:
    await Looper(await until(0), NEVER).stop()


async def test_all_are_stopped_together_under_one_bound() -> None:
    async def step(number: int) -> bool:
        await asyncio.Event().wait()
        return False

    duties = [Duty(step) for _ in range(50)]
    loopers = [Looper(duty, NEVER) for duty in duties]
    for looper, duty in zip(loopers, duties, strict=True):
        looper.start()
        await duty.begun(1)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await stop_all([*loopers, Looper(await until(0), NEVER)], grace=0.05)
    assert loop.time() - begun < 1.25  # one after the other it would take 2.5 s
    assert [(duty.steps, duty.ended) for duty in duties] == [(1, 0)] * 50


async def test_a_step_that_will_not_be_cancelled_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.workers.looper._CANCELLING", 0.001)
    go = asyncio.Event()

    async def step(number: int) -> bool:
        while not go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await go.wait()
        return False

    duty = Duty(step)
    looper = Looper(duty, NEVER)
    looper.start()
    await duty.begun(1)
    await asyncio.wait_for(stop_all([looper], grace=0.001), PATIENCE)
    go.set()
    await looper.stop()
