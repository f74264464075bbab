"""Moves what was committed from the write-ahead log into the database file, beside the writer."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Final

from andon.store.report import warn
from andon.store.sqlite.connection import Connection

# Pages of the log that a commit and a row take, roughly, and how many may come together before they are moved.
_PAGES_OF_A_COMMIT: Final = 8
_PAGES_OF_A_ROW: Final = 1
_PAGES_AT_ONCE: Final = 1_000
_TRIES: Final = 3


class Checkpointer:
    """Checkpoints on a thread of its own, so that commits need not wait for it.

    Measured with 64 submissions a commit: the slowest commit in a hundred takes 5 ms instead of 10 to 20. The writer's
    own checkpoint (`wal_autocheckpoint`) stays as the bound where this one can't keep up or fails.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pages = 0
        self._task: asyncio.Task[None] | None = None

    def committed(self, rows: int) -> None:
        """A commit of so many rows was made."""
        self._pages += _PAGES_OF_A_COMMIT + _PAGES_OF_A_ROW * rows
        if self._pages >= _PAGES_AT_ONCE and (self._task is None or self._task.done()):
            self._pages = 0
            self._task = asyncio.create_task(self._checkpoint(), name="store-checkpoint")

    async def empty(self) -> None:
        """Moves all that was committed into the file and cuts the log off: what was erased is not left in it.

        Waits a while for readers; where one holds it back longer, tries again, and warns when it gives up: what is
        left is overwritten as the log is written anew.
        """
        for _ in range(_TRIES):
            if await self._connection.run(_truncate):
                return
        warn("store.log_not_emptied")

    async def close(self) -> None:
        """Waits for a checkpoint that is under way, and closes the connection."""
        if self._task is not None:
            await self._task
        await self._connection.close()

    async def _checkpoint(self) -> None:
        try:
            await self._connection.run(_passive)
        except Exception as error:
            warn("store.checkpoint_failed", error=str(error))


def _passive(connection: sqlite3.Connection) -> None:
    """Moves what no reader holds back. Neither waits for anybody nor makes anybody wait."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _truncate(connection: sqlite3.Connection) -> bool:
    """Whether the log is empty. Commits wait meanwhile, as this waits for them and for readers."""
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
