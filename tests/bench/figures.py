"""Arithmetic of measurements: quantiles, ratios of interleaved pairs, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0..1) of all values do not exceed: the nearest rank. Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def p50(values: Sequence[float]) -> float:
    """The median by nearest rank."""
    return quantile(values, 0.5)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio measured in rounds: the median, and the least and greatest of them."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} × ({self.low:.2f}–{self.high:.2f})"


def paired(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """The median of pairwise ratios: what disturbs one round disturbs both of its sides."""
    return spread([a / b for a, b in zip(above, below, strict=True)])


def spread(values: Sequence[float]) -> Ratio:
    """The median of values with their range."""
    return Ratio(median(values), min(values), max(values))


def in_parts(values: Sequence[float], parts: int) -> list[Sequence[float]]:
    """Cuts a series into at most `parts` runs of equal length, in order, so that a spread can be told."""
    length = max(1, len(values) // parts)
    return [values[start : start + length] for start in range(0, length * min(parts, len(values)), length)]


def micro(seconds: float) -> str:
    """Seconds as µs, or as ms from 10 ms on."""
    return f"{seconds * 1e6:.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:.1f} ms"


def kibibytes(size: float) -> str:
    """Bytes as KiB."""
    return f"{size / 1024:.1f} KiB"
