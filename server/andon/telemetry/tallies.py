"""Counters and histograms for the path that every call takes: plain numbers, put into form when they are scraped.

They show exactly what prometheus_client's own would, without its lock for each number. One thread counts; a scrape
from another may see a call that is half counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import inf
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class Count:
    """One series of a counter."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def inc(self) -> None:
        """One more."""
        self.value += 1


class Tally:
    """One series of a histogram."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * len(bounds)
        self.sum = 0.0

    def observe(self, amount: float) -> None:
        """Counts one in the first bucket that is not below `amount`."""
        self.counts[bisect_left(self._bounds, amount)] += 1
        self.sum += amount


class Counts(Collector):
    """A counter. `name` is without `_total`. The caller keeps the series that `labels` gives."""

    def __init__(self, name: str, doc: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._family = name, doc, labels
        self._series: dict[tuple[str, ...], Count] = {}
        registry.register(self)

    def labels(self, *values: str) -> Count:
        """The series of these values."""
        return self._series.setdefault(values, Count())

    def collect(self) -> Iterable[Metric]:
        """What a scrape shows."""
        name, doc, labels = self._family
        family = CounterMetricFamily(name, doc, labels=labels)
        for values, count in list(self._series.items()):
            family.add_metric(values, count.value)
        yield family


class Tallies(Collector):
    """A histogram. Without labels its one series, `labels()`, is shown from the start."""

    def __init__(
        self, name: str, doc: str, labels: Sequence[str], buckets: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._family = name, doc, labels
        self._bounds: Final = (*buckets, inf)
        self._series: dict[tuple[str, ...], Tally] = {}
        if not labels:
            self.labels()
        registry.register(self)

    def labels(self, *values: str) -> Tally:
        """The series of these values."""
        return self._series.setdefault(values, Tally(self._bounds))

    def collect(self) -> Iterable[Metric]:
        """What a scrape shows."""
        name, doc, labels = self._family
        family = HistogramMetricFamily(name, doc, labels=labels)
        words = [floatToGoString(bound) for bound in self._bounds]  # type: ignore[no-untyped-call]
        for values, tally in list(self._series.items()):
            buckets = list(zip(words, map(float, accumulate(tally.counts)), strict=True))
            family.add_metric(values, buckets, tally.sum)
        yield family
