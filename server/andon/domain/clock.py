"""Time as the rest of the server sees it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

MILLISECOND: Final = 1_000
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """The one source of time. Tests bring their own."""

    def now(self) -> int:
        """Microseconds since the Unix epoch, UTC."""
        ...


def rfc3339(time: int) -> str:
    """A time in µs as RFC 3339 says it, in UTC."""
    return f"{(_EPOCH + timedelta(microseconds=time)).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class SystemClock:
    """The machine's clock, set right by what servers of one store agree on."""

    def __init__(self) -> None:
        self._ahead = 0

    def now(self) -> int:
        return time.time_ns() // 1_000 + self._ahead

    def correct(self, by: int) -> None:
        """Goes ahead by so many µs, or back where that is negative."""
        self._ahead += by
