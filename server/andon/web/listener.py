"""The HTTP server: granian, within this process and event loop.

Its sockets and protocols (HTTP/1.1, HTTP/2, TLS) run on a thread of its own; the application runs on our loop.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import AsyncWorker, Server

from andon.web.asgi import AsgiApp
from andon.web.descriptors import room

MAX_HEAD: Final = 16 * 1024
"""The largest head of a request (bytes)."""

_BACKLOG: Final = 1024
_STREAMS: Final = 1_000
_WINDOW: Final = 256 * 1024
_LAST_WORDS: Final = 1.0
_PARTING: Final = 0.005
_GENERATIONS: Final = 4
"""So many workers may still have calls under way that began before the certificate was read anew."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The PEM files of the certificate with its chain, and of its key.

    With `client_ca` only clients are let in whose certificate these authorities have signed. Who they are is not told:
    the package has no word for it.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Connections:
    """Bounds of connections: how many at once, and after which silence a peer is probed and given up (s).

    `head_timeout` is how long a request's head may take, and a connection stay idle (ms).
    """

    at_once: int = 10_000
    probe_after: int = 30
    give_up_after: int = 10
    head_timeout: int = 20_000


class Listener:
    """Serves one application on one port."""

    def __init__(self, app: AsgiApp, connections: Connections, tls: Tls | None = None) -> None:
        self._app = app
        self._connections = connections
        self._tls = tls
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    def bind(self, host: str, port: int) -> int:
        """Takes a port; 0 takes a free one. Returns the port. Raises OSError with a clear text where it is taken."""
        try:
            self._socket = _bound(host, port, self._connections)
        except OSError as error:
            why = error.strerror or str(error)
            where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            raise OSError(f"can't listen on {where}: {why[:1].lower()}{why[1:]}") from None
        taken: int = self._socket.getsockname()[1]
        return taken

    def start(self) -> None:
        """Begins to answer on the port that was bound."""
        assert self._socket is not None
        self._server = _Server(self._app, self._socket, _options(self._connections, self._tls))
        self._serving = asyncio.create_task(self._server.serve(), name="http")

    async def renew(self, *, crowded: bool = True) -> bool:
        """Shows connections made from now on what the files of TLS hold now. Calls go on; idle connections are closed.

        Where it may not be `crowded`, nothing is done, and False said, as long as many earlier connections go on.
        Raises OSError where the files can't be used; then nothing has changed.
        """
        if self._server is None or self._tls is None or not (crowded or self._server.roomy):
            return False
        await self._server.renew(self._tls)
        return True

    async def stop(self) -> None:
        """Lets go of the port and of idle connections; gives the others a second for their last words."""
        if self._socket is not None:
            self._socket.close()
        if self._serving is None or self._server is None:
            return
        self._server.end()
        await asyncio.wait((self._serving,), timeout=_LAST_WORDS)
        self._serving.cancel()
        # Its thread has one step in the interpreter left, and must not be met by the interpreter's end.
        await asyncio.to_thread(time.sleep, _PARTING)


class _Server(Server):
    """Granian on a socket of ours: its own would share the port with any other process of this user.

    It reads certificates once, when a worker begins. So another worker begins, on the same socket, before the one
    there was takes no more connections and ends with its last.
    """

    def __init__(self, app: AsgiApp, bound: socket.socket, options: dict[str, Any]) -> None:
        self._bound = bound
        self._leaving: list[AsyncWorker] = []
        self._renewing = asyncio.Lock()
        super().__init__(
            app, interface=Interfaces.ASGINL, websockets=False, log_enabled=False, backlog=_BACKLOG, **options
        )

    @property
    def roomy(self) -> bool:
        """Whether few workers go on that take no more connections."""
        self._leaving = [worker for worker in self._leaving if not _ended(worker)]
        return len(self._leaving) < _GENERATIONS

    async def renew(self, tls: Tls) -> None:
        """See `Listener`."""
        async with self._renewing:
            if not self.wrks:
                return
            verified = tls.client_ca is not None
            self.build_ssl_context(tls.certificate, tls.key, None, SSLProtocols.tls13, tls.client_ca, [], verified)
            self._init_shared_socket()
            fresh = self._spawn_worker(0, self._spawn_asgi_worker, self.target)
            await asyncio.sleep(0)
            if _ended(fresh):
                raise OSError("the HTTP server can't use the certificate")
            fresh.start()  # type: ignore[no-untyped-call]
            former, self.wrks[0] = self.wrks[0], fresh
            former.terminate()  # type: ignore[no-untyped-call]
            self._leaving.append(former)

    def end(self) -> None:
        """Has `serve` return once the connections are closed."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # the package's own gap

    def _init_shared_socket(self) -> None:
        more = (self.backlog,) if sys.platform.startswith(("linux", "freebsd")) else ()
        holder: Any = SocketHolder
        # Each worker has a handle of its own: it closes it when it ends, and others may listen on.
        self._shd, self._ssp = holder(self._bound.dup().detach(), False, *more), None


def _ended(worker: AsyncWorker) -> bool:
    task: Any = worker._task
    ended: bool = task.done()
    return ended


def _options(connections: Connections, tls: Tls | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        # HTTP/2 is worth it for browsers, who open six connections at most. Where it is spoken too, the server has no
        # time limit for a connection that says nothing from the start: without TLS, where no browser speaks it, there
        # is HTTP/1.1 alone, and `head_timeout`. Under TLS `at_once` bounds such connections, and `renew` ends them.
        "http": HTTPModes.auto if tls else HTTPModes.http1,
        "backpressure": room(connections.at_once),
        "http1_settings": HTTP1Settings(header_read_timeout=connections.head_timeout, max_buffer_size=MAX_HEAD),
        "http2_settings": HTTP2Settings(
            initial_connection_window_size=4 * _WINDOW,
            initial_stream_window_size=_WINDOW,
            keep_alive_interval=connections.probe_after * 1_000,
            keep_alive_timeout=connections.give_up_after,
            max_concurrent_streams=_STREAMS,
            max_headers_size=MAX_HEAD,
            max_send_buffer_size=_WINDOW,
        ),
    }
    if tls is not None:
        options |= {"ssl_cert": tls.certificate, "ssl_key": tls.key, "ssl_protocol_min": SSLProtocols.tls13}
        options |= {"ssl_ca": tls.client_ca, "ssl_client_verify": tls.client_ca is not None}
    return options


def _bound(host: str, port: int, connections: Connections) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        for level, name, value in _socket_options(connections):
            made.setsockopt(level, name, value)  # what is accepted inherits them
        if family == socket.AF_INET6 and hasattr(socket, "IPV6_V6ONLY"):
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(address)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _socket_options(connections: Connections) -> Sequence[tuple[int, int, int]]:
    """A peer that vanished without a word is noticed, as on gRPC."""
    known = [(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    known.append((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    silence = connections.probe_after + connections.give_up_after
    for name, value in (
        ("TCP_KEEPIDLE", connections.probe_after),
        ("TCP_KEEPINTVL", max(1, connections.give_up_after // 3)),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", silence * 1_000),
    ):
        if hasattr(socket, name):
            known.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return known
