"""Fields as a nested table: labels, values with their units, what is cut short and what is covered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from andon_client.presentation import FieldFormat
from andon_client.terminal.fields import Field, is_there
from andon_client.terminal.formats import write
from andon_client.terminal.lines import Line, beside, join
from andon_client.terminal.shown import BRIEF_TEXT, KEPT, children_on_screen, is_covered, is_long, uncovered
from andon_client.terminal.visible import drawn, one_line

_WIDEST_LABEL: Final = 24
_FOLD: Final = "bold reverse"


def large(fields: Sequence[Field], opened: Collection[str]) -> list[Line]:
    """The decisive fields: bold, apart from the rest, never cut short."""
    if not fields:
        return []
    lines = [line for field in fields for line in _field(field, opened, 1, _width(fields), "bold")]
    return [beside("", Text("")), *(Line(line.body, join("▌", line.prefix), line.key) for line in lines)]


def rows(fields: Sequence[Field], opened: Collection[str], depth: int = 0) -> list[Line]:
    """The fields, each with what is below it."""
    width = _width(fields)
    return [line for field in fields for line in _field(field, opened, 2 + 2 * depth, width, "")]


def _width(fields: Sequence[Field]) -> int:
    return min(max((cell_len(one_line(field.label)) for field in fields), default=0), _WIDEST_LABEL)


def _field(field: Field, opened: Collection[str], indent: int, width: int, style: str) -> Iterator[Line]:
    label = _label(field, indent, width)
    if is_covered(field) and uncovered(field.path) not in opened:
        yield beside(label, Text("covered, it may upset: Enter uncovers it", style=_FOLD), uncovered(field.path))
    elif field.children:
        yield from _tree(field, opened, indent, label, style)
    elif isinstance(field.value, str) and is_long(field) and field.path not in opened:
        yield beside(label, join(drawn(field.value[:BRIEF_TEXT]), "…"))
        more = f"{len(field.value) - BRIEF_TEXT:,} more characters: Enter shows all"
        yield beside(" " * cell_len(label.plain), Text(more, style=_FOLD), field.path)
    else:
        yield beside(label, _value(field, style))


def _tree(field: Field, opened: Collection[str], indent: int, label: Text, style: str) -> Iterator[Line]:
    kind = "entries" if isinstance(field.value, list) else "members"
    count = len(field.children)
    yield beside(label, Text(f"{count} {kind}" if count > 1 else "", style="dim"))
    shown = children_on_screen(field, opened)
    width = _width(shown)
    for child in shown:
        yield from _field(child, opened, indent + 2, width, style)
    if len(shown) < count:
        more = f"{count - len(shown):,} more {kind}: Enter shows all"
        yield beside(" " * (indent + 2), Text(more, style=_FOLD), field.path)


def _label(field: Field, indent: int, width: int) -> Text:
    name = one_line(field.label)
    label = drawn(field.label.replace("\n", " "), "dim" if not field.whole else "")
    return join(" " * indent, label, " " * max(2, width - cell_len(name) + 2))


def _value(field: Field, style: str) -> Text:
    if not is_there(field):
        return Text("not given", style="italic")
    if field.masked:
        return Text(KEPT, style="italic")
    written = write(field.value, field.format, field.unit)
    note = written.note
    if field.format is FieldFormat.IMAGE and isinstance(field.value, str):
        note = "an image; the page shows it"
    body = drawn(written.text, style)
    return join(body, drawn(f"  ({note})", "dim")) if note else body
