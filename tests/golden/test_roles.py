"""Every RPC of the contract, by every role, over every transport: the table of roles is the whole of it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
import httpx
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from andon.domain.principal import Role
from andon.usecases.access import ROLES, TRIAL, WHOLE
from andon.web.page import Page
from andon_client._gen.andon import v1
from tests.golden.harness import Server, serving
from tests.golden.test_transports import TRANSPORTS
from tests.golden.transport import Answer, Outgoing, Transport

NOBODY: Final = ""
STRANGER: Final = "stranger"
SUBMIT: Final = "/andon.v1.DecisionService/Submit"
# A request that the endpoint would have to look at. Of all others an empty one does.
SPECIAL: Final[Mapping[str, str]] = {
    f"{SUBMIT}{TRIAL}": '{"validateOnly": true, "decision": {"action": "refund.issue", "confidence": 0.9}}',
    f"/andon.v1.PrivacyService/Erase{TRIAL}": '{"validateOnly": true, "subject": "somebody"}',
    "/andon.v1.ReviewService/Stream": '{"credits": -1}',
}
OPEN_PATHS: Final = frozenset(
    {"/", "/metrics", "/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/andon.json"}
)
"""What the HTTP door answers without credentials, beside the files of the page."""
_METRIC: Final = re.compile(r'andon_refusals_total\{method="([^"]*)",reason="([^"]*)"\} ([0-9.e+]+)')


def rpcs() -> Iterator[MethodDescriptor]:
    """Every RPC of the contract, whether the server knows it or not."""
    modules = [importlib.import_module(f"{v1.__name__}.{found.name}") for found in pkgutil.iter_modules(v1.__path__)]
    files = {module.DESCRIPTOR.name: module.DESCRIPTOR for module in modules if hasattr(module, "DESCRIPTOR")}
    for file in files.values():
        for service in file.services_by_name.values():
            yield from service.methods


def rows() -> Mapping[str, MethodDescriptor]:
    """The rows that the table must have: one for each RPC, and one for what it does where it only tries."""
    found = {f"/{rpc.containing_service.full_name}/{rpc.name}": rpc for rpc in rpcs()}
    tried = {f"{path}{TRIAL}": rpc for path, rpc in found.items() if "validate_only" in rpc.input_type.fields_by_name}
    return {**found, **tried}


def test_the_table_has_a_row_for_each_rpc_and_no_other() -> None:
    assert set(ROLES) == set(rows())
    assert set(ROLES) >= WHOLE


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody calls a row of the table: a role's name, nobody, or a stranger."""

    row: str
    caller: str

    @property
    def refusal(self) -> str:
        """The reason by which it must be refused; empty where it must not be."""
        if self.caller == NOBODY:
            return "CREDENTIALS_MISSING"
        if self.caller == STRANGER:
            return "CREDENTIALS_INVALID"
        return "" if Role(self.caller) in ROLES[self.row] else "ROLE_REQUIRED"

    @property
    def method(self) -> str:
        """The path that is called."""
        return self.row.removesuffix(TRIAL)


ATTEMPTS: Final = [Attempt(row, caller) for row in rows() for caller in (*Role, NOBODY, STRANGER)]


class Office:
    """A server where there is somebody of each role, with a transport of each kind."""

    def __init__(self, server: Server, transports: Mapping[str, Transport], http: httpx.AsyncClient) -> None:
        self.server: Final = server
        self.transports: Final = transports
        self.http: Final = http

    async def attempt(self, attempt: Attempt, transport: Transport) -> Answer:
        """How the call ends."""
        rpc = rows()[attempt.row]
        json = SPECIAL.get(attempt.row, "{}")
        body = json_format.Parse(json, GetMessageClass(rpc.input_type)()).SerializeToString()
        outgoing = Outgoing(attempt.method, body, self.server.credentials(attempt.caller), json)
        return await (transport.stream(outgoing).end() if rpc.server_streaming else transport.unary(outgoing))

    async def refusals(self) -> Counter[tuple[str, str]]:
        """How many calls have been refused, by method and reason, as /metrics tells."""
        text = (await self.http.get("/metrics")).text
        return Counter({(method, reason): int(float(count)) for method, reason, count in _METRIC.findall(text)})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(tmp_path, {}))
        await server.permit({role: f"roles: [{role}], queues: ['*'], skills: ['*']" for role in Role})
        base = f"http://127.0.0.1:{server.app.http_port}"
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False))
        transports = {name: await stack.enter_async_context(make(server)) for name, make in TRANSPORTS.items()}
        yield Office(server, transports, http)


def reason_of(answer: Answer) -> tuple[str, Mapping[str, str]]:
    """The reason of a refusal, and its words."""
    info = error_details_pb2.ErrorInfo()
    assert answer.status is not None, answer
    assert answer.status.details[0].Unpack(info)
    return info.reason, info.metadata


async def test_every_rpc_by_every_role_over_every_transport(office: Office) -> None:
    before, counted = await office.server.state(), await office.refusals()
    expected: Counter[tuple[str, str]] = Counter()
    for attempt in filter(lambda attempt: attempt.refusal, ATTEMPTS):
        code = "PERMISSION_DENIED" if attempt.refusal == "ROLE_REQUIRED" else "UNAUTHENTICATED"
        for transport in office.transports.values():
            answer = await office.attempt(attempt, transport)
            reason, words = reason_of(answer)
            assert (answer.code, reason) == (code, attempt.refusal), attempt
            if attempt.refusal == "ROLE_REQUIRED":
                assert words["roles"] == ", ".join(sorted(ROLES[attempt.row])), attempt
            expected[attempt.method.lstrip("/"), reason] += 1
    assert await office.server.state() == before
    assert await office.refusals() - counted == expected


async def test_every_rpc_is_open_to_each_role_of_its_row(office: Office) -> None:
    for attempt in filter(lambda attempt: not attempt.refusal, ATTEMPTS):
        for name, transport in office.transports.items():
            answer = await office.attempt(attempt, transport)
            assert answer.code not in ("UNAUTHENTICATED", "PERMISSION_DENIED", "INTERNAL", "UNKNOWN"), (attempt, name)
            if attempt.row.endswith(TRIAL):
                assert answer.code == "OK", (attempt, name)


async def test_health_and_reflection_are_the_only_open_services(office: Office) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{office.server.app.port}") as channel:
        listed = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        names = {service.name async for answer in listed for service in answer.list_services_response.service}
        ours = {rpc.containing_service.full_name for rpc in rpcs()}
        assert names == ours | {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert health.status == health_pb2.HealthCheckResponse.SERVING


async def test_reflection_can_be_closed(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, {"reflection": "false"}) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel,
    ):
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await anext(aiter(call))
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert health.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_http_door_answers_nothing_else_without_credentials(office: Office) -> None:
    for path in sorted(OPEN_PATHS | Page().paths):
        assert (await office.http.get(path)).status_code == 200, path
    closed = {row.removesuffix(TRIAL) for row in rows()} | {f"{SUBMIT}?message=%7B%7D&encoding=json&connect=v1"}
    closed |= {"/metrics/", "/healthz/x", "/.well-known/", "/.well-known/openid-configuration", "/andon.db", "/tokens"}
    for path in sorted(closed):
        assert (await office.http.get(path)).status_code in (400, 401, 404, 405, 415), path
        assert (await office.http.post(path, json={})).status_code in (401, 404, 405, 415, 501), path
