"""Splits CEL into tokens: enough to know which fields an expression reads and which numbers it compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from andon.policy.environment import EXTRA, VARIABLE

_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<text>
        (?:[bB]?[rR]|[rR][bB])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
      | [bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      )
    | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:[0-9]+[.][0-9]+|[.][0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?[uU]?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>[<>=!]=|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `kind` is text, number, word or sign; `at` is its offset."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Read:
    """A dotted name that begins with `decision` or `extra`, such as `("decision", "attributes", "amount")`."""

    names: tuple[str, ...]
    at: int


def tokens(expression: str) -> list[Token]:
    """The tokens of an expression, without white space and comments."""
    found = _TOKEN.finditer(expression)
    return [Token(str(match.lastgroup), match[0], match.start()) for match in found if match.lastgroup != "space"]


def reads(expression: str) -> list[Read]:
    """Every place where an expression reads the decision or a free attribute."""
    return list(_reads(tokens(expression)))


def _reads(sequence: Sequence[Token]) -> Iterator[Read]:
    for index, token in enumerate(sequence):
        if token.kind == "word" and token.text in (VARIABLE, EXTRA) and not _is_field(sequence, index):
            yield Read((token.text, *_path(sequence, index + 1)), token.at)


def _is_field(sequence: Sequence[Token], index: int) -> bool:
    """Whether a word is a field of what stands before its dot; `.decision` at the beginning of a term is not."""
    if index < 2 or sequence[index - 1].text != ".":
        return False
    before = sequence[index - 2]
    return before.kind != "sign" or before.text in (")", "]", "}")


def _path(sequence: Sequence[Token], index: int) -> Iterator[str]:
    while index + 1 < len(sequence) and sequence[index].text == "." and sequence[index + 1].kind == "word":
        if index + 2 < len(sequence) and sequence[index + 2].text == "(":
            return
        yield sequence[index + 1].text
        index += 2
