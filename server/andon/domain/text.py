"""Texts that people write and machines store."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

CONTROL: Final = "must not have control characters"
"""What is said of a text that has."""
_CONTROL: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f]")


def has_control(text: str) -> bool:
    """Whether a text has a control character: U+0000 to U+001F, or U+007F to U+009F."""
    return _CONTROL.search(text) is not None


def cases_of(word: str) -> list[str]:
    """A word as it is and in small, in large and in initial letters.

    A letter is changed only where that leads back: long s, whose capital is S, stays, or it would stand for every s.
    """
    return sorted({word, _changed(word, str.lower), _changed(word, str.upper), _changed(word, str.capitalize)})


def _changed(word: str, change: Callable[[str], str]) -> str:
    changed = change(word)
    if len(changed) != len(word):
        changed = "".join(new if len(new := change(one)) == 1 else one for one in word)
    return "".join(
        new if old in (new, new.lower(), new.upper()) else old for old, new in zip(word, changed, strict=True)
    )
