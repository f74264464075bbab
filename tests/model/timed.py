"""Random histories: what time does to tasks."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from andon.domain.task import TaskEvent
from tests.model.strategies import revisions
from tests.model.tasks import INTERVAL, Tasks


class Timed(Tasks):
    """Rules beside those of `Histories`, on its store and its model."""

    @rule(
        duty=st.sampled_from(["expire", "expire", "climb", "reclaim", "age"]),
        limit=st.integers(1, 4),
        revision=revisions,
        wait=st.sampled_from([True, True, True, False]),
    )
    def do_duty(self, duty: str, limit: int, revision: str, wait: bool) -> None:
        """A duty of the server, as soon as there is something to do for it, or just now."""
        moments = self._model.moments(INTERVAL)[duty]
        if wait and moments:
            self._clock.advance(max(0, min(moments) - self._clock.now()))
        if duty == "expire":
            self._expire(limit, revision)
        elif duty == "climb":
            self._climb(limit)
        elif duty == "reclaim":
            self._reclaim(limit)
        else:
            self._age()

    def _expire(self, limit: int, revision: str) -> None:
        now = self._now()
        due = {task.id: task for task in self._model.due(now)}
        done = self._do(self._store.expire_due(now, limit, revision))
        assert len(done) == min(limit, len(due))
        for expired in done:
            task = due.pop(expired.job.task.id)
            assert expired.left == task.queue
            assert expired.escalated == (task.escalation is not None)
            if expired.escalated:
                self._model.escalate(task.id, now)
            else:
                self._model.expire(task.id, now, revision)
            self._touched.add(task.id)

    def _climb(self, limit: int) -> None:
        now = self._now()
        due = {task.id for task in self._model.rungs_due(now)}
        done = self._do(self._store.climb_due(now, limit))
        assert len(done) == min(limit, len(due))
        for climbed in done:
            task_id = climbed.job.task.id
            due.remove(task_id)
            assert climbed.left == self._model.climb(task_id, now)
            self._touched.add(task_id)

    def _reclaim(self, limit: int) -> None:
        now = self._now()
        lapsed = {task.id for task in self._model.lapsed(now)}
        done = self._do(self._store.reclaim_lapsed(now, limit))
        assert len(done) == min(limit, len(lapsed))
        for job in done:
            assert job.task.id in lapsed
            self._model.release(job.task.id, TaskEvent.LAPSE)
            self._touched.add(job.task.id)

    def _age(self) -> None:
        now = self._now()
        assert self._do(self._store.age_waiting(now, INTERVAL, 1_000)) == self._model.age(now, INTERVAL)
        self._touched.update(self._model.entries)
