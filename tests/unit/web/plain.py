"""An HTTP/1.1 client as plain as can be, and a door to ask."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry

from andon.auth.authenticator import Authenticator, Peer
from andon.auth.identities import Identities
from andon.auth.offers import offers, origins
from andon.domain.errors import CredentialsMissing
from andon.domain.principal import Principal
from andon.policy.load import CompiledSet
from andon.rpc.pipeline import Gate, Pipeline
from andon.telemetry.metrics import Metrics
from andon.web.door import HttpDoor
from andon.web.operators import Operators

PATIENCE = 20.0


class Reply(NamedTuple):
    """Status, headers by lower-case name (the values of several of one name joined by commas), body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(port: int, request: bytes, tls: ssl.SSLContext | None = None) -> Reply:
    """Sends bytes and reads until the server hangs up."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        try:
            writer.write(request)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
    first, *lines = head.decode().split("\r\n")
    headers: dict[str, str] = {}
    for name, value in (line.split(": ", 1) for line in lines):
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    return Reply(int(first.split()[1]), headers, body)


def request(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """A request after which the server hangs up."""
    sent = {"Host": "x", "Connection": "close", **(headers or {})}
    if body or method == "POST":
        sent["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def get(port: int, path: str, **headers: str) -> Reply:
    """GET; the names of headers with `_` for `-`."""
    return await ask(port, request("GET", path, {name.replace("_", "-"): value for name, value in headers.items()}))


class _Nobody(Authenticator):
    def authenticate(self, metadata: Mapping[str, str], peer: Peer | None = None) -> Principal:
        raise CredentialsMissing

    def current(self, principal: Principal) -> Principal | None:
        return None


class Door:
    """A door without methods, whose operators' side can be broken."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.metrics.set_policies(CompiledSet("abc", {}))
        self.ready = True
        self.scrapes = 0
        self.broken = False
        self.details: dict[str, object] = {}
        self.identities = Identities()
        operators = Operators(
            self.registry,
            self._refresh,
            lambda: self.ready,
            lambda: self.details,
            sign_in=lambda: offers(self.identities),
        )
        pipeline = Pipeline(self.metrics, Gate(1, lambda: 0), _Nobody())
        self.server = HttpDoor(
            pipeline,
            [],
            self.metrics,
            operators,
            max_message_size=1_024,
            sign_in_origins=lambda: origins(self.identities),
        )
        self.port = 0

    async def _refresh(self) -> None:
        self.scrapes += 1
        if self.broken:
            raise RuntimeError("no store")


@asynccontextmanager
async def opened() -> AsyncIterator[Door]:
    """A started door."""
    door = Door()
    door.port = door.server.bind("127.0.0.1", 0)
    door.server.start()
    try:
        yield door
    finally:
        await door.server.stop()


def page(folder: Path) -> Path:
    """A built page as the build leaves it."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Andon</title>")
    (folder / "config.json").write_text("{}")
    (folder / "assets" / "app-1a2b3c.js").write_bytes(b"console.log(1)")
    (folder / "assets" / "app-1a2b3c.js.br").write_bytes(b"as if by brotli")
    (folder / "assets" / "app-1a2b3c.js.gz").write_bytes(b"as if by gzip")
    return folder
