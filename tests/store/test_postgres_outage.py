"""What becomes of a store whose connections break or whose database goes away: it says so, and recovers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import asyncpg
import pytest

from andon.domain.errors import AndonError, StoreUnavailable
from andon.store.port import Store
from andon.store.postgres import PostgresStore, open_postgres
from andon.store.values import Admission, Admitted
from tests.builders import make_admission, make_lease_request, make_request, make_verdict
from tests.postgres import Cluster, Connection, cluster, execute
from tests.store.engines import CUT_OFF
from tests.store.helpers import admit, admitted, check_whole, leased


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A PostgreSQL with its ordinary settings, to be stopped and killed."""
    with cluster() as made:
        yield made


@pytest.fixture
async def url(server: Cluster) -> AsyncIterator[str]:
    """A new database."""
    await execute(server.url(), "CREATE DATABASE andon")
    yield server.url("andon")
    await execute(server.url(), "DROP DATABASE andon WITH (FORCE)")


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    """A store on it, whole in the end."""
    store = await open_postgres(url)
    yield store
    await check_whole(store)
    await store.close()


async def crowd(store: Store, admissions: list[Admission]) -> list[object]:
    """Submits each on its own, at once; what becomes of each."""
    return await asyncio.gather(*(store.submit([one]) for one in admissions), return_exceptions=True)


async def send_again(store: Store, admissions: list[Admission], first: list[object]) -> None:
    """What a caller does who got no answer. Whatever the first answer was, each is recorded once."""
    for admission, before in zip(admissions, first, strict=True):
        (answer,) = await store.submit([admission])
        assert isinstance(answer, Admitted)
        assert answer.decision.id == admission.decision.id
        assert answer.replayed or isinstance(before, StoreUnavailable)


async def every_connection(url: str) -> list[Connection]:
    """Takes all connections that the database has left."""
    taken: list[Connection] = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            taken.append(await asyncpg.connect(url))
    return taken


async def eventually(store: Store) -> None:
    """Asks until the store has found out that its connections are gone: once for each at most."""
    for _ in range(12):
        try:
            return await store.ping()
        except StoreUnavailable:
            continue
    await store.ping()


async def test_lost_connections_are_made_anew(store: PostgresStore, url: str) -> None:
    job = await admit(store)
    for _ in range(3):
        await execute(url, CUT_OFF)
        await eventually(store)
        assert await store.job(job.task.id) == job
    assert (await admitted(store)).sequence == 2
    assert not store.dead


async def test_connections_cut_under_way_lose_and_double_nothing(store: PostgresStore, url: str) -> None:
    for turns in (5, 50, 500):
        admissions = [make_admission(request=make_request()) for _ in range(40)]
        under_way = asyncio.create_task(crowd(store, admissions))
        for _ in range(turns):
            await asyncio.sleep(0)
        await execute(url, CUT_OFF)
        answers = await under_way
        assert all(isinstance(answer, StoreUnavailable | list) for answer in answers)
        await eventually(store)
        await send_again(store, admissions, answers)
    assert (await admitted(store)).sequence == 121


async def test_a_verdict_cut_under_way_counts_once(store: PostgresStore, url: str) -> None:
    for turns in (2, 10, 30, 60):
        verdict = make_verdict(await leased(store), request=make_request("rita"))
        under_way = asyncio.create_task(store.settle_if_leased(verdict))
        for _ in range(turns):
            await asyncio.sleep(0)
        await execute(url, CUT_OFF)
        await asyncio.gather(under_way, return_exceptions=True)
        assert under_way.exception() is None or isinstance(under_way.exception(), StoreUnavailable)
        await eventually(store)
        settled = await store.settle_if_leased(verdict)
        assert settled.replayed or under_way.exception() is not None
    assert await store.last_sample() == 4


async def test_a_database_that_stops_is_told_and_comes_back(store: PostgresStore, server: Cluster) -> None:
    job = await leased(store)
    await asyncio.to_thread(server.stop)
    try:
        for call in (
            store.ping(),
            store.submit([make_admission()]),
            store.job(job.task.id),
            store.settle_if_leased(make_verdict(job)),
            store.lease_most_urgent(make_lease_request()),
            store.queue_depths(),
        ):
            with pytest.raises(StoreUnavailable):
                await call
    finally:
        await asyncio.to_thread(server.start)
    await store.ping()
    assert await store.job(job.task.id) == job
    assert (await store.settle_if_leased(make_verdict(job))).review.sequence == 1


async def test_a_killed_database_keeps_all_that_was_acknowledged(store: PostgresStore, server: Cluster) -> None:
    for turns in (1, 100, 1_000):
        admissions = [make_admission(request=make_request()) for _ in range(60)]
        under_way = asyncio.create_task(crowd(store, admissions))
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.to_thread(server.crash)
        answers = await under_way
        await eventually(store)
        acknowledged = [one for one, answer in zip(admissions, answers, strict=True) if isinstance(answer, list)]
        for admission in acknowledged:
            assert await store.decision(admission.decision.id) is not None
        await send_again(store, admissions, answers)
    assert (await admitted(store)).sequence == 181


async def test_a_store_can_be_closed_while_its_database_is_away(url: str, server: Cluster) -> None:
    store = await open_postgres(url)
    await asyncio.to_thread(server.stop)
    try:
        async with asyncio.timeout(10):
            await store.close()
    finally:
        await asyncio.to_thread(server.start)
    with pytest.raises(StoreUnavailable):
        await store.ping()


async def test_a_full_server_is_an_outage_and_no_fault(store: PostgresStore, url: str) -> None:
    """Where the database has no connection to spare, calls on those there are go on."""
    taken = await every_connection(url)
    answers = await asyncio.gather(*(store.queue_depths() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, dict | StoreUnavailable) for answer in answers)
    assert not [answer for answer in answers if isinstance(answer, AndonError) and type(answer) is AndonError]
    for connection in taken:
        await connection.close()
    await eventually(store)
