"""ListSamples, ListOverrideRates: what people decided, for those who train and watch the models."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.clock import Clock
from andon.domain.counts import Grouping, OverrideCount
from andon.domain.samples import Sample, SampleQuery
from andon.domain.spans import Spans
from andon.store.port import Store
from andon.usecases.spans import MAX_POINTS, Range, check_points


class Feedback:
    """Reads labels and rates. Whether the caller may is settled by role before."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def samples(self, query: SampleQuery) -> Sequence[Sample]:
        """Labelled samples of a fixed range of sequences."""
        return await self._store.list_samples(query)

    async def last_sample(self) -> int:
        """Sequence of the newest sample; 0 where there is none."""
        return await self._store.last_sample()

    async def override_counts(
        self, grouping: Grouping, action: str, asked: Range
    ) -> tuple[Spans, Sequence[OverrideCount]]:
        """Verdicts and overrides by group and span, most verdicts first, and the spans. Raises FieldInvalid."""
        spans = asked.spans(self._clock.now())
        if not spans.count:
            return spans, ()
        limit = None if asked.interval is None else MAX_POINTS + 1
        counts = await self._store.override_counts(grouping, action, spans, limit)
        if asked.interval is not None:
            check_points(len(counts))
        return spans, counts
