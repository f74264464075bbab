"""The terminal's clock, so that tests can own it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """What time it is."""

    def now(self) -> datetime:
        """The calendar's time, in UTC: for deadlines and ages."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Monotonic seconds: for spans that are measured here."""
        return time.monotonic()
