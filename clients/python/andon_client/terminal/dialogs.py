"""Small screens above the desk: a comment for a verdict, a question, a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from andon_client.terminal.visible import drawn, revealed

LONGEST_COMMENT = 4096
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def says_something(comment: str) -> bool:
    """Whether a comment can be read: it has a letter, number, punctuation mark or symbol, and not only blank ones."""
    return any(unicodedata.category(one)[0] in "LNPS" and one not in _BLANK for one in comment)


class Words(Static):
    """Text that is drawn as it is: no markup is read from it. A fault takes no room while there is none."""

    def __init__(self, text: Text | str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", id=id, classes=classes, markup=False)
        self.told = ""
        """What is shown, as plain text."""
        self.say(text)

    def say(self, text: Text | str) -> None:
        """Shows another text."""
        content = _content(text)
        self.told = content.plain
        self.update(content)
        if self.has_class("fault"):
            self.display = bool(content.plain)


def _content(text: Text | str) -> Content:
    return Content.from_rich_text(text) if isinstance(text, Text) else Content(text)


class CommentDialog(ModalScreen[str | None]):
    """Asks for a comment. Gives it back, or None where the reviewer goes back; `keep` hears every change."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(
        self, title: str, about: Sequence[str], *, comment: str, needed: bool, keep: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._comment = comment
        self._needed = needed
        self._keep = keep

    def compose(self) -> ComposeResult:
        """The dialog."""
        wanted = "a comment is required" if self._needed else "a comment, if you like"
        with Vertical(classes="dialog"):
            yield Words(Text(self._title, style="bold"))
            with VerticalScroll(classes="about", can_focus=False):
                for line in self._about:
                    yield Words(drawn(line))
            yield Words(f"{wanted}; Enter goes on, Esc goes back", classes="dim")
            yield Input(revealed(self._comment), id="comment", max_length=LONGEST_COMMENT, compact=True)
            yield Words("", id="fault", classes="fault")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keeps what was typed."""
        self._keep(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes on, unless a comment is missing."""
        comment = event.value.strip()
        if self._needed and not says_something(comment):
            self.query_one("#fault", Words).say("The policy asks for a comment with this verdict.")
            return
        self.dismiss(comment)

    def action_back(self) -> None:
        """Goes back."""
        self.dismiss(None)


class Question(ModalScreen[str]):
    """A question that is answered with one key; Esc answers with the empty string."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, text: str, answers: dict[str, str]) -> None:
        super().__init__()
        self._text = text
        self._answers = answers

    def compose(self) -> ComposeResult:
        """The question, and an answer a line."""
        with Vertical(classes="dialog"):
            yield Words(drawn(self._text, "bold"))
            for key, words in {**self._answers, "Esc": "go back"}.items():
                yield Words(f"  {key:<4} {words}")

    def on_key(self, event: events.Key) -> None:
        """Takes an answer."""
        if event.character in self._answers:
            self.dismiss(event.character)

    def action_back(self) -> None:
        """Goes back."""
        self.dismiss("")


class TextDialog(ModalScreen[None]):
    """A text to read. Esc, Enter or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark", "back", show=False),
        Binding("j,down", "down", show=False),
        Binding("k,up", "up", show=False),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, scrolling where it is long."""
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Words(Text(self._title, style="bold"))
            yield Words(drawn(self._text))
            yield Words("\nEsc closes this", classes="dim")

    def action_back(self) -> None:
        """Closes it."""
        self.dismiss(None)

    def action_down(self) -> None:
        """A line down."""
        self.query_one(VerticalScroll).scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        """A line up."""
        self.query_one(VerticalScroll).scroll_relative(y=-1, animate=False)
