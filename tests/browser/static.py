"""Any static file host: the built page on an origin of its own, with the headers that clients/web/README.md gives."""

from __future__ import annotations

import asyncio
import json
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
PAGE: Final = Path(__file__).resolve().parents[2] / "server/andon/web/page"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "connect-src 'self' {server}; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@asynccontextmanager
async def hosted(server: str, below: str = "review/") -> AsyncIterator[str]:
    """The page's address on a host of files that names `server` in config.json; in a sub-folder, as it may be."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split(" ", 2)[1].partition("?")[0]
        writer.write(_answer(path.removeprefix(f"/{below}"), server))
        await writer.drain()
        writer.close()

    host = await asyncio.start_server(answer, HOST, 0)
    async with host:
        yield f"http://{HOST}:{host.sockets[0].getsockname()[1]}"


def _answer(path: str, server: str) -> bytes:
    name = path or "index.html"
    file = PAGE / name
    if name == "config.json":
        body = json.dumps({"server": server, "signIn": "token"}).encode()
    elif file.is_file() and PAGE in file.resolve().parents:
        body = file.read_bytes()
    else:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    head = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nContent-Security-Policy: "
    policy = _POLICY.format(server=server)
    return f"HTTP/1.1 200 OK\r\n{head}{policy}\r\nConnection: close\r\n\r\n".encode() + body
