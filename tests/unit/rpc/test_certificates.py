"""The gRPC port under TLS: who is known by a certificate, and certificates that change while it is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from prometheus_client import CollectorRegistry

from andon.auth.authenticator import Peer
from andon.domain.principal import Principal, Role
from andon.rpc.pipeline import Call, Endpoint, Gate, Pipeline
from andon.rpc.server import GrpcServer
from andon.rpc.tls import Credentials
from andon.telemetry.metrics import Metrics
from andon.tls.material import read
from andon_client._gen.andon.v1 import decision_service_pb2 as pb
from tests.certificates import Authority, Files, Issued

LIST = "/andon.v1.FeedbackService/ListSamples"
STREAM = "/andon.v1.ReviewService/Stream"
PATIENCE = 20.0
SERVER, CLIENTS = Authority(), Authority()


class Port:
    """A port with two methods that answer who the caller's certificate says they are: at once, and one by one."""

    def __init__(self, folder: Path, *, client_ca: bytes | None) -> None:
        self.seen: list[Peer | None] = []
        self.told = asyncio.Event()
        self.files = Files(folder, client_ca=client_ca)
        self.files.write(SERVER.issue("127.0.0.1"))
        self.credentials = Credentials(read(self.files.tls))
        pipeline = Pipeline(Metrics(CollectorRegistry()), Gate(10, lambda: 0), self)
        request = pb.GetDecisionRequest
        served = [
            Endpoint(LIST, request, lambda _: (), self._answer, streams=False),
            Endpoint(STREAM, request, lambda _: (), self._stream, streams=True),
        ]
        self.server = GrpcServer(
            pipeline,
            served,
            pipeline.observer,
            [("grpc.so_reuseport", 0)],
            max_message_size=1_024,
            max_open_streams=1,
            with_reflection=False,
            known_by_certificate=client_ca is not None,
        )
        self.number = self.server.bind("127.0.0.1:0", self.credentials.of_port)

    def authenticate(self, metadata: Mapping[str, str], peer: Peer | None = None) -> Principal:
        self.seen.append(peer)
        return Principal("somebody", frozenset({Role.ADMIN, Role.LEAD}))

    def current(self, principal: Principal) -> Principal | None:
        return principal

    def channel(self, issued: Issued | None = None, authority: Authority = SERVER) -> grpc.aio.Channel:
        """A connection of its own that trusts an authority and shows a certificate."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.aio.secure_channel(f"127.0.0.1:{self.number}", authority.credentials(issued), options)

    async def _answer(self, call: Call, request: Any) -> Message:
        return pb.GetDecisionResponse()

    async def _stream(self, call: Call, request: Any) -> AsyncGenerator[Message, None]:
        yield pb.GetDecisionResponse()
        await self.told.wait()
        yield pb.GetDecisionResponse()


@asynccontextmanager
async def opened(folder: Path, client_ca: bytes | None = CLIENTS.pem) -> AsyncIterator[Port]:
    port = Port(folder, client_ca=client_ca)
    await port.server.start()
    try:
        yield port
    finally:
        await port.server.stop(0)


async def ask(channel: grpc.aio.Channel, *metadata: tuple[str, str]) -> None:
    asking: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(LIST)
    await asking(b"", metadata=metadata, timeout=PATIENCE)


async def refused(channel: grpc.aio.Channel) -> bool:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(channel)
    return caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_caller_is_known_by_the_names_of_a_certificate_and_not_by_what_is_sent(tmp_path: Path) -> None:
    async with opened(tmp_path) as port:
        issued = CLIENTS.issue("refunds.example.com", "bot@example.com", common_name="refunds")
        async with port.channel(issued) as channel:
            await ask(channel)
            lies = {"x509_pem_cert": "x", "x-forwarded-client-cert": "Subject=CN=admin", "x509_common_name": "admin"}
            await ask(channel, *lies.items(), ("x509_subject", "CN=admin"))
        first, second = port.seen
        assert first is not None
        assert first.subjects[0].startswith("CN=refunds,")
        assert sorted(first.subjects[1:]) == ["DNS:refunds.example.com", "email:bot@example.com"]
        assert first.expire_time is not None
        assert second is first  # read once


async def test_nobody_is_let_in_without_a_certificate_that_the_authorities_have_signed(tmp_path: Path) -> None:
    async with opened(tmp_path) as port:
        for issued in (None, Authority().issue("refunds.example.com")):
            async with port.channel(issued) as channel:
                assert await refused(channel)
        assert port.seen == []


async def test_without_authorities_nobody_is_known_by_a_certificate(tmp_path: Path) -> None:
    async with opened(tmp_path, None) as port, port.channel(CLIENTS.issue("refunds.example.com")) as channel:
        await ask(channel)
        assert port.seen == [None]


async def test_new_connections_see_a_new_certificate_and_an_old_stream_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as port, port.channel(CLIENTS.issue("a.example.com")) as channel:
        opening: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(STREAM)
        stream = opening(b"", timeout=PATIENCE)
        await stream.read()
        server, clients = Authority(), Authority()
        assert port.files.tls.client_ca is not None
        port.files.tls.client_ca.write_bytes(clients.pem)
        port.files.write(server.issue("127.0.0.1"))
        port.credentials.renew(read(port.files.tls))
        issued = clients.issue("b.example.com")
        async with port.channel(issued) as former:
            assert await refused(former)
        async with port.channel(CLIENTS.issue("a.example.com"), server) as unknown:
            assert await refused(unknown)
        async with port.channel(issued, server) as fresh:
            await ask(fresh)
        port.told.set()
        await stream.read()
        assert await stream.read() is grpc.aio.EOF
        await ask(channel)
