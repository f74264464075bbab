"""What is SQLite's own: the file and the statements."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from andon.domain.counts import Grouping
from andon.domain.decision import DecisionState, Route
from andon.domain.search import DecisionQuery, Viewer
from andon.store.sqlite import SqliteStore, StoreLocked, StoreUnusable, open_sqlite
from andon.store.sqlite.migrate import migrate
from andon.store.sqlite.search import listing
from andon.store.sqlite.statements import sql
from tests.builders import ALL
from tests.store.helpers import admit

pytestmark = pytest.mark.usefixtures("migrated")


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


async def test_a_failed_start_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    for _ in range(5):
        with pytest.raises(StoreUnusable):
            await open_sqlite(tmp_path)
    left = [thread.name for thread in threading.enumerate()[before:]]
    assert all(name.startswith("asyncio_") for name in left)


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="Is a directory"):
        await open_sqlite(tmp_path)


async def test_a_refused_file_can_be_opened_once_it_is_mended(path: Path) -> None:
    write(path, b"x" * 200)
    with pytest.raises(StoreUnusable):
        await open_sqlite(path)
    write(path, b"")
    await (await open_sqlite(path)).close()


async def test_a_second_server_is_refused(store: SqliteStore, path: Path) -> None:
    with pytest.raises(StoreLocked, match="in use by another server"):
        await open_sqlite(path)
    await admit(store)


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
    applied = connection.execute("SELECT version, name FROM migration").fetchall()
    assert applied[:2] == [(1, "0001_initial"), (2, "0002_presentation")]
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
    words = dict.fromkeys(re.findall(r":([a-z0-9_]+)", text), 1)
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", words)]


def test_every_statement_is_sound(writer: sqlite3.Connection) -> None:
    assert all(plan(writer, sql(name, order="1")) is not None for name in sql.names())


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("lane_heads", r"SEARCH q .*COVERING INDEX task_waiting \(lane="),
        ("lane_heads", r"SEARCH b USING PRIMARY KEY \(decision_sequence=\? AND principal=\?\)"),
        ("leases_of", r"SEARCH task .*INDEX task_\w+ \(holder=\?"),
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
        ("open_decisions", r"SCAN decision USING COVERING INDEX decision_open_of"),
        ("queue_flows", r"SEARCH task .*COVERING INDEX task_entered \(enter_time>\? AND enter_time<\?\)"),
        ("queue_flows", r"SEARCH task .*COVERING INDEX task_closed \(close_time>\? AND close_time<\?\)"),
        ("queue_flows", r"SEARCH stay .*COVERING INDEX stay_entered \(enter_time>\? AND enter_time<\?\)"),
        ("queue_flows", r"SEARCH stay .*COVERING INDEX stay_left \(leave_time>\? AND leave_time<\?\)"),
        ("queue_waits", r"SEARCH t .*COVERING INDEX task_first_leased"),
        ("reviewer_activity", r"SEARCH r .*COVERING INDEX review_activity \(time>\? AND time<\?\)"),
        ("first_withheld", r"SEARCH t USING INDEX task_due"),
        ("first_withheld", r"SEARCH r .*INDEX review_once \(decision_sequence=\?"),
        ("events_of_decision", r"SEARCH n USING INDEX ledger_decision \(decision_id=\? AND rowid>"),
        ("events_of_decision", r"SEARCH w USING INTEGER PRIMARY KEY \(rowid=\?\)"),
        ("erase_words", r"SEARCH ledger_words USING .*INDEX ledger_words_of \(decision_id=\?"),
        ("count_words", r"SEARCH ledger_words USING .*INDEX ledger_words_of \(decision_id=\?"),
        ("create_time_from", r"SEARCH decision USING INTEGER PRIMARY KEY \(rowid>"),
    ],
)
def test_statements_use_their_index(writer: sqlite3.Connection, name: str, access: str) -> None:
    steps = plan(writer, sql(name))
    assert any(re.search(access, step) for step in steps), "\n".join(steps)


@pytest.mark.parametrize("name", ["reviewer_activity", *(f"override_counts_by_{one}" for one in Grouping)])
def test_what_is_kept_from_leads_is_found_once_from_the_open_tasks(writer: sqlite3.Connection, name: str) -> None:
    steps = plan(writer, sql(name, filter=sql.fragment("but_blind")))
    assert any("LIST SUBQUERY" in step and "CORRELATED" not in step for step in steps), "\n".join(steps)
    assert any(re.search(r"(SCAN|SEARCH) t USING INDEX task_due", step) for step in steps), "\n".join(steps)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (DecisionQuery(9, submitter="a"), "decision_submitter"),
        (DecisionQuery(9, subject="a"), "decision_subject"),
        (DecisionQuery(9, state=DecisionState.PENDING), "decision_open"),
        (DecisionQuery(9, submitter="a", words=("x",)), "decision_submitter"),
        (DecisionQuery(9, subject="a", submitter="b", brief=True), "decision_subject"),
        (DecisionQuery(9, state=DecisionState.PENDING, route=Route.REVIEW), "decision_open"),
        (DecisionQuery(9, words=("x", "ß"), rule="r", viewer=Viewer("a", ALL)), "INTEGER PRIMARY KEY"),
        (DecisionQuery(9, start_time=1, end_time=2, viewer=Viewer("a", frozenset())), "INTEGER PRIMARY KEY"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lists_use_their_index(writer: sqlite3.Connection, query: DecisionQuery, index: str) -> None:
    steps = plan(writer, listing(query)[0])
    assert any(index in step for step in steps), "\n".join(steps)
    assert not any("TEMP B-TREE" in step for step in steps), "\n".join(steps)
