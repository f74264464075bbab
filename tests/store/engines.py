"""The engines the suite runs on, and what it asks of each beyond the port."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from andon.store.port import Store
from andon.store.sqlite import StoreLocked, open_sqlite


class Engine(Protocol):
    """One engine with one place for its data."""

    locked: type[Exception]
    """What opening raises while another has the store open."""

    async def open(self) -> Store:
        """Opens the store on what was committed before."""
        ...

    async def crash(self) -> Engine:
        """What a machine would find that lost its power now. The open store goes on undisturbed."""
        ...


class SqliteEngine:
    """A file in a folder of its own."""

    locked: type[Exception] = StoreLocked

    def __init__(self, folder: Path, name: str = "andon.db") -> None:
        self.path = folder / name
        self._crashes = 0

    async def open(self) -> Store:
        return await open_sqlite(self.path)

    async def crash(self) -> SqliteEngine:
        self._crashes += 1
        folder = self.path.parent / f"crash-{self._crashes}"
        folder.mkdir()
        for suffix in ("", "-wal"):  # the shared-memory index does not outlive a crash
            if (file := self.path.with_name(self.path.name + suffix)).exists():
                shutil.copyfile(file, folder / file.name)
        return SqliteEngine(folder, self.path.name)


ENGINES: Final[Mapping[str, Callable[[Path], Engine]]] = {"sqlite": SqliteEngine}
