"""Time that a test owns."""

from __future__ import annotations

from typing import Final

from andon.domain.clock import SECOND

START: Final = 1_790_000_000 * SECOND


class FakeClock:
    """Stands still until it is moved. Fits `andon.domain.clock.Clock`."""

    def __init__(self, start: int = START) -> None:
        """`start` is in microseconds since the epoch."""
        self._now = start

    def now(self) -> int:
        """Microseconds since the Unix epoch."""
        return self._now

    def advance(self, span: int) -> int:
        """Moves on by a span in microseconds, and returns the new time."""
        assert span >= 0, "time goes forward"
        self._now += span
        return self._now

    def jump(self, span: int) -> None:
        """It is set: ahead by a span in microseconds, or back where that is negative."""
        self._now += span
