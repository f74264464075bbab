"""Times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from andon_client.cli.common import UsageError

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
_SPAN: Final = re.compile(r"(\d+)([dhm])", re.ASCII)
_LONGEST: Final = timedelta(days=36_500)


def parse_moment(flag: str, text: str, now: datetime) -> datetime:
    """A time from `7d`, `12h`, `30m` before now, or an RFC 3339 time (UTC where it names no zone)."""
    if match := _SPAN.fullmatch(text):
        try:
            return now - _span(match)
        except OverflowError:
            raise UsageError(f"{flag} {text} lies before the calendar begins") from None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{flag} must be like 7d, 12h, 30m or 2026-08-01T00:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_span(flag: str, text: str) -> timedelta:
    """A span from `7d`, `12h`, `30m`; at least a minute."""
    if match := _SPAN.fullmatch(text):
        try:
            if timedelta() < (found := _span(match)) <= _LONGEST:
                return found
        except OverflowError:
            pass
    raise UsageError(f"{flag} must be like 1d, 12h or 30m")


def _span(match: re.Match[str]) -> timedelta:
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
