"""Pages of other origins: who may call, what a browser is told, and that nobody else gains anything."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.golden.harness import Server, serving, token_of
from tests.unit.web.plain import Reply, ask, request

OURS: Final = "https://review.example.com"
SUBMIT: Final = "/andon.v1.DecisionService/Submit"
ASKED: Final = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, {"cors_origins": f"{OURS}, http://localhost:5173"}) as running:
        yield running


async def preflight(server: Server, origin: str) -> Reply:
    return await ask(server.app.http_port, request("OPTIONS", SUBMIT, {"Origin": origin, **ASKED}))


async def submit(server: Server, origin: str) -> Reply:
    headers = {"Authorization": f"Bearer {token_of('submitter')}", "Content-Type": "application/json", "Origin": origin}
    body = json.dumps({"decision": {"action": "refund.issue", "confidence": 0.99}}).encode()
    return await ask(server.app.http_port, request("POST", SUBMIT, headers, body))


async def test_a_listed_origin_may_call_and_read(server: Server) -> None:
    allowed = await preflight(server, OURS)
    assert (allowed.status, allowed.body) == (204, b"")
    assert allowed.headers["access-control-allow-origin"] == OURS
    assert allowed.headers["access-control-allow-methods"] == "GET, POST"
    names = allowed.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "connect-protocol-version", "connect-timeout-ms", "x-grpc-web"} <= {*names}
    answer = await submit(server, OURS)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, OURS)
    assert {"grpc-status", "grpc-message", "grpc-status-details-bin"} <= {
        *answer.headers["access-control-expose-headers"].split(", ")
    }
    for reply in (allowed, answer):
        assert "Origin" in reply.headers["vary"]
        assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", OURS + ".evil.example", OURS + ":444", OURS.upper()]
)
async def test_any_other_origin_is_told_nothing(server: Server, origin: str) -> None:
    refused = await preflight(server, origin)
    assert refused.status == 403
    answer = await submit(server, origin)
    for reply in (refused, answer):
        assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_without_the_setting_no_origin_is_listed(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        assert (await preflight(server, OURS)).status == 403
        answer = await submit(server, OURS)
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_refusal_can_be_read_as_well(server: Server) -> None:
    reply = await ask(
        server.app.http_port, request("POST", SUBMIT, {"Origin": OURS, "Content-Type": "application/json"}, b"{}")
    )
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (401, OURS)
    assert reply.headers["www-authenticate"] == 'Bearer realm="andon"'
    assert "www-authenticate" in reply.headers["access-control-expose-headers"].split(", ")
    assert "www-authenticate" not in (await submit(server, OURS)).headers


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("OPTIONS", {"Origin": "https://evil.example", **ASKED}, 403),
        ("PUT", {"Content-Type": "application/json"}, 405),
        ("POST", {"Content-Type": "text/plain"}, 415),
    ],
)
async def test_no_header_is_said_twice(server: Server, method: str, headers: dict[str, str], status: int) -> None:
    reply = await ask(server.app.http_port, request(method, SUBMIT, headers))
    assert (reply.status, reply.headers["cache-control"]) == (status, "no-store")
    assert reply.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_options_without_an_origin_is_no_call(server: Server) -> None:
    assert (await ask(server.app.http_port, request("OPTIONS", SUBMIT))).status == 405
