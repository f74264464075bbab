"""The HTTP port's certificate is replaced while it is used; who says nothing goes; clients may have to show one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from andon.web.asgi import Message, Receive, Scope, Send
from andon.web.listener import _GENERATIONS, Connections, Listener, Tls
from tests.certificates import Authority, Files
from tests.unit.web.plain import PATIENCE, ask, request

OPEN = request("GET", "/held").replace(b"Connection: close\r\n", b"")


class Held:
    """An application that answers at once, but at `/held` only its first word, and the rest when it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/held":
            await self._say(send, b"first ", more_body=True)
            await self.may.wait()
        await self._say(send, b"last", more_body=False)

    @staticmethod
    async def _say(send: Send, body: bytes, *, more_body: bool) -> None:
        message: Message = {"type": "http.response.body", "body": body, "more_body": more_body}
        await send(message)


class Port:
    """A port under TLS whose files the test replaces."""

    def __init__(self, app: Held, listener: Listener, number: int, files: Files) -> None:
        self.app, self.listener, self.number, self.files = app, listener, number, files
        self.authority = Authority()
        self._writers: list[asyncio.StreamWriter] = []

    async def renew(self) -> None:
        """Replaces the certificate by one that another authority has signed."""
        self.authority = Authority()
        self.files.write(self.authority.issue("127.0.0.1"))
        assert await self.listener.renew()

    async def open(self, words: bytes = b"") -> asyncio.StreamReader:
        """A connection to what is shown now. Whose handshake is not done when a worker leaves must begin again."""
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.number, ssl=self.authority.context())
            except (ConnectionError, ssl.SSLCertVerificationError):
                continue
            self._writers.append(writer)
            writer.write(words)
            return reader

    async def hold(self) -> None:
        """Begins a call that goes on. One that a worker took as it left must begin again."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(asyncio.IncompleteReadError, ConnectionError):
                    await (await self.open(OPEN)).readuntil(b"first")
                    return

    async def answers(self) -> bool:
        """Whether a request is answered."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(ConnectionError):
                    if body := await (await self.open(request("GET", "/"))).read():
                        return b"last" in body

    def close(self) -> None:
        """Hangs up all."""
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def secured(folder: Path, client_ca: bytes | None = None) -> AsyncIterator[Port]:
    files, app = Files(folder, client_ca=client_ca), Held()
    tls = Tls(files.tls.certificate, files.tls.key, files.tls.client_ca)
    listener = Listener(app, Connections(), tls)
    port = Port(app, listener, listener.bind("127.0.0.1", 0), files)
    files.write(port.authority.issue("127.0.0.1"))
    listener.start()
    try:
        yield port
    finally:
        app.may.set()
        port.close()
        await listener.stop()


async def test_a_new_certificate_is_seen_at_once_and_an_old_stream_goes_on(tmp_path: Path) -> None:
    async with secured(tmp_path) as port:
        held = await port.open(OPEN)
        idle = await port.open(request("GET", "/").replace(b"Connection: close\r\n", b""))
        async with asyncio.timeout(PATIENCE):
            await held.readuntil(b"first")
            await idle.readuntil(b"last")
            former = port.authority
            await port.renew()
            assert all(await asyncio.gather(*(port.answers() for _ in range(20))))
            with pytest.raises(ssl.SSLError):
                await ask(port.number, request("GET", "/"), former.context())
            await idle.read()  # closed
            port.app.may.set()
            assert b"last" in await held.read()


async def test_files_that_can_not_be_used_leave_the_port_as_it_was(tmp_path: Path) -> None:
    async with secured(tmp_path) as port:
        assert await port.answers()
        port.files.tls.key.write_bytes(b"broken")
        with pytest.raises(ssl.SSLError):
            await port.listener.renew()
        assert await port.answers()


async def test_who_says_nothing_after_the_handshake_goes_when_the_port_is_renewed(tmp_path: Path) -> None:
    async with secured(tmp_path) as port:
        assert await port.answers()
        silent = [await port.open() for _ in range(50)]
        hesitant = await port.open(b"PRI * HT")
        assert await port.listener.renew(crowded=False)
        async with asyncio.timeout(PATIENCE):
            for reader in (*silent, hesitant):
                assert await reader.read() == b""


async def test_a_port_is_not_renewed_by_itself_while_many_earlier_connections_go_on(tmp_path: Path) -> None:
    async with secured(tmp_path) as port:
        for _ in range(_GENERATIONS):
            await port.hold()
            await port.renew()
        assert not await port.listener.renew(crowded=False)
        await port.renew()
        assert await port.answers()


async def test_where_clients_must_show_a_certificate_nobody_is_let_in_without(tmp_path: Path) -> None:
    clients, others = Authority(), Authority()
    async with secured(tmp_path, client_ca=clients.pem) as port:
        for shown in (None, others.issue("x")):
            with pytest.raises((ssl.SSLError, ConnectionError, ValueError)):
                await ask(port.number, request("GET", "/"), port.authority.context(shown))
        good = port.authority.context(clients.issue("client.example.com"))
        assert (await ask(port.number, request("GET", "/"), good)).status == 200
        await port.renew()
        with pytest.raises((ssl.SSLError, ConnectionError, ValueError)):
            await ask(port.number, request("GET", "/"), port.authority.context())


async def test_a_plain_port_is_not_renewed() -> None:
    listener = Listener(Held(), Connections())
    listener.bind("127.0.0.1", 0)
    listener.start()
    assert not await listener.renew()
    await listener.stop()
