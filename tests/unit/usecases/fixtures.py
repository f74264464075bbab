"""Fixtures of the tests of use cases and of workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from andon.store.sqlite import open_sqlite
from andon.usecases.limits import Limits
from tests.clock import FakeClock
from tests.unit.usecases.world import World


@pytest.fixture
def clock() -> FakeClock:
    """The test's own time."""
    return FakeClock()


@pytest.fixture
async def world(tmp_path: Path, clock: FakeClock) -> AsyncIterator[World]:
    """A server's use cases over an empty store. In the end nobody waits or sits any more."""
    store = await open_sqlite(tmp_path / "andon.db")
    world = World(store, clock, Limits())
    try:
        yield world
        for desk in world.desks:
            await desk.close()
        await world.quiet()
        assert not len(world.context.waiters)
        assert not len(world.context.seats)
        depths = await store.queue_depths()
        assert world.context.open_tasks == sum(depth.waiting + depth.leased for depth in depths.values())
    finally:
        await store.close()  # else its threads outlive the tests
