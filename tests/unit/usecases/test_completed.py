"""What follows a commit happens, whoever goes away."""

from __future__ import annotations

import asyncio

import pytest

from andon.domain.errors import LeaseLost
from andon.usecases.completed import completed


async def test_an_answer_and_a_refusal_are_handed_on() -> None:
    async def answer() -> int:
        return 7

    async def refuse() -> None:
        raise LeaseLost(name="tasks/1")

    assert await completed(answer()) == 7
    with pytest.raises(LeaseLost):
        await completed(refuse())


async def test_the_work_goes_on_where_its_caller_is_cancelled() -> None:
    go, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go.wait()
        finished.set()

    caller = asyncio.create_task(completed(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait((caller,))
    assert caller.cancelled()
    go.set()
    await asyncio.wait_for(finished.wait(), 5)


@pytest.mark.parametrize(("error", "reported"), [(LeaseLost(name="tasks/1"), 0), (RuntimeError("a fault"), 1)])
async def test_a_fault_nobody_waits_for_is_reported_and_a_refusal_is_not(error: Exception, reported: int) -> None:
    seen: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context["exception"]))
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        raise error

    caller = asyncio.create_task(completed(work()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait((caller,))
    go.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert seen == [error] * reported
