"""One suite for every engine: what differs between them stands in `tests/store/engines.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from andon.domain.search import DecisionQuery
from andon.store.ledger import first_fault
from andon.store.port import Store
from tests.clock import FakeClock
from tests.store.engines import ENGINES, Engine


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An engine with an empty store of its own."""
    return ENGINES[request.param](tmp_path)


@pytest.fixture
async def store(engine: Engine) -> AsyncIterator[Store]:
    """An open store. Whatever a test did to it, its ledger and its sequences are whole in the end."""
    store = await engine.open()
    yield store
    decisions = await store.list_decisions(DecisionQuery(10_000))
    assert [decision.sequence for decision in decisions] == list(range(len(decisions), 0, -1))
    assert first_fault(await store.ledger(0, 100_000)) is None
    await store.close()


@pytest.fixture
def clock() -> FakeClock:
    """The test's own time."""
    return FakeClock()
