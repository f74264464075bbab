"""Connections: aiosqlite's thread, with one hop for each unit of work instead of one for each statement."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

import aiosqlite

P = ParamSpec("P")
T = TypeVar("T")

_STATEMENTS: Final = 256
_BOTH: Final = ("PRAGMA busy_timeout = 5000", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -65536")
_OVERWRITE: Final = "PRAGMA secure_delete = ON"
_WRITER: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    _OVERWRITE,
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)
_READER: Final = ("PRAGMA query_only = ON",)
# What is removed is overwritten. References are looked through once at the end: some have no index to be found by. What
# is sorted, and a second copy of the file while it is made smaller, may be larger than the memory.
_ARCHIVE: Final = (
    *_BOTH,
    *_WRITER,
    "PRAGMA foreign_keys = OFF",
    "PRAGMA temp_store = FILE",
)


class Connection(aiosqlite.Connection):
    """A connection on its own thread that runs whole functions there."""

    async def run(self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kw: P.kwargs) -> T:
        """Calls `function(connection, ...)` on the connection's thread and gives its answer or its error."""
        execute = cast("Callable[..., Coroutine[Any, Any, T]]", self._execute)
        return await execute(function, self._conn, *args, **kw)

    async def abandon(self) -> None:
        """Closes after a start that failed, and waits for the thread: it must not outlive the event loop."""
        await self.close()
        await asyncio.to_thread(self._thread.join)


async def connect_writer(path: Path) -> Connection:
    """Opens the one connection that writes: WAL, full sync, foreign keys. Makes the file where there is none."""
    return await _connect(path, (*_BOTH, *_WRITER))


async def connect_reader(path: Path) -> Connection:
    """Opens a connection that only reads. It sees committed state and never blocks the writer."""
    return await _connect(path, (*_BOTH, *_READER))


async def connect_checkpointer(path: Path) -> Connection:
    """Opens a connection for checkpoints alone. Full sync: what leaves the log must be on the disk."""
    return await _connect(path, (*_BOTH, "PRAGMA synchronous = FULL"))


async def connect_keyring(path: Path) -> Connection:
    """Opens the connection of who looks after the keys. What it writes is durable; the log it leaves to the server."""
    return await _connect(path, (*_BOTH, "PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 0", _OVERWRITE))


async def connect_archive(path: Path) -> Connection:
    """Opens the connection of retention: it reads a lot, and removes a lot at once."""
    return await _connect(path, _ARCHIVE)


async def _connect(path: Path, pragmas: tuple[str, ...]) -> Connection:
    connector = partial(
        sqlite3.connect, path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS
    )
    connection = Connection(connector, iter_chunk_size=64)
    try:
        await connection
        await connection.run(_configure, pragmas)
    except BaseException:
        await asyncio.shield(connection.abandon())
        raise
    return connection


def _configure(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        connection.execute(pragma).fetchall()
