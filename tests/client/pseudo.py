"""`andon review` as a program on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final

# What would say otherwise than this terminal does; a test runner may set them.
_OTHERS: Final = frozenset({"NO_COLOR", "COLUMNS", "LINES"})
ALTERNATE, ORDINARY, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


@dataclass
class Terminal:
    """The program, and all it has written."""

    process: asyncio.subprocess.Process
    master: int
    slave: int
    before: list[Any]
    written: bytearray = field(default_factory=bytearray)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def read(self) -> None:
        """Takes what was written."""
        self.written += os.read(self.master, 65536)
        self.news.set()

    def type(self, text: str) -> None:
        """Types."""
        os.write(self.master, text.encode())

    async def shows(self, *texts: bytes) -> None:
        """Waits until one of them was written."""
        while not any(text in self.written for text in texts):
            self.news.clear()
            await self.news.wait()

    async def ends(self) -> int:
        """The exit code. Fails where the terminal was not given back."""
        code = await self.process.wait()
        while ORDINARY not in self.written:
            self.news.clear()
            await self.news.wait()
        assert self.written.rindex(ORDINARY) > self.written.rindex(ALTERNATE)
        assert CURSOR in self.written
        assert termios.tcgetattr(self.slave) == self.before
        return code


@asynccontextmanager
async def terminal(
    address: str,
    *flags: str,
    lines: int = 24,
    columns: int = 80,
    redirected: Mapping[str, IO[str]] | None = None,
    **settings: str,
) -> AsyncGenerator[Terminal, None]:
    """`andon review` on a terminal of this size; `redirected` are its streams that lead elsewhere, by name."""
    elsewhere = redirected or {}
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    plain = {key: value for key, value in os.environ.items() if not key.startswith("ANDON_") and key not in _OTHERS}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "andon_client", "review", "--address", address, *flags,
        stdin=elsewhere.get("stdin", slave), stdout=elsewhere.get("stdout", slave),
        stderr=elsewhere.get("stderr", slave), start_new_session=True,
        env={**plain, "ANDON_TOKEN": "secret", "TERM": "xterm-256color", **settings},
    )  # fmt: skip
    made = Terminal(process, master, slave, termios.tcgetattr(slave))
    asyncio.get_running_loop().add_reader(master, made.read)
    try:
        yield made
    finally:
        asyncio.get_running_loop().remove_reader(master)
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(master)
        os.close(slave)
