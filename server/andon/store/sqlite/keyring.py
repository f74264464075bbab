"""The keys of one SQLite file, beside the server that may have it open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from andon.domain.clock import SystemClock
from andon.store.errors import StoreUnusable
from andon.store.keyring import SealCount
from andon.store.sealing import NOBODY, SECRET, KeyRow, Sealer
from andon.store.sqlite.connection import Connection, connect_keyring
from andon.store.sqlite.migrate import SchemaUnusable, check_newest
from andon.store.sqlite.rewriting import SqliteRewriting
from andon.store.sqlite.sealing import find, kept_key, kept_state
from andon.store.sqlite.statements import sql

P = ParamSpec("P")
T = TypeVar("T")


class SqliteKeyring:
    """See `andon.store.keyring.Keyring` for what each method promises. Made by `open_keyring`."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self._path: Final = path
        self._connection: Final = connection

    async def kept(self) -> bytes | None:
        return await self._run(kept_key)

    async def count(self) -> SealCount:
        return SealCount(*(await self._run(_rows, "count_sealed", {}))[0])

    async def keys(self, ids: Collection[int]) -> Sequence[KeyRow]:
        return [KeyRow(*row) for row in await self._run(_rows, "keys_by_ids", {"ids": dumps(sorted(ids))})]

    async def of_nobody(self) -> KeyRow:
        (row,) = await self._run(find, [NOBODY])
        return row

    async def swap_if_same(self, before: bytes, after: bytes) -> bool:
        return await self._run(_swap, {"name": SECRET, "before": before, "after": after}) == 1

    async def state(self) -> bytes | None:
        return await self._run(kept_state)

    def rewriting(self, sealer: Sealer) -> SqliteRewriting:
        return SqliteRewriting(self._run, sealer, SystemClock().now())

    async def close(self) -> None:
        await self._connection.close()

    async def _run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kw: P.kwargs) -> T:
        try:
            return await self._connection.run(work, *args, **kw)
        except sqlite3.Error as error:
            raise StoreUnusable(self._path, str(error)) from error


async def open_keyring(path: Path) -> SqliteKeyring:
    """Opens a database file for its keys. Never makes one. Raises StoreUnusable."""
    path = _there(path)
    try:
        connection = await connect_keyring(path)
        try:
            await connection.run(check_newest)
        except BaseException:
            await connection.abandon()
            raise
    except (sqlite3.Error, SchemaUnusable) as error:
        raise StoreUnusable(path, str(error)) from error
    return SqliteKeyring(path, connection)


def _there(path: Path) -> Path:
    path = path.resolve()  # where its log lies
    if not path.is_file():
        raise StoreUnusable(path, "there is no such file")
    return path


def _rows(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> list[Any]:
    return connection.execute(sql(name), values).fetchall()


def _swap(connection: sqlite3.Connection, values: Mapping[str, Any]) -> int:
    return connection.execute(sql("swap_secret_if_same"), values).rowcount
