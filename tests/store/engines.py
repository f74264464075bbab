"""The engines the suite runs on, and what it asks of each beyond the port."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import asyncpg
import pytest

from andon.store.port import Store
from andon.store.postgres import open_postgres
from andon.store.sealing import Vault
from andon.store.sqlite import open_sqlite
from andon.vault.service import EnvironmentKey
from andon.vault.unlocking import ServiceVault

ORDER: Final = "order"
"""Calls that one server makes at once are carried out in the order in which they were made."""
PLAIN: Final = "contents as they are, and recorded in the turn of the loop in which they came"
KEY: Final = bytes(range(32))
"""What stores are encrypted with."""
_SEALED: Final = "contents are sealed, and for that the keys of subjects are looked up first"
SHARED: Final = "several servers on one store"


class Engine(Protocol):
    """One engine with one place for its data."""

    lacks: Mapping[str, str]
    """What it does not promise and another does, with the reason; tests marked `needs(...)` name it."""

    async def open(self) -> Store:
        """Opens the store on what was committed before."""
        ...

    async def crash(self) -> Engine:
        """What a machine would find that lost its power now. The open store can still be read."""
        ...

    async def cut(self) -> None:
        """Every connection to the data breaks, where there are any; the open store is to find that out."""
        ...


class SqliteEngine:
    """A file in a folder of its own. The open store does not notice the crash."""

    def __init__(self, folder: Path, name: str = "andon.db", vault: Vault | None = None) -> None:
        sealed = {} if vault is None else {PLAIN: _SEALED, ORDER: _SEALED}
        self.lacks: Mapping[str, str] = {SHARED: "one server owns the file", **sealed}
        self.path = folder / name
        self._vault = vault
        self._crashes = 0

    async def open(self) -> Store:
        return await open_sqlite(self.path, vault=self._vault)

    async def crash(self) -> SqliteEngine:
        self._crashes += 1
        folder = self.path.parent / f"crash-{self._crashes}"
        folder.mkdir()
        for suffix in ("", "-wal"):  # the shared-memory index does not outlive a crash
            if (file := self.path.with_name(self.path.name + suffix)).exists():
                shutil.copyfile(file, folder / file.name)
        return SqliteEngine(folder, self.path.name, self._vault)

    async def cut(self) -> None:
        """A file has no connections."""


class PostgresEngine:
    """A database. In a crash its server process for each connection dies, whatever it is doing."""

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        sealed = {} if vault is None else {PLAIN: _SEALED}
        self.lacks: Mapping[str, str] = {ORDER: "each call has a connection of its own, and they race", **sealed}
        self.url = url
        self._vault = vault

    async def open(self) -> Store:
        return await open_postgres(self.url, vault=self._vault)

    async def crash(self) -> PostgresEngine:
        await self.cut()
        return self

    async def cut(self) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.execute(CUT_OFF)
        await connection.close()


CUT_OFF: Final = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'andon%'
"""


def sealing() -> Vault:
    """What encrypts the contents of a store."""
    return ServiceVault(EnvironmentKey(KEY))


@contextmanager
def _sqlite(request: pytest.FixtureRequest, vault: Vault | None = None) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="andon-") as folder:
        yield SqliteEngine(Path(folder), vault=vault)


@contextmanager
def _postgres(request: pytest.FixtureRequest, vault: Vault | None = None) -> Iterator[Engine]:
    yield PostgresEngine(request.getfixturevalue("databases").clean(), vault)


Making: TypeAlias = Callable[[pytest.FixtureRequest], AbstractContextManager[Engine]]

ENGINES: Final[Mapping[str, Making]] = {"sqlite": _sqlite, "postgres": _postgres}
"""By name: what makes an engine with an empty store, until the end of the block. Of each there is one at a time."""
SEALED: Final[Mapping[str, Making]] = {
    "sqlite sealed": partial(_sqlite, vault=sealing()),
    "postgres sealed": partial(_postgres, vault=sealing()),
}
"""The same with their contents encrypted: the whole suite runs on them with ANDON_LONG=1, a part of it always."""
