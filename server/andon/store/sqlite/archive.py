"""Retention on one SQLite file, while no server has it open."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.clock import SystemClock
from andon.domain.months import Month
from andon.store.archive import ArchiveFault, Census, Cut, Reading, Room
from andon.store.errors import StoreUnusable
from andon.store.sqlite import retiring
from andon.store.sqlite.connection import Connection, connect_archive
from andon.store.sqlite.errors import StoreLocked
from andon.store.sqlite.lock import FileLock
from andon.store.sqlite.migrate import SchemaUnusable, check_newest
from andon.store.sqlite.room import shrink
from andon.store.sqlite.sealing import kept_key


@contextmanager
def _faults_told() -> Iterator[None]:
    """Says what the file or the disk refuses in the port's words."""
    try:
        yield
    except sqlite3.Error as error:
        raise ArchiveFault(f"SQLite: {error}") from error


class SqliteArchive:
    """See `andon.store.archive.Archive` for what each method promises. Made by `open_archive`."""

    def __init__(self, path: Path, lock: FileLock, connection: Connection) -> None:
        self._path: Final = path
        self._lock: Final = lock
        self._connection: Final = connection

    async def time(self) -> int:
        return SystemClock().now()

    async def months(self, before: int) -> list[Month]:
        with _faults_told():
            return await self._connection.run(retiring.months, before)

    async def actions(self, month: Month) -> list[str]:
        with _faults_told():
            return await self._connection.run(retiring.actions, month)

    async def census(self, month: Month, kept: Sequence[str]) -> Census:
        with _faults_told():
            return await self._connection.run(retiring.census, month, kept)

    @asynccontextmanager
    async def read(self, month: Month, kept: Sequence[str]) -> AsyncIterator[Reading]:
        with _faults_told():
            position, anchor = await self._connection.run(retiring.begin_reading)
            try:
                encrypted = await self._connection.run(kept_key) is not None
                yield Reading(position, anchor, self._records(month, kept, position), encrypted)
            finally:
                await self._connection.run(retiring.end)

    async def cut_if_unchanged(self, cut: Cut) -> bool:
        with _faults_told():
            return await self._connection.run(retiring.cut, cut)

    async def shrink(self) -> Room | None:
        with _faults_told():
            return await self._connection.run(shrink, self._path)

    async def close(self) -> None:
        try:
            await self._connection.close()
        finally:
            self._lock.release()

    async def _records(self, month: Month, kept: Sequence[str], position: int) -> AsyncIterator[JsonObject]:
        cursor = await self._connection.run(retiring.select_month, month, kept, position)
        while found := await self._connection.run(retiring.next_records, cursor):
            for record in found:
                yield record


async def open_archive(path: Path) -> SqliteArchive:
    """Opens a database file for retention, and keeps servers off it until it is closed. Never makes a file.

    Raises StoreUnusable where a server has it open, or where it is not of this release's schema.
    """
    path, lock = _locked(path)
    try:
        return SqliteArchive(path, lock, await _connected(path))
    except BaseException:
        lock.release()
        raise


def _locked(path: Path) -> tuple[Path, FileLock]:
    path = path.resolve()  # where its log lies
    if not path.is_file():
        raise StoreUnusable(path, "there is no such file")
    try:
        return path, FileLock(path)
    except StoreLocked as error:
        why = "a server has it open, or another retention; stop it for as long as this takes, and start it again then"
        raise StoreUnusable(path, why) from error


async def _connected(path: Path) -> Connection:
    try:
        connection = await connect_archive(path)
        try:
            await connection.run(check_newest)
        except BaseException:
            await connection.abandon()
            raise
    except (sqlite3.Error, SchemaUnusable) as error:
        raise StoreUnusable(path, str(error)) from error
    return connection
