"""The HTTP server below the application: HTTP/2 and TLS, readers that are slow, peers that leave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import grpc
import h2.config
import h2.connection
import h2.events
import pytest
import trustme

from andon.web.asgi import Message, Receive, Scope, Send
from andon.web.listener import Connections, Listener, Tls
from andon_client._gen.andon.v1 import decision_service_pb2, decision_service_pb2_grpc
from tests.golden.harness import serving, token_of
from tests.unit.web.plain import PATIENCE, ask, request

CHUNK: Final = bytes(64 * 1024)
MOST: Final = 16 * 1024 * 1024
STALLED: Final = 0.5


class Certificate:
    """A certificate for 127.0.0.1, its files, and the client's side of it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "localhost")
        self.files = Tls(folder / "tls.crt", folder / "tls.key")
        self.files.key.write_bytes(issued.private_key_pem.bytes())
        self.files.certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        self.authority = authority.cert_pem.bytes()
        self.settings = {"tls_certificate": str(self.files.certificate), "tls_key": str(self.files.key)}

    def context(self, *protocols: str) -> ssl.SSLContext:
        """Trusts the authority and offers protocols."""
        made = ssl.create_default_context(cadata=self.authority.decode())
        if protocols:
            made.set_alpn_protocols(protocols)
        return made


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


class Flood:
    """An application that sends as fast as it may until its caller leaves; `/idle` sends one byte and waits."""

    def __init__(self) -> None:
        self.open = 0
        self.sent = 0
        self.changed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._note(1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        sending = asyncio.create_task(self._send(send, endless=scope["path"] != "/idle"))
        message: Message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await receive()
        sending.cancel()
        self._note(-1)

    async def until_open(self, wanted: int) -> None:
        """Waits until so many calls are open."""
        async with asyncio.timeout(PATIENCE):
            while self.open != wanted:
                await self.changed.wait()

    async def until_stalled(self) -> None:
        """Waits until nothing more is taken."""
        with suppress(TimeoutError):
            while True:
                self.changed.clear()
                await asyncio.wait_for(self.changed.wait(), STALLED)

    async def _send(self, send: Send, *, endless: bool) -> None:
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        while endless:
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            self.sent += len(CHUNK)
            self.changed.set()
            await asyncio.sleep(0)

    def _note(self, more: int) -> None:
        self.open += more
        self.changed.set()
        self.changed = asyncio.Event()


@asynccontextmanager
async def flooding(tls: Tls | None = None) -> AsyncIterator[tuple[Flood, int]]:
    flood = Flood()
    listener = Listener(flood, Connections(), tls)
    port = listener.bind("127.0.0.1", 0)
    listener.start()
    try:
        yield flood, port
    finally:
        await listener.stop()


class Http2:
    """An HTTP/2 client that reads the connection and gives no stream more room than it had at first."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._connection = h2.connection.H2Connection(h2.config.H2Configuration())
        self._connection.initiate_connection()
        self._flush()
        self._ended: set[int] = set()
        self._news = asyncio.Event()
        self.bodies: dict[int, bytes] = {}
        self._reading = asyncio.create_task(self._read())

    def open(self, path: str, *headers: tuple[str, str], body: bytes = b"") -> int:
        """Sends a request; its stream."""
        stream = self._connection.get_next_available_stream_id()
        method = "POST" if body else "GET"
        names = [(":method", method), (":path", path), (":scheme", "https"), (":authority", "x"), *headers]
        self._connection.send_headers(stream, names, end_stream=not body)
        if body:
            self._connection.send_data(stream, body, end_stream=True)
        self._flush()
        return stream

    def leave(self, stream: int) -> None:
        """Cancels one stream, as a browser does."""
        self._connection.reset_stream(stream, 8)
        self._flush()

    async def close(self) -> None:
        """Drops the connection without a word."""
        self._reading.cancel()
        self.writer.transport.abort()

    async def ended(self, stream: int) -> bytes:
        """The body of a stream that has ended."""
        async with asyncio.timeout(PATIENCE):
            while stream not in self._ended:
                await self._news.wait()
        return self.bodies[stream]

    async def _read(self) -> None:
        while data := await self._reader.read(65_536):
            for event in self._connection.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    self.bodies[event.stream_id] = self.bodies.get(event.stream_id, b"") + event.data
                elif isinstance(event, h2.events.StreamEnded):
                    self._ended.add(event.stream_id)
            self._news.set()
            self._news = asyncio.Event()
            self._flush()

    def _flush(self) -> None:
        self.writer.write(self._connection.data_to_send())


@asynccontextmanager
async def http2(port: int, certificate: Certificate) -> AsyncIterator[Http2]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=certificate.context("h2", "http/1.1"))
    spoken = writer.get_extra_info("ssl_object").selected_alpn_protocol()
    client = Http2(reader, writer)
    try:
        assert spoken == "h2"
        yield client
    finally:
        await client.close()


async def test_a_slow_reader_is_not_read_ahead_for() -> None:
    async with flooding() as (flood, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # the stream's own transport
        writer.write(request("GET", "/"))
        await flood.until_open(1)
        await flood.until_stalled()
        assert 0 < flood.sent < MOST
        writer.transport.abort()
        await flood.until_open(0)


async def test_a_slow_stream_of_http2_is_not_read_ahead_for_and_holds_no_other_up(certificate: Certificate) -> None:
    async with flooding(certificate.files) as (flood, port), http2(port, certificate) as client:
        slow = client.open("/")
        await flood.until_open(1)
        await flood.until_stalled()
        assert 0 < flood.sent < MOST
        client.open("/idle")
        await flood.until_open(2)
        client.leave(slow)
        await flood.until_open(1)


async def test_every_stream_of_a_lost_connection_ends_and_of_several_only_the_one_left(
    certificate: Certificate,
) -> None:
    async with flooding(certificate.files) as (flood, port), http2(port, certificate) as client:
        streams = [client.open("/idle") for _ in range(20)]
        await flood.until_open(20)
        client.leave(streams[7])
        await flood.until_open(19)
        await client.close()
        await flood.until_open(0)


async def test_both_doors_speak_tls_where_there_is_a_certificate(certificate: Certificate, tmp_path: Path) -> None:
    token = f"Bearer {token_of('submitter')}"
    body = b'{"decision": {"action": "refund.issue", "confidence": 0.99}}'
    async with serving(tmp_path, certificate.settings) as server:
        async with http2(server.app.http_port, certificate) as client:
            headers = (("content-type", "application/json"), ("authorization", token))
            stream = client.open("/andon.v1.DecisionService/Submit", *headers, body=body)
            assert b'"name":"decisions/' in await client.ended(stream)
        plain = await ask(server.app.http_port, request("GET", "/"), certificate.context())
        assert (plain.status, plain.headers["strict-transport-security"]) == (200, "max-age=31536000")
        credentials = grpc.ssl_channel_credentials(certificate.authority)
        async with grpc.aio.secure_channel(f"127.0.0.1:{server.app.port}", credentials) as channel:
            stub = decision_service_pb2_grpc.DecisionServiceStub(channel)
            listed = await stub.ListDecisions(
                decision_service_pb2.ListDecisionsRequest(), metadata=(("authorization", token),), timeout=PATIENCE
            )
        assert len(listed.decisions) == 1


async def test_plain_words_at_a_door_of_tls_are_not_answered(certificate: Certificate) -> None:
    async with flooding(certificate.files) as (flood, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request("GET", "/"))
        answer = b""
        with suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), PATIENCE)
        assert not answer.startswith(b"HTTP/")
        assert flood.open == 0
        writer.close()


async def test_tls_before_1_3_is_refused(certificate: Certificate) -> None:
    async with flooding(certificate.files) as (_, port):
        context = certificate.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=context)
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=certificate.context())
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
        writer.close()
