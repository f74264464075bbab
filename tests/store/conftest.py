"""One suite for every engine: what differs between them stands in `tests/store/engines.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from andon.store.port import Store
from andon.store.postgres import pool
from tests.clock import FakeClock
from tests.conftest import LONG
from tests.store.engines import ENGINES, SEALED, Engine
from tests.store.helpers import check_whole


@pytest.fixture(params=[*ENGINES, *(SEALED if LONG else ())])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine with an empty store of its own. Skips a test that needs what this one lacks."""
    with {**ENGINES, **SEALED}[request.param](request) as engine:
        for mark in request.node.iter_markers("needs"):
            for need in mark.args:
                if need in engine.lacks:
                    pytest.skip(f"{request.param} lacks {need}: {engine.lacks[need]}")
        yield engine


@pytest.fixture
async def store(engine: Engine) -> AsyncIterator[Store]:
    """An open store. Whatever a test did to it, its ledger and its sequences are whole in the end."""
    store = await engine.open()
    yield store
    await check_whole(store)
    await store.close()


@pytest.fixture
def unrepeated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Locks are taken in one order: no deadlock has a transaction repeated."""
    repeated: list[object] = []
    monkeypatch.setattr(pool, "warn", lambda *told, **_: repeated.append(told))
    yield
    assert repeated == []


@pytest.fixture
def clock() -> FakeClock:
    """The test's own time."""
    return FakeClock()
