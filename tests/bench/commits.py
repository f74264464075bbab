"""One bare durable commit: the row a Submit writes, straight into SQLite, with nothing around it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

_PRAGMAS: Final = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 4000")


class BareCommit:
    """Commits the newest row of a server's `decision` table again and again, each time as a new decision."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        newest = connection.execute("SELECT * FROM decision ORDER BY sequence DESC LIMIT 1")
        columns = [name for name, *_ in newest.description]
        self._row = dict(zip(columns, newest.fetchone(), strict=True))
        names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        self._insert: Final = f"INSERT INTO decision ({names}) VALUES ({marks})"

    def __call__(self) -> float:
        """Commits one row; seconds it took."""
        self._row |= {"sequence": self._row["sequence"] + 1, "id": str(uuid4()), "request_id": None}
        began = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(self._insert, self._row)
        self._connection.execute("COMMIT")
        return time.perf_counter() - began


@contextmanager
def bare_commits(database: Path) -> Iterator[BareCommit]:
    """Bare commits into a copy of a running server's database, in the same folder and so on the same disk."""
    copy = database.with_name("bare.db")
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source:
            source.backup(connection)
        for pragma in _PRAGMAS:
            connection.execute(pragma).fetchall()
        yield BareCommit(connection)
