"""A store with room for several months, for retention, on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from andon.store.ledger import first_fault
from andon.store.port import Store
from tests.postgres import Connection
from tests.store.engines import Engine
from tests.store.helpers import entries
from tests.store.retention.retiring import OLD, Place, connected


@pytest.fixture
def place(engine: Engine) -> Place:
    """An empty store of an engine."""
    return Place(engine)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """A server's store, with parts for the months of the tests. Its ledger is whole in the end, whatever went."""
    store = await place.serve()
    await store.make_room(OLD.start)
    yield store
    assert first_fault(await entries(store)) is None
    await store.close()


@pytest.fixture
async def connection(place: Place) -> AsyncIterator[Connection]:
    """Somebody else's connection to the same database of PostgreSQL."""
    connection = await connected(str(place.where))
    yield connection
    await connection.close()
