"""What is cut short or covered, what has been opened, and the evidence that is sent with a verdict.

The digest is SHA-256, in lower-case hexadecimal, over the UTF-8 text of this object as JSON with sorted keys, without
blanks between its parts and without escapes that JSON does not ask for:

    {"format": "andon-terminal-task/1" ("andon-terminal-row/1" for a row of the inbox, judged with others at once),
     "payload_hash": the decision's, "effect": the sentence, "reasons": [why it was held, a sentence each],
     "fields": [{"path", "label", "state", "text"}, ... in the order of the screen]}

`text` is a field's value as it stood there, with its unit and its hidden characters made visible, or `kept from your
role`; a list's or an object's is its number of entries, and its entries follow. `state` is `shown`, `cut` (`text` is
the part that was there, or the first entries follow) or `covered` (`text` is empty).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from andon_client.presentation import FieldFormat, Shown
from andon_client.terminal.fields import Field
from andon_client.terminal.formats import write
from andon_client.terminal.visible import revealed

LONG_TEXT: Final = 600
"""Text above this many characters is cut short until it is opened."""
LONG_LIST: Final = 12
"""Lists and objects above this many entries are cut short until they are opened."""
FIRST_ENTRIES: Final = 8
"""How many entries of a cut list are shown."""
BRIEF_TEXT: Final = 240
"""How much of a cut text is shown."""

KEPT: Final = "kept from your role"
"""Stands where the policies keep a value from the reviewer."""

_MOST_PATHS: Final = 256
_LONGEST_PATH: Final = 512
_MOST_BYTES: Final = 8192
_CONTROL: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f]")


@dataclass(frozen=True, slots=True)
class Cover:
    """A field that is, or was at first, cut short or covered."""

    path: str
    covered: bool

    @property
    def key(self) -> str:
        """Under which it is remembered as opened: a covered text may be long as well."""
        return uncovered(self.path) if self.covered else self.path


def uncovered(path: str) -> str:
    """The key under which uncovering is remembered."""
    return f"{path}#uncovered"


def is_long(field: Field) -> bool:
    """Whether the field is cut short at first. A decisive one never is."""
    if field.whole:
        return False
    if isinstance(field.value, str):
        return len(field.value) > LONG_TEXT
    return len(field.children) > LONG_LIST


def is_covered(field: Field) -> bool:
    """Whether the field may upset, and is covered at first."""
    return field.upsetting and not field.children


def children_on_screen(field: Field, opened: Collection[str]) -> Sequence[Field]:
    """The entries of a field that are on the screen."""
    return field.children[:FIRST_ENTRIES] if is_long(field) and field.path not in opened else field.children


def covers(fields: Iterable[Field], opened: Collection[str]) -> list[Cover]:
    """Everything that is, or was at first, cut short or covered, in the order of the screen."""
    found: dict[str, Cover] = {}
    for field in _on_screen(fields, opened):
        for holds, cover in (
            (is_covered(field), Cover(field.path, True)),
            (is_long(field), Cover(field.path, False)),
        ):
            if holds:
                found[cover.key] = cover
    return list(found.values())


def still_closed(fields: Iterable[Field], opened: Collection[str]) -> list[Cover]:
    """The covers that have not been opened."""
    return [cover for cover in covers(fields, opened) if cover.key not in opened]


def evidence(
    form: str,
    payload_hash: str,
    effect: str,
    reasons: Sequence[str],
    fields: Sequence[Field],
    opened: Collection[str],
    view_time: float,
) -> Shown:
    """What goes to the server with a verdict. `view_time` is in seconds."""
    screen = {
        "format": form,
        "payload_hash": payload_hash,
        "effect": effect,
        "reasons": list(reasons),
        "fields": [_line(field, opened) for field in _on_screen(fields, opened)],
    }
    text = json.dumps(screen, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    all_covers = covers(fields, opened)
    closed = {cover.path for cover in all_covers if cover.key not in opened}
    open_ = {cover.path for cover in all_covers} - closed
    return Shown(digest, _paths(open_), _paths(closed), view_time)


def _on_screen(fields: Iterable[Field], opened: Collection[str]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _on_screen(children_on_screen(field, opened), opened)


def _line(field: Field, opened: Collection[str]) -> dict[str, Any]:
    line = {"path": field.path, "label": field.label}
    if is_covered(field) and uncovered(field.path) not in opened:
        return {**line, "state": "covered", "text": ""}
    cut = is_long(field) and field.path not in opened
    return {**line, "state": "cut" if cut else "shown", "text": _shown_text(field, cut)}


def _shown_text(field: Field, cut: bool) -> str:
    if field.masked:
        return KEPT
    if field.is_tree:
        return str(len(field.children))
    if field.format is FieldFormat.IMAGE and isinstance(field.value, str):
        return revealed(field.value)
    text = write(field.value, field.format, field.unit).text
    return revealed(text[:BRIEF_TEXT] if cut else text)


def _paths(found: Collection[str]) -> tuple[str, ...]:
    """The paths as the contract takes them: so many, so long, so many bytes, and without control characters."""
    shorter = [_CONTROL.sub("\ufffd", path)[:_LONGEST_PATH] for path in sorted(found)[:_MOST_PATHS]]
    ends = accumulate(len(path.encode("utf-8", "replace")) for path in shorter)
    return tuple(path for path, end in zip(shorter, ends, strict=True) if end <= _MOST_BYTES)
