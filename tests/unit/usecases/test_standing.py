"""The list a watching stream begins with: read once for many, told in turns, and left where the server drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.errors import StoreUnavailable
from andon.domain.task import TaskState
from andon.store.values import Job, TaskQuery
from andon.usecases import turns
from andon.usecases.seat import EventType, StreamEvent
from andon.usecases.turns import Turn, Turns
from tests.unit.usecases.world import SERVICE, World, command, reviewer

CHANGED, SYNCED = EventType.CHANGED, EventType.SYNCED
RITA = reviewer("rita")


class Counted:
    """The store; counts the pages that are read, and fails those it is told to."""

    def __init__(self, world: World) -> None:
        self.pages: list[TaskQuery] = []
        self.failures = 0
        self._store = world.context.store
        world.context.store = self

    def __getattr__(self, method: str) -> Any:
        return getattr(self._store, method)

    async def list_tasks(self, query: TaskQuery) -> Sequence[Job]:
        self.pages.append(query)
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable(why="disk full")
        return await self._store.list_tasks(query)


async def _until_synced(stream: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    events: list[StreamEvent] = []
    async for event in stream:
        if event.type is SYNCED:
            return events
        events.append(event)
    return events


async def test_streams_that_start_together_share_the_pages_they_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("andon.usecases.standing.BRIEF_PAGE", 3)
    await world.submit.many(SERVICE, [command() for _ in range(8)])
    store = Counted(world)
    streams = [world.stream.watch(RITA, frozenset(), brief=True) for _ in range(20)]
    for events in await asyncio.gather(*map(_until_synced, streams)):
        assert len({event.job.task.id for event in events if event.job}) == len(events) == 8
    assert len([query for query in store.pages if query.after is not None]) <= 4
    for stream in streams:
        await stream.aclose()


async def test_a_stream_sees_no_page_that_was_read_before_it_was_opened(world: World) -> None:
    first = world.stream.watch(RITA, frozenset(), brief=True)
    await world.submitted()
    assert (await anext(first)).type is CHANGED
    await world.submitted()
    late = world.stream.watch(RITA, frozenset(), brief=True)
    assert len(await _until_synced(late)) == 2
    await first.aclose()
    await late.aclose()


async def test_what_was_told_newer_is_not_told_again_from_an_older_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that was read for another stream, before a task moved to the front, has the task at its old place."""
    monkeypatch.setattr("andon.usecases.standing.BRIEF_PAGE", 1)
    await world.submit.many(SERVICE, [command() for _ in range(3)])
    first, second, third = await world.real.list_tasks(TaskQuery(3))
    urgent = replace(third, task=replace(third.task, urgency=90))
    pages = iter([[first], [urgent], [second], [third], []])

    async def list_tasks(query: TaskQuery) -> Sequence[Job]:
        return next(pages)

    monkeypatch.setattr(world.context.store, "list_tasks", list_tasks, raising=False)
    stream = world.stream.watch(RITA, frozenset(), brief=True)
    told = [await anext(stream)]
    world.context.seats.changed(urgent)
    told += await _until_synced(stream)
    assert [event.job and event.job.task.urgency for event in told] == [first.task.urgency, 90, second.task.urgency]
    await stream.aclose()


async def test_a_page_that_could_not_be_read_is_read_again(world: World) -> None:
    await world.submitted()
    store = Counted(world)
    store.failures = 1
    stay = world.stream.watch(RITA, frozenset(), brief=True)
    with pytest.raises(StoreUnavailable):
        await anext(stay)
    again = world.stream.watch(RITA, frozenset(), brief=True)
    assert len(await _until_synced(again)) == 1
    await again.aclose()


async def test_whole_tasks_are_read_few_at_a_time(world: World) -> None:
    await world.submitted()
    store = Counted(world)
    stream = world.stream.watch(RITA, frozenset())
    await anext(stream)
    assert [query.limit for query in store.pages] == [32]
    await stream.aclose()


@pytest.mark.parametrize("brief", [False, True])
async def test_a_drain_ends_a_stream_that_tells_its_list(world: World, brief: bool) -> None:
    await world.submit.many(SERVICE, [command() for _ in range(5)])
    stream = world.stream.lease_and_watch(RITA, frozenset(), 1, brief=brief)
    told = [await anext(stream), await anext(stream)]
    world.context.seats.drain()
    told += [event async for event in stream]
    assert [event.type for event in told] == [EventType.LEASED, CHANGED]
    assert told[1].job is not None
    assert told[1].job.task.state is TaskState.WAITING
    assert len(world.context.seats) == 0


async def test_who_computes_lets_others_run_between_any_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round of the loop has one slice of one stream, so who asks for little is never behind them all."""
    now = [0.0]
    monkeypatch.setattr(turns, "perf_counter", lambda: now[0])
    line, done = Turns(), 0

    async def compute() -> None:
        nonlocal done
        turn = Turn(line)
        for _ in range(10):
            await turn.go_on()
            now[0] += turns.SLICE * 2
            done += 1

    tasks = [asyncio.create_task(compute()) for _ in range(20)]
    most = 0
    while not all(task.done() for task in tasks):
        before = done
        await asyncio.sleep(0)
        most = max(most, done - before)
    assert done == 200
    assert most <= 2


async def test_who_waits_for_readers_goes_with_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "perf_counter", lambda: 1.0)
    line, rounds = Turns(), 0
    tasks = [asyncio.create_task(line.wait()) for _ in range(100)]
    tasks[3].cancel()
    while not all(task.done() for task in tasks):
        rounds += 1
        await asyncio.sleep(0)
    assert rounds <= 12
    await asyncio.gather(*tasks, return_exceptions=True)
