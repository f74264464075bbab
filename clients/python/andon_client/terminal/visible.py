"""Text as a person may trust it: what is invisible, misleading or steers a terminal is made visible.

Everything that came over the wire passes `reveal` before it is drawn. What it returns holds no control character, so
that nothing an attacker wrote can reach the terminal as a command.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from rich.style import Style
from rich.text import Text

ODD: Final = Style(reverse=True)
"""How a character that was made visible is drawn: apart from what was typed to look like one."""

_HIDDEN_KINDS: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cn", "Cs", "Co"})
# Letters and marks by their category that are drawn as nothing.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE0F)}
_TAGS: Final = range(0xE0020, 0xE007F)
_JOINERS: Final = "\u200c\u200d"
_JOINING: Final = frozenset(
    [
        "ARABIC",
        "DEVANAGARI",
        "BENGALI",
        "TAMIL",
        "MALAYALAM",
        "SINHALA",
        "KANNADA",
        "TELUGU",
        "GUJARATI",
        "GURMUKHI",
        "KHMER",
        "MYANMAR",
    ]
)
_ALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_PLAIN: Final = re.compile(r"[\n\x20-\x7e]*")
_WORDS: Final = re.compile(r"\w+|\W+")


class Part(NamedTuple):
    """A piece of text, and whether something is odd about it."""

    text: str
    odd: bool


def reveal(text: str) -> Iterator[Part]:
    """The text in parts. Hidden characters are named as `⟨U+202E⟩`; words of several alphabets are odd as well."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    if _PLAIN.fullmatch(text):
        if text:
            yield Part(text, False)
        return
    start = 0
    for at, character in enumerate(text):
        if _hidden(character) and not _needed(text, at):
            yield from _mixed(text[start:at])
            yield Part(_named(character), True)
            start = at + 1
    yield from _mixed(text[start:])


def revealed(text: str) -> str:
    """The revealed text as one string, as it stands on the screen."""
    return "".join(part.text for part in reveal(text))


def one_line(text: str) -> str:
    """The revealed text without line breaks."""
    return " ".join(revealed(text).split("\n"))


def drawn(text: str, style: str | Style = "") -> Text:
    """The revealed text, ready to be drawn: odd parts stand out. No markup is read from it."""
    result = Text(style=style)
    for part in reveal(text):
        result.append(part.text, ODD if part.odd else None)
    return result


@lru_cache(maxsize=4096)
def _hidden(character: str) -> bool:
    if character == "\n":
        return False
    return unicodedata.category(character) in _HIDDEN_KINDS or character in _BLANK


def _needed(text: str, at: int) -> bool:
    """Whether it is a joiner between letters of a script that is written with joiners."""
    if text[at] not in _JOINERS or not 0 < at < len(text) - 1:
        return False
    return _script(text[at - 1]) in _JOINING and _script(text[at + 1]) in _JOINING


def _named(character: str) -> str:
    letter = f" {chr(ord(character) - 0xE0000)}" if ord(character) in _TAGS else ""
    return f"⟨U+{ord(character):04X}{letter}⟩"


def _mixed(text: str) -> Iterator[Part]:
    """The text with the words that mix letters which look alike marked as odd."""
    if text.isascii():
        if text:
            yield Part(text, False)
        return
    for word in _WORDS.findall(text):
        yield Part(word, not word.isascii() and len(_ALIKE & {_script(letter) for letter in word}) > 1)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
