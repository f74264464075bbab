"""The store itself: every method of the port, in terms of operations and readings."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from andon.domain.appeal import Appeal
from andon.domain.canonical import JsonObject, canonical
from andon.domain.counts import Activity, Grouping, OverrideCount, QueueDepth, QueueHistory
from andon.domain.decision import Decision
from andon.domain.errors import AndonError, StoreUnavailable
from andon.domain.event import DecisionEvent
from andon.domain.samples import Sample, SampleQuery
from andon.domain.search import EVERYTHING, DecisionQuery, Scope, Window
from andon.domain.spans import Spans
from andon.domain.task import Task
from andon.store import codec, drafts, seeking
from andon.store.evidence import Evidence
from andon.store.groups import Committer
from andon.store.ledger import Draft
from andon.store.outbox import Outbox
from andon.store.privacy import Privacy
from andon.store.proofs import Proofs
from andon.store.recorded import Entry, admitted, rendered, superseded
from andon.store.report import fault
from andon.store.sealing import PLAIN, TRIES, KeyGone, KeyRow, SealBroken, Sealer, Sealing, seal_entries, take_up
from andon.store.sqlite import counts, reader, search
from andon.store.sqlite.checkpointer import Checkpointer
from andon.store.sqlite.connection import Connection
from andon.store.sqlite.evidence import SqliteEvidence
from andon.store.sqlite.lock import FileLock
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.absence import SetAbsence
from andon.store.sqlite.operations.appeal import OpenAppeal
from andon.store.sqlite.operations.cancel import Cancel
from andon.store.sqlite.operations.climb import ClimbDue, Extend
from andon.store.sqlite.operations.duties import Age, Expire, Reclaim
from andon.store.sqlite.operations.hold import Escalate, Release, Renew
from andon.store.sqlite.operations.lease import LeaseMostUrgent
from andon.store.sqlite.operations.record import KeepSecret, Probe, Record, RecordIfSame, Witness
from andon.store.sqlite.operations.revise import Amend, Block, Tighten
from andon.store.sqlite.operations.settle import Settle, SettledRow
from andon.store.sqlite.operations.submit import Submit
from andon.store.sqlite.operations.supersede import Supersede
from andon.store.sqlite.outbox import SqliteOutbox
from andon.store.sqlite.privacy import SqlitePrivacy
from andon.store.sqlite.proofs import SqliteProofs
from andon.store.sqlite.sealing import Finder, Minted, find, kept_state
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


class SqliteStore:
    """The port on one SQLite file. Made by `open_sqlite`; see `andon.store.port.Store` for what each method promises.

    One connection writes, in groups (`Committer`); one moves the log into the file (`Checkpointer`); three read, for
    single things, lists and counts, so that a long list holds up nobody who asks for one decision, and a count no list.
    """

    def __init__(
        self,
        lock: FileLock,
        writer: Connection,
        committer: Committer[Operation[Any]],
        checkpointer: Checkpointer,
        single: Connection,
        lists: Connection,
        counts: Connection,
        sealer: Sealer | None = None,
    ) -> None:
        self._lock = lock
        self._sealer = sealer
        self.sealing: Sealing = PLAIN if sealer is None else sealer
        self._checkpointer = checkpointer
        self._writer = writer
        self._committer = committer
        self._single = single
        self._lists = lists
        self._counts = counts
        self._closed = False
        self._outbox = SqliteOutbox(committer.commit, partial(self._read, lists))
        self._evidence = SqliteEvidence(committer.commit, partial(self._read, lists))
        self._proofs = SqliteProofs(committer.commit, partial(self._read, single))
        self._finder = Finder(self._find_keys)
        self._privacy = SqlitePrivacy(committer.commit, partial(self._read, lists), checkpointer.empty, self._sealer)

    @property
    def outbox(self) -> Outbox:
        return self._outbox

    @property
    def proofs(self) -> Proofs:
        return self._proofs

    @property
    def evidence(self) -> Evidence:
        return self._evidence

    @property
    def privacy(self) -> Privacy:
        return self._privacy

    # Submission

    async def submit(self, admissions: Sequence[Admission]) -> Sequence[Admitted | AndonError]:
        if not admissions:
            return ()
        answers = await self._recorded(admissions, Submit)
        return [admitted(admission, answer) for admission, answer in zip(admissions, answers, strict=True)]

    async def submitted(self, request: RequestKey) -> Decision | None:
        return await self._read(self._single, reader.submitted, request)

    async def cancel_if_open(self, cancellation: Cancellation) -> Decision:
        return codec.decision(await self._committer.commit(Cancel(cancellation)))

    async def amend_if_open(self, amendment: Amendment) -> Revised:
        revised: Revised = await self._committer.commit(Amend(amendment))
        return revised

    async def supersede_if_open(self, admission: Admission, cancellation: Cancellation) -> Superseded:
        answer, old = await self._recorded((admission,), lambda made, keys: Supersede(made[0], cancellation, keys))
        return superseded(admission, answer, old)

    async def _find_keys(self, subjects: Sequence[str]) -> Sequence[KeyRow]:
        return await self._read(self._single, find, subjects)

    async def _recorded(
        self, admissions: Sequence[Admission], recording: Callable[[list[Entry], Sequence[KeyRow]], Operation[Any]]
    ) -> Any:
        """Records admissions, sealed where that is so; again where a key was destroyed meanwhile."""
        if self._sealer is None:
            entries = [Entry(admissions[0])] if len(admissions) == 1 else await rendered(admissions)
            return await self._committer.commit(recording(entries, ()))
        for _ in range(TRIES):
            entries, keys = await rendered(admissions), Minted(self._finder.find)
            try:
                await seal_entries(self._sealer, keys, entries)
                return await self._committer.commit(recording(entries, keys.rows))
            except KeyGone:
                self._sealer.forget()
            except SealBroken as error:
                fault("store.seal_broken", error=str(error))
                raise StoreUnavailable from error
        raise StoreUnavailable

    async def appeal_if_resolved(self, wish: AppealWish) -> Appealed:
        appealed: Appealed = await self._committer.commit(OpenAppeal(wish))
        return appealed

    async def tighten_if_open(self, reevaluation: Reevaluation) -> Revised:
        revised: Revised = await self._committer.commit(Tighten(reevaluation))
        return revised

    async def block_if_open(self, reevaluation: Reevaluation) -> Revised:
        revised: Revised = await self._committer.commit(Block(reevaluation))
        return revised

    # Human work

    async def lease_most_urgent(self, request: LeaseRequest) -> Sequence[Job]:
        return [codec.job(row) for row in await self._committer.commit(LeaseMostUrgent(request))]

    async def renew_if_held(self, hold: Hold, until: int) -> Task:
        return codec.job(await self._committer.commit(Renew(hold, until))).task

    async def release_if_held(self, hold: Hold, comment: str, *, skip: bool = False) -> Task:
        return codec.job(await self._committer.commit(Release(hold, comment, skip))).task

    async def escalate_if_held(self, hold: Hold, comment: str) -> Job:
        return codec.job(await self._committer.commit(Escalate(hold, comment)))

    async def extend_if_held(self, hold: Hold, comment: str, request: RequestKey | None = None) -> Sequence[Job]:
        return [codec.job(row) for row in await self._committer.commit(Extend(hold, comment, request))]

    async def settle_if_leased(self, verdict: VerdictGiven) -> Settled:
        done: SettledRow = await self._committer.commit(Settle(verdict))
        return done.settled()

    async def set_absence(self, principal: str, absence: Absence | None, now: int) -> bool:
        news: bool = await self._committer.commit(SetAbsence(principal, absence, now))
        return news

    # Duties

    async def expire_due(self, now: int, limit: int, revision: str = "") -> Sequence[Expired]:
        done: Sequence[Expired] = await self._committer.commit(Expire(now, limit, revision))
        return done

    async def climb_due(self, now: int, limit: int) -> Sequence[Climbed]:
        climbed: list[Climbed] = await self._committer.commit(ClimbDue(now, limit))
        return climbed

    async def reclaim_lapsed(self, now: int, limit: int) -> Sequence[Job]:
        return [codec.job(row) for _, row in await self._committer.commit(Reclaim(now, limit))]

    async def age_waiting(self, now: int, interval: int, limit: int) -> int:
        aged: int = await self._committer.commit(Age(now, interval, limit))
        return aged

    async def next_due(self, interval: int) -> int | None:
        moment: int | None = await self._read(self._single, reader.number, "next_due", {"interval": interval})
        return moment

    async def make_room(self, now: int) -> None:
        if self._sealer is not None:
            take_up(self._sealer, await self._read(self._single, kept_state))

    # Several servers: there can be one only, the lock sees to that.

    @property
    def shared(self) -> bool:
        return False

    async def changes(self, patience: float) -> Sequence[Change]:
        return ()

    async def lead(self, now: int, until: int) -> bool:
        return True

    async def resign(self) -> None:
        return None

    async def ahead(self, now: int) -> int:
        return 0

    # Reading

    async def decision(self, decision_id: str) -> Decision | None:
        return await self._read(self._single, reader.decision, decision_id)

    async def is_open(self, decision_id: str) -> bool:
        return bool(await self._read(self._single, reader.number, "is_open", {"decision_id": decision_id}))

    async def job(self, task_id: str) -> Job | None:
        return await self._read(self._single, reader.job, task_id)

    async def appeals(self, decision_id: str) -> Sequence[Appeal]:
        return await self._read(self._single, reader.appeals, decision_id)

    async def jobs_of(self, decision_id: str) -> Sequence[Job]:
        return await self._read(self._single, reader.jobs_of, decision_id)

    async def blind_levels(self, decision_id: str, principal: str) -> frozenset[int]:
        return await self._read(self._single, reader.blind_levels, decision_id, principal)

    async def appealed(self, request: RequestKey) -> bool:
        return await self._read(self._single, reader.appealed, request)

    async def extended(self, request: RequestKey) -> bool:
        return await self._read(self._single, reader.extended, request)

    async def held_by(self, holder: str, now: int) -> Sequence[Job]:
        return await self._read(self._single, reader.held_by, holder, now)

    async def absence(self, principal: str, now: int) -> Absence | None:
        return await self._read(self._single, reader.absence, principal, now)

    async def list_decisions(self, query: DecisionQuery) -> Sequence[Decision]:
        return await self._read(self._lists, reader.list_decisions, query, self._sealer)

    async def window(self, query: DecisionQuery, reach: int) -> Window:
        queries = seeking.for_subject(self.sealing, query)
        return seeking.narrowest([await self._read(self._lists, search.window, each, reach) for each in queries])

    async def decision_events(self, decision_id: str, after: int | None, limit: int) -> Sequence[DecisionEvent]:
        return await self._read(self._single, reader.decision_events, decision_id, after, limit)

    async def list_tasks(self, query: TaskQuery) -> Sequence[Job]:
        return await self._read(self._lists, reader.list_tasks, query)

    async def queue_depths(self) -> Mapping[str, QueueDepth]:
        return await self._read(self._lists, reader.queue_depths)

    async def open_decisions(self) -> Mapping[str, int]:
        return await self._read(self._lists, reader.open_decisions)

    async def recent_waits(self, limit: int) -> Mapping[str, Sequence[int]]:
        return await self._read(self._lists, reader.recent_waits, limit)

    async def list_samples(self, query: SampleQuery) -> Sequence[Sample]:
        return await self._read(self._lists, reader.list_samples, query)

    async def last_sample(self) -> int:
        last: int = await self._read(self._single, reader.number, "last_sample", {})
        return last

    async def first_withheld(self, after: int, action: str) -> int | None:
        return await self._read(self._lists, reader.first_withheld, after, action)

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
        return await self._read(self._counts, counts.override_counts, grouping, action, spans, limit, blind, scope)

    async def reviewer_activity(
        self, spans: Spans, reviewer: str, limit: int, *, blind: bool = False, scope: Scope = EVERYTHING
    ) -> Sequence[Activity]:
        return await self._read(self._counts, counts.reviewer_activity, spans, reviewer, limit, blind, scope)

    async def queue_history(self, spans: Spans, queues: frozenset[str] | None) -> Mapping[str, QueueHistory]:
        return await self._read(self._counts, counts.queue_history, spans, queues)

    async def ledger(self, after: int, limit: int) -> Sequence[LedgerEntry]:
        return await self._read(self._lists, reader.ledger, after, limit)

    # The server's own

    async def record(self, kind: str, actor: str, body: JsonObject, now: int) -> LedgerEntry:
        link = await self._committer.commit(Record(Draft(now, kind, actor, canonical(body))))
        return LedgerEntry(link.sequence, now, kind, actor, "", "", body, link.previous, link.hash)

    async def witness(self, sightings: Sequence[Sighting]) -> None:
        await self._committer.commit(Witness(tuple(map(drafts.seen, sightings))))

    async def record_if_same(self, known: Known, kind: str, actor: str, body: JsonObject, now: int) -> bool:
        done: bool = await self._committer.commit(RecordIfSame(known, Draft(now, kind, actor, canonical(body))))
        return done

    async def ping(self) -> None:
        await self._committer.commit(Probe())

    async def secret(self, name: str, fresh: bytes) -> bytes:
        kept: bytes = await self._committer.commit(KeepSecret(name, fresh))
        return kept

    @property
    def in_order(self) -> bool:
        return True

    @property
    def dead(self) -> bool:
        return self._committer.dead

    async def died(self) -> None:
        await self._committer.ended()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        async with AsyncExitStack() as stack:  # from the last to the first, each whatever the others raise
            stack.callback(self._lock.release)
            for connection in (self._writer, self._counts, self._lists, self._single):
                stack.push_async_callback(connection.close)
            stack.push_async_callback(self._checkpointer.close)
            stack.push_async_callback(self._committer.close)

    async def _read(
        self,
        connection: Connection,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kw: P.kwargs,
    ) -> T:
        if self._closed:
            raise StoreUnavailable
        try:
            return await connection.run(function, *args, **kw)
        except (sqlite3.Error, SealBroken) as error:
            fault("store.read_failed", error=str(error))
            raise StoreUnavailable from error
