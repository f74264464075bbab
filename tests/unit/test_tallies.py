"""Our counters and histograms show what prometheus_client's own show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics

from andon.telemetry.tallies import Counts, Tallies

BUCKETS = (0.5e-3, 0.1, 1, 2.5, 60)
AMOUNTS = (0.0, 0.5e-3, 0.0005001, 0.1, 0.3, 2.5, 2.6, 60, 1e6)


@pytest.mark.parametrize("encode", [generate_latest, open_metrics])
def test_the_exposition_is_that_of_prometheus_client(encode: Callable[[CollectorRegistry], bytes]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    _use(
        Counts("andon_calls", "Calls.", ("method", "code"), ours),
        Tallies("andon_seconds", "Time.", ("method",), BUCKETS, ours),
        Tallies("andon_plain", "Time.", (), BUCKETS, ours),
    )
    _use(
        Counter("andon_calls", "Calls.", ("method", "code"), registry=theirs),
        Histogram("andon_seconds", "Time.", ("method",), registry=theirs, buckets=BUCKETS),
        Histogram("andon_plain", "Time.", registry=theirs, buckets=BUCKETS),
    )
    assert _lines(encode(ours)) == _lines(encode(theirs))


def test_a_histogram_without_labels_is_shown_before_anything_happens() -> None:
    registry = CollectorRegistry()
    Tallies("andon_plain", "Time.", (), BUCKETS, registry)
    assert registry.get_sample_value("andon_plain_count") == 0
    assert registry.get_sample_value("andon_plain_bucket", {"le": "+Inf"}) == 0


def test_the_same_labels_are_the_same_series() -> None:
    counts = Counts("andon_calls", "Calls.", ("code",), CollectorRegistry())
    assert counts.labels("OK") is counts.labels("OK")


def _use(counts: Any, labelled: Any, plain: Any) -> None:
    for code in ("OK", "OK", 'a "quoted"\nword'):
        counts.labels("Submit", code).inc()
    series = plain.labels() if isinstance(plain, Tallies) else plain
    for amount in AMOUNTS:
        labelled.labels("Submit").observe(amount)
        series.observe(amount)


def _lines(text: bytes) -> list[str]:
    return [line for line in text.decode().splitlines() if "_created" not in line]
