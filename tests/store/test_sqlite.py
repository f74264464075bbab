"""What is SQLite's own: the file, full disks, and groups that break."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from andon.domain.decision import DecisionState
from andon.domain.errors import AndonError, StoreUnavailable
from andon.domain.task import TaskState
from andon.store.ledger import Draft, first_fault
from andon.store.port import Admission, Admitted, DecisionQuery
from andon.store.sqlite import SqliteStore, StoreLocked, StoreUnusable, open_sqlite, statements
from andon.store.sqlite.migrate import migrate
from andon.store.sqlite.operations.submit import Submit
from andon.store.sqlite.reader import decisions_statement
from andon.store.sqlite.writer import Writer
from tests.builders import make_admission, make_decision, make_lease_request, make_proposal, make_request
from tests.clock import START
from tests.store.helpers import admit, admitted, entries, leased


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "andon.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_sqlite(path)
    yield store
    await store.close()


# The file


def read(path: Path) -> bytes:
    return path.read_bytes()


def size(path: Path) -> int:
    return path.stat().st_size


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def test_a_file_of_something_else_is_refused_untouched(path: Path) -> None:
    content = b"not a database, and longer than a header of one hundred bytes" * 10
    write(path, content)
    with pytest.raises(StoreUnusable, match="not a database"):
        await open_sqlite(path)
    assert read(path) == content


async def test_another_programs_database_is_refused(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE things (name TEXT)")
    other.close()
    with pytest.raises(StoreUnusable, match="another program"):
        await open_sqlite(path)


async def test_a_newer_schema_is_refused(path: Path) -> None:
    await (await open_sqlite(path)).close()
    newer = sqlite3.connect(path)
    newer.execute("INSERT INTO migration (version, name) VALUES (9999, 'later')")
    newer.commit()
    newer.close()
    with pytest.raises(StoreUnusable, match="newer than this release"):
        await open_sqlite(path)


async def test_a_damaged_file_is_refused(path: Path) -> None:
    await (await open_sqlite(path)).close()
    content = read(path)
    write(path, content[:100] + os.urandom(3996) + content[4096:])
    with pytest.raises(StoreUnusable, match=str(path)):
        await open_sqlite(path)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="No such file or directory"):
        await open_sqlite(tmp_path / "missing" / "andon.db")


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="unable to open"):
        await open_sqlite(tmp_path)


async def test_a_refused_file_can_be_opened_once_it_is_mended(path: Path) -> None:
    write(path, b"x" * 200)
    with pytest.raises(StoreUnusable):
        await open_sqlite(path)
    write(path, b"")
    await (await open_sqlite(path)).close()


async def test_two_names_of_one_file_are_one_file(store: SqliteStore, path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    with pytest.raises(StoreLocked):
        await open_sqlite(link)
    await store.ping()


async def test_a_killed_servers_lock_is_gone(path: Path) -> None:
    script = """
import asyncio, pathlib, sys
from andon.store.sqlite import open_sqlite
async def hold():
    await open_sqlite(pathlib.Path(sys.argv[1]))
    print("open", flush=True)
    await asyncio.Event().wait()
asyncio.run(hold())
"""
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(path), stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert await server.stdout.readline() == b"open\n"
    with pytest.raises(StoreLocked):
        await open_sqlite(path)
    server.kill()
    await server.wait()
    await (await open_sqlite(path)).close()


async def test_migrations_are_applied_once_and_recorded(path: Path) -> None:
    for _ in range(2):
        await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT version, name FROM migration").fetchall() == [(1, "0001_initial")]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_the_ledger_can_not_be_edited_by_mistake(store: SqliteStore, path: Path) -> None:
    await admit(store)
    other = sqlite3.connect(path)
    for statement in ("UPDATE ledger SET actor = 'x'", "DELETE FROM ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(statement)
    other.close()


# Statements


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection)
    yield connection
    connection.close()


def plan(connection: sqlite3.Connection, text: str) -> list[str]:
    """How SQLite means to run a statement."""
    words = dict.fromkeys(re.findall(r":([a-z_]+)", text), 1)
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", words)]


def test_every_statement_is_sound(writer: sqlite3.Connection) -> None:
    assert all(plan(writer, statements.sql(name, order="1")) is not None for name in statements.names())


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("lane_heads", r"SEARCH q .*INDEX task_waiting \(lane="),
        ("waiting_positions", r"SEARCH q .*INDEX task_waiting \(lane=\? AND \(rank,expire_time,id\)>"),
        ("lapsed_tasks", r"SEARCH .*INDEX task_leased"),
        ("due_tasks", r"SEARCH .*INDEX task_due"),
        ("age_if_waiting", r"SEARCH .*INDEX task_aging"),
        ("held_by", r"SEARCH .*INDEX task_held"),
        ("next_due", r"SEARCH .*INDEX task_due"),
        ("next_due", r"SEARCH .*INDEX task_leased"),
        ("next_due", r"SEARCH .*INDEX task_aging"),
        ("recent_waits", r"SEARCH .*INDEX review_wait"),
        ("decisions_by_request", r"SEARCH .*INDEX decision_request"),
        ("review_by_request", r"SEARCH .*INDEX review_request"),
        ("queue_depths", r"SCAN task .*COVERING INDEX task_waiting"),
    ],
)
def test_statements_use_their_index(writer: sqlite3.Connection, name: str, access: str) -> None:
    steps = plan(writer, statements.sql(name))
    assert any(re.search(access, step) for step in steps), "\n".join(steps)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (DecisionQuery(9, submitter="a"), "decision_submitter"),
        (DecisionQuery(9, subject="a"), "decision_subject"),
        (DecisionQuery(9, state=DecisionState.PENDING), "decision_open"),
    ],
    ids=["submitter", "subject", "pending"],
)
def test_lists_use_their_index(writer: sqlite3.Connection, query: DecisionQuery, index: str) -> None:
    steps = plan(writer, decisions_statement(query)[0])
    assert any(index in step for step in steps), "\n".join(steps)
    assert not any("TEMP B-TREE" in step for step in steps), "\n".join(steps)


# Groups


async def test_the_log_is_moved_into_the_file_beside_the_writer(store: SqliteStore, path: Path) -> None:
    for _ in range(3):
        await store.submit([make_admission() for _ in range(500)])
    checkpoint = store._checkpointer._task
    assert checkpoint is not None
    await checkpoint
    assert size(path) > 1_000_000


async def test_an_observer_that_fails_holds_up_nobody(path: Path) -> None:
    def fail(rows: int, seconds: float) -> None:
        raise RuntimeError("bug")

    store = await open_sqlite(path, observe=fail)
    with capture_logs() as logs:
        await admit(store)
        await admit(store)
    assert {log["event"] for log in logs} == {"store.writer_failed"}
    await store.close()


async def test_waiting_operations_share_one_commit(path: Path) -> None:
    commits: list[tuple[int, float]] = []
    store = await open_sqlite(path, observe=lambda rows, seconds: commits.append((rows, seconds)))
    await asyncio.gather(*(store.submit([make_admission()]) for _ in range(64)))
    assert [rows for rows, _ in commits] == [64]
    assert all(seconds > 0 for _, seconds in commits)
    await store.close()


async def test_a_group_is_bounded(path: Path) -> None:
    commits: list[int] = []
    store = await open_sqlite(path, observe=lambda rows, _: commits.append(rows))
    await asyncio.gather(*(store.submit([make_admission() for _ in range(900)]) for _ in range(4)))
    await asyncio.gather(*(store.ping() for _ in range(700)))
    assert commits == [1800, 1800, 512, 188]
    await store.close()


class Broken:
    """An operation that fails between its statements."""

    rows = 1

    def __init__(self, error: Exception) -> None:
        self._error = error

    def apply(self, writer: Writer) -> None:
        writer.append(Draft(START, "broken", "test", "{}"))
        Submit([make_admission()]).apply(writer)
        raise self._error


async def test_a_fault_between_statements_leaves_nothing_and_disturbs_nobody(store: SqliteStore) -> None:
    await admit(store)
    with capture_logs() as logs:
        answers = await asyncio.gather(
            store.submit([make_admission()]),
            store._committer.commit(Broken(RuntimeError("bug"))),
            store.submit([make_admission()]),
            return_exceptions=True,
        )
    assert [log["event"] for log in logs] == ["store.operation_failed"]
    fault = answers[1]
    assert type(fault) is AndonError
    assert "bug" not in str(fault)
    assert [decision.sequence for decision in await store.list_decisions(DecisionQuery(9))] == [3, 2, 1]
    ledger = await entries(store)
    assert len(ledger) == 3
    assert first_fault(ledger) is None


async def test_an_error_of_the_disk_refuses_the_whole_group(store: SqliteStore) -> None:
    await admit(store)
    with capture_logs() as logs:
        answers = await asyncio.gather(
            store.submit([make_admission()]),
            store._committer.commit(Broken(sqlite3.OperationalError("disk I/O error"))),
            return_exceptions=True,
        )
    assert [type(answer) for answer in answers] == [StoreUnavailable, StoreUnavailable]
    assert [log["event"] for log in logs] == ["store.commit_failed"]
    assert not any("disk" in str(answer) for answer in answers)
    assert (await admitted(store)).sequence == 2
    assert first_fault(await entries(store)) is None


async def test_one_id_twice_is_refused_alone(store: SqliteStore) -> None:
    decision = make_decision()
    admissions = (make_admission(decision), make_admission(decision), make_admission())
    answers = await asyncio.gather(*(store.submit([one]) for one in admissions), return_exceptions=True)
    assert [type(answer) is AndonError for answer in answers] == [False, True, False]
    assert len(await entries(store)) == 2


async def _page_limit(store: SqliteStore, pages: int) -> None:
    await store._writer.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())


async def _page_count(store: SqliteStore) -> int:
    (count,) = await store._writer.run(lambda connection: connection.execute("PRAGMA page_count").fetchone())
    return int(count)


async def test_a_full_disk_loses_and_invents_nothing(store: SqliteStore) -> None:
    job = await leased(store)
    await _page_limit(store, await _page_count(store) + 12)
    large = make_proposal(reasoning="x" * 16_000)
    acknowledged = [job.decision.id]
    refused: list[Admission] = []
    with capture_logs():
        while len(refused) < 5:
            admission = make_admission(make_decision(large), request=make_request())
            try:
                acknowledged.append((await admitted(store, admission)).id)
            except StoreUnavailable:
                refused.append(admission)
    assert [one.id for one in await store.list_decisions(DecisionQuery(99))] == acknowledged[::-1]
    assert first_fault(await entries(store)) is None
    await _page_limit(store, 1 << 30)
    for admission in refused:
        (answer,) = await store.submit([admission])
        assert isinstance(answer, Admitted)
        assert not answer.replayed
        acknowledged.append(answer.decision.id)
    recorded = await store.list_decisions(DecisionQuery(99))
    assert [one.id for one in recorded] == acknowledged[::-1]
    assert [one.sequence for one in recorded] == list(range(len(recorded), 0, -1))
    ledger = await entries(store)
    assert first_fault(ledger) is None
    assert len(ledger) == len(recorded) + 1


async def test_new_lanes_of_a_refused_group_are_forgotten(store: SqliteStore) -> None:
    await admit(store)
    await _page_limit(store, await _page_count(store))
    with capture_logs(), pytest.raises(StoreUnavailable):
        await admit(store, make_admission(make_decision(make_proposal(reasoning="x" * 99_000)), queue="new"))
    await _page_limit(store, 1 << 30)
    await admit(store, queue="new", skills=("law",))
    (job,) = await store.lease_most_urgent(make_lease_request(queues=frozenset({"new"})))
    assert (job.task.queue, job.task.state) == ("new", TaskState.LEASED)
