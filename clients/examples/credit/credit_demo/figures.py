"""Figures: percentiles, and what right and wrong decisions cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GRANTED_BAD_COST = 5
DECLINED_GOOD_COST = 1


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile, share from 0 to 1; NaN where there are no values."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True, slots=True)
class Confusion:
    """What was done, against what would have been right. A credit that is rejected counts as not granted."""

    granted_good: int = 0
    granted_bad: int = 0
    declined_good: int = 0
    declined_bad: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> Confusion:
        """Counts pairs of (granted, repaid)."""
        seen = list(pairs)
        return cls(
            granted_good=seen.count((True, True)),
            granted_bad=seen.count((True, False)),
            declined_good=seen.count((False, True)),
            declined_bad=seen.count((False, False)),
        )

    @property
    def total(self) -> int:
        """All decisions."""
        return self.granted_good + self.granted_bad + self.declined_good + self.declined_bad

    @property
    def accuracy(self) -> float:
        """The share that was right, 0 to 1; NaN where there is none."""
        return (self.granted_good + self.declined_bad) / self.total if self.total else math.nan

    @property
    def cost(self) -> int:
        """By the data set's own matrix: 5 for each grant that was not repaid, 1 for each good one declined."""
        return GRANTED_BAD_COST * self.granted_bad + DECLINED_GOOD_COST * self.declined_good
