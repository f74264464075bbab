"""The keys. Those that the page has as well do the same here and there.

Here, Enter confirms a comment and Ctrl-S a correction, where the page has Ctrl Enter: terminals can't tell that from
Enter. `j` and `k` go through the lines of a task that is being read; `J` and `K` go from task to task everywhere.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Key(NamedTuple):
    """A key, what it is called in the last line, and what it does in words."""

    key: str
    name: str
    help: str


KEYS: Final = (
    Key("a", "approve", "approve: do as the AI proposes"),
    Key("r", "reject", "reject: do not do it"),
    Key("c", "correct", "correct: change the proposal in a form, see the difference, send it"),
    Key("e", "escalate", "escalate: hand it to the queue its policy names"),
    Key("s", "skip", "skip: pass it on; it does not come back to you"),
    Key("m", "comment", "comment: write it before the verdict it goes with"),
    Key("u", "undo", "undo (also z): take the last verdict, escalation or skip back, within 5 seconds"),
    Key("x", "select", "select: judge several of my tasks at once with a, r, e or s"),
    Key("/", "search", "search: every word must be there; Esc ends it"),
    Key("?", "help", "help: this list"),
    Key("q", "quit", "quit: what is leased goes back to its queue"),
)

MORE: Final = (
    Key("j k", "", "down and up: from task to task, or line by line in the task"),
    Key("J K", "", "down and up from task to task, also while one is read"),
    Key("Enter", "", "open: read the task; in the task, show all of what is cut short or covered"),
    Key("o", "", "open the next thing that is cut short, from anywhere"),
    Key("t", "", "more time, where the policy gives it"),
    Key("Tab", "", "to the next pane"),
    Key("Space b", "", "a page on, a page back"),
    Key("g G", "", "to the beginning, to the end"),
    Key("Esc", "", "back to the list; what was typed is kept as a draft; in the list, select none"),
    Key("Ctrl-E", "", "in a correction: edit it as JSON in $EDITOR"),
)


def hints(width: int, first: str = "") -> str:
    """As many keys as fit into one line, behind what stands first in it."""
    told = list(KEYS)
    # The ones that are used least go first; `?` is always there and names the rest.
    for dispensable in (*"mquxs",):
        if sum(len(f"{key.key} {key.name}") + 2 for key in told) - 2 > width - len(first):
            told = [key for key in told if key.key != dispensable]
    return first + "  ".join(f"{key.key} {key.name}" for key in told)


def manual() -> str:
    """All keys with what they do."""
    return "\n".join(f"  {key.key:<8} {key.help}" for key in (*KEYS, *MORE))
