"""Opaque page tokens: a version, a hash of the request's other fields, and where to go on (AIP-158)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from google.protobuf.message import Message

from andon.domain.errors import PageTokenInvalid

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 1_000
_VERSION: Final = 1


def page_size(asked: int) -> int:
    """How many to return: 0 means the default, too many means the most."""
    return min(asked or DEFAULT_SIZE, MAX_SIZE)


def make_token(request: Message, *place: int | str) -> str:
    """A token that goes on at this place for the same request."""
    text = json.dumps([_VERSION, _fingerprint(request), place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(request: Message, token: str, *kinds: type[int] | type[str]) -> Sequence[Any]:
    """The place a token was made for: one word of each kind, integers of 64 bits.

    Raises PageTokenInvalid for another request's token or none of ours. A token is no secret and carries no signature:
    who makes one up sees no more than the request shows anyway.
    """
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        version, fingerprint, place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise PageTokenInvalid from None
    if version != _VERSION or fingerprint != _fingerprint(request) or not _fits(place, kinds):
        raise PageTokenInvalid
    words: list[Any] = place
    return words


def _fits(place: object, kinds: Sequence[type]) -> bool:
    """Whether a place has these kinds; a bool is no int here."""
    if not isinstance(place, list) or [type(word) for word in place] != list(kinds):
        return False
    return all(abs(word) < 1 << 63 for word in place if isinstance(word, int))


def _fingerprint(request: Message) -> str:
    """A hash of everything but the page's own size and place."""
    rest = type(request)()
    rest.CopyFrom(request)
    rest.ClearField("page_token")
    rest.ClearField("page_size")
    name = request.DESCRIPTOR.full_name.encode()
    return hashlib.sha256(name + b"\0" + rest.SerializeToString(deterministic=True)).hexdigest()[:16]
