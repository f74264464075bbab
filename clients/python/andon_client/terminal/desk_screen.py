"""The desk on the screen: the inbox on the left, the task on the right, one line each for state, news and keys."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from andon_client.terminal.board import Link
from andon_client.terminal.desk import Desk
from andon_client.terminal.dialogs import Words
from andon_client.terminal.document_view import DocumentView
from andon_client.terminal.inbox import Inbox
from andon_client.terminal.keys import KEYS, hints
from andon_client.terminal.lines import Line, join, plain
from andon_client.terminal.visible import drawn

_SINGLE: Final = "-single"
_WIDTHS: Final = [(0, _SINGLE), (90, "-pair")]
_TWO_COLUMNS: Final = 90
_READING: Final = "-reading"
_EMPTY: Final = "Nothing is leased to you.\n\nA task appears here as soon as there is one you are fit for."


class DeskScreen(Screen[None]):
    """Draws the desk. What the keys do is the app's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(each.key.replace("/", "slash").replace("?", "question_mark"), f"app.{each.name}", show=False)
          for each in KEYS),
        Binding("z", "app.undo", show=False),
        Binding("o", "open_next", show=False),
        Binding("t", "app.more_time", show=False),
        Binding("J", "move(1)", show=False),
        Binding("K", "move(-1)", show=False),
        Binding("escape", "back", show=False),
        Binding("tab", "app.focus_next", show=False),
    ]  # fmt: skip

    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = _WIDTHS

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.current = ""
        """The task that is shown; it stays until the reviewer moves on."""
        self.who = ""
        self.news = ""
        self._shown = ""

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Words("", id="state")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Input(placeholder="search", id="search", compact=True, classes="hidden")
                yield Inbox(lambda: self.desk.clock.now().timestamp(), self._mark, id="inbox")
            with Vertical(id="right"):
                yield Words("", id="banner")
                with Horizontal(id="task"):
                    yield DocumentView(id="decision")
                    yield DocumentView(id="evidence")
        yield Words("", id="news")
        yield Words("", id="keys")

    def on_mount(self) -> None:
        """Begins in the inbox."""
        self.query_one("#decision", DocumentView).can_focus = True
        self.inbox.focus()
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Draws what depends on the width."""
        self._shown = ""
        self.call_after_refresh(self.redraw)

    @property
    def inbox(self) -> Inbox:
        """The list on the left."""
        return self.query_one("#inbox", Inbox)

    @property
    def task_shown(self) -> bool:
        """Whether the task is on the screen: a narrow one shows the list or the task."""
        return not self.has_class(_SINGLE) or self.has_class(_READING)

    @property
    def views(self) -> list[DocumentView]:
        """The document's columns."""
        return list(self.query(DocumentView))

    def redraw(self) -> None:
        """Draws all that may have changed."""
        if len(self.views) < 2:
            return  # not there yet, or not any more
        if not self.current:
            self.current = self.desk.next_mine("")
        mine, waiting = self.desk.search(self.query_one("#search", Input).value)
        all_mine, all_waiting = self.desk.board.rows()
        self.inbox.show(mine, waiting, len(all_mine) + len(all_waiting) - len(mine) - len(waiting))
        if self.current and self.inbox.cursor != self.current:
            self.inbox.put_cursor(self.current)
        self._draw_lines(len(all_mine), len(all_waiting))
        self.draw_task()

    def tick(self) -> None:
        """Draws what changes with time alone."""
        self.inbox.refresh()
        self._draw_banner()
        self._draw_lines(*(len(rows) for rows in self.desk.board.rows()))

    def look_at(self, name: str) -> None:
        """Shows another task."""
        self.current = name
        self.desk.tidy(name)
        self.redraw()

    def read(self) -> None:
        """Goes to the task; where the screen is narrow it takes the list's place until Esc."""
        self.add_class(_READING)
        self.views[0].focus()
        self.redraw()

    def draw_task(self, *, again: bool = False) -> None:
        """Draws the task. It keeps its place unless it is another one."""
        document = self.desk.document(self.current) if self.current else None
        self.desk.viewing.look_at(self.current if document and self.task_shown else "")
        self._draw_banner()
        decision, evidence = self.views
        wide = self.query_one("#task").size.width >= _TWO_COLUMNS
        evidence.display = wide
        if document is None:
            from_words = [*_lines(_EMPTY)]
            decision.show(from_words, anew=True)
            evidence.show([], anew=True)
            self._shown = ""
            return
        opened = self.desk.opened(self.current)
        first, second = document.decision(opened), document.evidence(opened)
        anew = self._shown != self.current and not again
        decision.show(first if wide else [*first, *second], anew=anew)
        evidence.show(second[1:] if wide else [], anew=anew)
        self._shown = self.current

    def on_document_view_opened(self, event: DocumentView.Opened) -> None:
        """Remembers what was opened, and shows it."""
        self.desk.opened(self.current).add(event.key)
        self.draw_task(again=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Searches as it is typed."""
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keeps the search and goes to what was found."""
        self.inbox.focus()

    def start_search(self) -> None:
        """Shows the search and puts the cursor there."""
        search = self.query_one("#search", Input)
        search.remove_class("hidden")
        self.remove_class(_READING)
        search.focus()

    def action_back(self) -> None:
        """Ends the search and the selection; else goes to the list."""
        if not self.has_class(_READING):
            self.desk.selected.clear()
        self.remove_class(_READING)
        search = self.query_one("#search", Input)
        search.value = ""
        search.add_class("hidden")
        self.inbox.focus()
        self.redraw()

    def action_move(self, step: int) -> None:
        """To the next task, or the one before, from anywhere."""
        self.inbox.action_move(step)

    def action_open_next(self) -> None:
        """Opens the next thing that is cut short, in whichever column."""
        any(view.open_next() for view in self.views)

    def say(self, text: str) -> None:
        """Tells news in the line above the keys."""
        self.news = text
        self.query_one("#news", Words).say(drawn(text))

    def _draw_banner(self) -> None:
        banner = self.query_one("#banner", Words)
        text = self.desk.banner(self.current) if self.current else ""
        banner.display = bool(text)
        banner.say(drawn(text, "bold"))

    def _draw_lines(self, mine: int, waiting: int) -> None:
        self.query_one("#state", Words).say(self._state(mine, waiting))
        pending = self.desk.outbox.pending
        if pending:
            last = pending[-1]
            count = f" ({len(last.tasks)} tasks)" if len(last.tasks) > 1 else f" {last.tasks[0].decision.action}"
            text = f"{last.verb}{count}: sent in {self.desk.outbox.left(last)} s"
            held = Text(f" {text}, u undoes it ", style="bold reverse")
            self.query_one("#news", Words).say(join(held, "  ", drawn(self.news)))
        else:
            self.query_one("#news", Words).say(drawn(self.news))
        self.query_one("#keys", Words).say(Text(hints(self.size.width, self._first_hint()), style="dim"))

    def _state(self, mine: int, waiting: int) -> Text:
        link = self.desk.board.link
        sign = Text(
            "● live" if link is Link.LIVE else f" {link} ", style="green" if link is Link.LIVE else "bold reverse"
        )
        if self.desk.viewing.away:
            sign = Text(" You have been away: any key takes tasks again ", style="bold reverse")
        who = f" {self.who}" if self.who else ""
        selected = f" · {len(self.desk.selected)} selected" if self.desk.selected else ""
        left = join(Text("Andon", style="bold"), drawn(f"{who} · {mine} mine · {waiting:,} waiting{selected}"))
        room = self.size.width - left.cell_len - sign.cell_len
        return join(left, " " * max(1, room), sign)

    def _first_hint(self) -> str:
        if not self.has_class(_SINGLE):
            return ""
        return "Esc list  " if self.has_class(_READING) else "Enter read  "

    def _mark(self, name: str) -> str:
        if self.desk.outbox.of(name) is not None:
            return "pending"
        return "selected" if name in self.desk.selected else ""


def _lines(text: str) -> list[Line]:
    return [plain(line, "dim", indent=2) for line in text.split("\n")]
