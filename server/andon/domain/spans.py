"""Time cut into equal spans, for counts that become a chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LAST: Final = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class Spans:
    """`count` spans of `length` µs, one after another from `start` to before `end`. The last one goes to the end,
    however long that is."""

    start: int
    end: int
    length: int
    count: int

    @classmethod
    def one(cls, start: int = 0, end: int = _LAST) -> Spans:
        """All as one; without an end, all there will ever be."""
        return cls(start, end, end - start, 1)

    def start_of(self, number: int) -> int:
        """Where a span begins (µs since the epoch). The first is number 0."""
        return self.start + number * self.length

    def bounds(self) -> Iterator[tuple[int, int]]:
        """Where each span begins and ends."""
        last = self.count - 1
        for number in range(self.count):
            yield self.start_of(number), self.end if number == last else self.start_of(number + 1)
