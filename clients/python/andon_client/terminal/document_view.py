"""Shows a document's lines: only those on the screen are drawn, and Enter opens what is cut short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from andon_client.terminal.lines import Drawn, Line, wrap


class DocumentView(ScrollView, can_focus=True):
    """A scrolling document."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("enter", "open", show=False),
        Binding("space", "page_down", show=False),
        Binding("b", "page_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]

    class Opened(Message):
        """The reviewer opened what was cut short or covered."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._drawn: list[Drawn] = []
        self._width = 0

    def show(self, lines: Sequence[Line], *, anew: bool) -> None:
        """Shows these lines; `anew` begins at the top, else the place is kept."""
        self._lines, self._width = lines, 0
        self._lay_out()
        if anew:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join(drawn.text.plain for drawn in self._drawn)

    @property
    def closed(self) -> bool:
        """Whether anything here is cut short or covered."""
        return any(line.key for line in self._lines)

    def open_next(self) -> bool:
        """Opens the first thing that is cut short, on the screen or else anywhere; False where nothing is."""
        top = int(self.scroll_y)
        places = [at for at, drawn in enumerate(self._drawn) if drawn.key]
        at = next((place for place in places if place >= top), places[0] if places else None)
        if at is None:
            return False
        if not top <= at < top + self.size.height:
            self.scroll_to(y=max(0, at - 2), animate=False, force=True)
        self.post_message(self.Opened(self._drawn[at].key))
        return True

    def action_open(self) -> None:
        """Opens what is cut short."""
        self.open_next()

    def action_scroll_down(self) -> None:
        """One line down, at once."""
        self.scroll_relative(y=1, animate=False)

    def action_scroll_up(self) -> None:
        """One line up, at once."""
        self.scroll_relative(y=-1, animate=False)

    def action_page_down(self) -> None:
        """One page down, at once."""
        self.scroll_relative(y=max(1, self.size.height - 2), animate=False)

    def action_page_up(self) -> None:
        """One page up, at once."""
        self.scroll_relative(y=-max(1, self.size.height - 2), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Wraps anew."""
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        at = y + int(self.scroll_offset.y)
        width = self.scrollable_content_region.width
        base = self.rich_style
        if at >= len(self._drawn):
            return Strip.blank(width, base)
        segments = [
            Segment(segment.text, base + (segment.style or Style.null()))
            for segment in self._drawn[at].text.render(self.app.console)
        ]
        return Strip(segments).crop(0, width).extend_cell_length(width, base)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width - 1
        if width > 0 and width != self._width:
            self._width = width
            self._drawn = wrap(self._lines, width)
            self.virtual_size = Size(width, len(self._drawn))
