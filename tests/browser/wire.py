"""A wire between a page and the server that a test can cut: what happens to a laptop that is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

HOST: Final = "127.0.0.1"


class Wire:
    """Passes connections on to a port, until it is cut."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._is_cut = False

    @property
    def origin(self) -> str:
        """Where the server is to be found through this wire."""
        return f"http://{HOST}:{self.port}"

    def cut(self) -> None:
        """Drops every connection, and takes no new one."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Takes connections again."""
        self._is_cut = False

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Self]:
        """A wire to a port of this machine."""
        wire = cls(port)
        server = await asyncio.start_server(wire._connected, HOST, 0)
        wire.port = server.sockets[0].getsockname()[1]
        try:
            yield wire
        finally:
            server.close()
            wire.cut()
            await asyncio.gather(*wire._calls, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(HOST, self._to)
        self._writers |= {writer, back}
        pumps = {asyncio.create_task(_pump(reader, back)), asyncio.create_task(_pump(there, writer))}
        self._calls |= pumps
        await asyncio.gather(*pumps, return_exceptions=True)
        self._writers -= {writer, back}
        self._calls -= pumps


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(1 << 16):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
