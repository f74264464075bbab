"""Opens the engine that a place asks for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from andon.store.archive import Archive
from andon.store.errors import StoreUnusable
from andon.store.groups import Observer
from andon.store.port import Store
from andon.store.sqlite import open_sqlite


async def open_store(place: Path | str, *, connections: int = 10, observe: Observer | None = None) -> Store:
    """The store at a path (SQLite) or a `postgres://` URL, with so many `connections` at most.

    `observe` is called after each group of commits with what it was about and the seconds it took. Raises StoreLocked
    and StoreUnusable.
    """
    if isinstance(place, Path):
        return await open_sqlite(place, observe=observe)
    store: Store = await _postgres().open_postgres(place, connections=connections, observe=observe)
    return store


async def open_archive(place: Path | str) -> Archive:
    """The store at a `postgres://` URL, for retention. Raises StoreUnusable, for every path too."""
    if isinstance(place, Path):
        raise StoreUnusable(place, "retention works on PostgreSQL alone; a SQLite file keeps all that it was given")
    archive: Archive = await _postgres().open_archive(place)
    return archive


def _postgres() -> Any:
    """The engine's package: its driver is optional."""
    try:
        return import_module("andon.store.postgres")
    except ImportError as error:
        raise StoreUnusable("PostgreSQL", f"{error}; install it with: pip install 'andon[postgres]'") from error
