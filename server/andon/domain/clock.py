"""Time as the rest of the server sees it."""

from __future__ import annotations

import time
from typing import Final, Protocol

MILLISECOND: Final = 1_000
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Clock(Protocol):
    """The one source of time. Tests bring their own."""

    def now(self) -> int:
        """Microseconds since the Unix epoch, UTC."""
        ...


class SystemClock:
    """The machine's clock, set right by what servers of one store agree on."""

    def __init__(self) -> None:
        self._ahead = 0

    def now(self) -> int:
        return time.time_ns() // 1_000 + self._ahead

    def correct(self, by: int) -> None:
        """Goes ahead by so many µs, or back where that is negative."""
        self._ahead += by
