"""Random histories of decisions that one person at a time is asked about: store and model side by side."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from hypothesis.stateful import invariant

from andon.domain.clock import MINUTE
from andon.domain.errors import RequestIdReused
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.store.values import (
    Admission,
    Admitted,
    AppealWish,
    Hold,
    Job,
    LedgerEntry,
    TaskQuery,
)
from tests.builders import make_admission, make_decision, make_request
from tests.model.appeals import Appeals
from tests.model.case import Case
from tests.model.frame import check_told
from tests.model.model import Entry, Model
from tests.model.strategies import WORKS

T = TypeVar("T")

INTERVAL: Final = 3 * MINUTE


class Tasks(Appeals):
    """What was done, and what always holds."""

    plans = WORKS
    appellants = ("refund-service", "refund-service", "rita", "ben", "lena")

    def begin(self) -> None:
        self._model = Model()
        self._labels = 0
        self._holds: list[Hold] = []

    def cases(self) -> list[Case]:
        return list(self._model.cases.values())

    def appealed(self, wish: AppealWish) -> None:
        self._model.appeal(wish)
        self._touched.update(task.id for task in wish.tasks)

    def check(self, ledger: Sequence[LedgerEntry]) -> None:
        self._compare(self._model.entries, self._read)
        decisions = self._do(self._store.list_decisions(DecisionQuery(10_000)))
        assert [one.sequence for one in decisions] == list(range(len(self._model.cases), 0, -1))
        assert self._do(self._store.last_sample()) == self._labels
        check_told(ledger, self.cases())

    # What always holds

    @invariant()
    def what_was_touched_stands_as_the_model_says(self) -> None:
        if hasattr(self, "_store"):
            touched, self._touched = self._touched, set()
            if touched:
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
        decision, task, case = job.decision, entry.task, entry.case
        assert (decision.id, decision.sequence) == (case.decision.id, entry.sequence)
        assert decision.proposal == case.decision.proposal
        assert (decision.resolution, decision.appeals) == (case.ends[0], len(case.appeals))
        rest = 0 if task.escalation is None else task.escalation.deadline
        assert decision.expire_time == (task.expire_time + rest if case.open else None)
        assert (task.state is TaskState.LEASED) == (job.task.lease is not None)
        if task.level:
            assert self._do(self._store.appeals(decision.id)) == case.contested()

    # Helpers

    def _admit(self, admissions: list[Admission]) -> None:
        answers = self._do(self._store.submit(admissions))
        for admission, answer in zip(admissions, answers, strict=True):
            assert isinstance(answer, Admitted)
            assert not answer.replayed
            assert answer.decision.sequence == len(self._model.cases) + 1
            self._remember(admission, answer.decision.sequence)

    def _remember(self, admission: Admission, sequence: int) -> None:
        assert admission.task is not None
        self._repeats.append(partial(self._submit_again, admission))
        self._model.submit(admission, sequence)
        self._touched.add(admission.task.id)

    def _submit_again(self, known: Admission, other: bool) -> None:
        assert known.request is not None
        request = make_request(known.request.principal, known.request.request_id, "b" if other else "a")
        decision = make_decision(submitter=request.principal, now=self._now())
        (answer,) = self._do(self._store.submit([make_admission(decision, request=request)]))
        if other:
            assert isinstance(answer, RequestIdReused)
        else:
            assert isinstance(answer, Admitted)
            assert answer.replayed
            assert answer.decision.id == known.decision.id
        self._touched.add(self._model.about(known.decision.id).task.id)

    def _hold(self, pick: int) -> Hold:
        """A claim that was good once, mostly a late one: made now."""
        hold = self._pick(self._holds[-6:], pick)
        return Hold(hold.task_id, hold.holder, hold.token, self._now())

    def _claim(
        self,
        hold: Hold,
        work: Coroutine[Any, Any, T],
        refusal: type[Exception] | None = None,
        escalating: bool = False,
    ) -> T | None:
        self._touched.add(hold.task_id)
        return self._expect(work, refusal or self._model.refusal(hold, escalating))
