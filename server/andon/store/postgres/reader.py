"""Reading: committed state only. What takes several statements is run within one snapshot."""

from __future__ import annotations

from typing import Any, Final

from andon.domain.counts import QueueDepth
from andon.domain.decision import Decision
from andon.domain.errors import RequestIdReused
from andon.domain.event import DecisionEvent
from andon.domain.samples import Sample, SampleOrder, SampleQuery
from andon.domain.search import DecisionQuery
from andon.domain.task import OPEN, TaskState
from andon.store import codec, history, revisions, seeking
from andon.store.codec import Row
from andon.store.postgres.search import DIALECT, listing
from andon.store.postgres.session import Session
from andon.store.postgres.statements import sql
from andon.store.search import action_filter, covered_values, scope_filter
from andon.store.values import Job, LedgerEntry, RequestKey, TaskQuery

_FIRST: Final = (-(1 << 63), 0, "")
_ORDERS: Final = {SampleOrder.SEQUENCE: "r.sequence", SampleOrder.UNCERTAINTY: "r.confidence, r.sequence"}


async def decision(session: Session, decision_id: str) -> Decision | None:
    row = await session.row("decision_by_id", {"decision_id": decision_id})
    return None if row is None else codec.decision(row)


async def submitted(session: Session, request: RequestKey) -> Decision | None:
    values = {"principals": [request.principal], "request_ids": [request.request_id]}
    for _, _, body_hash, *row in await session.rows("decisions_by_request", values):
        if body_hash != request.body_hash:
            raise RequestIdReused(request_id=request.request_id)
        return codec.decision(tuple(row))
    return None


async def is_open(session: Session, decision_id: str) -> bool:
    return bool(await session.one("is_open", {"decision_id": decision_id}))


async def job(session: Session, task_id: str) -> Job | None:
    row = await session.row("job_by_task", {"task_id": task_id})
    return None if row is None else codec.job(row)


async def jobs_of(session: Session, decision_id: str) -> list[Job]:
    return [codec.job(row) for row in await session.rows("jobs_of_decision", {"decision_id": decision_id})]


async def blind_levels(session: Session, decision_id: str, principal: str) -> frozenset[int]:
    values = {"decision_id": decision_id, "principal": principal}
    return frozenset(level for (level,) in await session.rows("blind_levels", values))


async def held_by(session: Session, holder: str, now: int) -> list[Job]:
    return [codec.job(row) for row in await session.rows("held_by", {"holder": holder, "now": now})]


async def list_decisions(session: Session, query: DecisionQuery) -> list[Decision]:
    if session.sealer is None:
        return [codec.decision(row) for row in await session.run(*listing(query))]
    seek = _looked_through if query.words else _listed
    found = [await seek(session, each) for each in seeking.for_subject(session.sealer, query)]
    return [codec.decision(row) for row in seeking.merged(found, query.limit)]


async def _listed(session: Session, query: DecisionQuery) -> list[Row]:
    return await session.run(*listing(query))


async def _looked_through(session: Session, query: DecisionQuery) -> list[Row]:
    """Looks for words where SQL can't."""
    words, found, below = seeking.Words(query), list[Row](), query.before
    while len(found) < query.limit:
        read = await session.run(*listing(seeking.wordless(query, below)))
        found += words.among(read)
        if len(read) < seeking.AT_ONCE:
            break
        below = seeking.last(read)
    return found


async def list_tasks(session: Session, query: TaskQuery) -> list[Job]:
    """Merges the waiting, the leased and the closed, each from its own index."""
    found: list[Row] = []
    for name, values in _positions(query):
        found += await session.rows(name, values)
    ids = [row[2] for row in sorted(found)[: query.limit]]
    rows = await session.run(sql("jobs_by_ids", brief=query.brief), {"ids": ids}) if ids else ()
    return [codec.job(row) for row in rows]


async def queue_depths(session: Session) -> dict[str, QueueDepth]:
    return {queue: QueueDepth(*depth) for queue, *depth in await session.rows("queue_depths")}


async def open_decisions(session: Session) -> dict[str, int]:
    return dict(await session.rows("open_decisions"))


async def recent_waits(session: Session, limit: int) -> dict[str, list[int]]:
    waits: dict[str, list[int]] = {}
    for queue, wait in await session.rows("recent_waits", {"limit": limit}):
        waits.setdefault(queue, []).append(wait)
    return waits


async def list_samples(session: Session, query: SampleQuery) -> list[Sample]:
    condition, values = action_filter("r", query.action)
    values |= {"after": query.after, "until": query.until, "limit": query.limit, "offset": query.offset}
    within, more = scope_filter("r", query.scope, DIALECT)
    values |= more | {"blind": query.blind}
    found = await session.run(sql("list_samples", filter=f"{condition} {within}", order=_ORDERS[query.order]), values)
    return [Sample(codec.review(row), codec.decision(codec.after_review(row))) for row in found]


async def last_sample(session: Session) -> int:
    return int(await session.one("last_sample"))


async def first_withheld(session: Session, after: int, action: str) -> int | None:
    condition, values = action_filter("r", action)
    ((first,),) = await session.run(sql("first_withheld", filter=condition), {**values, "after": after})
    return None if first is None else int(first)


async def next_due(session: Session, interval: int) -> int | None:
    moment: int | None = await session.one("next_due", {"interval": interval})
    return moment


async def ledger(session: Session, after: int, limit: int) -> list[LedgerEntry]:
    return [codec.entry(row) for row in await session.rows("ledger_after", {"after": after, "limit": limit})]


async def decision_events(session: Session, decision_id: str, after: int | None, limit: int) -> list[DecisionEvent]:
    first = [] if after is not None else (await _submission(session, decision_id))[:limit]
    values = {"decision_id": decision_id, "after": after or 0, "limit": limit - len(first)}
    events = [history.event(codec.entry(row)) for row in await session.rows("events_of_decision", values)]
    if sequences := history.corrected(events):
        rows = await session.rows("corrections_of_reviews", {"sequences": sequences})
        events = history.with_corrections(events, rows)
    return first + events


async def _submission(session: Session, decision_id: str) -> list[DecisionEvent]:
    subject = await decision(session, decision_id)
    if subject is None:
        return []
    held = await job(session, subject.task_id) if subject.task_id else None
    if subject.amendments:
        ((payload_hash, body, *_),) = await session.rows("earliest_proposal", {"decision_id": decision_id})
        subject = revisions.as_submitted(subject, payload_hash, body)
    return [history.submission(subject, held.task if held else None)]


def _positions(query: TaskQuery) -> list[tuple[str, dict[str, Any]]]:
    """The statements that find the tasks in question: `rank, expire_time, id`."""
    rank, expire_time, id = query.after or _FIRST
    queues = None if query.queues is None else sorted(query.queues)
    values = {"limit": query.limit, "rank": rank, "expire_time": expire_time, "id": id, "queues": queues}
    values |= covered_values(query.covered, DIALECT)
    found = []
    if TaskState.WAITING in query.states:
        found.append(("waiting_positions", values))
    if TaskState.LEASED in query.states:
        found.append(("leased_positions", values))
    if closed := query.states - OPEN:
        found.append(("closed_positions", {**values, "states": sorted(map(int, closed))}))
    return found
