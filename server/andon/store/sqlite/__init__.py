"""The store on one SQLite file: the embedded engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

from andon.domain.clock import SystemClock
from andon.store.errors import StoreUnusable
from andon.store.groups import Observer
from andon.store.sealing import SealBroken, Vault, VaultClosed
from andon.store.sqlite.archive import SqliteArchive, open_archive
from andon.store.sqlite.checkpointer import Checkpointer
from andon.store.sqlite.committer import committer
from andon.store.sqlite.connection import Connection, connect_checkpointer, connect_reader, connect_writer
from andon.store.sqlite.errors import StoreLocked
from andon.store.sqlite.keyring import SqliteKeyring, open_keyring
from andon.store.sqlite.lock import FileLock
from andon.store.sqlite.migrate import SchemaUnusable, migrate
from andon.store.sqlite.rights import warn_of_wide_rights
from andon.store.sqlite.sealing import begin, kept_key, open_rows, unlocked
from andon.store.sqlite.store import SqliteStore
from andon.store.sqlite.writer import Writer

__all__ = [
    "SqliteArchive",
    "SqliteKeyring",
    "SqliteStore",
    "StoreLocked",
    "StoreUnusable",
    "open_archive",
    "open_keyring",
    "open_sqlite",
]

_OLDEST_SQLITE = (3, 37, 0)


async def open_sqlite(path: Path, *, observe: Observer | None = None, vault: Vault | None = None) -> SqliteStore:
    """Opens a database file, brings it to the newest schema, and makes it where there is none: for its owner alone.

    `observe` is called on the event loop after each commit with the number of rows asked for and the seconds it took.
    With a `vault` contents are encrypted from now on.
    Raises StoreLocked where another server has the file open, StoreUnusable where it can't serve; then nothing is
    changed.
    """
    path = _checked(path)
    async with AsyncExitStack() as stack:
        lock = FileLock(path)
        stack.callback(lock.release)
        try:
            store = await _open(path, lock, observe, vault, stack)
        except (sqlite3.Error, SchemaUnusable, VaultClosed, SealBroken) as error:
            raise StoreUnusable(path, str(error)) from error
        stack.pop_all()
        warn_of_wide_rights(path)
        return store


async def _open(
    path: Path, lock: FileLock, observe: Observer | None, vault: Vault | None, stack: AsyncExitStack
) -> SqliteStore:
    connection = await _kept(connect_writer(path), stack)
    key = await unlocked(vault, await connection.run(kept_key))
    await connection.run(migrate)
    if key is not None:
        await connection.run(begin, *key, SystemClock().now())
    single, lists, counts = [await _kept(connect_reader(path), stack) for _ in range(3)]
    sealer = None if key is None else key[0]
    if sealer is not None:
        for each in (connection, single, lists, counts):
            await each.run(open_rows, sealer)
    writer = await connection.run(Writer, sealer)
    checkpointer = Checkpointer(await _kept(connect_checkpointer(path), stack))

    def committed(rows: int, seconds: float) -> None:
        checkpointer.committed(rows)
        if observe is not None:
            observe(rows, seconds)

    commits = committer(connection, writer, committed)
    return SqliteStore(lock, connection, commits, checkpointer, single, lists, counts, sealer)


async def _kept(opening: Awaitable[Connection], stack: AsyncExitStack) -> Connection:
    connection = await opening
    stack.push_async_callback(connection.close)
    return connection


def _checked(path: Path) -> Path:
    """The file's real path: what it is called in messages and where its log lies."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreUnusable(path, f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed")
    return path.resolve()
