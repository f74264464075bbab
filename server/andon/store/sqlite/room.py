"""Giving the room of what was removed back to the disk."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Final

from andon.store.archive import Room

_WORTH: Final = 10
"""What is free within the file is given back where it is this part of it at least."""


def shrink(connection: sqlite3.Connection, path: Path) -> Room | None:
    _pragma(connection, "wal_checkpoint(TRUNCATE)")
    pages, free, size = (_pragma(connection, name) for name in ("page_count", "freelist_count", "page_size"))
    if free * _WORTH < pages:
        return None
    needed = 2 * (pages - free) * size
    if shutil.disk_usage(path.parent).free < needed:
        return Room(0, free * size, needed)
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        return Room(0, free * size, needed)  # the folder of temporary files is too small
    _pragma(connection, "wal_checkpoint(TRUNCATE)")
    return Room((pages - _pragma(connection, "page_count")) * size, 0, 0)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
