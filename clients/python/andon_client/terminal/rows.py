"""A row of the inbox: what would happen and until when; below it why it was held, where, how sure, how old."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size

from andon_client.terminal.board import Row
from andon_client.terminal.formats import age_text, countdown_text, share_text
from andon_client.terminal.visible import one_line

_WIDER: Final = 58
_INDENT: Final = 6


def first_line(row: Row, width: int, now: float, sign: str) -> str:
    """`sign` (two columns), urgency, what would happen, and what is left until the deadline."""
    due = countdown_text(row.due - now) if row.due else "-"
    return _spread(f"{sign}{_urgency(row)} ", what(row), f"{due:>5}", width)


def second_line(row: Row, width: int, now: float, *, with_queue: bool) -> str:
    """Why it was held, amount and subject where there is room; then queue, confidence and age."""
    tail = _tail(row, now, with_queue=with_queue)
    room = width - _INDENT - cell_len(tail) - 2
    why, about = one_line(row.reason), one_line(row.about)
    both = " · ".join(part for part in (why, about) if part)
    return _spread(" " * _INDENT, both if cell_len(both) <= room or not why else why, tail, width)


def only_line(row: Row, width: int, now: float, sign: str, *, with_queue: bool) -> str:
    """Everything there is room for, where a row has one line."""
    if width < _WIDER:
        return first_line(row, width, now, sign)
    due = countdown_text(row.due - now) if row.due else "-"
    right = f"{_tail(row, now, with_queue=with_queue)}  {due:>5}"
    return _spread(f"{sign}{_urgency(row)} ", what(row), right, width)


def what(row: Row) -> str:
    """What approving does, where the server says it in a sentence; else the action and what is at stake."""
    return one_line(row.effect) or "  ".join(part for part in (one_line(row.action), one_line(row.about)) if part)


def _tail(row: Row, now: float, *, with_queue: bool) -> str:
    queue = _fit(one_line(row.queue), min(cell_len(one_line(row.queue)), 12)) if with_queue else ""
    sure = "" if row.confidence is None else _brief(row.confidence)
    age = f"{age_text(now - row.created)} old" if row.created else ""
    return " · ".join(part for part in (queue, sure, age) if part)


def _brief(share: float) -> str:
    """A share in few columns: one that has more than two decimals is cut, never rounded up, and says so."""
    whole = share_text(share)
    return whole if cell_len(whole) <= 7 else f"~{share_text(int(share * 1000) / 1000)}"


def _spread(left: str, middle: str, right: str, width: int) -> str:
    room = max(4, width - cell_len(left) - cell_len(right) - 2)
    return f"{left}{_fit(middle, room)}  {right}"


def _fit(text: str, room: int) -> str:
    """The text in exactly so many columns; a cut one says so."""
    return set_cell_size(text, room) if cell_len(text) <= room else set_cell_size(text, room - 1) + "…"


def _urgency(row: Row) -> str:
    """`!` for high urgency and beyond, `=` for medium, blank for low; then the number."""
    sign = "!" if row.urgency >= 20 else "=" if row.urgency >= 10 else " "
    return f"{sign}{row.urgency:>2}"
