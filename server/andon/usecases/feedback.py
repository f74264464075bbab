"""ListSamples, ListOverrideRates: what people decided, for those who train and watch the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from andon.domain.canonical import JsonObject
from andon.domain.clock import Clock
from andon.domain.counts import Grouping, OverrideCount
from andon.domain.principal import Principal, Role
from andon.domain.samples import Sample, SampleQuery
from andon.domain.spans import Spans
from andon.store.port import Store
from andon.usecases.reads import Reads
from andon.usecases.spans import MAX_POINTS, Range, check_points
from andon.usecases.visibility import may_judge, scope_of


class Feedback:
    """Reads labels and rates. Whether the caller may is settled by role before."""

    def __init__(self, store: Store, clock: Clock, reads: Reads) -> None:
        self._store = store
        self._clock = clock
        self._reads = reads

    async def samples(self, principal: Principal, query: SampleQuery) -> Sequence[Sample]:
        """Labelled samples of a fixed range of sequences, of the actions and queues the caller may see.

        Callers who may judge get none of what a quorum keeps from them, before the decision or the appeal has ended.
        """
        return await self._store.list_samples(replace(query, blind=may_judge(principal), scope=scope_of(principal)))

    async def exported(self, principal: Principal, page: SampleQuery, count: int) -> None:
        """Records that somebody takes away a page of so many samples, before they do: each that holds any, for a page
        may be asked for without those before it. StoreUnavailable.
        """
        asked: JsonObject = {"after": page.after, "offset": page.offset, "until": page.until}
        await self._reads.exported(principal, "samples", asked, count, {"action": page.action})

    async def last_sample(self, principal: Principal, after: int, action: str) -> int:
        """How far samples past `after` can be read now, so that none is missed: the newest's sequence, 0 where there is
        none. For callers who may judge, what lies before the first that is kept from them.
        """
        last = await self._store.last_sample()
        if not may_judge(principal):
            return last
        withheld = await self._store.first_withheld(after, action)
        return last if withheld is None else min(last, withheld - 1)

    async def override_counts(
        self, principal: Principal, grouping: Grouping, action: str, asked: Range
    ) -> tuple[Spans, Sequence[OverrideCount]]:
        """Verdicts and overrides by group and span, most verdicts first, and the spans. Raises FieldInvalid.

        Of the actions and queues the caller may see; who owns policies sees those of all queues.
        Callers who may judge are not counted what a quorum keeps from them.
        """
        spans = asked.spans(self._clock.now())
        if not spans.count:
            return spans, ()
        limit = None if asked.interval is None else MAX_POINTS + 1
        blind = may_judge(principal)
        scope = scope_of(principal)
        if Role.POLICY_OWNER in principal.roles:  # rates tell of no decision
            scope = replace(scope, queues=None)
        counts = await self._store.override_counts(grouping, action, spans, limit, blind=blind, scope=scope)
        if asked.interval is not None:
            check_points(len(counts))
        return spans, counts
