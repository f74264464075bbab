"""Random histories: whatever is done to a store, in whatever order, it stands as a simple model says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from andon.domain.clock import MINUTE, SECOND
from andon.domain.errors import NoMoreTime, PayloadChanged, RequestIdReused, SelfReview
from andon.domain.plan import WorkPlan
from andon.domain.review import Verdict
from andon.domain.task import Escalation
from andon.store.values import (
    Absence,
    Admission,
    Admitted,
    Hold,
    Job,
    LeaseRequest,
    Settled,
    VerdictGiven,
)
from tests.builders import (
    make_admission,
    make_decision,
    make_hold,
    make_proposal,
    make_request,
    make_token,
    make_verdict,
)
from tests.conftest import LONG
from tests.model.changes import Changes
from tests.model.frame import LIMIT, Call, run
from tests.model.model import Entry
from tests.model.strategies import (
    IN_FORCE,
    WORKS,
    able,
    deadlines,
    irreversible,
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
from tests.model.timed import Timed
from tests.store.engines import ENGINES, SEALED

RETRAIN: Final = 2
# Histories in a short run. A step takes several journeys to a database, and none to a file.
HISTORIES: Final = {"sqlite": 4_000, "postgres": 3_000} if LONG else {"sqlite": 150, "postgres": 50}
PARTS: Final = 5
"""So many tests share the histories, so that workers can share the tests."""


class Histories(Changes, Timed):
    """Submissions, leases, verdicts and withdrawals, among all else."""

    def begin(self) -> None:
        super().begin()
        self._recorded: dict[int, Admission] = {}
        self._admit(self._admissions(4))

    # What happens

    @rule(
        urgency=st.integers(0, 29),
        queue=queues,
        needs=skills,
        deadline=deadlines,
        plan=plans,
        work=works,
        submitter=submitters,
        irreversible=irreversible,
    )
    def submit(self, needs: tuple[str, ...], plan: Escalation | None, work: WorkPlan | None, **task: Any) -> None:
        submitter, proposal = task.pop("submitter"), make_proposal(irreversible=task.pop("irreversible"))
        decision = make_decision(proposal, submitter=submitter, now=self._now())
        request = make_request(submitter)
        task |= {"skills": needs, "escalation": plan, "plan": work}
        self._admit([make_admission(decision, request=request, **task)])

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
    @rule(pick=picks, span=leases, what=st.sampled_from(["renew", "release", "skip", "escalate", "extend"]))
    def use_lease(self, pick: int, span: int, what: str) -> None:
        """What the holder of a task can do beside judging it."""
        hold = self._hold(pick)
        if what == "renew":
            self._renew(hold, hold.now + span)
        elif what == "escalate":
            self._escalate(hold)
        elif what == "extend":
            self._extend(hold)
        else:
            self._release(hold, skip=what == "skip")

    def _renew(self, hold: Hold, until: int) -> None:
        if self._claim(hold, self._store.renew_if_held(hold, until)):
            self._model.renew(hold, until)

    def _release(self, hold: Hold, *, skip: bool) -> None:
        if self._claim(hold, self._store.release_if_held(hold, "", skip=skip)):
            self._model.release(hold.task_id, by=hold.holder if skip else "")

    def _escalate(self, hold: Hold) -> None:
        if self._claim(hold, self._store.escalate_if_held(hold, ""), escalating=True):
            self._model.escalate(hold.task_id, hold.now, hold.holder)

    def _extend(self, hold: Hold) -> None:
        refusal = self._model.refusal(hold)
        if refusal is None and not self._model.extend(hold.task_id):
            refusal = NoMoreTime
        self._claim(hold, self._store.extend_if_held(hold, ""), refusal)

    @rule(holder=reviewers, span=pauses, how=st.sampled_from(["back", "back", "until", "away"]))
    def go_or_come(self, holder: str, span: int, how: str) -> None:
        now, absence = self._now(), None
        self._model.away.pop(holder, None)
        if how != "back":
            absence = Absence(now + span if how == "until" else None)
            self._model.away[holder] = absence.until
        self._do(self._store.set_absence(holder, absence, now))

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

    def conclude(self, pick: int) -> None:
        if pick % 2:
            self.do_duty(duty="expire", limit=4, revision=IN_FORCE, wait=True)
        else:
            self.judge(holder="rita", verdict=Verdict.REJECT, pause=SECOND)

    # What is under way when something breaks

    def calls(self, count: int) -> list[Call]:
        submissions = [self._submission(one) for one in self._admissions(count)]
        return [*submissions, *self.appeals_under_way(), *self._verdicts_under_way()]

    def _submission(self, admission: Admission) -> Call:
        def answered(answers: list[Admitted], acknowledged: bool) -> None:
            (answer,) = answers
            assert answer.replayed or not acknowledged
            assert answer.decision.id == admission.decision.id
            self._recorded[answer.decision.sequence] = admission

        return Call(lambda: self._store.submit([admission]), answered)

    def _verdicts_under_way(self) -> list[Call]:
        """One that is not to be refused, if there is any."""
        for hold in reversed([self._hold(pick) for pick in range(len(self._holds[-6:]))]):
            entry = self._model.entries[hold.task_id]
            if self._refusal(entry, hold) is None:
                return [self._review(self._verdict(entry, hold, Verdict.APPROVE, None))]
        return []

    def _review(self, given: VerdictGiven) -> Call:
        def answered(answer: Settled, acknowledged: bool) -> None:
            assert answer.replayed or not acknowledged
            self._touched.add(given.hold.task_id)
            self._settled(given, answer)

        return Call(lambda: self._store.settle_if_leased(given), answered)

    def recovered(self) -> None:
        for sequence in sorted(self._recorded):  # what had not been recorded came behind what had
            assert sequence == len(self._model.cases) + 1
            self._remember(self._recorded[sequence], sequence)
        self._recorded = {}

    # Helpers

    def _lease(self, holder: str, queues: frozenset[str], skills: frozenset[str], count: int, span: int) -> None:
        now = self._now()
        tokens = [make_token() for _ in range(count)]
        request = LeaseRequest(holder, queues, skills, tokens, now, now + span, cap=4)
        expected = self._model.lease(request)
        got = self._do(self._store.lease_most_urgent(request))
        assert [job.task for job in got] == expected
        self._holds += [make_hold(task, now) for task in expected]
        self._touched.update(task.id for task in expected)

    def _admissions(self, count: int) -> list[Admission]:
        """So many decisions with work of all kinds, every third irreversible."""
        now = self._now()
        proposals = [make_proposal(irreversible=place % 3 == 2) for place in range(count)]
        decisions = [make_decision(proposal, now=now) for proposal in proposals]
        return [
            make_admission(decision, request=make_request(), deadline=20 * MINUTE, plan=work)
            for decision, work in zip(decisions, reversed(WORKS), strict=False)
        ]

    def _refusal(self, entry: Entry, hold: Hold) -> type[Exception] | None:
        if entry.case.decision.submitter == hold.holder:
            return SelfReview
        return self._model.refusal(hold)

    def _verdict(self, entry: Entry, hold: Hold, verdict: Verdict, payload_hash: str | None) -> VerdictGiven:
        correction = {"approve": False} if verdict is Verdict.CORRECT else None
        return make_verdict(
            Job(entry.task, entry.case.decision),
            verdict,
            hold.now,
            correction=correction,
            request=make_request(hold.holder),
            retrain_after=RETRAIN,
            payload_hash=payload_hash,
            hold=hold,
        )

    def _settled(self, given: VerdictGiven, settled: Settled) -> None:
        self._labels += 1
        assert settled.review.sequence == self._labels
        if not settled.replayed:
            assert (settled.retrain is not None) == (self._labels % RETRAIN == 0)
        self._model.judge(given)
        self._repeats.append(partial(self._settle_again, given, settled))

    def _settle_again(self, given: VerdictGiven, first: Settled, other: bool) -> None:
        assert given.request is not None
        request = replace(given.request, body_hash="b" * 64) if other else given.request
        work = self._store.settle_if_leased(replace(given, request=request))
        again = self._expect(work, RequestIdReused if other else None)
        if again is not None:
            assert again.replayed
            assert again.retrain is None
            assert (again.review, again.job.task) == (first.review, first.job.task)


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ENGINES)
def test_histories(name: str, part: int, request: pytest.FixtureRequest) -> None:
    run(Histories, name, request, HISTORIES[name] // PARTS, 40 if LONG else 22, part)


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize("name", SEALED)
def test_histories_of_what_is_encrypted(name: str, request: pytest.FixtureRequest) -> None:
    run(Histories, name, request, 200 if LONG else 8, 40 if LONG else 22)
