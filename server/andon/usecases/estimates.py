"""How long a decision will take, judged by what its queue has done lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from andon.domain.statistics import percentile

WINDOW: Final = 256


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """Half, and nine in ten, of the queue's last reviewed tasks were resolved within these spans (µs)."""

    p50: int
    p90: int


class Estimates:
    """The last 256 spans from submission to verdict of every queue."""

    def __init__(self, history: Mapping[str, Sequence[int]] | None = None) -> None:
        self._spans = {queue: deque(spans, WINDOW) for queue, spans in (history or {}).items()}
        self._estimates: dict[str, WaitEstimate] = {}

    @property
    def queues(self) -> frozenset[str]:
        """The queues that have a history."""
        return frozenset(self._spans)

    def record(self, queue: str, span: int) -> None:
        """Counts one more resolved task."""
        self._spans.setdefault(queue, deque(maxlen=WINDOW)).append(span)
        self._estimates.pop(queue, None)

    def of(self, queue: str) -> WaitEstimate | None:
        """The estimate for a decision submitted now; None while the queue has no history."""
        if queue not in self._estimates:
            ordered = sorted(max(0, span) for span in self._spans.get(queue, ()))  # a clock may be set back
            if not ordered:
                return None
            self._estimates[queue] = WaitEstimate(percentile(ordered, 0.5), percentile(ordered, 0.9))
        return self._estimates[queue]
