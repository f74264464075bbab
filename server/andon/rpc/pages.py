"""Pages: how much goes on one, and opaque tokens: a version, a hash of the request's other fields, and where to go on
(AIP-158)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from andon.domain.errors import PageTokenInvalid

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 1_000
MAX_BYTES: Final = 2 << 20
"""A page ends once it carries so much payload."""
FULL_STEP: Final = 32
BASIC_STEP: Final = 256
_VERSION: Final = 1
_ALL: Final = "*"
_Item = TypeVar("_Item")


def page_size(asked: int) -> int:
    """How many to return: 0 means the default, too many means the most."""
    return min(asked or DEFAULT_SIZE, MAX_SIZE)


def action_pattern(asked: str) -> str:
    """A validated pattern as stores take it, who know all actions as the empty one."""
    return "" if asked == _ALL else asked


async def fill_page(
    limit: int,
    step: int,
    fetch: Callable[[_Item | None, int], Awaitable[Sequence[_Item]]],
    put: Callable[[_Item], int],
) -> _Item | None:
    """Puts items on a page until it has `limit` of them or more than MAX_BYTES, and holds at least one.

    `fetch` reads up to so many items after the last one seen, `put` tells how many bytes of payload its item carries.
    Reads `step` items at a time, and lets others run in between. Returns the page's last item, None where nothing
    follows it.
    """
    count, room, last = 0, MAX_BYTES, None
    while True:
        wanted = min(step, limit + 1 - count)
        found = await fetch(last, wanted)
        for item in found:
            if count and (count == limit or room < 0):
                return last
            room -= put(item)
            count, last = count + 1, item
        if len(found) < wanted:
            return None
        await asyncio.sleep(0)


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
    """Whether a place has these kinds, each such that a store can take it; a bool is no int here."""
    if not isinstance(place, list) or [type(word) for word in place] != list(kinds):
        return False
    return all(abs(word) < 1 << 63 if isinstance(word, int) else _is_text(word) for word in place)


def _is_text(word: str) -> bool:
    """Whether it is valid text: JSON can hold half of a surrogate pair."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fingerprint(request: Message) -> str:
    """A hash of everything but the page's own size and place."""
    rest = type(request)()
    rest.CopyFrom(request)
    rest.ClearField("page_token")
    rest.ClearField("page_size")
    name = request.DESCRIPTOR.full_name.encode()
    return hashlib.sha256(name + b"\0" + rest.SerializeToString(deterministic=True)).hexdigest()[:16]
