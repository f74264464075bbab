"""Words of people, which stand beside the ledger's entries and may be gone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

HASH: Final = "words_hash"
_SIGN: Final = f'"{HASH}":"'


def words_hash(body: str) -> str:
    """The hash of the words that belong to an entry with such a body; empty where none do."""
    found = object_of(body).get(HASH) if _SIGN in body else None
    return found if isinstance(found, str) else ""


def fits(body: str, words: str) -> bool:
    """Whether these words are those of the entry. Words that are gone are no other ones."""
    return not words or sha256(words.encode("utf-8", "surrogatepass")).hexdigest() == words_hash(body)


def said_in(body: str, words: str) -> dict[str, Any]:
    """What an entry says with its words; nothing where its body was made unreadable."""
    said = object_of(body)
    mine = object_of(words).get("words") if words and fits(body, words) else None
    said.pop(HASH, None)
    return _joined(said, mine) if isinstance(mine, dict) else said


def erased_by(body: str) -> list[int]:
    """The sequences of the entries whose words an erasure took, by the body of its own entry."""
    found = object_of(body).get("words_of")
    return [each for each in found if isinstance(each, int)] if isinstance(found, list) else []


def object_of(text: str) -> dict[str, Any]:
    """A JSON object; empty where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _joined(said: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(said)
    for name, value in words.items():
        known = found.get(name)
        found[name] = _joined(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return found
