"""Times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from andon_client.cli.common import UsageError

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def parse_moment(flag: str, text: str, now: datetime) -> datetime:
    """A time from `7d`, `12h`, `30m` before now, or an RFC 3339 time (UTC where it names no zone)."""
    if match := re.fullmatch(r"(\d+)([dhm])", text, re.ASCII):
        try:
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        except OverflowError:
            raise UsageError(f"{flag} {text} lies before the calendar begins") from None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{flag} must be like 7d, 12h, 30m or 2026-08-01T00:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
