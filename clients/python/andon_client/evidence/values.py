"""Values as an auditor reads them: whole, and folded where they are long."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from andon_client.evidence.markup import Markup, joined, table, tag, text
from andon_client.evidence.words import Difference, fields, moment, stamp

_SHORT: Final = 240
_LONG: Final = 4_000
_MOST_ROWS: Final = 200
_LINES: Final = 12
_WORD: Final = 24
_TIMES: Final = frozenset({"expire_time", "until", "resume_time", "deadline", "time"})
_SPANS: Final = frozenset({"view_time"})


def value(said: Any) -> Markup:
    """A value. Text is shown as it is, all else as JSON; nothing is cut."""
    if said is None or said == "":
        return tag("span", "nothing" if said is None else "empty", class_="note")
    words = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    if len(words) <= _SHORT and "\n" not in words:
        return tag("bdi", words, **_breakable(words))
    return folded(f"{len(words):,} characters: {words[:80]}…", words) if len(words) > _SHORT else preformatted(words)


def _breakable(words: str) -> dict[str, str]:
    """A very long word may break anywhere; others stay whole, also in narrow columns."""
    return {"class_": "long"} if any(len(word) > _WORD or not word.isprintable() for word in words.split()) else {}


def folded(summary: object, words: str) -> Markup:
    """Long text that can be folded away; it is open unless it is very long."""
    unfolded = len(words) <= _LONG and words.count("\n") <= _LINES * 4
    opened = {"open": ""} if unfolded else {}
    return tag("details", tag("summary", summary), preformatted(words), **opened)


def preformatted(words: object) -> Markup:
    """Text with its line breaks."""
    return tag("pre", words, dir="auto")


def payload(caption: str, said: Mapping[str, Any] | None) -> Markup:
    """What was submitted or decided, field by field."""
    if said is None:
        return tag("p", f"{caption}: none was submitted, or none is given to the caller.", class_="note")
    rows = [(value(path), value(each)) for path, each in fields(said)]
    if not rows:
        return tag("p", f"{caption}: empty.", class_="note")
    if len(rows) > _MOST_ROWS:
        whole = json.dumps(said, ensure_ascii=False, indent=2)
        return joined([tag("h3", caption), folded(f"{len(rows):,} fields, as JSON", whole)])
    return table(caption, ("Field", "Value"), rows, named=True)


def correction(caption: str, changes: Iterable[Difference]) -> Markup:
    """A proposal beside its correction."""
    return table(caption, ("Field", "Proposed", "Corrected", "Change"), map(_change, changes), named=True)


def _change(one: Difference) -> tuple[object, ...]:
    same = one.change == "the same"
    old = "" if one.change == "added" else value(one.proposed)
    new = "" if one.change == "removed" else value(one.corrected)
    return (
        value(one.path),
        old if same or not old else tag("del", old),
        new if same or not new else tag("ins", new),
        one.change,
    )


def details(said: Mapping[str, Any], left_out: Iterable[str] = ()) -> Markup:
    """What an event says, one fact a line."""
    lines = []
    for path, each in fields({key: item for key, item in said.items() if key not in set(left_out)}):
        if each not in (None, "", [], {}):
            lines.append(tag("p", path.replace("_", " "), ": ", _fact(path, each)))
    return joined(lines)


def _fact(path: str, said: Any) -> Markup:
    """A fact of the ledger, where times and spans are in microseconds."""
    name = path.rpartition(".")[2]
    if isinstance(said, int) and not isinstance(said, bool):
        if name in _TIMES and said > 0:
            return text(moment(stamp(said)))
        if name in _SPANS:
            return text(f"{said / 1_000_000:,.1f} s")
    return value(said)


def code(said: object) -> Markup:
    """A hash, a name, a command."""
    return tag("code", said)


def when(stamp: str | None) -> Markup:
    """A time, in UTC."""
    return tag("time", moment(stamp), datetime=str(stamp), class_="time") if stamp else text("")
