"""The HTTP door for operators: what it answers, what it refuses, how it starts and stops."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from andon.policy.load import CompiledSet
from andon.telemetry.exposition import MetricsServer
from andon.telemetry.metrics import Metrics


class Door:
    """The HTTP door, and a client as plain as can be."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        Metrics(self.registry).set_policies(CompiledSet("abc", {}))
        self.ready = True
        self.scrapes = 0
        self.broken = False
        self.details: dict[str, object] = {}
        self.server = MetricsServer(
            "127.0.0.1", 0, self.registry, self._refresh, lambda: self.ready, lambda: self.details
        )

    async def _refresh(self) -> None:
        self.scrapes += 1
        if self.broken:
            raise RuntimeError("no store")

    async def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(request)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
            await writer.wait_closed()
        first, *lines = head.decode().split("\r\n")
        return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """GET."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        return await self.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())


@asynccontextmanager
async def opened() -> AsyncIterator[Door]:
    """A started door."""
    door = Door()
    await door.server.start()
    try:
        yield door
    finally:
        await door.server.stop()


async def test_a_scrape_is_refreshed_and_can_be_parsed() -> None:
    async with opened() as door:
        status, headers, body = await door.get("/metrics")
    families = {family.name for family in plain_text(body.decode())}
    assert (status, door.scrapes, headers["content-length"]) == (200, 1, str(len(body)))
    assert {"andon_decisions", "andon_build_info", "process_resident_memory_bytes"} <= families
    assert not [name for name in families if name.endswith("_created")]


async def test_open_metrics_and_compression_are_spoken_where_asked_for() -> None:
    async with opened() as door:
        accept = "application/openmetrics-text; version=1.0.0; q=0.8, text/plain; q=0.5"
        _, headers, body = await door.get("/metrics", Accept=accept, Accept_Encoding="gzip")
    assert headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert headers["content-encoding"] == "gzip"
    parsed = open_metrics(gzip.decompress(body).decode())  # type: ignore[no-untyped-call]  # the package's own gap
    assert "andon_policy" in {family.name for family in parsed}


async def test_a_failed_refresh_fails_the_scrape() -> None:
    async with opened() as door:
        door.broken = True
        status, _, body = await door.get("/metrics")
    assert (status, body) == (503, b"Service Unavailable\n")


async def test_health_and_readiness() -> None:
    async with opened() as door:
        assert (await door.get("/healthz"))[0] == 200
        assert (await door.get("/readyz?verbose"))[0] == 200
        door.ready = False
        assert (await door.get("/healthz"))[0] == 200
        assert (await door.get("/readyz"))[0] == 503


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /other HTTP/1.1\r\n\r\n", 404),
        (b"POST /metrics HTTP/1.1\r\n\r\n", 405),
        (b"GET http://x/metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics\r\n\r\n", 400),
        (b"\x16\x03\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 9_000, 431),
    ],
)
async def test_nothing_else_is_answered(request_: bytes, status: int) -> None:
    async with opened() as door:
        assert (await door.ask(request_))[0] == status
        assert door.scrapes == 0


async def test_head_has_no_body() -> None:
    async with opened() as door:
        status, headers, body = await door.ask(b"HEAD /healthz HTTP/1.1\r\n\r\n")
    assert (status, headers["content-length"], body) == (200, "17", b"")


async def test_a_taken_port_is_a_clear_error() -> None:
    async with opened() as door:
        port = door.server.port
        other = MetricsServer("127.0.0.1", port, CollectorRegistry(), door._refresh, lambda: True)
        with pytest.raises(OSError, match=f"can't listen on 127.0.0.1:{port} for metrics: Address already in use"):
            await other.start()
        await other.stop()


async def test_a_silent_connection_does_not_hold_the_stop() -> None:
    async with opened() as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
        await door.get("/healthz")
        await asyncio.wait_for(door.server.stop(), 2)
        assert await _ended(reader.read)
        writer.close()


async def _ended(read: Callable[[], Awaitable[bytes]]) -> bool:
    try:
        return await read() == b""
    except ConnectionError:
        return True


async def test_health_tells_details() -> None:
    async with opened() as door:
        door.details = {"status": "degraded", "policies": {"faults": ["refunds.yaml:3:1: …"]}}
        status, headers, body = await door.ask(b"GET /healthz HTTP/1.1\r\n\r\n")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "degraded", "policies": {"faults": ["refunds.yaml:3:1: …"]}}


async def test_silent_connections_do_not_keep_probes_out() -> None:
    async with opened() as door:
        silent = [await asyncio.open_connection("127.0.0.1", door.server.port) for _ in range(100)]
        for _ in range(3):
            assert (await door.get("/healthz"))[0] == 200
        for _, writer in silent:
            writer.close()
