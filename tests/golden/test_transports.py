"""The golden cases over every transport, on real ports, and gRPC reflection."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import grpc
import httpx
import pytest
from _pytest.mark import ParameterSet
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from structlog.testing import capture_logs

from tests.conftest import LONG
from tests.golden.connect import ConnectTransport, GrpcWebTransport
from tests.golden.cover import ALL, covering
from tests.golden.harness import Server, serving, token_of
from tests.golden.runner import Case, Runner, cases
from tests.golden.transport import TIMEOUT, GrpcTransport, Outgoing, Transport

__all__ = ["health_pb2"]  # its descriptor is what a case that names the service needs

FAULTS = frozenset({"error", "critical"})


@asynccontextmanager
async def _channel(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        yield channel


@asynccontextmanager
async def _over_grpc(server: Server) -> AsyncIterator[Transport]:
    async with _channel(server) as channel:
        yield GrpcTransport(channel)


@asynccontextmanager
async def _over_http(make: Callable[[httpx.AsyncClient], Transport], server: Server) -> AsyncIterator[Transport]:
    base = f"http://127.0.0.1:{server.app.http_port}"
    async with httpx.AsyncClient(base_url=base, timeout=TIMEOUT, trust_env=False, verify=False) as client:
        yield make(client)


TRANSPORTS: Final[Mapping[str, Callable[[Server], AbstractAsyncContextManager[Transport]]]] = {
    "grpc": _over_grpc,
    "connect-json": partial(_over_http, partial(ConnectTransport, as_json=True)),
    "connect-binary": partial(_over_http, ConnectTransport),
    "grpc-web": partial(_over_http, GrpcWebTransport),
}


def _runs() -> Iterator[ParameterSet]:
    chosen = covering(cases())
    for case in cases():
        for name in TRANSPORTS:
            if LONG or name in ALL or str(case) in chosen:
                yield pytest.param(case, name, id=f"{case}-{name}")


@pytest.mark.parametrize(("case", "name"), list(_runs()))
async def test_case(
    case: Case, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    if name in case.not_over:
        pytest.skip(case.not_over[name])
    with capture_logs() as lines:
        async with serving(tmp_path, case.settings) as server, TRANSPORTS[name](server) as transport:
            await Runner(server, transport).run(case)
    assert not [line for line in lines if line["log_level"] in FAULTS or "exc_info" in line]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "Traceback" not in "".join(capfd.readouterr()) + caplog.text


async def test_reflection_answers_without_a_token(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server, _channel(server) as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        names = {service.name async for answer in call for service in answer.list_services_response.service}
    assert names >= {f"andon.v1.{name}Service" for name in ("Decision", "Review", "Feedback")}
    assert names >= {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_an_empty_page_says_how_far_back_was_searched(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("andon.usecases.decisions.REACH", 1)
    submit = {"call": "DecisionService.Submit", "as": "submitter", "request": {"decision": {"$like": "refund"}}}
    search = {"call": "DecisionService.ListDecisions", "as": "auditor"}
    empty: dict[str, Any] = {"decisions": [], "next_page_token": "<any>", "searched_time": "2026-01-01T00:01:00Z"}
    all_searched: dict[str, Any] = {"decisions": [], "next_page_token": "", "searched_time": None}
    asked = {"filter": {"text": "nowhere"}}
    steps: list[dict[str, Any]] = [
        submit,
        {"advance": "1m"},
        submit,
        search | {"request": asked, "expect": {"response": empty}, "save": {"token": "$.next_page_token"}},
        search | {"request": asked | {"page_token": "${token}"}, "expect": {"response": all_searched}},
    ]
    async with serving(tmp_path, {}) as server, TRANSPORTS[name](server) as transport:
        await Runner(server, transport).run(Case("an empty page", steps))


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_two_credentials_are_none(name: str, tmp_path: Path) -> None:
    good, bad = ("authorization", f"Bearer {token_of('submitter')}"), ("authorization", "Bearer x")
    async with serving(tmp_path, {}) as server, TRANSPORTS[name](server) as transport:
        for sent in ((good, bad), (bad, good), (good, good)):
            answer = await transport.unary(Outgoing("/andon.v1.SessionService/GetSession", b"", sent))
            assert answer.code == "UNAUTHENTICATED"
            assert answer.status is not None
            assert b"CREDENTIALS_INVALID" in answer.status.SerializeToString()
        assert (await transport.unary(Outgoing("/andon.v1.SessionService/GetSession", b"", (good,)))).code == "OK"
