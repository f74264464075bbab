"""The SQL of this engine. Values have names in the files (`:now`), and numbers (`$1`) where they are run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from andon.store.statements import Statements

sql: Final = Statements(
    "andon.store.postgres",
    lambda bit, column, nothing: f"CASE WHEN p.reads & {bit} <> 0 THEN {column} ELSE {nothing} END",
)
# Not the second colon of a cast, and not within a comment or a string.
_NAME: Final = re.compile(r"(--[^\n]*|'(?:[^']|'')*')|(?<!:):([a-z_][a-z0-9_]*)")


class Prepared(NamedTuple):
    """A statement with numbered values, and the names by which they are given, in that order."""

    text: str
    names: tuple[str, ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the statement's order. What it does not name is left out."""
        return [values[name] for name in self.names]


@lru_cache(maxsize=1024)
def prepared(statement: str) -> Prepared:
    """Numbers the values of a statement; one that is named twice has one number."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        return f"${names.setdefault(found[2], len(names) + 1)}"

    text = _NAME.sub(number, statement)
    return Prepared(text, tuple(names))
