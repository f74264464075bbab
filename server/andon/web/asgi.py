"""The few words of ASGI, and plain answers in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

TEXT: Final = "text/plain; charset=utf-8"
NO_STORE: Final = ("Cache-Control", "no-store")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `headers` are beside Content-Type and Content-Length."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = TEXT
    headers: tuple[tuple[str, str], ...] = (NO_STORE,)


def said(status: HTTPStatus, why: str = "", *headers: tuple[str, str]) -> Answer:
    """One line of text: `why`, or the status in words."""
    return Answer(status, f"{why or status.phrase}\n".encode(), headers=(NO_STORE, *headers))


def raw(headers: Iterable[tuple[str, str]]) -> list[Header]:
    """Headers as ASGI carries them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def give(send: Send, answer: Answer, *, with_body: bool = True) -> None:
    """Sends an answer; for HEAD without its body."""
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    if answer.body:
        headers.append(("Content-Type", answer.content_type))
    if answer.status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.NO_CONTENT):
        headers = list(answer.headers)
    await send({"type": "http.response.start", "status": answer.status.value, "headers": raw(headers)})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


def headers_of(scope: Scope) -> Mapping[str, str]:
    """The request's headers by lower-case name; the last of several of one name."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
