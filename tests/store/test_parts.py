"""The decision log in parts: one for each month, made in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import AsyncMock

import asyncpg
import pytest

from andon.domain.months import Month, month_of
from andon.domain.search import DecisionQuery
from andon.store.postgres import PostgresStore, open_postgres, parts
from andon.store.postgres.parts import part_name
from andon.store.postgres.statements import prepared, sql
from tests.postgres import Connection, Databases
from tests.store.helpers import check_whole
from tests.store.retention.retiring import NEWER, OLD, connected, held, passed
from tests.store.retention.retiring import parts as old_parts


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with our schema and nothing in it."""
    return databases.clean()


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    """An open store, whole in the end."""
    store = await open_postgres(url)
    yield store
    await check_whole(store)
    await store.close()


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    """Somebody else's connection to the same database."""
    connection = await connected(url)
    yield connection
    await connection.close()


async def where(connection: Connection, id: str) -> str:
    """The part that holds a decision."""
    found: str = await connection.fetchval("SELECT tableoid::regclass::text FROM decision WHERE id = $1", id)
    return found


async def test_a_new_database_has_the_parts_of_this_month_and_the_next(
    store: PostgresStore, connection: Connection
) -> None:
    this = month_of(await connection.fetchval(sql("clock")))
    for month in (this, this.next):
        assert await connection.fetchval("SELECT to_regclass($1)", part_name(month)) is not None


async def test_a_decision_lies_in_the_part_of_its_month(store: PostgresStore, connection: Connection) -> None:
    await store.make_room(OLD.start)
    first, last = await passed(store, OLD, 0), await passed(store, NEWER, 0)
    assert await where(connection, first) == "decision_2025_03"
    assert await where(connection, last) == "decision_2025_04"
    assert await where(connection, await passed(store, Month(2025, 5), 0)) == "decision_rest"


async def test_parts_are_made_once_by_all_together(store: PostgresStore, url: str, connection: Connection) -> None:
    stores = [await open_postgres(url) for _ in range(3)]
    await asyncio.gather(*(each.make_room(OLD.start) for each in (store, *stores) for _ in range(3)))
    assert await old_parts(connection) == {"decision_2025_03", "decision_2025_04"}
    for each in stores:
        await each.close()


async def test_what_lay_in_the_rest_moves_to_its_part(store: PostgresStore, connection: Connection) -> None:
    ids = [await passed(store, OLD, number) for number in range(3)]
    assert await where(connection, ids[0]) == "decision_rest"
    await store.make_room(OLD.start)
    assert {await where(connection, id) for id in ids} == {"decision_2025_03"}
    assert [each.id for each in await store.list_decisions(DecisionQuery(10))] == ids[::-1]


async def test_a_month_with_too_much_in_the_rest_stays_there(
    store: PostgresStore, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_MOVED", 2)
    ids = [await passed(store, OLD, number) for number in range(3)]
    await store.make_room(OLD.start)
    assert await old_parts(connection) == {"decision_2025_04"}
    assert await where(connection, ids[0]) == await where(connection, await passed(store, OLD, 7)) == "decision_rest"


async def test_what_is_written_while_a_part_is_made_is_in_it(store: PostgresStore, connection: Connection) -> None:
    made = asyncio.create_task(store.make_room(OLD.start))
    ids = await asyncio.gather(*(passed(store, OLD, number) for number in range(30)))
    await made
    assert {await where(connection, id) for id in ids} == {"decision_2025_03"}


async def test_what_was_on_its_way_to_the_rest_goes_to_the_part(store: PostgresStore, connection: Connection) -> None:
    async with connection.transaction():
        await connection.execute("LOCK TABLE decision_rest IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.create_task(passed(store, OLD, 1))
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0)
        await connection.execute("CREATE TABLE decision_2025_03 (LIKE decision INCLUDING ALL)")
        bounds = f"FROM ('{OLD.low}') TO ('{OLD.high}')"
        await connection.execute(f"ALTER TABLE decision ATTACH PARTITION decision_2025_03 FOR VALUES {bounds}")
    assert await where(connection, await writing) == "decision_2025_03"


async def test_a_part_that_can_not_be_had_stops_nothing(
    store: PostgresStore, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = AsyncMock(side_effect=asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))
    with monkeypatch.context() as patch:
        patch.setattr(parts, "_make", refused)
        await store.make_room(OLD.start)
    assert refused.await_count == 2
    assert await where(connection, await passed(store, OLD, 1)) == "decision_rest"
    await store.make_room(OLD.start)
    assert await old_parts(connection) == {"decision_2025_03", "decision_2025_04"}


@pytest.mark.parametrize("name", ["decision_by_id", "is_open", "job_by_task", "jobs_by_ids", "resolve_if_open"])
async def test_who_names_a_decision_looks_into_one_part(
    store: PostgresStore, connection: Connection, name: str
) -> None:
    month = Month(2024, 1)
    for _ in range(12):
        await store.make_room(month.start)
        month = month.next.next
    task = await held(store, OLD, 1)
    await connection.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
    made = prepared(sql(name))
    await connection.execute(f"PREPARE asked AS {made.text}")
    job = (await store.list_decisions(DecisionQuery(1)))[0]
    given = {"decision_id": task, "task_id": job.task_id, "ids": [job.task_id], "outcome": 1, "resolved_by": "x"}
    given |= {"now": 1, "corrected_prediction": "{}", "comment": ""}
    words = ", ".join(_literal(given[each]) for each in made.names)
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE asked({words})"))
    read = [line for line in plan.splitlines() if "Scan" in line and "decision_" in line and "never" not in line]
    assert len(read) == 1, plan
    assert "decision_2025_03" in read[0], plan


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    return str(value) if isinstance(value, int) else f"'{value}'"
