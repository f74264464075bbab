"""HTML that nothing in it can break out of. Text becomes markup in one place, and shows what would hide in it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

_KEPT: Final = "\n\t"
_FEW: Final = 4
_VOID: Final = frozenset({"br"})


class Markup(str):
    """Text that is HTML already: made by `tag` and `text` alone."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Text as HTML. What is not printable, such as control and bidirectional characters, is shown by its number."""
    if isinstance(value, Markup):
        return value
    said = str(value)
    if said.isprintable():
        return Markup(escape(said))
    return Markup("".join(escape(each) if each.isprintable() or each in _KEPT else _number(each) for each in said))


def tag(name: str, *content: object, **attributes: str) -> Markup:
    """An element. Its content is escaped unless it is Markup; `class_` stands for the attribute `class`."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(content)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Several parts one after the other."""
    return Markup(between.join(map(text, parts)))


def table(caption: object, heads: Iterable[object], rows: Iterable[Iterable[object]], *, named: bool = False) -> Markup:
    """A table with a caption. `named`: the first cell of each row is its head."""
    columns = [tag("th", each, scope="col") for each in heads]
    head = tag("tr", *columns)
    body = [tag("tr", *_cells(row, named)) for row in rows]
    kind = {2: {"class_": "pairs"}}.get(len(columns), {"class_": "many"} if len(columns) > _FEW else {})
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), **kind)
    return tag("div", whole, class_="wide")


def facts(caption: object, rows: Iterable[tuple[object, object]]) -> Markup:
    """A table of names and values; those without a value are left out."""
    cells = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in rows if value != ""]
    return tag("div", tag("table", tag("caption", caption), tag("tbody", *cells), class_="facts"), class_="wide")


def _cells(row: Iterable[object], named: bool) -> Iterable[Markup]:
    for place, cell in enumerate(row):
        yield tag("th", cell, scope="row") if named and place == 0 else tag("td", cell)


def _number(character: str) -> Markup:
    return tag("span", f"U+{ord(character):04X}", class_="hidden")
