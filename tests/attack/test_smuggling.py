"""One request within another: what the HTTP door and gRPC make of lengths, encodings and heads that two servers could
read in two ways. No such request reaches the contract, or it is read in the one way that RFC 9112 has, and the
connection ends with it. Two credentials: tests/golden/test_transports.py; noise: tests/process/test_hostile.py."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.attack.wire import http2, say
from tests.golden.harness import Server, serving, token_of

OUTER: Final = "/andon.v1.PolicyService/ListPolicies"
INNER: Final = "/andon.v1.SessionService/GetSession"
_BEARER: Final = f"Authorization: Bearer {token_of('submitter')}\r\n"
SMUGGLED: Final = (
    f"POST {INNER} HTTP/1.1\r\nHost: x\r\n{_BEARER}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
)
_LENGTH: Final = "Content-Length: 2\r\n"
_CHUNKED: Final = "Transfer-Encoding: chunked\r\n"
_CHUNKS: Final = f"2\r\n{{}}\r\n0\r\n\r\n{SMUGGLED}"


def _post(
    headers: str,
    body: str = "{}" + SMUGGLED,
    *,
    path: str = OUTER,
    host: str = "Host: x\r\n",
    version: str = "HTTP/1.1",
    kind: str = "application/json",
) -> bytes:
    head = f"POST {path} {version}\r\n{host}{_BEARER}Content-Type: {kind}\r\n{headers}\r\n"
    return (head + body).encode("latin-1")


REFUSED: Final = {
    "two lengths": _post(f"{_LENGTH}Content-Length: 300\r\n"),
    "a list of lengths": _post("Content-Length: 2, 2\r\n"),
    "a length with a sign": _post("Content-Length: +2\r\n"),
    "a length below nothing": _post("Content-Length: -2\r\n"),
    "a length in hexadecimal": _post("Content-Length: 0x2\r\n"),
    "a length beyond 64 bits": _post("Content-Length: 99999999999999999999999\r\n"),
    "an unknown encoding": _post("Transfer-Encoding: xchunked\r\n", _CHUNKS),
    "no encoding at all, by name": _post(f"Transfer-Encoding: identity\r\n{_LENGTH}"),
    "chunks that are not the last encoding": _post("Transfer-Encoding: chunked, identity\r\n", _CHUNKS),
    "encodings in two headers": _post(f"{_CHUNKED}Transfer-Encoding: identity\r\n", _CHUNKS),
    "a blank before the colon": _post(f"Transfer-Encoding : chunked\r\n{_LENGTH}"),
    "a tab of another kind": _post(f"Transfer-Encoding: \x0bchunked\r\n{_LENGTH}"),
    "a folded encoding": _post(f"Transfer-Encoding:\r\n chunked\r\n{_LENGTH}"),
    "a folded header": _post(f"X-A: b\r\n c\r\n{_LENGTH}", "{}"),
    "chunks in HTTP/1.0": _post(_CHUNKED, _CHUNKS, version="HTTP/1.0"),
    "a chunk's extension with a bare line feed": _post(_CHUNKED, _CHUNKS.replace("2\r\n", "2;a\n", 1)),
    "a chunk below nothing": _post(_CHUNKED, "-" + _CHUNKS),
    "a chunk beyond 64 bits": _post(_CHUNKED, "fffffffffffffffff\r\n" + _CHUNKS),
    "a chunk's size with a prefix": _post(_CHUNKED, "0x" + _CHUNKS),
    "chunks ended by bare line feeds": _post(_CHUNKED, _CHUNKS.replace("\r\n", "\n", 4)),
    "a bare carriage return": _post(f"X-A: b\rContent-Length: 300\r\n{_LENGTH}"),
    "a NUL": _post(f"X-A: b\x00c\r\n{_LENGTH}", "{}"),
    "two hosts": _post(_LENGTH, "{}", host="Host: x\r\nHost: y\r\n"),
    "a blank in the path": _post(_LENGTH, path=f"{OUTER} HTTP/1.1 x"),
    "HTTP/1.2": _post(_LENGTH, "{}", version="HTTP/1.2"),
    "HTTP/2 by name": _post(_LENGTH, "{}", version="HTTP/2.0"),
    "HTTP/0.9": b"GET /healthz\r\n" + SMUGGLED.encode(),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "a tunnel": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "all of the server": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body of another kind": _post(f"Content-Length: {len(SMUGGLED)}\r\n", SMUGGLED, kind="text/plain"),
    "a body for nothing": _post(f"Content-Length: {len(SMUGGLED)}\r\n", SMUGGLED, path="/nothing"),
    "a path with a backslash": b"GET /assets\\..\\index.html HTTP/1.1\r\nHost: x\r\n\r\n",
}
"""What never is a call."""

CALLED: Final = {
    "a length beside chunks": _post(f"Content-Length: {len(_CHUNKS)}\r\n{_CHUNKED}", _CHUNKS),
    "chunks beside a length": _post(f"{_CHUNKED}Content-Length: 4\r\n", _CHUNKS),
    "an upgrade to h2c": _post(
        f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n{_LENGTH}", "{}"
    ),
    "a length's name with an underscore": _post(f"{_LENGTH}Content_Length: 300\r\n", "{}"),
    "credentials in a trailer": _post(_CHUNKED, "2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n"),
    "a target with a host": _post(_LENGTH, "{}", path=f"http://evil.example{OUTER}"),
}
"""What is one call, and never two."""


def _count(server: Server, method: str) -> float:
    labels = {"method": method.lstrip("/"), "code": "OK"}
    return server.app.metrics.registry.get_sample_value("andon_rpc_seconds_count", labels) or 0.0


async def test_what_can_be_read_in_two_ways_is_read_in_neither(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        answers = await asyncio.gather(*(say(server.app.http_port, sent) for sent in REFUSED.values()))
        said = dict(zip(REFUSED, answers, strict=True))
        assert not {what: each.statuses for what, each in said.items() if any(status < 400 for status in each.statuses)}
        assert not {what: each.raw for what, each in said.items() if b"Traceback" in each.raw or b".py" in each.raw}
        assert (_count(server, OUTER), _count(server, INNER)) == (0, 0)


async def test_what_is_one_request_stays_one(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        answers = await asyncio.gather(*(say(server.app.http_port, sent) for sent in CALLED.values()))
        said = dict(zip(CALLED, answers, strict=True))
        assert {what: each.statuses for what, each in said.items()} == dict.fromkeys(CALLED, (200,))
        assert said["a length beside chunks"].closed
        assert said["chunks beside a length"].closed
        assert (_count(server, OUTER), _count(server, INNER)) == (len(CALLED), 0)


async def test_the_port_of_grpc_speaks_http2_alone(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        answers = await asyncio.gather(*(say(server.app.port, sent) for sent in (REFUSED | CALLED).values()))
        assert all(not each.statuses for each in answers)
        assert (_count(server, OUTER), _count(server, INNER)) == (0, 0)


_USUAL: Final = (
    (":method", "POST"),
    (":scheme", "http"),
    (":path", OUTER),
    (":authority", "x"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
    ("authorization", f"Bearer {token_of('submitter')}"),
)


def _without(name: str) -> Sequence[tuple[str, str]]:
    return [header for header in _USUAL if header[0] != name]


HEADS: Final = {
    "no path": _without(":path"),
    "an unknown pseudo-header": [*_USUAL[:4], (":x", "y"), *_USUAL[4:]],
    "a path of another host": [*_without(":path")[:2], (":path", f"http://evil{OUTER}"), *_USUAL[3:]],
    "a path with dots": [*_USUAL[:2], (":path", f"/x/..{OUTER}"), *_USUAL[3:]],
    "a path with two slashes": [*_USUAL[:2], (":path", f"/{OUTER}"), *_USUAL[3:]],
    "a path with a query": [*_USUAL[:2], (":path", f"{OUTER}?x"), *_USUAL[3:]],
    "an encoded path": [*_USUAL[:2], (":path", OUTER.replace("List", "%4cist")), *_USUAL[3:]],
    "a path in another case": [*_USUAL[:2], (":path", OUTER.lower()), *_USUAL[3:]],
    "credentials with an underscore": [*_without("authorization"), ("authorization_", _USUAL[6][1])],
    "credentials in capitals": [*_without("authorization"), ("Authorization", _USUAL[6][1])],
    "credentials with a line break": [*_without("authorization"), ("authorization", f"Bearer x\r\n{_USUAL[6][1]}")],
    "credentials in a cookie": [*_without("authorization"), ("cookie", f"authorization={_USUAL[6][1]}")],
    "two credentials": [*_USUAL, ("authorization", "Bearer x")],
}


# gRPC's library is not strict with these. What it makes of them is one call, of the method whose roles are asked for.
LOOSE: Final = {
    "a pseudo-header after the headers": [*_without(":path"), (":path", OUTER)],
    "two paths": [*_USUAL[:3], (":path", INNER), *_USUAL[3:]],
    "GET": [(":method", "GET"), *_USUAL[1:]],
    "another type": [*_without("content-type"), ("content-type", "application/json")],
}


@pytest.mark.parametrize("what", HEADS)
async def test_a_head_of_grpc_that_is_not_in_order_calls_nothing(what: str, tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        told = await http2(server.app.port, HEADS[what], struct.pack(">BI", 0, 0))
        assert told.get("grpc-status", "none") != "0", told
        assert (_count(server, OUTER), _count(server, INNER)) == (0, 0)
        assert "Traceback" not in str(told)
        good = await http2(server.app.port, _USUAL, struct.pack(">BI", 0, 0))
        assert good["grpc-status"] == "0"


@pytest.mark.parametrize("what", LOOSE)
async def test_a_loose_head_of_grpc_is_at_most_one_call(what: str, tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server:
        await http2(server.app.port, LOOSE[what], struct.pack(">BI", 0, 0))
        assert _count(server, OUTER) + _count(server, INNER) <= 1
        nobody = [header for header in LOOSE[what] if header[0] != "authorization"]
        assert (await http2(server.app.port, nobody, struct.pack(">BI", 0, 0))).get("grpc-status") in ("16", None)
        assert _count(server, OUTER) + _count(server, INNER) <= 1
