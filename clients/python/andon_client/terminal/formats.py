"""Single values in words and figures. Nothing is ever rounded; times are in the reader's zone."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from andon_client.presentation import FieldFormat
from andon_client.terminal.paths import MISSING

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_GROUPS: Final = re.compile(r"\B(?=(?:[0-9]{3})+$)")
_THIN: Final = "\u202f"
_DATE_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_LOOKS_TYPED: Final = re.compile(r"\s*(true|false|null|[-+]?(\d[\d,.' ]*)(e[-+]?\d+)?)?\s*", re.IGNORECASE)
_AS_SENT: Final = frozenset({FieldFormat.TEXT, FieldFormat.CODE})
_FIGURES: Final = frozenset({FieldFormat.NUMBER, FieldFormat.PERCENT})


class Written(NamedTuple):
    """A value in words, and what a reader should know of it beside: its type, or how it was sent."""

    text: str
    note: str = ""


def write(value: Any, form: FieldFormat = FieldFormat.UNKNOWN, unit: str = "") -> Written:
    """How a scalar is written; a list or an object as compact JSON. The text is not revealed yet."""
    if value is MISSING:
        return Written("not given")
    if isinstance(value, str):
        return _text(value, form, unit)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, form, unit)
    return Written(json.dumps(value, ensure_ascii=False))


def moment_text(moment: datetime) -> str:
    """A moment in the reader's zone, to the second, with the zone's name."""
    local = moment.astimezone()
    return f"{local.day} {local:%b %Y %H:%M:%S %Z}"


def amount_text(amount: float, currency: str) -> str:
    """An amount of money: `755.47 EUR`."""
    return write(amount, FieldFormat.NUMBER, currency).text


def share_text(share: float) -> str:
    """A share of 1 as per cent: `0.8567` → `85.67 %`."""
    return f"{_plain(Decimal(repr(share)) * 100)} %"


def age_text(seconds: float) -> str:
    """A span in at most five columns: `45s`, `12m`, `3h05`, `4d`."""
    left = max(0, int(seconds))
    if left < 60:
        return f"{left}s"
    if left < 3600:
        return f"{left // 60}m"
    if left < 86_400:
        return f"{left // 3600}h{left % 3600 // 60:02d}"
    return f"{left // 86_400}d"


def countdown_text(seconds: float) -> str:
    """What is left until a deadline: `4:07` within the hour, then as an age; `over` when it has passed."""
    if seconds <= 0:
        return "over"
    if seconds < 3600:
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    return age_text(seconds)


def _number(value: float, form: FieldFormat, unit: str) -> Written:
    sent = json.dumps(value)
    if form in _AS_SENT:
        return Written(_with_unit(sent, unit))
    figure = Decimal(sent)
    beyond = "larger than a number holds exactly" if figure == int(figure) and abs(figure) > 2**53 else ""
    if form is FieldFormat.PERCENT:
        return Written(f"{_grouped(figure * 100)} %", beyond)
    return Written(_with_unit(_grouped(figure, unit), unit), beyond)


def _grouped(figure: Decimal, unit: str = "") -> str:
    """In groups of three from five digits on, as the page and the server's sentences write it."""
    if figure and not 1e-6 <= abs(figure) < 1e21:
        return str(figure.normalize()).lower()
    whole, point, cents = _plain(figure).partition(".")
    if point and _CURRENCY.fullmatch(unit):
        cents = cents.ljust(2, "0")
    grouped = _GROUPS.sub(_THIN, whole) if len(whole.removeprefix("-")) >= 5 else whole
    return f"{grouped}{point}{cents}"


def _plain(figure: Decimal) -> str:
    """Without exponent and without noughts at the end."""
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit else text


def _text(value: str, form: FieldFormat, unit: str) -> Written:
    if not value:
        return Written('""', "empty text")
    if form is FieldFormat.DATE:
        return _day(value)
    if form is FieldFormat.DATE_TIME:
        return _moment(value)
    if form in _FIGURES:
        return Written(f'"{value}"', "text, not a number")
    return Written(_with_unit(value, unit)) if form is not FieldFormat.UNKNOWN else _undeclared(value, unit)


def _undeclared(value: str, unit: str) -> Written:
    """Text of which the policy says nothing: what looks like another type is told from it."""
    if _LOOKS_TYPED.fullmatch(value):
        return Written(f'"{value}"', "text")
    return _moment(value) if _DATE_TIME.fullmatch(value) else Written(_with_unit(value, unit))


def _day(value: str) -> Written:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return Written(value, "not a date")
    return Written(f"{day.day} {day:%b %Y}", value)


def _moment(value: str) -> Written:
    try:
        if not _DATE_TIME.fullmatch(value):
            return Written(value, "not a moment")
        return Written(moment_text(datetime.fromisoformat(value.upper())), value)
    except (ValueError, OverflowError):
        return Written(value, "not a moment")
