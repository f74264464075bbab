"""A terminal, or a pipe, that can be waited on beside everything else."""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final

try:
    import termios
    import tty

    _POSIX = True
except ImportError:
    _POSIX = False

# What arrows, function keys and the like send. They mean nothing here.
_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?")

END: Final = ""
"""What `key` and `line` return when there is no more input."""


class Keyboard:
    """Single keys, and lines where asked for. Use as a context manager: it puts the terminal back as it was."""

    def __init__(self, file: IO[Any] | None = None) -> None:
        self._fd = (file or sys.stdin).fileno()
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._saved: list[Any] = []
        self._lines = False
        self._partial = ""

    @staticmethod
    def possible() -> bool:
        """Whether stdin and stdout are a terminal on which single keys can be read."""
        return _POSIX and sys.stdin.isatty() and sys.stdout.isatty()

    def __enter__(self) -> Keyboard:
        self._saved = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        asyncio.get_running_loop().add_reader(self._fd, self._read)
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved)

    async def key(self) -> str:
        """The next key."""
        return await self._typed.get()

    async def line(self) -> str | None:
        """The next line, edited as the terminal lets one edit; None at the end of input."""
        with self.plain():
            self._lines = True
            try:
                text = await self._typed.get()
            finally:
                self._lines, self._partial = False, ""
        return text.rstrip("\r\n") if text else None

    def forget(self) -> None:
        """Throws away what was typed ahead: nobody judges a task before it is shown."""
        termios.tcflush(self._fd, termios.TCIFLUSH)
        while not self._typed.empty():
            self._typed.get_nowait()

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Gives the terminal its usual manners for a while."""
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved)
        try:
            yield
        finally:
            tty.setcbreak(self._fd)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Lends the terminal to another program."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        try:
            with self.plain():
                yield
        finally:
            loop.add_reader(self._fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._typed.put_nowait(END)
        elif self._lines:
            self._partial += self._decoder.decode(data)
            if self._partial.endswith("\n"):
                self._typed.put_nowait(self._partial)
                self._partial = ""
        else:
            for character in _ESCAPE.sub("", self._decoder.decode(data)):
                self._typed.put_nowait("q" if character == "\x04" else character)


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
