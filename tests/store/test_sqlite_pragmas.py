"""How the connections are set up: what is acknowledged must be on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from andon.store.sqlite.connection import Connection, connect_checkpointer, connect_reader, connect_writer

FULL = 2


def _setting(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize("connect", [connect_writer, connect_checkpointer])
async def test_every_commit_is_synced(connect: Callable[[Path], Awaitable[Connection]], tmp_path: Path) -> None:
    connection = await connect(tmp_path / "andon.db")
    try:
        assert await connection.run(_setting, "synchronous") == FULL
    finally:
        await connection.abandon()


async def test_the_writer_keeps_a_log_and_foreign_keys(tmp_path: Path) -> None:
    connection = await connect_writer(tmp_path / "andon.db")
    try:
        assert await connection.run(_setting, "journal_mode") == "wal"
        assert await connection.run(_setting, "foreign_keys") == 1
    finally:
        await connection.abandon()


async def test_a_reader_can_not_write(tmp_path: Path) -> None:
    connection = await connect_reader(tmp_path / "andon.db")
    try:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await connection.run(lambda raw: raw.execute("CREATE TABLE x (y)"))
    finally:
        await connection.abandon()
