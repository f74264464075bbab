"""Random histories: the ends of decisions are contested, and judged anew by others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from andon.domain.clock import MINUTE
from andon.domain.errors import NotAppealable, RequestIdReused
from andon.domain.plan import WorkPlan
from andon.domain.task import Task, TaskKind
from andon.store.values import Appealed, AppealWish
from tests.builders import make_request, make_task
from tests.model.case import Case
from tests.model.frame import Call, Frame
from tests.model.strategies import deadlines, picks, queues


class Appeals(Frame):
    """Rules on any store and model."""

    plans: ClassVar[Sequence[WorkPlan | None]]
    """What may be said of the work on an appeal."""
    appellants: ClassVar[Sequence[str]]

    @abstractmethod
    def cases(self) -> list[Case]:
        """All decisions, by age."""

    @abstractmethod
    def appealed(self, wish: AppealWish) -> None:
        """The model is told of an appeal, and what it touches is compared."""

    @abstractmethod
    def conclude(self, pick: int) -> None:
        """Brings a decision nearer to its end."""

    @rule(
        pick=picks,
        who=picks,
        plan=picks,
        queue=queues,
        deadline=deadlines,
        ripe=st.sampled_from([True, True, True, False]),
        beyond=st.sampled_from([0, 0, 0, 0, 1, -1]),
    )
    def appeal(self, pick: int, ripe: bool, beyond: int, **seats: Any) -> None:
        """An appeal of the next level; of some other now and then, or against what can't be appealed."""
        if ripe and not self._appealable():
            self.conclude(pick)
        case = self._pick((self._appealable() if ripe else self._not_appealable()) or self.cases(), pick)
        wish = self._wish(case, max(1, len(case.ends) + beyond), **seats)
        why = case.not_appealable(wish.level)
        answer = self._expect(self._store.appeal_if_resolved(wish), NotAppealable if why else None, why or None)
        assert self._do(self._store.appealed(_request(wish))) is not bool(why)
        if answer is not None:
            assert [job.task for job in answer.jobs] == list(wish.tasks)
            self._appealed(wish, answer)

    def _appeal_again(self, known: AppealWish, other: bool) -> None:
        """The same request, with tasks of its own. It opens nothing, and gives the appeal as it stands."""
        case = self._case(known)
        again = self._wish(case, len(case.ends), who=0, plan=0, queue="a", deadline=MINUTE)
        request = make_request(known.appellant, _request(known).request_id, "b" if other else "a")
        repeated = replace(again, appellant=known.appellant, request=request)
        answer = self._expect(self._store.appeal_if_resolved(repeated), RequestIdReused if other else None)
        if answer is not None:
            assert answer.jobs == ()
            self._compare_appeal(known, answer)

    def appeals_under_way(self) -> list[Call]:
        """One that is not to be refused, if there is any."""
        ripe = self._appealable()
        if not ripe:
            return []
        wish = self._wish(ripe[-1], len(ripe[-1].ends), who=0, plan=0, queue="a", deadline=30 * MINUTE)

        def answered(answer: Appealed, acknowledged: bool) -> None:
            assert not (acknowledged and answer.jobs)
            self._appealed(wish, answer)

        return [Call(lambda: self._store.appeal_if_resolved(wish), answered)]

    def _appealable(self) -> list[Case]:
        return [case for case in self.cases() if not case.not_appealable(len(case.ends))]

    def _not_appealable(self) -> list[Case]:
        """What has ended, and can't be appealed just now."""
        return [case for case in self.cases() if not case.open and case.not_appealable(len(case.ends))]

    def _appealed(self, wish: AppealWish, answer: Appealed) -> None:
        self._repeats.append(partial(self._appeal_again, wish))
        self.appealed(wish)
        self._compare_appeal(wish, answer)

    def _compare_appeal(self, wish: AppealWish, answer: Appealed) -> None:
        case = self._case(wish)
        assert answer.appeal == case.contested()[wish.level - 1]
        assert (answer.decision.resolution, answer.decision.appeals) == (case.ends[0], len(case.appeals))

    def _case(self, wish: AppealWish) -> Case:
        return next(case for case in self.cases() if case.decision.id == wish.decision_id)

    def _wish(self, case: Case, level: int, *, who: int, plan: int, queue: str, deadline: int) -> AppealWish:
        appellant, now = self._pick(self.appellants, who), self._now()
        work = self._pick(self.plans, plan)
        quorum = work and work.quorum
        seats = quorum.seats if quorum else ((0, ""),)
        tasks = [_task(case, level, now + deadline, now, queue, work, *seat) for seat in seats]
        return AppealWish(case.decision.id, appellant, "it was intact", now, tuple(tasks), make_request(appellant))


def _task(
    case: Case, level: int, until: int, now: int, queue: str, plan: WorkPlan | None, term: int, group: str
) -> Task:
    task = make_task(case.decision, kind=TaskKind.APPEAL, queue=queue, plan=plan, term=term, group=group, urgency=29)
    return replace(task, level=level, note="it was intact", create_time=now, expire_time=until)


def _request(wish: AppealWish) -> Any:
    assert wish.request is not None
    return wish.request
