"""The few statistics the server itself needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_Z95: Final = 1.959963984540054


def percentile(ordered: Sequence[int], share: float) -> int:
    """The nearest-rank percentile (share from 0 to 1) of ascending values. Raises ValueError where there are none."""
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson 1927); (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    rate, square = successes / trials, _Z95 * _Z95
    centre = rate + square / (2 * trials)
    spread = _Z95 * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
