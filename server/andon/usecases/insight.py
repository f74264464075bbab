"""ListQueues, ListQueueHistory, ListReviewerActivity: how the work stands and goes, for those who lead it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from andon.domain.counts import Activity, Flow, QueueDepth, QueueHistory, Shares
from andon.domain.principal import Principal, Role
from andon.domain.search import EVERYTHING
from andon.domain.spans import Spans
from andon.usecases.context import Context
from andon.usecases.estimates import WaitEstimate
from andon.usecases.spans import MAX_POINTS, Range, check_points
from andon.usecases.visibility import may_judge, scope_of

_EMPTY: Final = QueueDepth(0, 0, None)
_STILL: Final = Flow()
_LEARNING: Final = frozenset({Role.LEAD, Role.AUDITOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """One queue, now; `estimate` is None while it has no history."""

    queue: str
    depth: QueueDepth
    estimate: WaitEstimate | None


@dataclass(frozen=True, slots=True)
class QueuePoint:
    """One queue in the span that begins at `start`; `open` at its end. `wait` is None where nothing was first leased
    in it."""

    queue: str
    start: int
    flow: Flow
    open: int
    wait: Shares | None


class Insight:
    """Reads how queues stand and how the work goes. A reviewer is shown the own part alone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def queues(self, principal: Principal) -> Sequence[QueueStanding]:
        """The queues the caller may see that have open tasks or a history, by name."""
        estimates, depths = self._context.estimates, await self._context.store.queue_depths()
        return [
            QueueStanding(queue, depths.get(queue, _EMPTY), estimates.of(queue))
            for queue in sorted(depths.keys() | estimates.queues)
            if _may_see(principal, queue)
        ]

    async def queue_history(self, principal: Principal, queue: str, asked: Range) -> Sequence[QueuePoint]:
        """By queue, then by time. A queue that is asked for by name is there even where nothing happened in it, unless
        it is not the caller's. Raises FieldInvalid."""
        spans = asked.spans(self._context.clock.now())
        wanted = _queues(principal, queue)
        if not spans.count or wanted == frozenset():
            return ()
        found = await self._context.store.queue_history(spans, wanted)
        histories = {**({queue: QueueHistory()} if queue else {}), **found}
        check_points(spans.count * len(histories))
        return [point for name in sorted(histories) for point in _points(name, histories[name], spans)]

    async def activity(self, principal: Principal, asked: Range) -> tuple[Spans, Sequence[Activity]]:
        """What reviewers did, by name and time, and the spans it is counted in. Raises FieldInvalid.

        Leads, auditors and admins are shown all of them, of the actions and queues they may see; others their own part.
        Callers who may judge are not counted what a quorum keeps from them, but for what they alone are shown: their
        own part.
        """
        spans = asked.spans(self._context.clock.now())
        if not spans.count:
            return spans, ()
        of_others = bool(principal.roles & _LEARNING)
        blind, reviewer = of_others and may_judge(principal), "" if of_others else principal.name
        scope = scope_of(principal) if of_others else EVERYTHING
        found = await self._context.store.reviewer_activity(spans, reviewer, MAX_POINTS + 1, blind=blind, scope=scope)
        check_points(len(found))
        return spans, found


def _may_see(principal: Principal, queue: str) -> bool:
    """Figures of queues tell of no decision: who owns policies sees those of all."""
    return principal.sees(queue) or Role.POLICY_OWNER in principal.roles


def _queues(principal: Principal, queue: str) -> frozenset[str] | None:
    """The queues to read; None for all of them."""
    if queue:
        return frozenset({queue} if _may_see(principal, queue) else ())
    return None if _may_see(principal, "*") else principal.queues


def _points(queue: str, history: QueueHistory, spans: Spans) -> Iterator[QueuePoint]:
    """Every span of one queue. How many were open at its end follows from how many are open now."""
    flows = [history.flows.get(number, _STILL) for number in range(spans.count)]
    grown = sum(flow.growth for flow in flows) + history.flows.get(spans.count, _STILL).growth
    ends = accumulate((flow.growth for flow in flows), initial=history.open - grown)
    next(ends)
    for number, (flow, end) in enumerate(zip(flows, ends, strict=True)):
        yield QueuePoint(queue, spans.start_of(number), flow, end, history.waits.get(number))
