"""What is sealed of a row that was read, by the names of its columns, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple

from andon.store.sealing import LIST, OBJECTS, Cell, Held, Row, SealBroken, Sealer, bare, bound, marks

# What columns that may be sealed are called in what statements give, and the column that says which row of the decision
# it is: "" where there is one. A name that is not here is never looked at: submitters may write what they like there.
COLUMNS: Final = {
    **dict.fromkeys(("attributes", "prediction", "input", "reasoning", "comment", "corrected_prediction"), ""),
    **dict.fromkeys(("review_comment", "review_correction", "review_changed", "review_shown"), "task_id"),
    **dict.fromkeys(("appeal_reason", "appeal_comment", "appeal_correction"), "level"),
    "earlier_body": "amendment",
    "note": "level",
    "hold_reason": "id",
    "words": "",
}
_WORDS: Final = "words"
_EMPTY: Final = frozenset({"", "{}", "[]"})


class Place(NamedTuple):
    """A column that may be sealed: where it stands, its name, and where the row of the decision is named."""

    at: int
    column: str
    row: int | None


class Plan(NamedTuple):
    """What may be sealed of a statement's rows: where, of which decision."""

    home: int
    places: tuple[Place, ...]


@lru_cache(maxsize=512)
def plan(names: tuple[str, ...]) -> Plan | None:
    """The same, by the names of a statement's columns; None where nothing may be sealed.

    Of equal names the first counts.
    """
    home = next((names.index(name) for name in ("decision_id", "id") if name in names), None)
    if home is None:
        return None
    found = [
        Place(index, name, names.index(COLUMNS[name]) if COLUMNS[name] else None)
        for index, name in enumerate(names)
        if name in COLUMNS
    ]
    return Plan(home, tuple(found)) if found else None


def keys_in(sealer: Sealer, where: Plan, rows: Iterable[Row]) -> set[int]:
    """The keys it takes to open these rows."""
    begins, found = marks(sealer), set[int]()
    for value in (row[place.at] for row in rows for place in where.places):
        if value.__class__ is str and value.startswith(begins):
            with suppress(SealBroken):  # whoever opens it says so
                found.add(sealer.key_in(bare(value)[0]))
    return found


def opened(sealer: Sealer, held: Held, where: Plan, row: Row) -> Row:
    """The row as it was before it was sealed. What a destroyed key sealed is what an erased field holds. SealBroken.

    Words beside an entry that are not what was sealed stay as they stand: the hash in its body tells what is its own.
    """
    begins, found = marks(sealer), list[Any](row)
    for place in where.places:
        value = row[place.at]
        if value.__class__ is not str or value in _EMPTY:
            continue
        try:
            if value.startswith(begins):
                found[place.at] = _opened(sealer, held, _cell(where, place, row), value)
            elif sealer.whole:
                raise SealBroken(f"{_cell(where, place, row)} is plain, and all of it was sealed")
        except SealBroken:
            if place.column != _WORDS:
                raise
    return tuple(found)


def _cell(where: Plan, place: Place, row: Row) -> Cell:
    return Cell(row[where.home] or "", place.column, "" if place.row is None else row[place.row])


def _opened(sealer: Sealer, held: Held, cell: Cell, sealed: str) -> str:
    within, shows = bare(sealed)
    text = sealer.open(held, bound(cell, shows), within)
    if text is not None:
        return text
    return "{}" if cell.column in OBJECTS else "[]" if cell.column == LIST else ""


def names_of(description: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """The names of columns, by what a cursor says of them."""
    return tuple([column[0] for column in description])
