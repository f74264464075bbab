"""The inbox: what is mine, then what waits. Only the rows on the screen are drawn, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from andon_client.terminal.board import Row
from andon_client.terminal.formats import age_text, countdown_text
from andon_client.terminal.visible import one_line

SOON: Final = 300.0
"""Seconds before the deadline from which a countdown is marked."""
_WIDE: Final = 44
_WIDER: Final = 58
_MARKS: Final = {"selected": "✓", "pending": "…", "": " "}

Entry = Row | str
"""A row, or the heading of a part."""


class Inbox(ScrollView, can_focus=True):
    """A virtual list with a cursor that stays on its task, wherever that goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("pageup,b", "page(-1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Moved(Message):
        """The cursor is on another task."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Chosen(Message):
        """The reviewer wants to read the task."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, now: Callable[[], float], mark: Callable[[str], str], *, id: str) -> None:
        super().__init__(id=id)
        self.cursor = ""
        """The name of the task under the cursor; empty for none."""
        self._now = now
        self._mark = mark
        self._entries: list[Entry] = []
        self._places: dict[str, int] = {}

    def show(self, mine: Sequence[Row], waiting: Sequence[Row], hidden: int) -> None:
        """Shows these rows. `hidden` is how many the search leaves out."""
        left_out = f", {hidden:,} hidden" if hidden else ""
        self._entries = [
            f"MINE  {len(mine)}",
            *mine,
            f"WAITING  {len(waiting):,}{left_out}",
            *waiting,
        ]
        self._places = {entry.name: at for at, entry in enumerate(self._entries) if isinstance(entry, Row)}
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._entries))
        self.refresh()

    @property
    def text(self) -> str:
        """All rows as plain text."""
        return "\n".join(self._text(entry, self.scrollable_content_region.width) for entry in self._entries)

    def put_cursor(self, name: str) -> None:
        """Puts the cursor on a task, and brings it into view. Tells nobody."""
        self.cursor = name
        place = self._places.get(name)
        if place is not None:
            top, height = int(self.scroll_y), max(1, self.size.height)
            if not top <= place < top + height:
                self.scroll_to(y=max(0, place - height // 2), animate=False, force=True)
        self.refresh()

    def action_move(self, step: int) -> None:
        """To the next task, or the one before."""
        self._go(self._place() + step, step)

    def action_page(self, direction: int) -> None:
        """A page on or back."""
        self._go(self._place() + direction * max(1, self.size.height - 1), direction)

    def action_edge(self, end: int) -> None:
        """To the first task, or the last."""
        self._go(len(self._entries) - 1 if end else 0, -1 if end else 1)

    def action_open(self) -> None:
        """Opens the task under the cursor."""
        if self.cursor:
            self.post_message(self.Chosen(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        at = event.y + int(self.scroll_y)
        if at < len(self._entries) and isinstance(self._entries[at], Row):
            self._go(at, 1)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        at = y + int(self.scroll_offset.y)
        width = self.scrollable_content_region.width
        base = self.rich_style
        if at >= len(self._entries):
            return Strip.blank(width, base)
        entry = self._entries[at]
        text = set_cell_size(self._text(entry, width), width)
        return Strip([Segment(text, base + self._style(entry))], width)

    def _place(self) -> int:
        return self._places.get(self.cursor, 0)

    def _go(self, place: int, step: int) -> None:
        """To the nearest row at or behind a place."""
        last = len(self._entries) - 1
        place = max(0, min(place, last))
        direction = 1 if step > 0 else -1
        while 0 <= place <= last and not isinstance(self._entries[place], Row):
            place += direction
        if 0 <= place <= last and isinstance(entry := self._entries[place], Row):
            self.put_cursor(entry.name)
            self.post_message(self.Moved(entry.name))

    def _style(self, entry: Entry) -> Style:
        if isinstance(entry, str):
            return Style(bold=True, dim=True)
        if entry.name == self.cursor:
            return Style(reverse=True, bold=self.has_focus)
        soon = entry.due > 0 and entry.due - self._now() < SOON
        return Style(bold=soon, color="red" if soon else None)

    def _text(self, entry: Entry, width: int) -> str:
        if isinstance(entry, str):
            return entry
        now = self._now()
        due = countdown_text(entry.due - now) if entry.due else "-"
        age = age_text(now - entry.created) if entry.created else ""
        left = f"{'>' if entry.name == self.cursor else ' '}{_MARKS[self._mark(entry.name)]}{_urgency(entry)}"
        right = f"{due:>5}"
        if width >= _WIDE:
            right = f"{age:>5} {right}"
        if width >= _WIDER:
            right = f"{_fit(one_line(entry.queue), 10)} {right}"
        room = max(4, width - cell_len(left) - cell_len(right) - 2)
        about = one_line(entry.about)
        what = one_line(entry.action)
        label = _pair(what, about, room) if about and room >= 24 else what
        return f"{left} {_fit(label, room)} {right}"


def _pair(first: str, second: str, room: int) -> str:
    wanted = min(cell_len(first), room // 2)
    return f"{_fit(first, wanted)}  {second}"


def _fit(text: str, room: int) -> str:
    """The text in exactly so many columns; a cut one says so."""
    return set_cell_size(text, room) if cell_len(text) <= room else set_cell_size(text, room - 1) + "…"


def _urgency(row: Row) -> str:
    """`!` for high urgency and beyond, `=` for medium, blank for low; then the number."""
    sign = "!" if row.urgency >= 20 else "=" if row.urgency >= 10 else " "
    return f"{sign}{row.urgency:>2}"
