"""What is settled before a request is read: who calls, what its head says, and where it is read."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from andon.web import reading, wire, writing
from tests.golden.harness import Server, serving
from tests.unit.web.called import (
    CANCEL,
    FRAMED,
    GET,
    JSON,
    REFUND,
    STREAM,
    SUBMIT,
    bearer,
    counted,
    detail,
    framed,
    post,
)
from tests.unit.web.plain import PATIENCE, ask, request


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Connect-Timeout-Ms", "-1", "invalid_argument"),
        ("Connect-Timeout-Ms", "99999999999", "invalid_argument"),
        ("Connect-Timeout-Ms", "1.5", "invalid_argument"),
        ("Connect-Timeout-Ms", "\u0661", "invalid_argument"),
        ("Connect-Protocol-Version", "2", "invalid_argument"),
        ("Content-Encoding", "zip", "unimplemented"),
    ],
)
async def test_a_bad_head_is_refused_in_our_words_and_counted_once_it_is_known_who_calls(
    server: Server, header: str, value: str, code: str
) -> None:
    status, error = await post(server, SUBMIT, {"decision": REFUND}, **{header: value})
    assert (status, error["code"]) == (501 if code == "unimplemented" else 400, code)
    assert header.lower() in detail(error, "BadRequest")
    assert "FIELD_INVALID" in detail(error, "ErrorInfo")
    assert counted(server, SUBMIT, "INVALID_ARGUMENT") == 1
    assert (await post(server, SUBMIT, {}, caller="", **{header: value}))[0] == 401


@pytest.mark.parametrize(
    ("timeout", "code"), [("", "3"), ("1", "3"), ("123456789S", "3"), ("1x", "3"), ("0n", "4"), ("20S", "0")]
)
async def test_the_time_of_grpc_web_is_read_as_grpc_has_it(server: Server, timeout: str, code: str) -> None:
    sent = {"Content-Type": "application/grpc-web+json", "grpc-timeout": timeout} | bearer("submitter")
    reply = await ask(server.app.http_port, request("POST", SUBMIT, sent, framed({"decision": REFUND})))
    said = reply.body.decode(errors="replace") + str(reply.headers)
    assert f"grpc-status: {code}" in said or f"'grpc-status': '{code}'" in said
    assert ("grpc-status-details-bin" in said) is (code == "3")


@pytest.mark.parametrize("method", [SUBMIT, STREAM])
async def test_time_that_was_over_before_the_call_is_told_and_counted(server: Server, method: str) -> None:
    framing = FRAMED if method == STREAM else JSON
    body = framed({"queues": ["*"]}) if method == STREAM else b"{}"
    sent = framing | bearer("reviewer") | {"Connect-Timeout-Ms": "0"}
    reply = await ask(server.app.http_port, request("POST", method, sent, body))
    assert b'"deadline_exceeded"' in reply.body
    assert counted(server, method, "DEADLINE_EXCEEDED") == 1


@pytest.mark.parametrize("caller", ["", "auditor"])
async def test_nobody_s_body_is_read_who_may_not_send_it(server: Server, caller: str) -> None:
    """It never comes, and the answer does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.http_port)
    sent = request("POST", CANCEL, JSON | (bearer(caller) if caller else {}), b" " * 4_000)
    writer.write(sent[:-3_999])
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), PATIENCE)
    assert head.split()[1] == (b"403" if caller else b"401")
    writer.close()


@pytest.mark.parametrize("second", ["Bearer x", "", "Bearer \u00e9"])
@pytest.mark.parametrize("first", [True, False])
async def test_two_credentials_are_none(server: Server, second: str, first: bool) -> None:
    good = bearer("submitter")["Authorization"]
    one, other = (good, second) if first else (second, good)
    sent = request("POST", SUBMIT, JSON | {"Authorization": f"{one}\r\nAuthorization: {other}"}, b"{}")
    reply = await ask(server.app.http_port, sent)
    assert reply.status == 401
    assert "CREDENTIALS_INVALID" in detail(json.loads(reply.body), "ErrorInfo")


async def test_a_large_request_is_read_and_a_large_answer_written_beside_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def noting(done: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            threads.append(threading.current_thread().name.partition("_")[0])
            return done(*given)

        return run

    monkeypatch.setattr(wire, "read_message", noting(reading.read_message))
    monkeypatch.setattr(wire, "write_message", noting(writing.write_message))
    async with serving(tmp_path, {}) as server:
        large = {"action": "refund.issue", "confidence": 0.99, "input": {"a": "x" * 100_000}}
        status, answer = await post(server, SUBMIT, {"decision": large})
        assert status == 200
        status, answer = await post(server, GET, {"name": answer["decision"]["name"]})
        assert answer["decision"]["input"] == large["input"]
    assert threads == ["aside", "MainThread", "MainThread", "aside"]
