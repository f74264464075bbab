"""SQLite's file: one server at a time, by whatever name, and for its owner alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from andon.store.sqlite import SqliteStore, StoreLocked, open_sqlite
from tests.store.helpers import admit, admitted

pytestmark = pytest.mark.usefixtures("migrated")

OPENS = """
import asyncio, pathlib, sys
from andon.store.sqlite import StoreLocked, open_sqlite
try:
    asyncio.run(open_sqlite(pathlib.Path(sys.argv[1])))
except StoreLocked:
    print("refused")
"""
CLOSES = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM decision").fetchone()[0])
connection.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "andon.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_sqlite(path)
    yield store
    await store.close()


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(path: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in sorted(path.parent.iterdir())}


def widen(path: Path) -> None:
    path.chmod(0o640)


def link(path: Path, kind: str) -> Path:
    """Another name of the file."""
    other = path.with_name(f"{kind}.db")
    if kind == "symbolic":
        other.symlink_to(path)
    elif kind == "hard":
        other.hardlink_to(path)
    else:
        return path.parent / "." / ".." / path.parent.name / path.name
    return other


def run(script: str, path: Path) -> str:
    return subprocess.run([sys.executable, "-c", script, path], check=True, capture_output=True, text=True).stdout


every_name = pytest.mark.parametrize("kind", ["symbolic", "hard", "path"])


@every_name
async def test_a_second_server_is_refused_under_any_name(store: SqliteStore, path: Path, kind: str) -> None:
    with pytest.raises(StoreLocked):
        await open_sqlite(link(path, kind))
    await admitted(store)


@every_name
async def test_a_second_process_is_refused_under_any_name(store: SqliteStore, path: Path, kind: str) -> None:
    assert await asyncio.to_thread(run, OPENS, link(path, kind)) == "refused\n"
    await admitted(store)


async def test_there_is_no_lock_beside_the_file_to_be_deleted(store: SqliteStore, path: Path) -> None:
    await admit(store)
    assert sorted(modes(path)) == ["andon.db", "andon.db-shm", "andon.db-wal"]


async def test_a_refused_second_server_leaves_sqlites_own_locks(store: SqliteStore, path: Path) -> None:
    """Without them another program that closes the file takes itself for the last one and deletes the log."""
    await admit(store)
    with pytest.raises(StoreLocked):
        await open_sqlite(path)
    assert await asyncio.to_thread(run, CLOSES, path) == "1\n"
    assert "andon.db-wal" in modes(path)
    await admit(store)
    assert await asyncio.to_thread(run, CLOSES, path) == "2\n"


async def test_the_files_are_their_owners_alone_whatever_the_umask(path: Path, umask: int) -> None:
    with capture_logs() as logs:
        store = await open_sqlite(path)
        await admit(store)
    assert modes(path) == dict.fromkeys(("andon.db", "andon.db-shm", "andon.db-wal"), 0o600)
    assert logs == []
    await store.close()


async def test_wider_rights_are_left_and_told_of_with_what_mends_them(path: Path) -> None:
    await (await open_sqlite(path)).close()
    widen(path)
    with capture_logs() as logs:
        store = await open_sqlite(path)
    await store.close()
    assert modes(path)["andon.db"] == 0o640
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("store.files_open_to_others", "warning")
    assert line["mend"] == f"chmod 600 {path} {path}-wal {path}-shm"
