"""The store itself: every method of the port, in terms of operations and readings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from andon.domain.appeal import Appeal
from andon.domain.canonical import JsonObject
from andon.domain.clock import SECOND
from andon.domain.counts import Activity, Grouping, OverrideCount, QueueDepth, QueueHistory
from andon.domain.decision import Decision
from andon.domain.errors import AndonError, StoreUnavailable
from andon.domain.event import DecisionEvent
from andon.domain.samples import Sample, SampleQuery
from andon.domain.search import EVERYTHING, DecisionQuery, Scope, Window
from andon.domain.spans import Spans
from andon.domain.task import Task
from andon.store import seeking
from andon.store.evidence import Evidence
from andon.store.groups import Committer
from andon.store.outbox import Outbox
from andon.store.postgres import counts, parts, reader, search, servers
from andon.store.postgres.evidence import PostgresEvidence
from andon.store.postgres.keys import UnderKeys
from andon.store.postgres.names import Names
from andon.store.postgres.operations import (
    absence,
    appeal,
    cancel,
    climb,
    duties,
    hold,
    lease,
    record,
    revise,
    settle,
    supersede,
)
from andon.store.postgres.operations.submit import Submit, task_rows
from andon.store.postgres.outbox import PostgresOutbox
from andon.store.postgres.pool import Pool
from andon.store.postgres.privacy import PostgresPrivacy
from andon.store.postgres.proofs import PostgresProofs
from andon.store.postgres.servers import Follower
from andon.store.postgres.session import Session
from andon.store.privacy import Privacy
from andon.store.proofs import Proofs
from andon.store.recorded import Entry, admitted, superseded
from andon.store.sealing import PLAIN, Sealing
from andon.store.values import (
    Absence,
    Admission,
    Admitted,
    Amendment,
    Appealed,
    AppealWish,
    Cancellation,
    Change,
    Climbed,
    Expired,
    Hold,
    Job,
    Known,
    LeaseRequest,
    LedgerEntry,
    Reevaluation,
    RequestKey,
    Revised,
    Settled,
    Sighting,
    Superseded,
    TaskQuery,
    VerdictGiven,
)

P = ParamSpec("P")
T = TypeVar("T")


class PostgresStore:
    """The port on one PostgreSQL database. Made by `open_postgres`; see `andon.store.port.Store` for the promises.

    Submissions are committed in groups (`Committer`); every other operation is a transaction of its own.
    """

    def __init__(self, pool: Pool, names: Names, committer: Committer[Submit], follower: Follower) -> None:
        self._pool: Final = pool
        self._follower: Final = follower
        self._server: Final = follower.name
        self._names: Final = names
        self._committer: Final = committer
        self._leasing: Final = asyncio.Lock()
        self._ended: Final = asyncio.Event()
        self._outbox: Final = PostgresOutbox(pool)
        self._evidence: Final = PostgresEvidence(pool)
        self._proofs: Final = PostgresProofs(pool)
        self._keys: Final = UnderKeys(pool)
        self._privacy: Final = PostgresPrivacy(pool, pool.sealer)
        self.sealing: Final[Sealing] = pool.sealer or PLAIN

    @property
    def outbox(self) -> Outbox:
        self._check_open()
        return self._outbox

    @property
    def proofs(self) -> Proofs:
        self._check_open()
        return self._proofs

    @property
    def evidence(self) -> Evidence:
        self._check_open()
        return self._evidence

    @property
    def privacy(self) -> Privacy:
        self._check_open()
        return self._privacy

    # Submission

    async def submit(self, admissions: Sequence[Admission]) -> Sequence[Admitted | AndonError]:
        if not admissions:
            return ()

        async def record(entries: list[Entry]) -> Any:
            return await self._committer.commit(Submit(entries))

        answers = await self._keys.record(admissions, record)
        return [admitted(admission, answer) for admission, answer in zip(admissions, answers, strict=True)]

    async def submitted(self, request: RequestKey) -> Decision | None:
        return await self._read(reader.submitted, request)

    async def cancel_if_open(self, cancellation: Cancellation) -> Decision:
        return await self._write(cancel.cancel, cancellation)

    async def amend_if_open(self, amendment: Amendment) -> Revised:
        return await self._keys.write([amendment.decision], partial(self._write, revise.amend, self._names, amendment))

    async def supersede_if_open(self, admission: Admission, cancellation: Cancellation) -> Superseded:
        rows = await task_rows(self._names, admission)

        async def record(entries: list[Entry]) -> Any:
            return await self._write(supersede.supersede, entries[0], rows, cancellation)

        answer, old = await self._keys.record((admission,), record)
        return superseded(admission, answer, old)

    async def appeal_if_resolved(self, wish: AppealWish) -> Appealed:
        return await self._write(appeal.appeal, self._names, wish)

    async def tighten_if_open(self, reevaluation: Reevaluation) -> Revised:
        return await self._write(revise.tighten, self._names, reevaluation)

    async def block_if_open(self, reevaluation: Reevaluation) -> Revised:
        return await self._write(revise.block, reevaluation)

    # Human work

    async def lease_most_urgent(self, request: LeaseRequest) -> Sequence[Job]:
        async with self._leasing:  # neighbours would run for the same heads
            return await self._write(lease.lease, request)

    async def renew_if_held(self, hold_: Hold, until: int) -> Task:
        self._check_open()
        return (await self._pool.statement(hold.renew, hold_, until)).task

    async def release_if_held(self, hold_: Hold, comment: str, *, skip: bool = False) -> Task:
        return (await self._write(hold.release, hold_, comment, skip=skip)).task

    async def escalate_if_held(self, hold_: Hold, comment: str) -> Job:
        return await self._write(hold.escalate, hold_, comment)

    async def extend_if_held(self, hold_: Hold, comment: str, request: RequestKey | None = None) -> Sequence[Job]:
        return await self._write(climb.extend, hold_, comment, request)

    async def settle_if_leased(self, verdict: VerdictGiven) -> Settled:
        return await self._write(settle.settle, verdict, self._names)

    async def set_absence(self, principal: str, absence_: Absence | None, now: int) -> bool:
        return await self._write(absence.set_absence, principal, absence_, now)

    # Duties

    async def expire_due(self, now: int, limit: int, revision: str = "") -> Sequence[Expired]:
        return await self._duty(duties.expire, now, limit, revision)

    async def climb_due(self, now: int, limit: int) -> Sequence[Climbed]:
        return await self._duty(climb.climb_due, now, limit, self._names)

    async def reclaim_lapsed(self, now: int, limit: int) -> Sequence[Job]:
        return await self._duty(duties.reclaim, now, limit)

    async def age_waiting(self, now: int, interval: int, limit: int) -> int:
        return await self._write(duties.age, now, interval, limit)

    async def next_due(self, interval: int) -> int | None:
        return await self._read(reader.next_due, interval)

    async def make_room(self, now: int) -> None:
        await self._read(parts.make_room, now)

    # Several servers

    @property
    def shared(self) -> bool:
        return True

    async def changes(self, patience: float) -> Sequence[Change]:
        self._check_open()
        return await self._follower.changes(patience)

    async def lead(self, now: int, until: int) -> bool:
        return await self._pool.statement(servers.lead, self._server, now, until)

    async def resign(self) -> None:
        await self._pool.statement(servers.resign, self._server)

    async def ahead(self, now: int) -> int:
        began = time.perf_counter()
        there = await self._read(servers.database_time)
        return there - now - round((time.perf_counter() - began) / 2 * SECOND)

    # Reading

    async def decision(self, decision_id: str) -> Decision | None:
        return await self._read(reader.decision, decision_id)

    async def is_open(self, decision_id: str) -> bool:
        return await self._read(reader.is_open, decision_id)

    async def job(self, task_id: str) -> Job | None:
        return await self._read(reader.job, task_id)

    async def appeals(self, decision_id: str) -> Sequence[Appeal]:
        return await self._read(appeal.of_decision, decision_id)

    async def jobs_of(self, decision_id: str) -> Sequence[Job]:
        return await self._read(reader.jobs_of, decision_id)

    async def blind_levels(self, decision_id: str, principal: str) -> frozenset[int]:
        return await self._read(reader.blind_levels, decision_id, principal)

    async def appealed(self, request: RequestKey) -> bool:
        return await self._read(appeal.is_known, request)

    async def extended(self, request: RequestKey) -> bool:
        return await self._read(climb.is_known, request)

    async def held_by(self, holder: str, now: int) -> Sequence[Job]:
        return await self._read(reader.held_by, holder, now)

    async def absence(self, principal: str, now: int) -> Absence | None:
        return await self._read(absence.absence_of, principal, now)

    async def list_decisions(self, query: DecisionQuery) -> Sequence[Decision]:
        return await self._read(reader.list_decisions, query)

    async def window(self, query: DecisionQuery, reach: int) -> Window:
        queries = seeking.for_subject(self.sealing, query)
        return seeking.narrowest([await self._snapshot(search.window, each, reach) for each in queries])

    async def decision_events(self, decision_id: str, after: int | None, limit: int) -> Sequence[DecisionEvent]:
        return await self._snapshot(reader.decision_events, decision_id, after, limit)

    async def list_tasks(self, query: TaskQuery) -> Sequence[Job]:
        return await self._snapshot(reader.list_tasks, query)

    async def queue_depths(self) -> Mapping[str, QueueDepth]:
        return await self._read(reader.queue_depths)

    async def open_decisions(self) -> Mapping[str, int]:
        return await self._read(reader.open_decisions)

    async def recent_waits(self, limit: int) -> Mapping[str, Sequence[int]]:
        return await self._read(reader.recent_waits, limit)

    async def list_samples(self, query: SampleQuery) -> Sequence[Sample]:
        return await self._read(reader.list_samples, query)

    async def last_sample(self) -> int:
        return await self._read(reader.last_sample)

    async def first_withheld(self, after: int, action: str) -> int | None:
        return await self._read(reader.first_withheld, after, action)

    async def override_counts(
        self,
        grouping: Grouping,
        action: str,
        spans: Spans,
        limit: int | None = None,
        *,
        blind: bool = False,
        scope: Scope = EVERYTHING,
    ) -> Sequence[OverrideCount]:
        return await self._snapshot(counts.override_counts, grouping, action, spans, limit, blind, scope)

    async def reviewer_activity(
        self, spans: Spans, reviewer: str, limit: int, *, blind: bool = False, scope: Scope = EVERYTHING
    ) -> Sequence[Activity]:
        return await self._snapshot(counts.reviewer_activity, spans, reviewer, limit, blind, scope)

    async def queue_history(self, spans: Spans, queues: frozenset[str] | None) -> Mapping[str, QueueHistory]:
        return await self._snapshot(counts.queue_history, spans, queues)

    async def ledger(self, after: int, limit: int) -> Sequence[LedgerEntry]:
        return await self._read(reader.ledger, after, limit)

    # The server's own

    async def record(self, kind: str, actor: str, body: JsonObject, now: int) -> LedgerEntry:
        return await self._write(record.record, kind, actor, body, now)

    async def witness(self, sightings: Sequence[Sighting]) -> None:
        await self._write(record.witness, sightings)

    async def record_if_same(self, known: Known, kind: str, actor: str, body: JsonObject, now: int) -> bool:
        return await self._write(record.record_if_same, known, kind, actor, body, now)

    async def ping(self) -> None:
        await self._write(record.probe)

    async def secret(self, name: str, fresh: bytes) -> bytes:
        return await self._write(record.keep_secret, name, fresh)

    @property
    def in_order(self) -> bool:
        return False

    @property
    def dead(self) -> bool:
        """Only by `close`: lost connections are made anew."""
        return self._ended.is_set()

    async def died(self) -> None:
        await self._ended.wait()

    async def close(self) -> None:
        if self.dead:
            return
        self._ended.set()
        await self._committer.close()
        await self._follower.close()
        await self._pool.close()

    async def _duty(
        self,
        function: Callable[Concatenate[Session, int, P], Awaitable[list[T]]],
        now: int,
        /,
        *args: P.args,
        **kw: P.kwargs,
    ) -> list[T]:
        """A duty comes to nothing where another server leads by now."""

        async def fenced(session: Session) -> list[T]:
            if await servers.another_leads(session, self._server, now):
                return []
            return await function(session, now, *args, **kw)

        return await self._write(fenced)

    async def _read(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        self._check_open()
        return await self._pool.read(function, *args, **kw)

    async def _snapshot(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        self._check_open()
        return await self._pool.snapshot(function, *args, **kw)

    async def _write(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        self._check_open()
        return await self._pool.write(function, *args, **kw)

    def _check_open(self) -> None:
        if self.dead:
            raise StoreUnavailable
