"""What callers write comes back inert: no header is made of it, no line of a log, no label of a metric.

The parts by themselves: tests/unit/test_logs.py, tests/unit/rpc/test_errors.py, tests/unit/test_metrics.py; on screens
and on the page: tests/client (test_cli, test_terminal_screen, test_terminal_values), tests/browser/test_content.py.
"""

from __future__ import annotations

import io
import json
import logging
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import structlog

from andon.telemetry.logs import configure
from tests.attack.wire import http2, say
from tests.fuzz.oracle import refusals
from tests.golden.harness import Server, serving, token_of

EVIL: Final = (
    'x\r\nx-evil: 1\r\n\r\n{"level": "error", "event": "forged"}\n\x1b[2J\x1b]52;c;eA==\x07\x9b31m\u202e\u2028"}\\'
)
SUBMIT: Final = "/andon.v1.DecisionService/Submit"
SECRET: Final = token_of("submitter")
_STEERING: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]")


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the server writes, in the format that the test is given."""
    root = logging.getLogger()
    before, out = list(root.handlers), io.StringIO()
    configure(request.param, "debug", out)
    yield out
    structlog.reset_defaults()
    root.handlers[:] = before


def _requests() -> Iterator[tuple[str, Any]]:
    """Every place of a request that is told of in a refusal, filled by somebody who means ill."""
    yield SUBMIT, {"decision": {"action": EVIL}}
    yield SUBMIT, {"decision": {"action": "refund.issue", EVIL: 1}}
    yield SUBMIT, {"decision": {"action": "refund.issue", "model": {"name": EVIL * 400}}}
    yield SUBMIT, {"decision": {"action": "refund.issue", "input": {EVIL: EVIL}}, "request_id": EVIL}
    yield SUBMIT, {"decision": {"action": "refund.issue", "on_behalf_of": EVIL}, "supersedes": EVIL}
    yield "/andon.v1.DecisionService/GetDecision", {"name": EVIL}
    yield "/andon.v1.DecisionService/ListDecisions", {"page_token": EVIL, "filter": {"text": EVIL}}
    yield "/andon.v1.ReviewService/RenewLease", {"name": f"tasks/{EVIL}", "lease_token": EVIL}
    yield f"/andon.v1.DecisionService/{SECRET}", {}


async def _try_all(server: Server) -> list[httpx.Response]:
    base = f"http://127.0.0.1:{server.app.http_port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
        odd = b"a\x1b[2J\xc2\x9b" + "\u202e".encode()
        got = []
        for path, body in _requests():
            bearer = {"authorization": f"Bearer {SECRET}"}
            got.append(await client.post(path, json=body, headers=bearer))
            got.append(await client.post(path, json=body, headers=bearer | {"x-request-id": "a\tb"}))
        raw: list[tuple[bytes, bytes]] = [(b"x-request-id", odd), (b"authorization", b"Bearer " + odd)]
        got.append(await client.post(SUBMIT, json={}, headers=raw))
    return got


@pytest.mark.parametrize("log", ["json", "console"], indirect=True)
async def test_nothing_a_caller_writes_becomes_a_header_or_a_line(log: io.StringIO, tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        for reply in await _try_all(server):
            assert "x-evil" not in reply.headers
            assert not _STEERING.search(reply.text.replace("\n", ""))
            assert SECRET not in reply.text.partition('"name": "')[0] or reply.status_code == 501
        usual = [(":method", "POST"), (":scheme", "http"), (":authority", "x"), ("te", "trailers")]
        for path in ("/a\x1b[2J", "/" + "x" * 9_000, "/a%0d%0ax-evil:%201", f"/{SECRET}"):
            head = [*usual, (":path", path), ("content-type", "application/grpc"), ("x-request-id", "a\x1b[2J")]
            told = await http2(server.app.port, head, struct.pack(">BI", 0, 0))
            assert "x-evil" not in told
            assert not _STEERING.search(str(told))
    written = log.getvalue()
    assert SECRET not in written
    assert not _STEERING.search(written)
    assert written.count("\n") > 15
    for line in written.splitlines():
        assert json.loads(line)["event"] != "forged" if line.startswith("{") else re.match(r"\d{4}-\d\d-\d\d", line), (
            line
        )


async def test_a_line_break_in_a_header_of_grpc_reaches_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        for name, value in (("x-request-id", "a\r\nx-evil: 1"), ("x-a\r\nx-evil", "1"), ("x-request-id", "a\x00b")):
            head = [(":method", "POST"), (":scheme", "http"), (":path", SUBMIT), (":authority", "x")]
            told = await http2(server.app.port, [*head, ("content-type", "application/grpc"), (name, value)])
            assert "x-evil" not in told
            assert told.get("grpc-status") != "0"


async def test_hostile_names_make_no_labels(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        base = f"http://127.0.0.1:{server.app.http_port}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            before = len((await client.get("/metrics")).text.splitlines())
            for number in range(300):
                decision = {"action": f"a{number}.b", "confidence": 0.9, "model": {"name": f"m{number}\n# HELP x"}}
                headers = {"authorization": f"Bearer {SECRET}", "x-request-id": f"r{number}"}
                assert (await client.post(SUBMIT, json={"decision": decision}, headers=headers)).status_code == 200
                await client.post(f"/nothing/{number}", json={}, headers=headers)
                await client.get(f"/nothing/{number}")
            text = (await client.get("/metrics")).text
    assert len(text.splitlines()) < before + 200
    assert "a299" not in text
    assert "nothing" not in text


async def test_nobody_is_called_by_a_cookie_or_a_form(tmp_path: Path) -> None:
    """What a page of somebody else could have a browser send: a form, with whatever cookies there are."""
    async with serving(tmp_path, {}) as server:
        form = "decision=1"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            head = f"POST {SUBMIT} HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nCookie: token={SECRET}\r\n"
            said = await say(
                server.app.http_port,
                f"{head}Content-Type: {kind}\r\nContent-Length: {len(form)}\r\n\r\n{form}".encode(),
            )
            assert said.statuses == (415,)
            assert b"access-control" not in said.raw.lower()
            assert b"set-cookie" not in said.raw.lower()
        assert refusals(server)["METHOD_UNKNOWN"] == 3
        for query in (f"?authorization=Bearer%20{SECRET}", f"?access_token={SECRET}", f"?token={SECRET}"):
            target = f"/andon.v1.SessionService/GetSession{query}&connect=v1&encoding=json&message=%7B%7D"
            said = await say(server.app.http_port, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert said.statuses == (401,)
