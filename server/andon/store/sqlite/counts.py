"""Counting what was done: over many rows, so on a connection of its own that holds up no list."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from andon.domain.canonical import canonical, parse
from andon.domain.counts import Activity, Flow, Grouping, OverrideCount, QueueHistory, Shares
from andon.domain.search import Scope
from andon.domain.spans import Spans
from andon.domain.statistics import percentile
from andon.store.codec import Row
from andon.store.counts import bounds, by_queue, histories, override_count
from andon.store.search import action_filter, scope_filter
from andon.store.sqlite.reader import queue_depths, rows
from andon.store.sqlite.search import DIALECT
from andon.store.sqlite.statements import sql


def override_counts(
    connection: sqlite3.Connection,
    grouping: Grouping,
    action: str,
    spans: Spans,
    limit: int | None,
    blind: bool,
    scope: Scope,
) -> list[OverrideCount]:
    condition, values = action_filter("r", action)
    values |= _spans(spans) | {"limit": -1 if limit is None else limit}
    within, more = scope_filter("r", scope, DIALECT)
    statement = sql(f"override_counts_by_{grouping}", filter=f"{condition} {within} {_withheld(blind)}")
    return [override_count(row) for row in rows(connection, statement, values | more)]


def reviewer_activity(
    connection: sqlite3.Connection, spans: Spans, reviewer: str, limit: int, blind: bool, scope: Scope
) -> list[Activity]:
    condition = "AND r.reviewer = :reviewer" if reviewer else ""
    within, more = scope_filter("r", scope, DIALECT)
    statement = sql("reviewer_activity", filter=f"{condition} {within} {_withheld(blind)}")
    with _snapshot(connection):
        found = sorted(_each_span(connection, statement, spans, reviewer=reviewer, **more))
    return [_activity(row) for row in found[:limit]]


def queue_history(
    connection: sqlite3.Connection, spans: Spans, queues: frozenset[str] | None
) -> dict[str, QueueHistory]:
    """Flows, waits and what is open now, of one snapshot."""
    wanted = None if queues is None else canonical(sorted(queues))
    with _snapshot(connection):
        flows = by_queue(_each_span(connection, sql("queue_flows"), spans, after=True, queues=wanted), Flow)
        waits = by_queue(_each_span(connection, sql("queue_waits"), spans, queues=wanted), _shares)
        depths = queue_depths(connection)
    return histories(flows, waits, depths, queues)


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read within is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _each_span(
    connection: sqlite3.Connection, statement: str, spans: Spans, *, after: bool = False, **values: Any
) -> Iterator[Row]:
    """Runs a statement for each span, and for what came `after` the last: many small sorts take less than a large one.

    Gives its rows with the span's number behind their first value.
    """
    for number, (start, end) in enumerate(bounds(spans, after=after)):
        for first, *others in rows(connection, statement, values | {"start": start, "end": end}):
            yield first, number, *others


def _withheld(blind: bool) -> str:
    """The condition that leaves out what is kept from those who may still judge."""
    return sql.fragment("but_blind") if blind else ""


def _activity(row: Row) -> Activity:
    *counts, view_times = row
    return Activity(*(*counts, _median(view_times)))


def _median(numbers: str) -> int | None:
    """Of a JSON list; None where it is empty."""
    ordered = sorted(cast("list[int]", parse(numbers)))
    return percentile(ordered, 0.5) if ordered else None


def _shares(numbers: str) -> Shares:
    """Of a JSON list that is not empty."""
    ordered = sorted(cast("list[int]", parse(numbers)))
    return Shares(percentile(ordered, 0.5), percentile(ordered, 0.9))


def _spans(spans: Spans) -> dict[str, Any]:
    return {"start": spans.start, "end": spans.end, "length": spans.length, "spans": spans.count}
