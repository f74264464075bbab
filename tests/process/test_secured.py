"""A real process under TLS: its version, certificates that are replaced, connections that never come to anything."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import grpc
import h2.config
import h2.connection
import pytest

from andon_client import Client
from andon_client._gen.andon.v1 import session_service_pb2, session_service_pb2_grpc
from tests.certificates import Authority, Files
from tests.ports import free_port
from tests.process.harness import ServerProcess
from tests.unit.web.plain import ask, request

PATIENCE = 60.0
MANY = 50
SERVER = Authority()
_LEAVING = PATIENCE / 5
_WHO = session_service_pb2.GetSessionRequest()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.write(SERVER.issue("127.0.0.1"))
    return made


@pytest.fixture
async def secured(tmp_path: Path, tokens: dict[str, str], files: Files) -> AsyncIterator[ServerProcess]:
    """A server under TLS that gives a connection half a second to begin."""
    settings = {key.replace("_", "-"): value for key, value in files.settings.items()}
    running = Secured(tmp_path, {**settings, "handshake-timeout": "500ms", "max-active-calls": "1"})
    await running.start()
    yield running
    await running.kill()


class Secured(ServerProcess):
    """Is ready when a connection under TLS comes about."""

    async def _serving(self) -> None:
        options = [("grpc.initial_reconnect_backoff_ms", 50)]
        async with grpc.aio.secure_channel(self.address, SERVER.credentials(), options) as channel:
            await channel.channel_ready()


async def who(port: int, authority: Authority, token: str) -> None:
    """One call on a connection of its own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(f"127.0.0.1:{port}", authority.credentials(), options) as channel:
        stub = session_service_pb2_grpc.SessionServiceStub(channel)
        await stub.GetSession(_WHO, metadata=(("authorization", f"Bearer {token}"),), timeout=PATIENCE)


async def healthz(port: int, authority: Authority) -> dict[str, object]:
    """What /healthz says; once more where the connection met a worker that was leaving."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(ConnectionError, ssl.SSLCertVerificationError, ValueError, TimeoutError):
                async with asyncio.timeout(_LEAVING):  # what a leaving worker has accepted may never be answered
                    body = (await ask(port, request("GET", "/healthz"), authority.context())).body
                found: dict[str, object] = json.loads(body)
                return found


async def test_both_ports_speak_tls_1_3_alone_and_our_clients_speak_it_too(
    secured: ServerProcess, tokens: dict[str, str], tmp_path: Path
) -> None:
    for port in (secured.port, secured.http_port):
        old = SERVER.context(None, "h2")
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=old)
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=SERVER.context(None, "h2"))
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
        writer.close()
    (tmp_path / "ca.pem").write_bytes(SERVER.pem)
    token, trusted = tokens["submitter"], tmp_path / "ca.pem"
    async with Client(secured.address, token=token, tls=True, root_certificates=trusted) as client:
        decision = await client.submit(action="refund.issue", confidence=0.99)
        assert decision.name.startswith("decisions/")


async def test_a_certificate_is_replaced_while_the_server_runs(
    secured: ServerProcess, tokens: dict[str, str], files: Files
) -> None:
    assert secured.process is not None
    await who(secured.port, SERVER, tokens["submitter"])
    files.tls.key.write_bytes(b"broken")
    secured.process.send_signal(signal.SIGHUP)
    told: dict[str, object] = {}
    async with asyncio.timeout(PATIENCE):
        while "tls" not in told:
            told = await healthz(secured.http_port, SERVER)
    assert told["status"] == "degraded"
    assert "holds no private key in PEM" in json.dumps(told["tls"])
    metrics = (await ask(secured.http_port, request("GET", "/metrics"), SERVER.context())).body.decode()
    assert "andon_tls_stale 1.0" in metrics
    await who(secured.port, SERVER, tokens["submitter"])
    fresh = Authority()
    files.write(fresh.issue("127.0.0.1"))
    secured.process.send_signal(signal.SIGHUP)
    assert (await healthz(secured.http_port, fresh))["status"] == "ok"
    await who(secured.port, fresh, tokens["submitter"])
    assert "not taken; what was in force stays" in secured.log()
    assert "Traceback" not in secured.log()


async def test_a_certificate_says_who_calls_where_the_identity_file_knows_it(
    tmp_path: Path, tokens: dict[str, str]
) -> None:
    clients = Authority()
    files = Files(tmp_path, client_ca=clients.pem)
    files.write(SERVER.issue("127.0.0.1"))
    (tmp_path / "identity.yaml").write_text(
        'certificates:\n  - name: "DNS:refunds.example.com"\n    principal: refunds\n    roles: [submitter]\n'
    )
    settings = {key.replace("_", "-"): value for key, value in files.settings.items()}
    running = ServerProcess(
        tmp_path, {**settings, "identity": str(tmp_path / "identity.yaml")}, free_port(), free_port()
    )
    running.process = await running.spawn()
    known, other = clients.issue("refunds.example.com"), clients.issue("letters.example.com")
    found: list[str] = []
    for issued in (known, other):
        async with grpc.aio.secure_channel(running.address, SERVER.credentials(issued)) as channel:
            stub = session_service_pb2_grpc.SessionServiceStub(channel)
            try:
                answer = await stub.GetSession(_WHO, timeout=PATIENCE, wait_for_ready=True)
                found.append(answer.session.principal)
            except grpc.aio.AioRpcError as error:
                found.append(error.code().name)
    await running.kill()
    assert found == ["refunds", "UNAUTHENTICATED"]


async def test_connections_that_never_begin_are_closed_however_many(
    secured: ServerProcess, tokens: dict[str, str]
) -> None:
    async def silent(context: ssl.SSLContext | None, words: bytes = b"") -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", secured.port, ssl=context)
        writer.write(words)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    half_a_hello = bytes.fromhex("160301020001")
    for context, words in ((None, b""), (None, half_a_hello), (SERVER.context(None, "h2"), b"")):
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(silent(context, words) for _ in range(MANY)))
    await who(secured.port, SERVER, tokens["submitter"])


async def test_calls_whose_message_does_not_come_hold_no_place(secured: ServerProcess, tokens: dict[str, str]) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", secured.port, ssl=SERVER.context(None, "h2"))
    connection = h2.connection.H2Connection(h2.config.H2Configuration())
    connection.initiate_connection()
    for _ in range(MANY):
        stream = connection.get_next_available_stream_id()
        head = {":method": "POST", ":path": "/andon.v1.SessionService/GetSession", ":scheme": "https"}
        head |= {":authority": "x", "te": "trailers", "content-type": "application/grpc"}
        connection.send_headers(stream, [*head.items(), ("authorization", f"Bearer {tokens['submitter']}")])
    writer.write(connection.data_to_send())
    await writer.drain()
    for _ in range(3):
        await who(secured.port, SERVER, tokens["submitter"])
    writer.close()


async def test_a_head_of_http_that_does_not_come_is_not_waited_for(tmp_path: Path, tokens: dict[str, str]) -> None:
    running = ServerProcess(tmp_path, {"handshake-timeout": "500ms"}, free_port(), free_port())
    await running.start()

    async def slow(words: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.http_port)
        writer.write(words)
        answer = await reader.read()
        writer.close()
        return answer

    async with asyncio.timeout(PATIENCE):
        starts = (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n")
        answers = await asyncio.gather(*(slow(words) for words in starts * 30))
        assert not any(answer.startswith(b"HTTP/1.1 2") for answer in answers)
        assert (await ask(running.http_port, request("GET", "/readyz"))).status == 200
    await running.kill()


async def test_beyond_loopback_nothing_is_served_without_tls_and_never_without_credentials(tmp_path: Path) -> None:
    open_ = ServerProcess(tmp_path, {"listen": "0.0.0.0:0"}, http_port=free_port())
    assert await (await open_.spawn()).wait() == 1
    assert "nothing would be encrypted" in open_.log()
    told = ServerProcess(tmp_path, {"listen": "0.0.0.0:0", "allow-insecure-remote": "true"}, http_port=free_port())
    assert await (await told.spawn()).wait() == 1
    assert "andon-tokens.yaml" in told.log()
    assert "Andon is ready" not in told.log()
