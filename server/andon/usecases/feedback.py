"""ListSamples, ListOverrideRates: what people decided, for those who train and watch the models."""

from __future__ import annotations

from collections.abc import Sequence

from andon.store.port import Grouping, OverrideCount, Sample, SampleQuery, Store


class Feedback:
    """Reads labels and rates. Whether the caller may is settled by role before."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def samples(self, query: SampleQuery) -> Sequence[Sample]:
        """Labelled samples of a fixed range of sequences."""
        return await self._store.list_samples(query)

    async def last_sample(self) -> int:
        """Sequence of the newest sample; 0 where there is none."""
        return await self._store.last_sample()

    async def override_counts(self, grouping: Grouping, action: str, since: int) -> Sequence[OverrideCount]:
        """Verdicts and overrides by group, most verdicts first."""
        return await self._store.override_counts(grouping, action, since)
