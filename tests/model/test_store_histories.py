"""Random histories: whatever is done to a store, in whatever order, it stands as a simple model says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from andon.domain.clock import MINUTE
from andon.domain.decision import Outcome
from andon.domain.errors import DecisionResolved, PayloadChanged, RequestIdReused, SelfReview
from andon.domain.plan import WorkPlan
from andon.domain.review import OUTCOMES, Verdict
from andon.domain.search import DecisionQuery
from andon.domain.task import Escalation, TaskEvent, TaskState
from andon.store.ledger import first_fault
from andon.store.port import Store
from andon.store.values import (
    Absence,
    Admission,
    Admitted,
    Cancellation,
    Hold,
    Job,
    LeaseRequest,
    Settled,
    TaskQuery,
    VerdictGiven,
)
from tests.builders import make_admission, make_decision, make_hold, make_request, make_token, make_verdict
from tests.clock import FakeClock
from tests.conftest import LONG
from tests.model.changes import Changes
from tests.model.model import Entry, Model
from tests.model.strategies import (
    able,
    deadlines,
    leases,
    pauses,
    picks,
    plans,
    queues,
    reviewers,
    served,
    skills,
    submitters,
    verdicts,
    works,
)
from tests.model.timed import INTERVAL, Timed
from tests.store.engines import ENGINES, Engine

T = TypeVar("T")

RETRAIN: Final = 2
# Histories in a short run. A step takes several journeys to a database, and none to a file.
SHORT: Final = {"sqlite": 150, "postgres": 50}
LONG_RUN: Final = 5_000
PARTS: Final = 5
"""So many tests share the histories, so that workers can share the tests."""


class Histories(Changes, Timed):
    """One store, one model, one clock. Rules name what happens; invariants hold after each."""

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
        self._submitted: list[Admission] = []
        self._verdicts: list[tuple[VerdictGiven, Settled]] = []
        self._holds: list[Hold] = []
        self._touched: set[str] = set()
        self.submit_together(count=4)

    def teardown(self) -> None:
        if not hasattr(self, "_stack"):
            return
        with self._stack:
            if hasattr(self, "_store"):
                self._check_all()

    def _check_all(self) -> None:
        try:
            self._compare(self._model.entries, self._read)
            self._compare_lists()
            assert first_fault(self._do(self._store.ledger(0, 100_000))) is None
        finally:
            self._do(self._store.close())

    # What happens

    @rule(
        urgency=st.integers(0, 29),
        queue=queues,
        needs=skills,
        deadline=deadlines,
        plan=plans,
        work=works,
        submitter=submitters,
    )
    def submit(self, needs: tuple[str, ...], plan: Escalation | None, work: WorkPlan | None, **task: Any) -> None:
        submitter = task.pop("submitter")
        decision = make_decision(submitter=submitter, now=self._clock.now())
        request = make_request(submitter)
        task |= {"skills": needs, "escalation": plan, "plan": work}
        self._admit([make_admission(decision, request=request, **task)])

    @rule(count=st.integers(2, 5))
    def submit_together(self, count: int) -> None:
        self._admit(
            [make_admission(make_decision(now=self._clock.now()), request=make_request()) for _ in range(count)]
        )

    @precondition(lambda self: self._submitted)
    @rule(pick=picks, other=st.booleans())
    def submit_again(self, pick: int, other: bool) -> None:
        admission = self._pick(self._submitted, pick)
        assert admission.request is not None
        assert admission.task is not None
        known = admission.request
        request = make_request(known.principal, known.request_id, "b" if other else "a")
        decision = make_decision(submitter=known.principal, now=self._clock.now())
        (answer,) = self._do(self._store.submit([make_admission(decision, request=request)]))
        if other:
            assert isinstance(answer, RequestIdReused)
        else:
            assert isinstance(answer, Admitted)
            assert answer.replayed
            assert answer.decision.id == admission.decision.id
        self._touched.add(admission.task.id)

    @rule(holder=reviewers, queues=served, skills=able, count=st.integers(1, 3), span=leases)
    def lease(self, holder: str, queues: frozenset[str], skills: frozenset[str], count: int, span: int) -> None:
        self._lease(holder, queues, skills, count, span)

    @rule(holder=reviewers, verdict=verdicts, pause=pauses)
    def judge(self, holder: str, verdict: Verdict, pause: int) -> None:
        """The usual course: a lease, a while, a verdict."""
        self._lease(holder, frozenset("*"), frozenset("*"), 1, 2 * MINUTE)
        self._clock.advance(pause)
        if self._holds:
            self.settle(pick=-1, verdict=verdict, changed=False)

    @precondition(lambda self: self._holds)
    @rule(pick=picks, span=leases)
    def renew(self, pick: int, span: int) -> None:
        hold, until = self._hold(pick), self._clock.now() + span
        if self._claim(hold, self._store.renew_if_held(hold, until)):
            self._model.renew(hold, until)

    @precondition(lambda self: self._holds)
    @rule(pick=picks, skip=st.booleans())
    def release(self, pick: int, skip: bool) -> None:
        hold = self._hold(pick)
        if self._claim(hold, self._store.release_if_held(hold, "", skip=skip)):
            self._model.release(hold.task_id, by=hold.holder if skip else "")

    @rule(holder=reviewers, span=pauses, how=st.sampled_from(["back", "back", "until", "away"]))
    def go_or_come(self, holder: str, span: int, how: str) -> None:
        self._model.away.pop(holder, None)
        if how != "back":
            self._model.away[holder] = self._clock.now() + span if how == "until" else None
        absence = Absence(self._model.away[holder]) if how != "back" else None
        self._do(self._store.set_absence(holder, absence, self._clock.now()))

    @precondition(lambda self: self._holds)
    @rule(pick=picks)
    def escalate(self, pick: int) -> None:
        hold = self._hold(pick)
        if self._claim(hold, self._store.escalate_if_held(hold, ""), escalating=True):
            self._model.escalate(hold.task_id, hold.now, hold.holder)

    @precondition(lambda self: self._holds)
    @rule(pick=picks, verdict=verdicts, changed=st.sampled_from([False, False, False, True]))
    def settle(self, pick: int, verdict: Verdict, changed: bool) -> None:
        hold = self._hold(pick)
        entry = self._model.entries[hold.task_id]
        given = self._verdict(entry, hold, verdict, "0" * 64 if changed else None)
        refusal = self._refusal(entry, hold) or (PayloadChanged if changed else None)
        answer = self._claim(hold, self._store.settle_if_leased(given), refusal)
        if answer is not None:
            self._settled(given, answer)

    @precondition(lambda self: self._verdicts)
    @rule(pick=picks)
    def settle_again(self, pick: int) -> None:
        given, first = self._pick(self._verdicts, pick)
        again = self._do(self._store.settle_if_leased(given))
        assert again.replayed
        assert again.retrain is None
        assert (again.review, again.job) == (first.review, first.job)

    @precondition(lambda self: self._submitted)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        admission = self._pick(self._submitted, pick)
        assert admission.task is not None
        decision, task_id = admission.decision, admission.task.id
        wish = Cancellation(decision.id, decision.submitter, "", self._clock.now())
        refusal = None if self._model.entries[task_id].outcome is None else DecisionResolved
        if self._expect(self._store.cancel_if_open(wish), refusal):
            self._model.end(task_id, TaskEvent.CANCEL, Outcome.CANCELLED)
        self._touched.add(task_id)

    @rule()
    def reopen(self) -> None:
        self._do(self._store.close())
        self._store = self._do(self._engine.open())

    @rule(count=st.integers(0, 4), turns=st.integers(0, 12))
    def crash(self, count: int, turns: int) -> None:
        """The power goes while decisions are on their way. What was acknowledged is there; callers send all again."""
        admissions = [
            make_admission(make_decision(now=self._clock.now()), request=make_request()) for _ in range(count)
        ]
        self._engine, acknowledged = self._do(self._lose_power(admissions, turns))
        self._store = self._do(self._engine.open())
        recorded: dict[int, Admission] = {}
        for admission in admissions:
            (answer,) = self._do(self._store.submit([admission]))
            assert isinstance(answer, Admitted)
            assert answer.replayed or admission.decision.id not in acknowledged
            assert answer.decision.id == admission.decision.id
            recorded[answer.decision.sequence] = admission
        for sequence in sorted(recorded):  # what had not been recorded came behind what had
            assert sequence == len(self._model.entries) + 1
            self._remember(recorded[sequence], sequence)

    async def _lose_power(self, admissions: list[Admission], turns: int) -> tuple[Engine, set[str]]:
        tasks = {one.decision.id: asyncio.create_task(self._store.submit([one])) for one in admissions}
        for _ in range(turns):
            await asyncio.sleep(0)
        acknowledged = {id for id, task in tasks.items() if task.done()}
        rest = await self._engine.crash()
        await self._store.close()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        return rest, acknowledged

    # What always holds

    @invariant()
    def what_was_touched_stands_as_the_model_says(self) -> None:
        if hasattr(self, "_store"):
            touched, self._touched = self._touched, set()
            self._compare({task_id: self._model.entries[task_id] for task_id in touched}, self._listed)
            assert self._do(self._store.next_due(INTERVAL)) == self._model.next_due(INTERVAL)

    def _compare(self, entries: dict[str, Entry], read: Callable[[Iterable[str]], Iterable[Job | None]]) -> None:
        for job, entry in zip(read(entries), entries.values(), strict=True):
            assert job is not None
            assert job.task == entry.task
            self._compare_decision(job, entry)

    def _read(self, task_ids: Iterable[str]) -> list[Job | None]:
        return [self._do(self._store.job(task_id)) for task_id in task_ids]

    def _listed(self, task_ids: Iterable[str]) -> list[Job | None]:
        """The same in one journey."""
        jobs = self._do(self._store.list_tasks(TaskQuery(10_000, states=frozenset(TaskState))))
        found = {job.task.id: job for job in jobs}
        return [found.get(task_id) for task_id in task_ids]

    def _compare_decision(self, job: Job, entry: Entry) -> None:
        decision, task = job.decision, entry.task
        assert (decision.id, decision.sequence) == (entry.admission.decision.id, entry.sequence)
        assert decision.proposal == entry.admission.decision.proposal
        assert (decision.resolution.outcome if decision.resolution else None) == entry.outcome
        rest = 0 if task.escalation is None else task.escalation.deadline
        assert decision.expire_time == (None if entry.outcome else task.expire_time + rest)
        assert (task.state is TaskState.LEASED) == (job.task.lease is not None)

    def _compare_lists(self) -> None:
        decisions = self._do(self._store.list_decisions(DecisionQuery(10_000)))
        assert [one.sequence for one in decisions] == list(range(len(self._model.entries), 0, -1))
        assert self._do(self._store.last_sample()) == len(self._verdicts)

    # Helpers

    def _lease(self, holder: str, queues: frozenset[str], skills: frozenset[str], count: int, span: int) -> None:
        now = self._clock.now()
        tokens = [make_token() for _ in range(count)]
        request = LeaseRequest(holder, queues, skills, tokens, now, now + span, cap=4)
        expected = self._model.lease(request)
        got = self._do(self._store.lease_most_urgent(request))
        assert [job.task for job in got] == expected
        self._holds += [make_hold(task, now) for task in expected]
        self._touched.update(task.id for task in expected)

    def _do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.run(run())

    def _pick(self, some: list[T], pick: int) -> T:
        return some[pick % len(some)]

    def _admit(self, admissions: list[Admission]) -> None:
        answers = self._do(self._store.submit(admissions))
        for admission, answer in zip(admissions, answers, strict=True):
            assert isinstance(answer, Admitted)
            assert not answer.replayed
            assert answer.decision.sequence == len(self._model.entries) + 1
            self._remember(admission, answer.decision.sequence)

    def _remember(self, admission: Admission, sequence: int) -> None:
        assert admission.task is not None
        self._submitted.append(admission)
        self._model.submit(admission, sequence)
        self._touched.add(admission.task.id)

    def _hold(self, pick: int) -> Hold:
        """A claim that was good once, mostly a late one: made now."""
        recent = self._holds[-6:]
        hold = self._pick(recent, pick)
        return Hold(hold.task_id, hold.holder, hold.token, self._clock.now())

    def _refusal(self, entry: Entry, hold: Hold) -> type[Exception] | None:
        if entry.admission.decision.submitter == hold.holder:
            return SelfReview
        return self._model.refusal(hold)

    def _claim(
        self,
        hold: Hold,
        work: Coroutine[Any, Any, T],
        refusal: type[Exception] | None = None,
        escalating: bool = False,
    ) -> T | None:
        self._touched.add(hold.task_id)
        return self._expect(work, refusal or self._model.refusal(hold, escalating))

    def _expect(self, work: Coroutine[Any, Any, T], refusal: type[Exception] | None) -> T | None:
        if refusal is None:
            return self._do(work)
        with pytest.raises(refusal) as raised:
            self._do(work)
        assert raised.type is refusal
        return None

    def _verdict(self, entry: Entry, hold: Hold, verdict: Verdict, payload_hash: str | None) -> VerdictGiven:
        correction = {"approve": False} if verdict is Verdict.CORRECT else None
        return make_verdict(
            Job(entry.task, entry.admission.decision),
            verdict,
            hold.now,
            correction=correction,
            request=make_request(hold.holder),
            retrain_after=RETRAIN,
            payload_hash=payload_hash,
            hold=hold,
        )

    def _settled(self, given: VerdictGiven, settled: Settled) -> None:
        self._verdicts.append((given, settled))
        assert settled.review.sequence == len(self._verdicts)
        assert (settled.retrain is not None) == (len(self._verdicts) % RETRAIN == 0)
        self._model.end(given.hold.task_id, TaskEvent.REVIEW, OUTCOMES[given.review.verdict])


@pytest.mark.timeout(8 * 3600 if LONG else 300)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ENGINES)
def test_histories(name: str, part: int, request: pytest.FixtureRequest) -> None:
    engines = staticmethod(partial(ENGINES[name], request))
    machine: type[Histories] = type(f"Histories_{name}", (Histories,), {"engines": engines})
    seed(part)(machine)
    histories = (LONG_RUN if LONG else SHORT[name]) // PARTS
    limits = settings(max_examples=histories, stateful_step_count=60 if LONG else 25)
    machine.TestCase.settings = limits
    machine.TestCase().runTest()
