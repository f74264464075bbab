"""The public signing keys, for everybody: what `/.well-known/jwks.json` answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from andon.domain.canonical import JsonObject, canonical
from andon.web.asgi import Answer

JWKS: Final = "/.well-known/jwks.json"
_FRESH: Final = ("Cache-Control", "public, max-age=300")
ANY_ORIGIN: Final = (("Access-Control-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin"))
"""Headers of what any page may read."""


def published(jwks: JsonObject, headers: Mapping[str, str]) -> Answer:
    """The keys, or that they are as the caller has them. Any page may read them, and caches keep them for 5 minutes."""
    body = canonical(jwks).encode() + b"\n"
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    extra = (_FRESH, *ANY_ORIGIN, ("ETag", tag))
    known = {each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Answer(HTTPStatus.NOT_MODIFIED, headers=extra)
    return Answer(HTTPStatus.OK, body, "application/jwk-set+json", extra)
