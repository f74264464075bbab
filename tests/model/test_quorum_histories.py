"""Random histories of decisions that several people are asked about: they stand as a simple model says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import ClassVar, Final, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from andon.domain.clock import MINUTE
from andon.domain.decision import Outcome
from andon.domain.errors import AndonError, DecisionResolved
from andon.domain.plan import Quorum, Term
from andon.domain.review import Verdict
from andon.domain.task import TaskEvent
from andon.store.ledger import LedgerKind, first_fault
from andon.store.port import Store
from andon.store.values import Cancellation, Hold, Job, LeaseRequest, Settled, VerdictGiven
from tests.builders import make_decision, make_request, make_seats, make_token, make_verdict
from tests.clock import FakeClock
from tests.conftest import LONG
from tests.model.quorum_model import Asked, End, Model
from tests.model.strategies import deadlines, leases, pauses, picks, verdicts
from tests.store.engines import ENGINES, Engine

T = TypeVar("T")

PEOPLE: Final = {
    "rita": frozenset({"risk"}),
    "ben": frozenset({"risk", "leads"}),
    "cleo": frozenset({"leads"}),
    "dora": frozenset[str](),
    "eve": frozenset({"risk"}),
}
QUORUMS: Final = (
    Quorum((Term(2, 2),)),
    Quorum((Term(2, 2),), extra=0),
    Quorum((Term(2, 2),), extra=1, tie_break="leads"),
    Quorum((Term(2, 3),), extra=2, tie_break="leads"),
    Quorum((Term(2, 2, "risk"),), extra=1),
)
SHORT: Final = {"sqlite": 40, "postgres": 20}
LONG_RUN: Final = 2_000


class QuorumHistories(RuleBasedStateMachine):
    """One store, one model, one clock."""

    engines: ClassVar[Callable[[], AbstractContextManager[Engine]]]
    """Makes an engine with an empty store."""

    @initialize()
    def open(self) -> None:
        self._stack = ExitStack()
        self._engine: Engine = self._stack.enter_context(type(self).engines())
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._store: Store = self._do(self._engine.open())
        self._clock = FakeClock()
        self._model = Model()
        self._given: list[tuple[VerdictGiven, Settled]] = []
        self._touched: set[str] = set()
        self.submit(QUORUMS[0], 30 * MINUTE)

    def teardown(self) -> None:
        if not hasattr(self, "_stack"):
            return
        with self._stack:
            if hasattr(self, "_store"):
                self._check_all()
                self._do(self._store.close())

    def _check_all(self) -> None:
        for id, asked in self._model.asked.items():
            self._compare(id, asked)
        entries = self._do(self._store.ledger(0, 100_000))
        assert first_fault(entries) is None
        for id, asked in self._model.asked.items():
            told = [entry for entry in entries if entry.decision_id == id]
            assert sum(bool(entry.body.get("outcome")) for entry in told) == (asked.end is not None)
            assert sum(entry.kind == LedgerKind.REVIEWED for entry in told) == len(asked.said)

    # What happens

    @rule(quorum=st.sampled_from(QUORUMS), deadline=deadlines)
    def submit(self, quorum: Quorum, deadline: int) -> None:
        admission = make_seats(quorum, make_decision(now=self._clock.now()), deadline=deadline)
        self._do(self._store.submit([admission]))
        self._model.submit(admission)
        self._touched.add(admission.decision.id)

    @rule(holder=st.sampled_from(sorted(PEOPLE)), count=st.integers(1, 3), span=leases)
    def lease(self, holder: str, count: int, span: int) -> None:
        everything, now = frozenset("*"), self._clock.now()
        tokens = [make_token() for _ in range(count)]
        request = LeaseRequest(holder, everything, everything, tokens, now, now + span, groups=PEOPLE[holder])
        expected = self._model.lease(request)
        assert [job.task for job in self._do(self._store.lease_most_urgent(request))] == expected
        self._touched.update(task.decision_id for task in expected)

    @rule(said=st.lists(st.tuples(st.sampled_from(sorted(PEOPLE)), verdicts), min_size=2, max_size=5))
    def judge_in_turn(self, said: list[tuple[str, Verdict]]) -> None:
        """The usual course: somebody takes the most urgent one and judges it, then the next."""
        for holder, verdict in said:
            before = {job.task.id for job in self._held()}
            self.lease(holder, 1, 2 * MINUTE)
            for job in self._held():
                if job.task.id not in before:
                    self._judge(job, verdict)

    @precondition(lambda self: self._held())
    @rule(pick=picks, verdict=verdicts)
    def judge(self, pick: int, verdict: Verdict) -> None:
        self._judge(self._pick(self._held(), pick), verdict)

    def _judge(self, job: Job, verdict: Verdict) -> None:
        lease, asked = job.task.lease, self._model.asked[job.decision.id]
        assert lease is not None
        correction = {"approve": False} if verdict is Verdict.CORRECT else None
        now, request = self._clock.now(), make_request(lease.holder)
        given = make_verdict(job, verdict, now, correction=correction, request=request)
        if lease.expire_time <= now:
            with pytest.raises(AndonError):
                self._do(self._store.settle_if_leased(given))
            return
        settled = self._do(self._store.settle_if_leased(given))
        before = set(asked.seats)
        asked.say(job.task.id, lease.holder, verdict, given.fresh_id, now)
        assert settled.ended == (asked.end is not None)
        assert {one.task.id for one in settled.opened} == set(asked.seats) - before
        self._given.append((given, settled))
        self._touched.add(job.decision.id)

    @precondition(lambda self: self._given)
    @rule(pick=picks)
    def judge_again(self, pick: int) -> None:
        given, first = self._pick(self._given, pick)
        again = self._do(self._store.settle_if_leased(given))
        assert (again.replayed, again.review) == (True, first.review)
        self._touched.add(first.job.decision.id)

    @precondition(lambda self: self._held())
    @rule(pick=picks, skip=st.booleans())
    def release(self, pick: int, skip: bool) -> None:
        job = self._pick(self._held(), pick)
        lease, now = job.task.lease, self._clock.now()
        assert lease is not None
        if lease.expire_time <= now:
            return
        self._do(self._store.release_if_held(Hold(job.task.id, lease.holder, lease.token, now), "", skip=skip))
        asked = self._model.asked[job.decision.id]
        asked.move(job.task.id, TaskEvent.RELEASE)
        if skip:
            asked.barred.add(lease.holder)
        self._touched.add(job.decision.id)

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        id, asked = self._pick(list(self._model.asked.items()), pick)
        wish = Cancellation(id, asked.admission.decision.submitter, "", self._clock.now())
        if asked.end is not None:
            with pytest.raises(DecisionResolved):
                self._do(self._store.cancel_if_open(wish))
            return
        self._do(self._store.cancel_if_open(wish))
        asked.finish(End(Outcome.CANCELLED, wish.principal))
        self._touched.add(id)

    @rule(span=pauses)
    def time_passes(self, span: int) -> None:
        self._clock.advance(span)

    @rule(limit=st.integers(1, 5))
    def expire(self, limit: int) -> None:
        now = self._clock.now()
        expected = self._model.expire(now, limit)
        done = self._do(self._store.expire_due(now, limit))
        assert [one.job.task.id for one in done] == expected
        self._touched.update(one.job.decision.id for one in done)

    @rule()
    def reclaim(self) -> None:
        now = self._clock.now()
        expected = self._model.lapse(now)
        jobs = self._do(self._store.reclaim_lapsed(now, 1_000))
        assert sorted(job.task.id for job in jobs) == expected
        self._touched.update(job.decision.id for job in jobs)

    @rule()
    def reopen(self) -> None:
        self._do(self._store.close())
        self._store = self._do(self._engine.open())

    # What always holds

    @invariant()
    def what_was_touched_stands_as_the_model_says(self) -> None:
        touched: set[str] = getattr(self, "_touched", set())
        self._touched = set()
        for id in touched:
            self._compare(id, self._model.asked[id])

    def _compare(self, id: str, asked: Asked) -> None:
        jobs = self._do(self._store.jobs_of(id))
        assert {job.task.id: job.task for job in jobs} == asked.seats
        ended = jobs[0].decision.resolution
        assert (None if ended is None else End(ended.outcome, ended.resolved_by)) == asked.end
        assert bool(asked.open()) == (asked.end is None), "somebody is asked for as long as it is open, and no longer"

    # Helpers

    def _held(self) -> list[Job]:
        return [
            Job(seat, asked.admission.decision)
            for asked in self._model.asked.values()
            for seat in asked.open()
            if seat.lease is not None
        ]

    def _pick(self, some: list[T], pick: int) -> T:
        return some[pick % len(some)]

    def _do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.run(run())


@pytest.mark.timeout(8 * 3600 if LONG else 300)
@pytest.mark.parametrize("name", ENGINES)
def test_quorum_histories(name: str, request: pytest.FixtureRequest) -> None:
    engines = staticmethod(partial(ENGINES[name], request))
    machine: type[QuorumHistories] = type(f"QuorumHistories_{name}", (QuorumHistories,), {"engines": engines})
    histories = LONG_RUN if LONG else SHORT[name]
    machine.TestCase.settings = settings(max_examples=histories, stateful_step_count=60 if LONG else 30)
    machine.TestCase().runTest()
