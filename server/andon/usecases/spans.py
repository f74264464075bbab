"""What callers ask to be counted by: from when, up to when, in spans of which length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from andon.domain.clock import MINUTE
from andon.domain.errors import FieldFault, FieldInvalid
from andon.domain.spans import Spans

MAX_SPANS: Final = 1_000
MAX_POINTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Range:
    """Moments in µs since the epoch, and a length in µs; None where the caller left it unset."""

    start: int | None = None
    end: int | None = None
    interval: int | None = None

    def spans(self, now: int) -> Spans:
        """The spans that have begun by now. Raises FieldInvalid.

        What happens at this very moment is in the last one where no end is given.
        """
        if self.interval is None and self.end is None:
            return Spans.one(self.start or 0)
        start, end = self._checked(now)
        if self.interval is None:
            return Spans.one(start, end)
        begun = min(end, now) - start
        until = end if self.end is not None else end + 1
        return Spans(start, until, self.interval, max(0, -(-begun // self.interval)))

    def _checked(self, now: int) -> tuple[int, int]:
        end = now if self.end is None else self.end
        if self.start is None:
            if self.interval is not None:
                raise FieldInvalid((FieldFault("start_time", "is required with an interval"),))
            return min(0, end), end
        if self.start >= end:
            raise FieldInvalid((FieldFault("start_time", f"must be before {_end_name(self.end)}"),))
        if self.interval is not None:
            self._check_interval(end - self.start, self.interval)
        return self.start, end

    def _check_interval(self, whole: int, interval: int) -> None:
        if interval < MINUTE:
            raise FieldInvalid((FieldFault("interval", "must be at least a minute"),))
        if (count := -(-whole // interval)) > MAX_SPANS:
            raise FieldInvalid((FieldFault("interval", f"cuts the time into {count} spans; at most {MAX_SPANS}"),))


def check_points(count: int) -> None:
    """Raises FieldInvalid where an answer would hold more than MAX_POINTS points: a message has bounds, too."""
    if count > MAX_POINTS:
        fault = f"makes more than {MAX_POINTS} points; ask for longer spans, or for less"
        raise FieldInvalid((FieldFault("interval", fault),))


def _end_name(end: int | None) -> str:
    return "now" if end is None else "end_time"
