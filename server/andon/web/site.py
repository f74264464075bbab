"""What lies at which path of the HTTP door, and what every answer carries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Final

from andon.telemetry.logs import get_logger
from andon.web.asgi import Header, Message, Receive, Scope, Send, give, headers_of, raw, said
from andon.web.calls import Calls
from andon.web.headers import Cors, call_headers, page_headers
from andon.web.operators import PATHS, Operators
from andon.web.page import Page

BODY_TIMEOUT: Final = 30.0
"""How long a request's body may take to come (s)."""

_CHALLENGE: Final = tuple(raw((("WWW-Authenticate", 'Bearer realm="andon"'),)))
_ADDING_UP: Final = frozenset({b"vary"})
_log = get_logger("andon.web")


class Site:
    """The ASGI application of the whole door."""

    def __init__(
        self,
        calls: Calls,
        operators: Operators,
        page: Page,
        cors: Cors,
        *,
        tls: bool,
        image_origins: Sequence[str] = (),
        sign_in_origins: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._calls = calls
        self._operators = operators
        self._page = page
        self._cors = cors
        self._on_calls = call_headers(tls=tls)
        self._sign_in_origins = sign_in_origins
        self._page_headers = lru_cache(maxsize=1)(partial(page_headers, tls=tls, image_origins=image_origins))
        self._running: set[asyncio.Task[object]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        # As it was sent: a proxy's rule on a path must not miss another spelling of it.
        scope["path"] = scope["raw_path"].decode("latin-1")
        is_call = scope["path"] not in PATHS and self._calls.is_call(scope)
        dressed = _Dressed(send, self._on_calls if is_call else self._on_pages())
        if _hosts(scope) > 1:  # which one counts, a proxy may see otherwise
            return await give(dressed, said(HTTPStatus.BAD_REQUEST, "a request has one Host"))
        try:
            await (self._serve_call if is_call else self._serve_page)(scope, receive, dressed)
        except Exception:
            _log.exception("failed", method=scope["path"])
            if not dressed.started:
                await give(dressed, said(HTTPStatus.INTERNAL_SERVER_ERROR))

    async def ended(self, patience: float) -> None:
        """Waits until every call under way has ended; cuts what still runs after `patience` seconds, as DRAINING."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=patience)
        self._calls.cut()
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1)

    def _on_pages(self) -> Sequence[Header]:
        """The issuers' file may have changed: what the page may ask follows it."""
        return self._page_headers(sign_in_origins=tuple(self._sign_in_origins()))

    async def _serve_call(self, scope: Scope, receive: Receive, send: _Dressed) -> None:
        headers = headers_of(scope)
        if scope["method"] == "OPTIONS" and (answer := self._cors.preflight(headers)) is not None:
            return await give(send, answer)
        send.headers = (*send.headers, *self._cors.headers(headers))
        if (answer := self._calls.admit(scope)) is not None:
            return await give(send, answer)
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._calls.serve(scope, _Patient(receive), send)
        finally:
            self._running.discard(task)

    async def _serve_page(self, scope: Scope, receive: Receive, send: _Dressed) -> None:
        path, method = scope["path"], scope["method"]
        if method not in ("GET", "HEAD"):
            answer = said(HTTPStatus.METHOD_NOT_ALLOWED, "", ("Allow", "GET, HEAD"))
        elif path in PATHS:
            answer = await self._operators.answer(path, headers_of(scope))
        else:
            answer = self._page.answer(path, headers_of(scope))
        await give(send, answer, with_body=method != "HEAD")


def _hosts(scope: Scope) -> int:
    return sum(name == b"host" for name, _ in scope["headers"])


class _Dressed:
    """A `send` that adds headers, and knows whether the answer has begun.

    What an answer says itself is not said again; 401 tells which credentials are asked for.
    """

    __slots__ = ("_send", "headers", "started")

    def __init__(self, send: Send, headers: Sequence[Header]) -> None:
        self._send = send
        self.headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            said_already = {name for name, _ in message["headers"]} - _ADDING_UP
            challenge = _CHALLENGE if message["status"] == HTTPStatus.UNAUTHORIZED else ()
            missing = (header for header in self.headers if header[0] not in said_already)
            message["headers"] = [*message["headers"], *challenge, *missing]
        await self._send(message)


class _Patient:
    """A `receive` that takes a body too slow in coming for a caller that has left."""

    __slots__ = ("_done", "_receive", "_until")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + BODY_TIMEOUT
        self._done = False

    async def __call__(self) -> Message:
        if self._done:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        self._done = not message.get("more_body", False)
        return message
