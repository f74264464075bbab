"""Calendar months, UTC, as the parts of the decision log: ids begin with their moment, so a month is a range."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from andon.domain.clock import MILLISECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST: Final = datetime(9998, 12, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month; `month` is 1 to 12. Written `2026-11`."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def start(self) -> int:
        """Its first moment, in µs since the epoch."""
        return (datetime(self.year, self.month, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND

    @property
    def end(self) -> int:
        """The first moment of the next."""
        return self.next.start

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def low(self) -> str:
        """How its first id begins: no id of the month is less, in the order of bytes."""
        return bound(self.start)

    @property
    def high(self) -> str:
        """How the next month's first id begins: every id of this one is less."""
        return bound(self.end)


def bound(moment: int) -> str:
    """What the ids (UUIDv7) of a moment in µs begin with: its milliseconds, in 13 characters."""
    text = f"{moment // MILLISECOND:012x}"
    return f"{text[:8]}-{text[8:]}"


def month_of(moment: int) -> Month:
    """The month of a moment in µs since the epoch; what lies beyond the calendar is in its last month."""
    try:
        found = _EPOCH + moment * _MICROSECOND
    except OverflowError:
        found = _LAST
    return Month(found.year, found.month)


def month_of_id(id: str) -> Month:
    """The month of an id. Raises ValueError where it is no UUID."""
    return month_of(int(id[:8] + id[9:13], 16) * MILLISECOND)
