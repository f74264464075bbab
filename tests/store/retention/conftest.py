"""A database of several months, for retention: PostgreSQL alone has it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from andon.store.ledger import first_fault
from andon.store.postgres import PostgresStore, open_postgres
from tests.postgres import Connection, Databases
from tests.store.helpers import entries
from tests.store.retention.retiring import OLD, connected


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with our schema and nothing in it."""
    return databases.clean()


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    """A server's store, with parts for the months of the tests. Its ledger is whole in the end, whatever went."""
    store = await open_postgres(url)
    await store.make_room(OLD.start)
    yield store
    assert first_fault(await entries(store)) is None
    await store.close()


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    """Somebody else's connection to the same database."""
    connection = await connected(url)
    yield connection
    await connection.close()
