"""With whom people may sign in at the page: what `/.well-known/andon.json` answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from andon.domain.canonical import JsonObject, canonical
from andon.web.asgi import NO_STORE, Answer
from andon.web.jwks import ANY_ORIGIN

SIGN_IN: Final = "/.well-known/andon.json"


def offered(issuers: JsonObject) -> Answer:
    """The issuers of the identity file in force. Any page may read them; none keeps them, for they may change."""
    body = canonical(issuers).encode() + b"\n"
    return Answer(HTTPStatus.OK, body, "application/json", (NO_STORE, *ANY_ORIGIN))
