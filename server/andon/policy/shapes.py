"""The values that several sections of a policy file share: names, lists of them and spans of time."""

from __future__ import annotations

import re
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.clock import DAY, HOUR, MINUTE, SECOND

LEVELS: Final = ("high", "medium", "low")
NAME: Final[JsonObject] = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$", "maxLength": 64}
WORDS: Final[JsonObject] = {"type": "array", "items": NAME, "uniqueItems": True, "maxItems": 32}
DURATION: Final[JsonObject] = {"type": "string", "pattern": "^[1-9][0-9]{0,4}[smhd]$"}
_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def duration(text: str) -> int:
    """`90s`, `15m`, `4h` or `2d` in µs. Raises ValueError for anything else, and for nought."""
    if not re.fullmatch(str(DURATION["pattern"]), text):
        raise ValueError(f"not a duration: {text}")
    return int(text[:-1]) * _UNITS[text[-1]]
