"""Lines of a document: a prefix that stands once, and a body that is wrapped beside it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_NARROWEST: Final = 16
# Only measures; nothing is ever printed on it.
_RULER: Final = Console(file=io.StringIO(), width=80, color_system=None, legacy_windows=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line before it is wrapped. `key` names the cover that Enter opens here."""

    body: Text
    prefix: Text
    key: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line as it stands on the screen."""

    text: Text
    key: str = ""


def join(*parts: Text | str) -> Text:
    """The parts one after the other, each in its own style alone."""
    whole = Text()
    for part in parts:
        whole.append_text(part if isinstance(part, Text) else Text(part))
    return whole


def plain(text: str, style: str = "", *, key: str = "", indent: int = 0) -> Line:
    """A line of our own words."""
    return Line(Text(text, style=style), Text(" " * indent), key)


def beside(prefix: Text | str, body: Text, key: str = "") -> Line:
    """A body beside a prefix; what does not fit goes on below the body's beginning."""
    return Line(body, Text(prefix) if isinstance(prefix, str) else prefix, key)


def heading(title: str) -> list[Line]:
    """A title with its space above."""
    return [plain(""), plain(title, "bold underline")]


def wrap(lines: Iterable[Line], width: int) -> list[Drawn]:
    """The lines as they stand on a screen of this width, in columns. Nothing is cut."""
    return [drawn for line in lines for drawn in _wrapped(line, max(_NARROWEST, width))]


def _wrapped(line: Line, width: int) -> list[Drawn]:
    hanging = cell_len(line.prefix.plain)
    if hanging > 4 and width - hanging < _NARROWEST:
        # No room beside the prefix: the body goes below it.
        below = _wrapped(Line(line.body, Text("  "), line.key), width)
        above = [Drawn(part, line.key) for part in line.prefix.wrap(_RULER, width, overflow="fold")]
        return [*above, *below] if line.prefix.plain.strip() else below
    parts = line.body.wrap(_RULER, width - hanging, overflow="fold") if line.body.plain else [line.body]
    prefixes = [line.prefix, *[Text(" " * hanging)] * (len(parts) - 1)]
    return [Drawn(join(prefix, part), line.key) for prefix, part in zip(prefixes, parts, strict=True)]
