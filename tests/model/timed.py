"""Random histories: what time does to tasks, and who asks for more of it."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from andon.domain.clock import MINUTE
from andon.domain.decision import Outcome
from andon.domain.errors import NoMoreTime
from andon.domain.task import TaskEvent
from tests.model.strategies import pauses, picks

INTERVAL: Final = 3 * MINUTE


class Timed(RuleBasedStateMachine):
    """Rules beside those of `Histories`, on its store and its model."""

    @rule(span=pauses)
    def time_passes(self, span: int) -> None:
        own: Any = self
        own._clock.advance(span)

    @precondition(lambda self: self._holds)
    @rule(pick=picks)
    def extend(self, pick: int) -> None:
        own: Any = self
        hold = own._hold(pick)
        refusal = own._model.refusal(hold)
        if refusal is None and not own._model.extend(hold.task_id):
            refusal = NoMoreTime
        own._claim(hold, own._store.extend_if_held(hold, ""), refusal)

    @rule(limit=st.integers(1, 4))
    def expire(self, limit: int) -> None:
        own: Any = self
        now = own._clock.now()
        due = {task.id: task for task in own._model.due(now)}
        done = own._do(own._store.expire_due(now, limit))
        assert len(done) == min(limit, len(due))
        for expired in done:
            task = due.pop(expired.job.task.id)
            assert expired.left == task.queue
            assert expired.escalated == (task.escalation is not None)
            if expired.escalated:
                own._model.escalate(task.id, now)
            else:
                own._model.end(task.id, TaskEvent.EXPIRE, Outcome.EXPIRED)
            own._touched.add(task.id)

    @rule(limit=st.integers(1, 4))
    def climb(self, limit: int) -> None:
        own: Any = self
        now = own._clock.now()
        due = {task.id for task in own._model.rungs_due(now)}
        done = own._do(own._store.climb_due(now, limit))
        assert len(done) == min(limit, len(due))
        for climbed in done:
            task_id = climbed.job.task.id
            due.remove(task_id)
            assert climbed.left == own._model.climb(task_id, now)
            own._touched.add(task_id)

    @rule(limit=st.integers(1, 4))
    def reclaim(self, limit: int) -> None:
        own: Any = self
        now = own._clock.now()
        lapsed = {task.id for task in own._model.lapsed(now)}
        done = own._do(own._store.reclaim_lapsed(now, limit))
        assert len(done) == min(limit, len(lapsed))
        for job in done:
            assert job.task.id in lapsed
            own._model.release(job.task.id, TaskEvent.LAPSE)
            own._touched.add(job.task.id)

    @rule()
    def age(self) -> None:
        own: Any = self
        now = own._clock.now()
        assert own._do(own._store.age_waiting(now, INTERVAL, 1_000)) == own._model.age(now, INTERVAL)
        own._touched.update(own._model.entries)
