"""Opens the engine that a place asks for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from andon.store.archive import Archive
from andon.store.errors import StoreUnusable
from andon.store.groups import Observer
from andon.store.keyring import Keyring
from andon.store.port import Store
from andon.store.sealing import Vault
from andon.store.sqlite import open_archive as open_sqlite_archive
from andon.store.sqlite import open_keyring as open_sqlite_keyring
from andon.store.sqlite import open_sqlite


async def open_store(
    place: Path | str, *, connections: int = 10, observe: Observer | None = None, vault: Vault | None = None
) -> Store:
    """The store at a path (SQLite) or a `postgres://` URL, with so many `connections` at most.

    `observe` is called after each group of commits with what it was about and the seconds it took. With a `vault`
    contents are encrypted. Raises StoreLocked and StoreUnusable.
    """
    if isinstance(place, Path):
        return await open_sqlite(place, observe=observe, vault=vault)
    store: Store = await _postgres().open_postgres(place, connections=connections, observe=observe, vault=vault)
    return store


async def open_archive(place: Path | str) -> Archive:
    """The store at a path (SQLite) or a `postgres://` URL, for retention. Raises StoreUnusable.

    On a database servers may go on working; a file must be nobody else's.
    """
    if isinstance(place, Path):
        return await open_sqlite_archive(place)
    archive: Archive = await _postgres().open_archive(place)
    return archive


async def open_keyring(place: Path | str) -> Keyring:
    """The store at a path (SQLite) or a `postgres://` URL, for the sake of its keys. Raises StoreUnusable."""
    if isinstance(place, Path):
        return await open_sqlite_keyring(place)
    keyring: Keyring = await _postgres().open_keyring(place)
    return keyring


def _postgres() -> Any:
    """The engine's package: its driver is optional."""
    try:
        return import_module("andon.store.postgres")
    except ImportError as error:
        raise StoreUnusable("PostgreSQL", f"{error}; install it with: pip install 'andon[postgres]'") from error
