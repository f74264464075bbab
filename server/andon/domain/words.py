"""Words of people: what they wrote, and which fields they changed or opened. They stand beside the ledger's entries.

An entry's body has no more of them than `words_hash`: SHA-256 of what stands beside it, which is the canonical JSON
(RFC 8785) of an object with the members `salt`, 32 random hexadecimal digits, and `words`. So they can be erased, and
no entry changes; and the salt that goes with them keeps anybody from guessing at what they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from andon.domain.canonical import Json, JsonObject, canonical, digest, parse

HASH: Final = "words_hash"
_SIGN: Final = f'"{HASH}":"'


def beside(words: JsonObject, salt: str) -> str:
    """What stands beside an entry with such words."""
    return canonical({"salt": salt, "words": words})


def hash_in(body: str) -> str:
    """The hash of the words that belong to an entry with such a body, in canonical JSON; empty where none do."""
    found = _object(body).get(HASH) if _SIGN in body else None
    return found if isinstance(found, str) else ""


def fits(body: JsonObject, text: str) -> bool:
    """Whether what stands beside an entry with such a body is its own, or was erased."""
    return not text or (HASH in body and digest(text) == body[HASH])


def told(body: JsonObject, text: str) -> JsonObject:
    """What an entry says with the words beside it. Those that were erased, or are not the entry's, are left out."""
    if HASH not in body:
        return body
    said = {name: value for name, value in body.items() if name != HASH}
    if not text or not fits(body, text):
        return said
    words = _object(text).get("words")
    return _joined(said, words) if isinstance(words, Mapping) else said


def _joined(said: JsonObject, words: JsonObject) -> dict[str, Json]:
    found = dict(said)
    for name, value in words.items():
        known = found.get(name)
        found[name] = _joined(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return found


def _object(text: str) -> JsonObject:
    """Nothing where somebody made it unreadable."""
    try:
        found = parse(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
