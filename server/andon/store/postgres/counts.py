"""Counting what was done. Each span is counted by itself: many small sorts take less than a large one."""

from __future__ import annotations

from typing import Any

from andon.domain.counts import Activity, Flow, Grouping, OverrideCount, QueueHistory, Shares
from andon.domain.search import Scope
from andon.domain.spans import Spans
from andon.store.counts import bounds, by_queue, histories, override_count
from andon.store.postgres.reader import queue_depths
from andon.store.postgres.search import DIALECT
from andon.store.postgres.session import Session
from andon.store.postgres.statements import sql
from andon.store.search import action_filter, scope_filter


async def override_counts(
    session: Session, grouping: Grouping, action: str, spans: Spans, limit: int | None, blind: bool, scope: Scope
) -> list[OverrideCount]:
    condition, values = action_filter("r", action)
    values |= {"start": spans.start, "end": spans.end, "length": spans.length, "spans": spans.count, "limit": limit}
    within, more = scope_filter("r", scope, DIALECT)
    statement = sql(f"override_counts_by_{grouping}", filter=f"{condition} {within} {_withheld(blind)}")
    await session.rows("plan_by_values")
    return [override_count(row) for row in await session.run(statement, values | more)]


async def reviewer_activity(
    session: Session, spans: Spans, reviewer: str, limit: int, blind: bool, scope: Scope
) -> list[Activity]:
    condition = "AND r.reviewer = :reviewer" if reviewer else ""
    within, more = scope_filter("r", scope, DIALECT)
    statement = sql("reviewer_activity", filter=f"{condition} {within} {_withheld(blind)}")
    values = _each_span(spans) | more | {"reviewer": reviewer, "limit": limit}
    await session.rows("plan_by_values")
    return [Activity(*row) for row in await session.run(statement, values)]


async def queue_history(session: Session, spans: Spans, queues: frozenset[str] | None) -> dict[str, QueueHistory]:
    """Flows, waits and what is open now."""
    wanted = {"queues": None if queues is None else sorted(queues)}
    flows = by_queue(await session.rows("queue_flows", wanted | _each_span(spans, after=True)), Flow)
    waits = by_queue(await session.rows("queue_waits", wanted | _each_span(spans)), Shares)
    return histories(flows, waits, await queue_depths(session), queues)


def _withheld(blind: bool) -> str:
    """The condition that leaves out what is kept from those who may still judge."""
    return sql.fragment("but_blind") if blind else ""


def _each_span(spans: Spans, *, after: bool = False) -> dict[str, Any]:
    found = bounds(spans, after=after)
    return {"starts": [start for start, _ in found], "ends": [end for _, end in found]}
