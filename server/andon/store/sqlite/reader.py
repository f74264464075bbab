"""Reading: whole functions that run on a reader's thread, each in one snapshot of committed state."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from andon.domain.appeal import Appeal
from andon.domain.canonical import canonical
from andon.domain.counts import QueueDepth
from andon.domain.decision import Decision
from andon.domain.errors import RequestIdReused
from andon.domain.event import DecisionEvent
from andon.domain.samples import Sample, SampleOrder, SampleQuery
from andon.domain.search import DecisionQuery
from andon.domain.task import OPEN, TaskState
from andon.store import codec, history, revisions, seeking
from andon.store.appeals import appeal, is_repeated, request_key
from andon.store.codec import Row
from andon.store.sealing import Sealer
from andon.store.search import action_filter, covered_values, scope_filter
from andon.store.sqlite.operations.requests import RequestKind
from andon.store.sqlite.search import DIALECT, listing
from andon.store.sqlite.statements import sql
from andon.store.values import Absence, Job, LedgerEntry, RequestKey, TaskQuery

_NEWEST: Final = (1 << 63) - 1
_FIRST: Final = (-_NEWEST, 0, "")
_ORDERS: Final = {SampleOrder.SEQUENCE: "r.sequence", SampleOrder.UNCERTAINTY: "r.confidence, r.sequence"}


def rows(connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Runs a statement and returns all it gives."""
    return connection.execute(statement, values).fetchall()


def decision(connection: sqlite3.Connection, decision_id: str) -> Decision | None:
    found = rows(connection, sql("decision_by_id"), {"decision_id": decision_id})
    return codec.decision(found[0]) if found else None


def submitted(connection: sqlite3.Connection, request: RequestKey) -> Decision | None:
    values = {"principal": request.principal, "request_id": request.request_id}
    for body_hash, *row in rows(connection, sql("decision_by_request"), values):
        if body_hash != request.body_hash:
            raise RequestIdReused(request_id=request.request_id)
        return codec.decision(tuple(row))
    return None


def job(connection: sqlite3.Connection, task_id: str) -> Job | None:
    found = rows(connection, sql("job_by_task"), {"task_id": task_id})
    return codec.job(found[0]) if found else None


def jobs_of(connection: sqlite3.Connection, decision_id: str) -> list[Job]:
    return [codec.job(row) for row in rows(connection, sql("jobs_of_decision"), {"decision_id": decision_id})]


def blind_levels(connection: sqlite3.Connection, decision_id: str, principal: str) -> frozenset[int]:
    values = {"decision_id": decision_id, "principal": principal}
    return frozenset(level for (level,) in rows(connection, sql("blind_levels"), values))


def held_by(connection: sqlite3.Connection, holder: str, now: int) -> list[Job]:
    return [codec.job(row) for row in rows(connection, sql("held_by"), {"holder": holder, "now": now})]


def appeals(connection: sqlite3.Connection, decision_id: str) -> list[Appeal]:
    return [appeal(row) for row in rows(connection, sql("appeals_of_decision"), {"decision_id": decision_id})]


def appealed(connection: sqlite3.Connection, request: RequestKey) -> bool:
    found = rows(connection, sql("request_by_id"), request_key(request))
    return is_repeated(found[0] if found else None, request)


def extended(connection: sqlite3.Connection, request: RequestKey) -> bool:
    found = rows(connection, sql("request_by_id"), request_key(request, RequestKind.EXTEND))
    return is_repeated(found[0] if found else None, request)


def absence(connection: sqlite3.Connection, principal: str, now: int) -> Absence | None:
    found = rows(connection, sql("absence_of"), {"principal": principal, "now": now})
    return Absence(*found[0]) if found else None


def list_decisions(connection: sqlite3.Connection, query: DecisionQuery, sealer: Sealer | None) -> list[Decision]:
    if sealer is None:
        return [codec.decision(row) for row in rows(connection, *listing(query))]
    seek = _looked_through if query.words else _listed
    found = [seek(connection, each) for each in seeking.for_subject(sealer, query)]
    return [codec.decision(row) for row in seeking.merged(found, query.limit)]


def _listed(connection: sqlite3.Connection, query: DecisionQuery) -> list[Row]:
    return rows(connection, *listing(query))


def _looked_through(connection: sqlite3.Connection, query: DecisionQuery) -> list[Row]:
    """Looks for words where SQL can't."""
    words, found, below = seeking.Words(query), list[Row](), query.before
    while len(found) < query.limit:
        read = rows(connection, *listing(seeking.wordless(query, below)))
        found += words.among(read)
        if len(read) < seeking.AT_ONCE:
            break
        below = seeking.last(read)
    return found


def list_tasks(connection: sqlite3.Connection, query: TaskQuery) -> list[Job]:
    """Merges the waiting, the leased and the closed, each from its own index, within one snapshot."""
    connection.execute("BEGIN")
    try:
        found = [row for statement, values in _positions(query) for row in rows(connection, statement, values)]
        sequences = canonical([row[3] for row in sorted(found)[: query.limit]])
        statement = sql("jobs_by_sequences", brief=query.brief)
        return [codec.job(row) for row in rows(connection, statement, {"sequences": sequences})]
    finally:
        connection.execute("ROLLBACK")


def queue_depths(connection: sqlite3.Connection) -> dict[str, QueueDepth]:
    return {queue: QueueDepth(*depth) for queue, *depth in rows(connection, sql("queue_depths"), {})}


def open_decisions(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(rows(connection, sql("open_decisions"), {}))


def recent_waits(connection: sqlite3.Connection, limit: int) -> dict[str, list[int]]:
    waits: dict[str, list[int]] = {}
    for queue, wait in rows(connection, sql("recent_waits"), {"limit": limit}):
        waits.setdefault(queue, []).append(wait)
    return waits


def list_samples(connection: sqlite3.Connection, query: SampleQuery) -> list[Sample]:
    condition, values = action_filter("r", query.action)
    values |= {"after": query.after, "until": query.until, "limit": query.limit, "offset": query.offset}
    within, more = scope_filter("r", query.scope, DIALECT)
    values |= more | {"blind": query.blind}
    statement = sql("list_samples", filter=f"{condition} {within}", order=_ORDERS[query.order])
    found = rows(connection, statement, values)
    return [Sample(codec.review(row), codec.decision(codec.after_review(row))) for row in found]


def first_withheld(connection: sqlite3.Connection, after: int, action: str) -> int | None:
    condition, values = action_filter("r", action)
    ((first,),) = rows(connection, sql("first_withheld", filter=condition), {**values, "after": after})
    return None if first is None else int(first)


def ledger(connection: sqlite3.Connection, after: int, limit: int) -> list[LedgerEntry]:
    return [codec.entry(row) for row in rows(connection, sql("ledger_after"), {"after": after, "limit": limit})]


def decision_events(
    connection: sqlite3.Connection, decision_id: str, after: int | None, limit: int
) -> list[DecisionEvent]:
    first = [] if after is not None else _submission(connection, decision_id)[:limit]
    values = {"decision_id": decision_id, "after": after or 0, "limit": limit - len(first)}
    events = [history.event(codec.entry(row)) for row in rows(connection, sql("events_of_decision"), values)]
    if sequences := history.corrected(events):
        found = rows(connection, sql("corrections_of_reviews"), {"sequences": canonical(sequences)})
        events = history.with_corrections(events, found)
    return first + events


def _submission(connection: sqlite3.Connection, decision_id: str) -> list[DecisionEvent]:
    subject = decision(connection, decision_id)
    if subject is None:
        return []
    held = job(connection, subject.task_id) if subject.task_id else None
    if subject.amendments:
        ((payload_hash, body, *_),) = rows(connection, sql("earliest_proposal"), {"decision_id": decision_id})
        subject = revisions.as_submitted(subject, payload_hash, body)
    return [history.submission(subject, held.task if held else None)]


def number(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> Any:
    """The one value of a statement's one row."""
    return rows(connection, sql(name), values)[0][0]


def _positions(query: TaskQuery) -> list[tuple[str, dict[str, Any]]]:
    """The statements that find the tasks in question: `rank, expire_time, id, sequence`."""
    rank, expire_time, id = query.after or _FIRST
    queues = None if query.queues is None else canonical(sorted(query.queues))
    values = {"limit": query.limit, "rank": rank, "expire_time": expire_time, "id": id, "queues": queues}
    values |= covered_values(query.covered, DIALECT)
    found = []
    if TaskState.WAITING in query.states:
        found.append((sql("waiting_positions"), values))
    if TaskState.LEASED in query.states:
        found.append((sql("leased_positions"), values))
    if closed := query.states - OPEN:
        found.append((sql("closed_positions"), {**values, "states": canonical(sorted(map(int, closed)))}))
    return found
