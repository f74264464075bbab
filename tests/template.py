"""A new SQLite file begins as a copy of one that the migrations made: no test waits for seven commits of its own."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from andon.store.sqlite.connection import Connection, connect_writer
from andon.store.sqlite.migrate import migrate


def copied() -> AbstractContextManager[Any]:
    """Until the end of the block, a store that this process opens on an empty file finds the newest schema there."""
    return patch("andon.store.sqlite.connect_writer", _connect_writer)


def migrated() -> AbstractContextManager[Any]:
    """Until the end of the block, every file is migrated, as it is where andon is installed."""
    return patch("andon.store.sqlite.connect_writer", connect_writer)


async def _connect_writer(path: Path) -> Connection:
    _fill(path)
    return await connect_writer(path)


def _fill(path: Path) -> None:
    """Fills an empty file; its rights and its lock stay as the server has made them."""
    if path.is_file() and not path.stat().st_size:
        path.write_bytes(_template())


@cache
def _template() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "andon.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode = WAL")
            migrate(made)
        return file.read_bytes()
