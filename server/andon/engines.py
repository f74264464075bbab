"""Opens the engine that a place asks for."""

from __future__ import annotations

from pathlib import Path

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
    try:
        from andon.store.postgres import open_postgres  # noqa: PLC0415 -- its driver is optional
    except ImportError as error:
        raise StoreUnusable("PostgreSQL", f"{error}; install it with: pip install 'andon[postgres]'") from error
    return await open_postgres(place, connections=connections, observe=observe)
