"""Calls over HTTP, as browsers and curl make them, beyond what the golden cases hold."""

from __future__ import annotations

import asyncio
import gzip
import json
import urllib.parse
from pathlib import Path

import httpx
import pytest

from andon.web import site
from tests.golden.harness import Server, serving
from tests.unit.web.called import (
    FRAMED,
    GET,
    HELD,
    JSON,
    LIST,
    NAME,
    REFUND,
    STREAM,
    SUBMIT,
    bearer,
    counted,
    detail,
    framed,
    opened_stream,
    post,
    stuck,
    until,
)
from tests.unit.web.plain import PATIENCE, ask, request


@pytest.mark.parametrize("name", ["validateOnly", "validate_only"])
async def test_names_are_taken_in_both_styles_and_given_in_one(server: Server, name: str) -> None:
    status, answer = await post(server, SUBMIT, {"decision": REFUND, name: True})
    assert status == 200
    assert answer["decision"]["routing"]["route"] == "ROUTE_AUTO_APPROVE"
    assert "explanation" in answer
    status, answer = await post(server, SUBMIT, {"decision": REFUND})
    assert answer["decision"]["sequence"] == "1"
    assert answer["decision"]["createTime"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"decision": {"action": "a", "confidance": 1}}, "decision.confidance", "is no field of andon.v1."),
        ({"decison": {}}, "decison", "is no field of andon.v1."),
        ({"decision": {"action": "a", "confidence": "high"}}, "decision.confidence", ": must be a number"),
        ({"wait": "soon"}, "wait", 'must be a span such as "50s"'),
        ([], "request", "must be a JSON object"),
        (b"", "request", "must be a JSON object"),
        (b'{"decision": ', "request", "well-formed JSON: line 1, column 14"),
        (b'{"decision": {}, "decision": {}}', "request", "duplicate"),
        (b"\xff\xfe{}", "request", "must be a JSON object"),
        (b'{"request_id": "\xff"}', "request", "well-formed"),
        (b'{"decision": ' + b"[" * 2_000, "request", ""),
    ],
)
async def test_json_that_is_no_request_is_refused_with_its_place(
    server: Server, body: object, field: str, words: str
) -> None:
    status, error = await post(server, SUBMIT, body)
    assert (status, error["code"]) == (400, "invalid_argument")
    assert field in detail(error, "BadRequest")
    assert words in error["message"]
    assert detail(error, "RequestInfo")


async def test_who_calls_is_settled_before_json_is_looked_at(server: Server) -> None:
    status, error = await post(server, SUBMIT, b"{", caller="")
    assert (status, error["code"]) == (401, "unauthenticated")
    status, error = await post(server, SUBMIT, b"{", caller="auditor")
    assert (status, error["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("size", [5_000, 9_000, 30_000_000])
async def test_what_is_too_large_is_refused_by_size_and_counted(server: Server, size: int, packed: bool) -> None:
    if size > 1_000_000 and not packed:
        size = 200_000
    body = b'{"request_id": "' + b"a" * size + b'"}'
    sent = gzip.compress(body) if packed else body
    headers = {"Content_Encoding": "gzip"} if packed else {}
    status, error = await post(server, SUBMIT, sent, **headers)
    assert (status, error["code"]) == (400, "invalid_argument")
    assert "PAYLOAD_TOO_LARGE" in detail(error, "ErrorInfo")
    assert "at most 4096" in error["message"]
    assert counted(server, SUBMIT, "INVALID_ARGUMENT") == 1
    assert (await post(server, SUBMIT, sent, caller="", **headers))[0] == 401


async def test_compressed_requests_are_read_and_answers_compressed_where_asked(server: Server) -> None:
    body = gzip.compress(json.dumps({"decision": REFUND}).encode())
    sent = JSON | bearer("submitter") | {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    reply = await ask(server.app.http_port, request("POST", SUBMIT, sent, body))
    assert reply.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(reply.body))["decision"]["name"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content_Encoding": "zip"}, 501, "unimplemented"),
        ({"Content_Encoding": "gzip"}, 400, "invalid_argument"),
        ({"Connect_Timeout_Ms": "soon"}, 400, "invalid_argument"),
        ({"Connect_Protocol_Version": "7"}, 400, "invalid_argument"),
        ({"X_Odd": "é"}, 200, None),
        ({"Content_Type": "application/json; charset=utf-8"}, 200, None),
    ],
)
async def test_what_the_protocol_says_is_kept(
    server: Server, headers: dict[str, str], status: int, code: str | None
) -> None:
    found, answer = await post(server, SUBMIT, {"decision": REFUND}, **headers)
    assert (found, answer.get("code")) == (status, code)


async def test_a_deadline_ends_a_call(server: Server) -> None:
    stuck(server)
    status, error = await post(server, GET, {"name": NAME}, caller="auditor", Connect_Timeout_Ms="20")
    assert (status, error["code"]) == (504, "deadline_exceeded")
    assert counted(server, GET, "CANCELLED") == 1


async def test_reading_by_get_works_where_nothing_changes(server: Server) -> None:
    await post(server, SUBMIT, {"decision": REFUND})
    asked = urllib.parse.urlencode({"connect": "v1", "encoding": "json", "message": '{"pageSize": 5}'})
    reply = await ask(server.app.http_port, request("GET", f"{LIST}?{asked}", bearer("auditor")))
    assert (reply.status, len(json.loads(reply.body)["decisions"])) == (200, 1)
    assert reply.headers["cache-control"] == "no-store"
    bare = await ask(server.app.http_port, request("GET", f"{LIST}?encoding=json", bearer("auditor")))
    assert (bare.status, json.loads(bare.body)["code"]) == (400, "invalid_argument")


@pytest.mark.parametrize(
    ("method", "path", "kind", "status", "words"),
    [
        ("GET", SUBMIT, "", 405, "takes POST"),
        ("PUT", SUBMIT, "application/json", 405, "takes POST"),
        ("PUT", LIST, "application/json", 405, "takes GET, POST"),
        ("POST", SUBMIT, "application/x-www-form-urlencoded", 415, "takes application/grpc-web"),
        ("POST", SUBMIT, "application/connect+json", 415, "application/json"),
        ("POST", STREAM, "application/json", 415, "application/connect+json"),
        ("POST", SUBMIT, "application/grpc", 415, "gRPC has its own port"),
        ("POST", SUBMIT, "", 415, "takes "),
    ],
)
async def test_what_no_protocol_has_is_refused_in_words(
    server: Server, method: str, path: str, kind: str, status: int, words: str
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    reply = await ask(server.app.http_port, request(method, path, headers))
    assert reply.status == status
    assert words in reply.body.decode()


@pytest.mark.parametrize("kind", ["application/json", "application/connect+proto", "application/grpc-web+proto", "x/y"])
async def test_a_method_that_is_none_is_counted(server: Server, kind: str) -> None:
    reply = await ask(server.app.http_port, request("POST", "/no.Such/Method", {"Content-Type": kind}, b""))
    assert b"no such method: /no.Such/Method" in urllib.parse.unquote_to_bytes(
        reply.body + reply.headers.get("grpc-message", "").encode()
    )
    assert counted(server, "unknown", "UNIMPLEMENTED") == 1


async def test_every_call_is_counted_as_over_grpc(server: Server) -> None:
    await post(server, SUBMIT, {"decision": REFUND})
    await post(server, SUBMIT, {"decision": REFUND}, caller="auditor")
    assert (counted(server, SUBMIT, "OK"), counted(server, SUBMIT, "PERMISSION_DENIED")) == (1, 1)


@pytest.mark.parametrize("frames", [b"", framed({}) * 2, framed({})[:-1], b"\xff" * 9, framed({}, flags=1)])
async def test_streams_that_begin_badly_are_refused(server: Server, frames: bytes) -> None:
    reply = await ask(server.app.http_port, request("POST", STREAM, FRAMED | bearer("reviewer"), frames))
    assert reply.status == 200
    error = json.loads(reply.body[5:])["error"]
    assert error["code"] in ("invalid_argument", "unimplemented")
    assert "FIELD_INVALID" in detail(error, "ErrorInfo")
    assert counted(server, STREAM, "INVALID_ARGUMENT") == 1
    assert len(server.app.context.seats) == 0


async def test_a_reviewer_who_leaves_gives_the_seat_back_at_once(server: Server) -> None:
    _, writer = await opened_stream(server)
    await until(lambda: len(server.app.context.seats) == 1)
    writer.close()
    await until(lambda: len(server.app.context.seats) == 0)
    await until(lambda: counted(server, STREAM, "CANCELLED") == 1)


async def test_a_caller_who_leaves_waits_no_longer(server: Server) -> None:
    body = json.dumps({"decision": HELD, "wait": "50s"}).encode()
    _, writer = await asyncio.open_connection("127.0.0.1", server.app.http_port)
    writer.write(request("POST", SUBMIT, JSON | bearer("submitter"), body))
    await until(lambda: len(server.app.context.waiters) == 1)
    writer.close()
    await until(lambda: len(server.app.context.waiters) == 0)
    await until(lambda: counted(server, SUBMIT, "CANCELLED") == 1)


async def test_a_body_that_does_not_come_ends_the_call(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "BODY_TIMEOUT", 0.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.http_port)
    sent = request("POST", SUBMIT, JSON | bearer("submitter"), b"{" + b" " * 99)
    writer.write(sent[:-50])
    assert (await asyncio.wait_for(reader.read(), PATIENCE)).startswith(b"HTTP/1.1 499")
    writer.close()


async def test_going_down_ends_waits_and_streams_and_answers_probes_meanwhile(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        base = f"http://127.0.0.1:{server.app.http_port}"
        async with httpx.AsyncClient(base_url=base, timeout=PATIENCE, verify=False) as client:
            waiting = asyncio.create_task(
                client.post(SUBMIT, json={"decision": HELD, "wait": "50s"}, headers=bearer("submitter"))
            )
            await until(lambda: len(server.app.context.waiters) == 1)
            await server.app.drain()
            assert (await waiting).json()["decision"]["state"] == "DECISION_STATE_PENDING"
            refused = await client.post(SUBMIT, json={"decision": REFUND}, headers=bearer("submitter"))
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert (await client.get("/readyz")).status_code == 503
            await server.app.close()
            with pytest.raises(httpx.TransportError):
                await client.get("/readyz")


async def test_a_call_that_does_not_end_is_cut_when_its_time_is_over(tmp_path: Path) -> None:
    async with serving(tmp_path, {"drain_timeout": "0s"}) as server:
        asking = asyncio.create_task(post(server, GET, {"name": NAME}, caller="auditor"))
        await asyncio.wait_for(stuck(server).wait(), PATIENCE)
        await asyncio.wait_for(server.app.drain(), PATIENCE)
        await asyncio.wait_for(server.app.close(), PATIENCE)
        status, error = await asyncio.wait_for(asking, PATIENCE)
        assert (status, error["code"]) == (503, "unavailable")
        assert "DRAINING" in detail(error, "ErrorInfo")
        assert counted(server, GET, "UNAVAILABLE") == 1


async def test_a_stream_that_is_cut_says_that_the_server_goes_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, {"drain_timeout": "0s"}) as server:
        monkeypatch.setattr(server.app.context.seats, "drain", lambda: None)
        reader, writer = await opened_stream(server)
        await until(lambda: len(server.app.context.seats) == 1)
        await asyncio.wait_for(server.app.drain(), PATIENCE)
        last = await asyncio.wait_for(reader.readuntil(b"}}"), PATIENCE)
        error = json.loads(last[last.index(b'{"error"') : last.rindex(b"}") + 1])["error"]
        assert error["code"] == "unavailable"
        assert "DRAINING" in detail(error, "ErrorInfo")
        writer.close()
