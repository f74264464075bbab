"""Text for terminals. Nothing a caller or reviewer sent reaches one without passing `clean` or `json_text`."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from andon_client.model import Decision

# Control characters (C0, DEL, C1), the ones that reorder or hide text, and halves of surrogate pairs.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_STYLES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def clean(text: str, *, lines: bool = False) -> str:
    """The text with everything made visible that could steer a terminal. `lines` keeps line breaks and tabs."""
    return _UNSAFE.sub(lambda match: _escape(match[0], lines), text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON that is safe to print: readable letters, all else escaped as JSON does."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=None if indent else (",", ":"))
    return _UNSAFE.sub(lambda match: "\n" if match[0] == "\n" else _json_escape(match[0]), text)


def as_json(value: Any) -> Any:
    """Our own objects as JSON values: times as RFC 3339, spans as seconds, sets as lists in order."""
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(as_json(item) for item in value)
    if isinstance(value, Decision):
        return {**_fields(value), "outcome": value.outcome, "passed": value.passed, "prediction": value.prediction}
    return _fields(value) if dataclasses.is_dataclass(value) else _scalar(value)


def print_json(value: Any) -> None:
    """Prints one of our objects as one line of JSON, at once."""
    print(json_text(as_json(value)), flush=True)


def colourful() -> bool:
    """Whether stdout is a terminal that may be coloured (see no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def style(text: str, *names: str) -> str:
    """The text in a style, where the terminal has any. Clean it before."""
    if not (names and colourful()):
        return text
    return f"\x1b[{';'.join(_STYLES[name] for name in names)}m{text}\x1b[0m"


def span(seconds: float) -> str:
    """A span in its two largest units: `1 h 5 min`, `12 s`; below one, `under a second`."""
    left, parts = round(abs(seconds)), []
    for size, unit in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(parts[:2]) or "under a second"


def until(moment: datetime | None) -> str:
    """How long it is to a moment: `in 5 min`, `12 s ago`; empty for None."""
    if moment is None:
        return ""
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return f"in {span(seconds)}" if seconds >= 0 else f"{span(seconds)} ago"


def short_time(moment: datetime) -> str:
    """A moment to the minute, in UTC: `2026-11-22 09:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a line of heads. Nothing is cut."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(head), *(len(row[at]) for row in cells), 0) for at, head in enumerate(heads)]
    lines = [style(_row(heads, widths), "bold"), *(_row(row, widths) for row in cells)]
    return "\n".join(lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.value if isinstance(value, Enum) else value


def _escape(character: str, lines: bool) -> str:
    if lines and character in "\n\t":
        return character if character == "\n" else "    "
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
