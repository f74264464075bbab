"""The inbox: what is mine, then what waits. Only the rows on the screen are drawn, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from andon_client.terminal.board import Row
from andon_client.terminal.rows import first_line, only_line, second_line

SOON: Final = 300.0
"""Seconds before the deadline from which a countdown is marked."""
_TALL_FROM: Final = 16
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
        self._mine = 0
        self._tall = 1
        self._with_queue = False

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
        self._mine = len(mine)
        self._with_queue = len({row.queue for row in (*mine, *waiting)}) > 1
        self._lay_out()

    @property
    def text(self) -> str:
        """All rows as plain text."""
        return "\n".join(line for entry in self._entries for line in self._lines(entry))

    def put_cursor(self, name: str) -> None:
        """Puts the cursor on a task, and brings it into view. Tells nobody."""
        self.cursor = name
        place = self._places.get(name)
        if place is not None:
            top, height = int(self.scroll_y), max(1, self.size.height)
            first = self._top(place)
            if not top <= first <= top + height - self._tall:
                self.scroll_to(y=max(0, first - height // 2), animate=False, force=True)
        self.refresh()

    def action_move(self, step: int) -> None:
        """To the next task, or the one before."""
        self._go(self._place() + step, step)

    def action_page(self, direction: int) -> None:
        """A page on or back."""
        self._go(self._place() + direction * max(1, self.size.height // self._tall - 1), direction)

    def action_edge(self, end: int) -> None:
        """To the first task, or the last."""
        self._go(len(self._entries) - 1 if end else 0, -1 if end else 1)

    def action_open(self) -> None:
        """Opens the task under the cursor."""
        if self.cursor:
            self.post_message(self.Chosen(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        at, _ = self._at(event.y + int(self.scroll_y))
        if at < len(self._entries) and isinstance(self._entries[at], Row):
            self._go(at, 1)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        at, line = self._at(y + int(self.scroll_offset.y))
        width = self.scrollable_content_region.width
        base = self.rich_style
        if at >= len(self._entries):
            return Strip.blank(width, base)
        entry = self._entries[at]
        text = set_cell_size(self._lines(entry)[line], width)
        return Strip([Segment(text, base + self._style(entry, line))], width)

    def on_resize(self, event: events.Resize) -> None:
        """Rows have two lines where there is room for some of them."""
        self._lay_out()
        self.put_cursor(self.cursor)

    def _lay_out(self) -> None:
        self._tall = 2 if self.size.height >= _TALL_FROM else 1
        rows = max(0, len(self._entries) - 2)
        self.virtual_size = Size(self.scrollable_content_region.width, 2 + rows * self._tall if self._entries else 0)
        self.refresh()

    def _top(self, place: int) -> int:
        """The first line of an entry: the two headings have one line each, a row as many as fit."""
        headings = (place > 0) + (place > self._mine + 1)
        return headings + (place - headings) * self._tall

    def _at(self, y: int) -> tuple[int, int]:
        """Which entry a line belongs to, and which of its lines it is."""
        second = self._top(self._mine + 1)
        if y in (0, second):
            return (self._mine + 1 if y else 0), 0
        headings = 1 if y < second else 2
        row, line = divmod(y - headings, self._tall)
        return row + headings, line

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

    def _style(self, entry: Entry, line: int) -> Style:
        if isinstance(entry, str):
            return Style(bold=True, dim=True)
        if entry.name == self.cursor:
            return Style(reverse=True, bold=self.has_focus)
        if line:
            return Style(dim=True)
        soon = entry.due > 0 and entry.due - self._now() < SOON
        return Style(bold=soon, color="red" if soon else None)

    def _lines(self, entry: Entry) -> list[str]:
        width, now = self.scrollable_content_region.width, self._now()
        if isinstance(entry, str):
            return [f"{entry}{'due in':>{max(8, width - len(entry))}}" if entry.startswith("MINE") else entry]
        sign = f"{'>' if entry.name == self.cursor else ' '}{_MARKS[self._mark(entry.name)]}"
        if self._tall == 1:
            return [only_line(entry, width, now, sign, with_queue=self._with_queue)]
        below = second_line(entry, width, now, with_queue=self._with_queue)
        return [first_line(entry, width, now, sign), below]
