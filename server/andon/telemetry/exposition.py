"""The HTTP door for operators: /metrics, /healthz and /readyz, by asyncio alone.

Small on purpose: GET and HEAD, one answer a connection, a request of 8 KiB and 5 s at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from andon.telemetry.logs import get_logger

_LARGEST: Final = 8 * 1024
_PATIENCE: Final = 5.0
_AT_ONCE: Final = 64
_TEXT: Final = "text/plain; charset=utf-8"
_log = get_logger("andon.telemetry")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = _TEXT
    headers: tuple[tuple[str, str], ...] = ()


class _BadRequest(Exception):
    """What came is no request that is answered here."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


class MetricsServer:
    """Answers scrapes.

    `before_scrape` refreshes what is read only then; where it fails, the scrape fails with 503 instead of showing old
    numbers. `ready` decides what /readyz says. /healthz is 200 as long as the event loop turns; its JSON tells the
    `details`, for example policy files that could not be taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        registry: CollectorRegistry,
        before_scrape: Callable[[], Awaitable[None]],
        ready: Callable[[], bool],
        details: Callable[[], Mapping[str, object]] = dict,
    ) -> None:
        self._host = host
        self.port = port
        self._registry = _WithoutCreated(registry)
        self._before_scrape = before_scrape
        self._ready = ready
        self._details = details
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], None] = {}

    async def start(self) -> None:
        """Takes the port; `port` then holds the real one. Raises OSError with a clear text where it is taken."""
        try:
            self._server = await asyncio.start_server(self._connected, self._host, self.port, limit=_LARGEST)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            raise OSError(f"can't listen on {self._host}:{self.port} for metrics: {why}") from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Lets go of the port and cuts what is still open."""
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = None
        if len(self._connections) > _AT_ONCE:  # the oldest has been silent for longest; a probe must get through
            next(iter(self._connections)).cancel()
        try:
            with contextlib.suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
                async with asyncio.timeout(_PATIENCE):
                    await self._serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._connections.pop(task, None)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method = "GET"
        try:
            method, path, headers = _parse(await _head(reader))
            answer = await self._answer(method, path, headers)
        except _BadRequest as error:
            answer = _said(error.status)
        writer.write(_rendered(answer, with_body=method != "HEAD"))
        await writer.drain()

    async def _answer(self, method: str, path: str, headers: dict[str, str]) -> _Answer:
        if method not in ("GET", "HEAD"):
            status = HTTPStatus.METHOD_NOT_ALLOWED
            return _Answer(status, _line(status), headers=(("Allow", "GET, HEAD"),))
        if path == "/metrics":
            return await self._scrape(headers)
        if path == "/healthz":
            body = json.dumps({"status": "ok", **self._details()}).encode() + b"\n"
            return _Answer(HTTPStatus.OK, body, "application/json")
        if path == "/readyz":
            ready = self._ready()
            return _Answer(HTTPStatus.OK, b"ready\n") if ready else _said(HTTPStatus.SERVICE_UNAVAILABLE)
        return _said(HTTPStatus.NOT_FOUND)

    async def _scrape(self, headers: dict[str, str]) -> _Answer:
        try:
            await self._before_scrape()
        except Exception:
            _log.exception("scrape failed")
            return _said(HTTPStatus.SERVICE_UNAVAILABLE)
        encode, content_type = choose_encoder(headers.get("accept", ""))
        body = encode(self._registry)
        extra: tuple[tuple[str, str], ...] = (("Vary", "Accept, Accept-Encoding"),)
        if "gzip" in headers.get("accept-encoding", ""):
            body, extra = gzip.compress(body, compresslevel=1), (*extra, ("Content-Encoding", "gzip"))
        return _Answer(HTTPStatus.OK, body, content_type, extra)


class _WithoutCreated(Collector):
    """The registry without `_created` series, which would double what Prometheus keeps and say nothing new."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise _BadRequest(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from None


def _parse(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, path without its query, and headers with lower-case names."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/1."):
        raise _BadRequest(HTTPStatus.BAD_REQUEST)
    pairs = (line.partition(":") for line in lines)
    return words[0], words[1].partition("?")[0], {name.lower(): value.strip() for name, _, value in pairs}


def _said(status: HTTPStatus) -> _Answer:
    return _Answer(status, _line(status))


def _line(status: HTTPStatus) -> bytes:
    return f"{status.phrase}\n".encode()


def _rendered(answer: _Answer, *, with_body: bool) -> bytes:
    headers = (
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
        *answer.headers,
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n{lines}\r\n".encode("latin-1")
    return head + answer.body if with_body else head
