"""Random histories of decisions that several people are asked about: they stand as a simple model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from andon.domain.clock import MINUTE
from andon.domain.decision import Outcome, Resolution
from andon.domain.errors import DecisionResolved, LeaseLost, RequestIdReused
from andon.domain.plan import Quorum, Term, TimeoutDefault, WorkPlan
from andon.domain.review import Verdict
from andon.domain.task import TaskEvent
from andon.store.values import (
    Admission,
    Admitted,
    AppealWish,
    Cancellation,
    Hold,
    Job,
    LeaseRequest,
    LedgerEntry,
    Settled,
    VerdictGiven,
)
from tests.builders import make_decision, make_hold, make_proposal, make_request, make_seats, make_token, make_verdict
from tests.conftest import LONG
from tests.model.appeals import Appeals
from tests.model.case import Case
from tests.model.frame import LIMIT, Call, check_told, run
from tests.model.quorum_model import Model
from tests.model.strategies import IN_FORCE, deadlines, irreversible, leases, picks, revisions, verdicts
from tests.store.engines import ENGINES

PEOPLE: Final = {
    "rita": frozenset({"risk"}),
    "ben": frozenset({"risk", "leads"}),
    "cleo": frozenset({"leads"}),
    "dora": frozenset[str](),
    "eve": frozenset({"risk"}),
    "fred": frozenset({"risk", "leads"}),
    "gina": frozenset({"leads"}),
}
QUORUMS: Final = (
    Quorum((Term(2, 2),)),
    Quorum((Term(2, 2),), extra=0),
    Quorum((Term(2, 2),), extra=1, tie_break="leads"),
    Quorum((Term(2, 3),), extra=2, tie_break="leads"),
    Quorum((Term(2, 2, "risk"),), extra=1),
)
HISTORIES: Final = {"sqlite": 2_000, "postgres": 1_000} if LONG else {"sqlite": 40, "postgres": 20}
PARTS: Final = 5 if LONG else 1


class QuorumHistories(Appeals):
    """Submissions, leases, verdicts and withdrawals, among what befalls all stores."""

    plans = (None, *(WorkPlan(quorum, on_timeout=default) for quorum in QUORUMS for default in (None, *TimeoutDefault)))
    appellants = ("refund-service", "refund-service", "cleo", "dora")

    def begin(self) -> None:
        self._model = Model()
        self._submit(QUORUMS[0], 30 * MINUTE, TimeoutDefault.APPROVE)

    def cases(self) -> list[Case]:
        return list(self._model.cases.values())

    def appealed(self, wish: AppealWish) -> None:
        self._model.appeal(wish)
        self._touched.add(wish.decision_id)

    def check(self, ledger: Sequence[LedgerEntry]) -> None:
        for id in self._model.cases:
            self._compare(id)
        check_told(ledger, self.cases())

    # What happens

    @rule(
        quorum=st.sampled_from(QUORUMS),
        deadline=deadlines,
        default=st.sampled_from([None, TimeoutDefault.REJECT, TimeoutDefault.APPROVE, TimeoutDefault.APPROVE]),
        irreversible=irreversible,
    )
    def submit(self, quorum: Quorum, deadline: int, default: TimeoutDefault | None, irreversible: bool) -> None:
        self._submit(quorum, deadline, default, irreversible)

    @rule(holder=st.sampled_from(sorted(PEOPLE)), count=st.integers(1, 3), span=leases)
    def lease(self, holder: str, count: int, span: int) -> None:
        everything, now = frozenset("*"), self._now()
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
        given = self._verdict(job, verdict)
        answer = self._expect(self._store.settle_if_leased(given), None if _holds(job, given.hold) else LeaseLost)
        if answer is not None:
            self._settled(given, answer)

    @precondition(lambda self: self._held())
    @rule(pick=picks, skip=st.booleans())
    def release(self, pick: int, skip: bool) -> None:
        job = self._pick(self._held(), pick)
        hold = self._hold(job)
        work = self._store.release_if_held(hold, "", skip=skip)
        if self._expect(work, None if _holds(job, hold) else LeaseLost):
            asked = self._model.about(job.task)
            asked.move(job.task.id, TaskEvent.RELEASE)
            if skip:
                asked.case.barred.add(hold.holder)
        self._touched.add(job.decision.id)

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        case = self._pick([case for case in self.cases() if case.open] or self.cases(), pick)
        decision, now = case.decision, self._now()
        wish = Cancellation(decision.id, decision.submitter, "", now)
        if self._expect(self._store.cancel_if_open(wish), None if case.open else DecisionResolved):
            self._model.asked[decision.id, 0].finish(Resolution(Outcome.CANCELLED, wish.principal, now))
        self._touched.add(decision.id)

    @rule(
        duty=st.sampled_from(["expire", "expire", "reclaim"]),
        limit=st.integers(1, 5),
        revision=revisions,
        wait=st.sampled_from([True, True, True, False]),
    )
    def do_duty(self, duty: str, limit: int, revision: str, wait: bool) -> None:
        """A duty of the server, as soon as there is something to do for it, or just now."""
        moments = self._model.moments()[duty]
        if wait and moments:
            self._clock.advance(max(0, min(moments) - self._clock.now()))
        if duty == "expire":
            self._expire(limit, revision)
        else:
            self._reclaim()

    def _expire(self, limit: int, revision: str) -> None:
        now = self._now()
        expected = self._model.expire(now, limit, revision)
        done = self._do(self._store.expire_due(now, limit, revision))
        assert [one.job.task.id for one in done] == expected
        self._touched.update(one.job.decision.id for one in done)

    def _reclaim(self) -> None:
        now = self._now()
        expected = self._model.lapse(now)
        jobs = self._do(self._store.reclaim_lapsed(now, 1_000))
        assert sorted(job.task.id for job in jobs) == expected
        self._touched.update(job.decision.id for job in jobs)

    def conclude(self, pick: int) -> None:
        if pick % 2:
            self.do_duty(duty="expire", limit=5, revision=IN_FORCE, wait=True)
        else:
            self.judge_in_turn(said=[("rita", Verdict.REJECT), ("ben", Verdict.REJECT)])

    # What is under way when something breaks

    def calls(self, count: int) -> list[Call]:
        defaults = (TimeoutDefault.APPROVE, None, TimeoutDefault.REJECT, TimeoutDefault.APPROVE)[:count]
        submissions = [self._submission(self._admission(QUORUMS[0], 10 * MINUTE, one)) for one in defaults]
        return [*submissions, *self.appeals_under_way(), *self._verdicts_under_way()]

    def _submission(self, admission: Admission) -> Call:
        def answered(answers: list[Admitted], acknowledged: bool) -> None:
            assert answers[0].replayed or not acknowledged
            self._submitted(admission)

        return Call(lambda: self._store.submit([admission]), answered)

    def _verdicts_under_way(self) -> list[Call]:
        """One that is not to be refused, if there is any."""
        good = [(job, given) for job in self._held() if _holds(job, (given := self._verdict(job)).hold)]
        return [self._review(given) for _, given in good[-1:]]

    def _review(self, given: VerdictGiven) -> Call:
        def answered(answer: Settled, acknowledged: bool) -> None:
            assert answer.replayed or not acknowledged
            self._settled(given, answer)

        return Call(lambda: self._store.settle_if_leased(given), answered)

    # What always holds

    @invariant()
    def what_was_touched_stands_as_the_model_says(self) -> None:
        touched: set[str] = getattr(self, "_touched", set())
        self._touched = set()
        for id in touched:
            self._compare(id)

    def _compare(self, id: str) -> None:
        case, levels = self._model.cases[id], self._model.levels(id)
        jobs = self._do(self._store.jobs_of(id))
        assert {job.task.id: job.task for job in jobs} == {
            id: seat for asked in levels for id, seat in asked.seats.items()
        }
        assert (jobs[0].decision.resolution, jobs[0].decision.appeals) == (case.ends[0], len(case.appeals))
        if case.appeals:
            assert self._do(self._store.appeals(id)) == case.contested()
        for asked in levels:
            assert bool(asked.open()) == (asked.end is None), (
                "somebody is asked for as long as it is open, and no longer"
            )

    # Helpers

    def _admission(
        self, quorum: Quorum, deadline: int, default: TimeoutDefault | None = None, irreversible: bool = False
    ) -> Admission:
        decision = make_decision(make_proposal(irreversible=irreversible), now=self._now())
        return make_seats(quorum, decision, request=make_request(), on_timeout=default, deadline=deadline)

    def _submit(self, *wanted: Any) -> None:
        admission = self._admission(*wanted)
        self._do(self._store.submit([admission]))
        self._submitted(admission)

    def _submitted(self, admission: Admission) -> None:
        self._model.submit(admission)
        self._touched.add(admission.decision.id)

    def _hold(self, job: Job) -> Hold:
        """The holder's claim, made now."""
        return make_hold(job.task, self._now())

    def _verdict(self, job: Job, verdict: Verdict = Verdict.APPROVE) -> VerdictGiven:
        hold = self._hold(job)
        correction = {"approve": False} if verdict is Verdict.CORRECT else None
        request = make_request(hold.holder)
        return make_verdict(job, verdict, hold.now, hold=hold, correction=correction, request=request)

    def _settled(self, given: VerdictGiven, settled: Settled) -> None:
        asked = self._model.about(settled.job.task)
        before = set(asked.seats)
        asked.say(given)
        if not settled.replayed:
            assert settled.ended == (asked.end is not None)
            assert {one.task.id for one in settled.opened} == set(asked.seats) - before
        self._repeats.append(partial(self._settle_again, given, settled))
        self._touched.add(settled.job.decision.id)

    def _settle_again(self, given: VerdictGiven, first: Settled, other: bool) -> None:
        assert given.request is not None
        request = replace(given.request, body_hash="b" * 64) if other else given.request
        work = self._store.settle_if_leased(replace(given, request=request))
        again = self._expect(work, RequestIdReused if other else None)
        if again is not None:
            assert (again.replayed, again.review) == (True, first.review)
        self._touched.add(first.job.decision.id)

    def _held(self) -> list[Job]:
        return [
            Job(seat, asked.case.decision)
            for asked in self._model.asked.values()
            for seat in asked.open()
            if seat.lease is not None
        ]


def _holds(job: Job, hold: Hold) -> bool:
    """Whether the lease is still in force."""
    return job.task.lease is not None and job.task.lease.expire_time > hold.now


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ENGINES)
def test_quorum_histories(name: str, part: int, request: pytest.FixtureRequest) -> None:
    run(QuorumHistories, name, request, HISTORIES[name] // PARTS, 40 if LONG else 25, part)
