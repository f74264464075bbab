"""Lines of a pipe that can be waited on beside everything else."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from typing import IO, Final

END: Final = ""
"""Stands for the end of input."""


class Lines:
    """Lines of a pipe or a file, read by a thread of their own."""

    def __init__(self, file: IO[str] | None = None) -> None:
        self._file = file or sys.stdin
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        # A daemon: a pipe that is never closed must not hold up the end of the program.
        threading.Thread(target=self._read, name="andon-input", daemon=True).start()

    async def line(self) -> str | None:
        """The next line that is not empty; None at the end of input."""
        text = await self._queue.get()
        if text == END:
            self._queue.put_nowait(END)
            return None
        return text

    def _read(self) -> None:
        with suppress(RuntimeError, ValueError):  # the loop, or the file, is closed: nobody listens any more
            for text in self._file:
                if text.strip():
                    self._loop.call_soon_threadsafe(self._queue.put_nowait, text.strip())
            self._loop.call_soon_threadsafe(self._queue.put_nowait, END)
