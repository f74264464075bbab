"""Bytes as no client would send them, over HTTP/1.1 and HTTP/2, and what comes back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset, TrailersReceived
from h2.exceptions import ProtocolError

QUIET: Final = 0.5
"""A connection on which nothing comes for so long is taken to be kept open (s)."""

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@dataclass(frozen=True, slots=True)
class Said:
    """All that came, the status of each answer in it, and whether the other side hung up."""

    raw: bytes
    statuses: tuple[int, ...]
    closed: bool


async def say(port: int, sent: bytes) -> Said:
    """Sends bytes to a port of this machine, and listens until the other side hangs up or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    raw, closed = b"", False
    try:
        while not closed:
            async with asyncio.timeout(QUIET):
                chunk = await reader.read(1 << 16)
            raw, closed = raw + chunk, not chunk
    except TimeoutError:
        pass
    except ConnectionError:
        closed = True
    finally:
        writer.close()
    return Said(raw, tuple(int(status) for status in _STATUS.findall(raw)), closed)


async def http2(port: int, headers: Sequence[tuple[str, str]], body: bytes = b"", more: bytes = b"") -> dict[str, str]:
    """One request of HTTP/2 whose headers nobody has checked; the answer's headers and trailers.

    Where there is none, `reset` or `gone` holds the code of the error. `more` follows on the connection as it is.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    loose = H2Configuration(
        validate_outbound_headers=False, normalize_outbound_headers=False, validate_inbound_headers=False
    )
    connection = H2Connection(loose)
    connection.initiate_connection()
    try:
        connection.send_headers(1, headers, end_stream=not body)
        if body:
            connection.send_data(1, body, end_stream=True)
        writer.write(connection.data_to_send() + more)
        async with asyncio.timeout(20):
            return await _answer(reader, writer, connection)
    finally:
        writer.close()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: H2Connection
) -> dict[str, str]:
    told: dict[str, str] = {}
    while chunk := await reader.read(1 << 16):
        try:
            events = connection.receive_data(chunk)
        except ProtocolError:
            return told | {"gone": "protocol"}
        for event in events:
            if isinstance(event, ResponseReceived | TrailersReceived):
                told |= {_text(name): _text(value) for name, value in event.headers or ()}
            elif isinstance(event, DataReceived):
                told["body"] = told.get("body", "") + (event.data or b"").decode("latin-1")
            elif isinstance(event, StreamReset):
                return told | {"reset": str(event.error_code)}
            elif isinstance(event, ConnectionTerminated):
                return told | {"gone": str(event.error_code)}
            elif isinstance(event, StreamEnded):
                return told
        writer.write(connection.data_to_send())
    return told | {"gone": "closed"}


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
