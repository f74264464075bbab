"""What is PostgreSQL's own: several servers on one database, and the statements."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

import asyncpg
import pytest

from andon.domain.decision import Outcome
from andon.domain.delivery import Delivery
from andon.domain.errors import RequestIdReused, TaskClosed
from andon.domain.event import EventKind
from andon.domain.review import OUTCOMES, Verdict
from andon.domain.search import DecisionQuery
from andon.store.errors import StoreUnusable
from andon.store.ledger import LedgerKind
from andon.store.outbox import Spread, Take
from andon.store.port import Store
from andon.store.postgres import PostgresStore, open_postgres
from andon.store.postgres.migrate import migrations
from andon.store.postgres.session import Session
from andon.store.postgres.statements import prepared, sql
from andon.store.values import Admitted, Cancellation, Settled, Sighting, SightKind
from tests.builders import make_admission, make_id, make_lease_request, make_request, make_verdict
from tests.clock import START
from tests.postgres import Connection, Databases
from tests.store.helpers import admit, admitted, check_whole, entries, leased

Open = Callable[[int], Awaitable[Sequence[PostgresStore]]]
NEWEST = len(migrations())


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with our schema and nothing in it."""
    return databases.clean()


@pytest.fixture
def empty(databases: Databases) -> Iterator[str]:
    """A database that has not seen us yet."""
    with databases.empty() as url:
        yield url


@pytest.fixture
async def servers(url: str) -> AsyncIterator[Open]:
    """Opens so many stores on one database. They are whole in the end."""
    opened: list[PostgresStore] = []

    async def open_some(count: int) -> Sequence[PostgresStore]:
        opened.extend(await asyncio.gather(*(open_postgres(url) for _ in range(count))))
        return opened

    yield open_some
    for store in opened:
        await check_whole(store)
        await store.close()


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    """Somebody else's connection to the same database."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "andon"})
    yield connection
    await connection.close()


# Several servers


async def test_other_servers_are_not_told_that_somebody_looked(servers: Open) -> None:
    one, other = await servers(2)
    job = await admit(one)
    assert [change.kind for change in await other.changes(5.0)] == [EventKind.SUBMITTED]
    body = {"payload_hash": job.decision.payload_hash}
    await one.witness([Sighting(SightKind.VIEWED, "anna", START, body, job.decision.id, job.task.id)])
    await one.cancel_if_open(Cancellation(job.decision.id, "refund-service", "", START))
    assert [change.kind for change in await other.changes(5.0)] == [EventKind.CANCELLED]


async def test_two_servers_never_hand_out_one_task_twice(servers: Open) -> None:
    stores = await servers(2)
    await stores[0].submit([make_admission(queue=f"queue-{number % 7}") for number in range(100)])
    asked = (
        stores[number % 2].lease_most_urgent(make_lease_request(holder=f"reviewer-{number}")) for number in range(100)
    )
    handed = [job.task.id for jobs in await asyncio.gather(*asked) for job in jobs]
    assert len(handed) == len(set(handed)) == 100
    assert len(await entries(stores[1], LedgerKind.LEASED)) == 100


async def test_more_reviewers_than_tasks_leave_none_behind(servers: Open) -> None:
    stores = await servers(2)
    await stores[0].submit([make_admission() for _ in range(10)])
    asked = (stores[number % 2].lease_most_urgent(make_lease_request(limit=3)) for number in range(12))
    handed = [job.task.id for jobs in await asyncio.gather(*asked) for job in jobs]
    while rest := await stores[0].lease_most_urgent(make_lease_request(limit=3)):
        handed += [job.task.id for job in rest]
    assert len(handed) == len(set(handed)) == 10


async def test_who_waits_for_the_end_of_others_keeps_nothing_locked(
    servers: Open, url: str, connection: Connection
) -> None:
    """Else they would hold what they waited for, and wait for the next, against the order in which others lock."""
    (store,) = await servers(1)
    job = await admit(store)
    waiting = Session(await asyncpg.connect(url, server_settings={"search_path": "andon"}))
    async with waiting.transaction():
        await waiting.await_locks("await_heads", {"heads": [job.task.id]})
        assert await connection.fetch("SELECT id FROM task FOR UPDATE NOWAIT")
    await waiting.connection.close()


async def test_one_request_id_at_two_servers_is_recorded_once(servers: Open) -> None:
    stores = await servers(2)
    for _ in range(10):
        request = make_request()
        both = (store.submit([make_admission(request=request)]) for store in stores)
        (one,), (other,) = await asyncio.gather(*both)
        assert isinstance(one, Admitted)
        assert isinstance(other, Admitted)
        assert one.decision == other.decision
        assert one.replayed is not other.replayed
    assert len(await stores[0].list_decisions(DecisionQuery(100))) == 10


async def test_one_request_id_with_two_bodies_is_taken_once(servers: Open) -> None:
    stores = await servers(2)
    name = make_request().request_id
    both = (
        store.submit([make_admission(request=make_request(request_id=name, body=body))])
        for store, body in zip(stores, "ab", strict=True)
    )
    answers = [answer for answers in await asyncio.gather(*both) for answer in answers]
    assert sorted(type(answer).__name__ for answer in answers) == [Admitted.__name__, RequestIdReused.__name__]


async def test_of_two_verdicts_on_one_task_exactly_one_counts(servers: Open) -> None:
    stores = await servers(2)
    for _ in range(10):
        job = await leased(stores[0])
        verdicts = (Verdict.APPROVE, Verdict.REJECT)
        both = (
            store.settle_if_leased(make_verdict(job, verdict, request=make_request("rita")))
            for store, verdict in zip(stores, verdicts, strict=True)
        )
        answers = await asyncio.gather(*both, return_exceptions=True)
        (won,) = [answer for answer in answers if isinstance(answer, Settled)]
        assert [type(answer) for answer in answers if answer is not won] == [TaskClosed]
        decision = await stores[1].decision(job.decision.id)
        assert decision is not None
        assert decision.resolution is not None
        assert decision.resolution.outcome == OUTCOMES[won.review.verdict]


async def test_one_verdict_sent_to_two_servers_is_given_once(servers: Open) -> None:
    stores = await servers(2)
    job = await leased(stores[0])
    verdict = make_verdict(job, request=make_request("rita"))
    one, other = await asyncio.gather(*(store.settle_if_leased(verdict) for store in stores))
    assert one.replayed is not other.replayed
    assert one.review == other.review
    assert await stores[0].last_sample() == 1


async def test_a_duty_is_done_once_by_all_together(servers: Open) -> None:
    stores = await servers(3)
    await stores[0].submit([make_admission() for _ in range(30)])
    late = START + 10**12
    done = [one.job.task.id for part in await asyncio.gather(*(s.expire_due(late, 20) for s in stores)) for one in part]
    while part := await stores[0].expire_due(late, 20):
        done += [one.job.task.id for one in part]
    assert len(done) == len(set(done)) == 30
    decisions = await stores[1].list_decisions(DecisionQuery(100))
    assert {one.resolution.outcome for one in decisions if one.resolution} == {Outcome.EXPIRED}


async def test_sequences_have_no_gaps_over_all_servers(servers: Open) -> None:
    stores = await servers(3)
    calls = [
        stores[number % 3].submit([make_admission(queue=f"queue-{number % 5}") for _ in range(1 + number % 4)])
        for number in range(60)
    ]
    answers = [answer for answers in await asyncio.gather(*calls) for answer in answers]
    sequences = sorted(answer.decision.sequence for answer in answers if isinstance(answer, Admitted))
    assert sequences == list(range(1, 151))


async def test_everything_at_once_disturbs_nothing(servers: Open) -> None:
    stores = await servers(3)
    jobs = [await leased(stores[0], make_admission(queue=f"queue-{number}")) for number in range(12)]
    work: list[Awaitable[object]] = []
    for number, job in enumerate(jobs):
        store = stores[number % 3]
        work += [
            store.submit([make_admission(), make_admission()]),
            store.settle_if_leased(make_verdict(job, request=make_request("rita"))),
            store.lease_most_urgent(make_lease_request(holder="ben", limit=2)),
            store.age_waiting(START + 10**10, 10**9, 5),
            store.record("policy.loaded", "server", {"number": number}, START),
        ]
    assert not [one for one in await asyncio.gather(*work, return_exceptions=True) if isinstance(one, Exception)]
    assert await stores[0].last_sample() == 12


async def test_what_one_server_commits_the_other_reads(servers: Open) -> None:
    one, other = await servers(2)
    job = await admit(one)
    assert await other.job(job.task.id) == job
    assert one.shared


# The schema


async def test_servers_that_start_at_once_take_turns(empty: str) -> None:
    stores = await asyncio.gather(*(open_postgres(empty) for _ in range(3)))
    for store in stores:
        await admitted(store)
    for store in stores:
        await check_whole(store)
        await store.close()
    connection = await asyncpg.connect(empty)
    applied = await connection.fetch("SELECT version, name FROM andon.migration ORDER BY version")
    await connection.close()
    assert [tuple(row) for row in applied] == [(step.version, step.name) for step in migrations()]


async def test_a_newer_schema_that_leaves_us_no_room_is_refused(url: str, connection: Connection) -> None:
    await connection.execute("INSERT INTO migration VALUES ($1, 'later', $1)", NEWEST + 1)
    with pytest.raises(StoreUnusable, match="too new for this release"):
        await open_postgres(url)


async def test_a_newer_schema_that_allows_us_is_left_as_it_is(url: str, connection: Connection) -> None:
    await connection.execute("INSERT INTO migration VALUES ($1, 'later', $2)", NEWEST + 1, NEWEST)
    store = await open_postgres(url)
    await admitted(store)
    await store.close()
    assert await connection.fetchval("SELECT max(version) FROM migration") == NEWEST + 1


async def test_what_is_another_programs_is_not_touched(empty: str) -> None:
    theirs = "SELECT * FROM public.task, public.migration"
    other = await asyncpg.connect(empty)
    await other.execute("CREATE TABLE public.task (name text); INSERT INTO public.task VALUES ('mow the lawn')")
    await other.execute("CREATE TABLE public.migration (version text); INSERT INTO public.migration VALUES ('x')")
    before = await other.fetch(theirs)
    store = await open_postgres(empty)
    await leased(store)
    await store.close()
    assert await other.fetch(theirs) == before
    added = "SELECT DISTINCT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid > 16384"
    assert {row[0] for row in await other.fetch(added)} <= {"andon", "public", "pg_toast"}
    await other.close()


async def test_two_schemas_are_two_stores(empty: str) -> None:
    one, other = await open_postgres(empty, schema="one"), await open_postgres(empty, schema="other")
    job = await admit(one)
    assert await other.job(job.task.id) is None
    assert (await admitted(other)).sequence == 1
    await one.close()
    await other.close()


async def test_the_ledger_can_not_be_edited_by_mistake(servers: Open, connection: Connection) -> None:
    (store,) = await servers(1)
    await admit(store)
    for statement in ("UPDATE ledger SET actor = 'x'", "DELETE FROM ledger"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(statement)


@pytest.mark.parametrize("name", sql.names())
async def test_every_statement_is_sound(connection: Connection, name: str) -> None:
    statement = await connection.prepare(prepared(sql(name, order="1")).text)
    assert statement.get_parameters() is not None


async def test_heads_are_read_from_their_index_alone(servers: Open, connection: Connection) -> None:
    (store,) = await servers(1)
    await store.submit([make_admission() for _ in range(50)])
    words = {
        "every_queue": True, "every_skill": True, "queues": [], "skills": [], "groups": [], "holder": "rita",
        "now": START, "cap": 100, "limit": 20, "total": 20, "given_back": [],
    }  # fmt: skip
    async with connection.transaction():
        await connection.fetch(prepared(sql("begin_leasing")).text, "rita")
        made = prepared(sql("lane_heads"))
        rows = await connection.fetch(f"EXPLAIN {made.text}", *made.arguments(words))
    plan = "\n".join(row[0] for row in rows)
    for access in ("Index Only Scan using task_waiting on task t", "Index Only Scan using barred_pkey on barred b"):
        assert access in plan, plan
    assert re.search(r"Index (Only )?Scan using task_(held|seat) on task h .*\n +Index Cond: \(holder = ", plan), plan


# The way there


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://andon:geheim@127.0.0.1:1/andon",
        "postgres://andon:geheim@127.0.0.1:1/andon?application_name=x",
        "postgresql:///andon?host=127.0.0.1&port=1&user=andon&password=geheim",
    ],
)
async def test_a_password_is_never_shown(place: str) -> None:
    with pytest.raises(StoreUnusable) as raised:
        await open_postgres(place)
    told: BaseException | None = raised.value
    while told is not None:
        assert "geheim" not in str(told)
        told = told.__cause__
    assert "127.0.0.1" in str(raised.value)


async def test_a_database_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(StoreUnusable, match="does not exist"):
        await open_postgres(url.replace("/clean?", "/missing?"))


async def test_a_place_that_is_no_url_is_refused() -> None:
    with pytest.raises(StoreUnusable):
        await open_postgres("postgresql://[")


async def test_a_failed_start_leaves_no_connection(url: str, connection: Connection) -> None:
    await connection.execute("INSERT INTO migration VALUES ($1, 'later', $1)", NEWEST + 1)
    for _ in range(3):
        with pytest.raises(StoreUnusable):
            await open_postgres(url)
    ours = "datname = current_database() AND application_name LIKE 'andon%'"
    async with asyncio.timeout(10):
        while await connection.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {ours}"):
            pass


def everybody(stores: Sequence[Store]) -> Sequence[Store]:
    """For the type checker: each of them fills the port."""
    return stores


async def test_each_server_fills_the_port(servers: Open) -> None:
    for store in everybody(await servers(1)):
        await store.ping()
        assert not store.dead


# Notifications


async def test_two_servers_tell_each_thing_once(servers: Open) -> None:
    outboxes = [store.outbox for store in await servers(2)]
    await asyncio.gather(*(outbox.cursors(["hook"]) for outbox in outboxes))
    for number in range(10):
        spreads = (
            outbox.spread_if_there(Spread(["hook"], number, number + 1, [_delivery(number + 1)])) for outbox in outboxes
        )
        assert sum(await asyncio.gather(*spreads)) == 1
    takes = [
        outbox.take_due(Take("hook", 3, START, START + 1, f"server-{place}"))
        for place, outbox in enumerate(outboxes * 3)
    ]
    taken = [each.sequence for part in await asyncio.gather(*takes) for each in part]
    assert len(taken) == len(set(taken))
    left = await outboxes[0].take_due(Take("hook", 99, START, START + 1, "last"))
    assert sorted([*taken, *(each.sequence for each in left)]) == list(range(1, 11))


def _delivery(sequence: int) -> Delivery:
    return Delivery(make_id(), "hook", "decision.held", sequence, "", START, next_time=START)
