"""Retention on a SQLite file, which is one server's at a time."""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from andon.engines import open_archive
from andon.retention.run import Result
from andon.store.archive import ArchiveFault
from andon.store.errors import StoreUnusable
from andon.store.port import Store
from andon.store.sqlite import retiring as sqlite
from andon.store.sqlite.migrate import migrate
from andon.store.sqlite.room import shrink
from andon.store.sqlite.statements import sql
from andon.store.values import Admission, Cancellation
from tests.builders import make_request
from tests.store.engines import SqliteEngine
from tests.store.retention.retiring import NEWER, OLD, Place, held, judged, listed, passed, passing, retired

MANY = 400


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> SqliteEngine:
    """This engine alone."""
    return SqliteEngine(tmp_path_factory.mktemp("store"))


@pytest.fixture
def path(engine: SqliteEngine) -> Path:
    """The file."""
    return engine.path


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty file of the newest schema."""
    with closing(sqlite3.connect(tmp_path / "plain.db", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


async def large(store: Store, count: int) -> list[str]:
    """Decisions of OLD that take some room; their ids."""
    admissions = []
    for number in range(count):
        decision = passing(OLD, number)
        proposal = replace(decision.proposal, input={"text": os.urandom(2_000).hex()})
        admissions.append(Admission(replace(decision, proposal=proposal)))
    await store.submit(admissions)
    return [admission.decision.id for admission in admissions]


async def content(place: Place) -> bytes:
    """What the file holds while no server has it open."""
    assert isinstance(place.engine, SqliteEngine)
    async with place.archive():
        return await asyncio.to_thread(place.engine.path.read_bytes)


# Whose the file is


async def test_a_file_that_a_server_has_open_is_not_touched(store: Store, path: Path) -> None:
    id = await passed(store, OLD, 1)
    with pytest.raises(StoreUnusable, match=r"a server has it open.*stop it"):
        await open_archive(path)
    assert await listed(store) == [id]


async def test_no_server_starts_while_retention_is_at_work(place: Place, store: Store, path: Path) -> None:
    async with place.archive():
        with pytest.raises(Exception, match="in use by another server"):
            await place.engine.open()
        with pytest.raises(StoreUnusable, match="another retention"):
            await open_archive(path)
    async with place.archive():
        pass


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no such file"):
        await open_archive(tmp_path / "andon.db")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("DELETE FROM migration WHERE version = (SELECT max(version) FROM migration)", "start the server on it first"),
        ("INSERT INTO migration (version, name) SELECT max(version) + 1, 'later' FROM migration", "this release knows"),
        ("PRAGMA application_id = 7", "another program"),
    ],
)
async def test_a_schema_of_another_release_is_left_alone(
    schema: sqlite3.Connection, tmp_path: Path, change: str, word: str
) -> None:
    schema.execute(change)
    with pytest.raises(StoreUnusable, match=word):
        await open_archive(tmp_path / "plain.db")


async def test_an_empty_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "andon.db").touch()
    with pytest.raises(StoreUnusable, match="no server of ours"):
        await open_archive(tmp_path / "andon.db")


# What goes


async def test_all_that_hangs_on_a_decision_goes_with_it(place: Place, store: Store, tmp_path: Path) -> None:
    gone = await held(store, OLD, 1)
    await store.cancel_if_open(Cancellation(gone, "", "agent", OLD.end, make_request()))
    stays = await held(store, NEWER, 2)
    await store.cancel_if_open(Cancellation(stays, "", "agent", NEWER.end, make_request()))
    await place.run("INSERT INTO request SELECT 'agent', 5, id, '', id FROM decision")
    await place.run("INSERT INTO request SELECT 'agent', 6, id, '', id FROM task")
    await place.run(
        "INSERT INTO delivery (id, subscription, event, sequence, subject, time, state, settle_time) "
        "SELECT sequence, 'hook', kind, sequence, task_id, time, 2, time FROM ledger"
    )
    before = await place.count("delivery")
    await retired(place, tmp_path)
    assert (await place.count("cancellation"), await place.count("request")) == (1, 2)
    assert await place.count("delivery") == before / 2


def test_every_table_that_refers_to_a_decision_is_thought_of(schema: sqlite3.Connection) -> None:
    """Who adds one adds it to what is exported (`records`) and to what is removed (`_HANGING`), and then here."""
    tables = [name for (name,) in schema.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    referring = {
        table
        for table in tables
        for reference in schema.execute(f"PRAGMA foreign_key_list({table})")
        if reference[2] in ("decision", "task", "review")
    }
    assert referring == {
        "task", "review", "cancellation", "appeal", "barred", "earlier_proposal", "redemption"
    }  # fmt: skip
    about = {
        table
        for table in tables
        for column in schema.execute(f"PRAGMA table_info({table})")
        if column[1] in ("decision_id", "task_id", "subject")
    }
    kept = {"ledger", "ledger_words", "legal_hold", "subject_key"}
    assert about - referring - kept == {"decision", "request", "delivery"}


async def test_what_would_be_left_behind_stops_the_cut(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await judged(store, OLD, 1)
    monkeypatch.setattr(sqlite, "_HANGING", tuple(name for name in sqlite._HANGING if name != "remove_barred"))
    with pytest.raises(ArchiveFault, match="nothing is removed"):
        await retired(place, tmp_path)
    assert (await listed(store), await place.count("task")) == ([id], 1)


def test_a_month_is_read_by_its_index_and_submissions_are_found_by_one(schema: sqlite3.Connection) -> None:
    values = {"low": "0", "high": "1", "kept": "[]", "first": 1, "last": 9}
    text = sql("read_month", filter=sqlite._ONLY)
    plan = [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    assert any("SEARCH d USING INDEX sqlite_autoindex_decision_1" in step for step in plan), plan
    assert any(step.startswith("SEARCH n USING AUTOMATIC") for step in plan), plan
    assert not any("USE TEMP B-TREE FOR ORDER BY" in step for step in plan), plan


# Afterwards


async def test_sequences_are_not_used_again_after_a_restart(place: Place, store: Store, tmp_path: Path) -> None:
    await judged(store, OLD, 1)
    await judged(store, OLD, 2)
    await retired(place, tmp_path)
    await retired(place, tmp_path / "again", dry_run=True)
    (decision,) = [await store.decision(id) for id in (await judged(store, NEWER, 3),)]
    assert decision is not None
    assert decision.sequence == 3
    assert await store.last_sample() == 3


async def test_what_is_gone_is_gone_from_the_file(place: Place, store: Store, tmp_path: Path) -> None:
    secret = b"4f1c-the-iban-of-somebody"
    decision = passing(OLD, MANY)
    told = replace(decision, proposal=replace(decision.proposal, input={"text": secret.decode()}))
    await store.submit([Admission(told)])
    await large(store, MANY)
    assert secret in await content(place)
    await retired(place, tmp_path)
    async with place.archive() as archive:
        assert await archive.shrink() is not None
    assert secret not in await content(place)
    assert secret in gzip.decompress(await asyncio.to_thread((tmp_path / "decisions-2025-03.jsonl.gz").read_bytes))


# Room


async def test_room_is_given_back(place: Place, store: Store, tmp_path: Path) -> None:
    await large(store, MANY)
    stays = await passed(store, NEWER, MANY)
    before = len(await content(place))
    async with place.archive() as archive:
        assert await archive.shrink() is None
    (report,) = await retired(place, tmp_path)
    assert report.result is Result.RETIRED
    async with place.archive() as archive:
        room = await archive.shrink()
    assert room is not None
    assert (room.left, room.needed) == (0, 0)
    assert len(await content(place)) == before - room.freed < before / 2
    assert await listed(store) == [stays]


async def test_room_stays_in_the_file_where_the_disk_has_too_little(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await large(store, MANY)
    await retired(place, tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000))
    async with place.archive() as archive:
        room = await archive.shrink()
    assert room is not None
    assert room.freed == 0
    assert room.left > MANY * 4_000
    assert room.needed > 1_000


class Refusing:
    """A connection that can't make the file smaller, for a reason."""

    def __init__(self, connection: sqlite3.Connection, code: int) -> None:
        self._connection = connection
        self._error = sqlite3.OperationalError("no")
        self._error.sqlite_errorcode = code

    def execute(self, statement: str) -> sqlite3.Cursor:
        if statement == "VACUUM":
            raise self._error
        return self._connection.execute(statement)


@pytest.mark.parametrize(("code", "is_room"), [(sqlite3.SQLITE_FULL, True), (sqlite3.SQLITE_BUSY, False)])
def test_only_a_full_disk_is_a_lack_of_room(tmp_path: Path, code: int, is_room: bool) -> None:
    with closing(sqlite3.connect(tmp_path / "file", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        connection.execute("DELETE FROM t")
        refusing = cast("sqlite3.Connection", Refusing(connection, code))
        if is_room:
            room = shrink(refusing, tmp_path / "file")
            assert room is not None
            assert (room.freed, room.left > 50_000) == (0, True)
        else:
            with pytest.raises(sqlite3.OperationalError):
                shrink(refusing, tmp_path / "file")


async def test_a_month_is_read_as_it_was_whoever_writes(place: Place, store: Store, path: Path) -> None:
    ids = [await passed(store, OLD, number) for number in range(3)]
    async with place.archive() as archive, archive.read(OLD, ()) as reading:
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE decision SET outcome = NULL, resolve_time = NULL")
        records: list[Any] = [record async for record in reading.records]
    assert [record["decision"]["id"] for record in records] == ids
