"""What operators ask of the HTTP door: what it answers, what it refuses, how it starts and stops."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text
from structlog.testing import capture_logs

from tests.unit.web.plain import Door, ask, get, opened, request


async def test_a_scrape_is_refreshed_and_can_be_parsed() -> None:
    async with opened() as door:
        status, headers, body = await get(door.port, "/metrics")
    families = {family.name for family in plain_text(body.decode())}
    assert (status, door.scrapes, headers["content-length"]) == (200, 1, str(len(body)))
    assert {"andon_decisions", "andon_build_info", "process_resident_memory_bytes"} <= families
    assert not [name for name in families if name.endswith("_created")]
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_open_metrics_and_compression_are_spoken_where_asked_for() -> None:
    async with opened() as door:
        accept = "application/openmetrics-text; version=1.0.0; q=0.8, text/plain; q=0.5"
        _, headers, body = await get(door.port, "/metrics", Accept=accept, Accept_Encoding="gzip")
    assert headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept, Accept-Encoding"
    parsed = open_metrics(gzip.decompress(body).decode())  # type: ignore[no-untyped-call]  # the package's own gap
    assert "andon_policy" in {family.name for family in parsed}


async def test_a_failed_refresh_fails_the_scrape() -> None:
    async with opened() as door:
        door.broken = True
        status, _, body = await get(door.port, "/metrics")
    assert (status, body) == (503, b"Service Unavailable\n")


async def test_health_and_readiness() -> None:
    async with opened() as door:
        assert (await get(door.port, "/healthz")).status == 200
        assert (await get(door.port, "/readyz?verbose")).body == b"ready\n"
        door.ready = False
        assert (await get(door.port, "/healthz")).status == 200
        assert (await get(door.port, "/readyz")).status == 503


async def test_health_tells_details() -> None:
    async with opened() as door:
        door.details = {"status": "degraded", "policies": {"faults": ["refunds.yaml:3:1: …"]}}
        status, headers, body = await get(door.port, "/healthz")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "degraded", "policies": {"faults": ["refunds.yaml:3:1: …"]}}


async def test_a_fault_of_ours_is_500_and_logged_and_told_to_nobody() -> None:
    async with opened() as door:
        door.server._site._operators._details = lambda: 1 / 0  # type: ignore[assignment,return-value]
        with capture_logs() as lines:
            status, _, body = await get(door.port, "/healthz")
    assert (status, body) == (500, b"Internal Server Error\n")
    assert [line["log_level"] for line in lines] == ["error"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("GET", "/other"), 404),
        (request("POST", "/metrics"), 405),
        (request("DELETE", "/healthz"), 405),
        (b"GET /metrics\r\n\r\n", 400),
        (b"\x16\x03\x01\r\n\r\n", 400),
        (request("GET", "/", {"A": "x" * 20_000}), 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
    ],
)
async def test_nothing_else_is_answered(sent: bytes, status: int) -> None:
    async with opened() as door:
        assert (await ask(door.port, sent)).status == status
        assert door.scrapes == 0


async def test_head_has_no_body() -> None:
    async with opened() as door:
        status, headers, body = await ask(door.port, request("HEAD", "/healthz"))
    assert (status, headers["content-length"], body) == (200, "17", b"")


async def test_a_taken_port_is_a_clear_error() -> None:
    async with opened() as door:
        other = Door().server
        with pytest.raises(OSError, match=f"^can't listen on 127.0.0.1:{door.port}: address already in use$"):
            other.bind("127.0.0.1", door.port)
        await other.stop()


async def test_a_port_that_was_bound_and_never_served_is_let_go() -> None:
    first, second = Door().server, Door().server
    port = first.bind("127.0.0.1", 0)
    await first.stop()
    assert second.bind("127.0.0.1", port) == port
    await second.stop()


async def test_ipv6_and_names_are_listened_on() -> None:
    for host in ("::1", "localhost"):
        door = Door().server
        port = door.bind(host, 0)
        door.start()
        reader, writer = await asyncio.open_connection(host if host == "::1" else "127.0.0.1", port)
        writer.write(request("GET", "/readyz"))
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
        await door.stop()


async def test_a_silent_connection_does_not_hold_the_stop() -> None:
    async with opened() as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        await get(door.port, "/healthz")
        await asyncio.wait_for(door.server.stop(), 2)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_silent_connections_do_not_keep_probes_out() -> None:
    async with opened() as door:
        silent = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(100)]
        for _ in range(3):
            assert (await get(door.port, "/healthz")).status == 200
        for _, writer in silent:
            writer.close()


@pytest.mark.parametrize("path", ["/%6detrics", "/metric%73?x", "/%68ealthz", "/%72eadyz"])
async def test_a_path_has_one_spelling_so_that_a_proxy_s_rule_holds(path: str) -> None:
    async with opened() as door:
        assert (await get(door.port, path)).status == 404
        assert door.scrapes == 0
