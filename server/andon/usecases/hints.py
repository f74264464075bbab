"""What this server knows of who would look for a task in vain. Hints only: the store decides. Memory only."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from andon.store.values import Absence, Job

MOST_REMEMBERED: Final = 4096


class Hints:
    """Whom it is no use to wake for a task.

    Those who are away; those who have passed on the decision; those who have looked for the task and did not get it,
    until it waits anew. The oldest are forgotten first: then somebody looks in vain once more.
    """

    def __init__(self) -> None:
        self._away: dict[str, Absence] = {}
        self._passed: OrderedDict[str, set[str]] = OrderedDict()
        self._in_vain: OrderedDict[str, set[str]] = OrderedDict()

    def against(self, name: str, job: Job) -> bool:
        """Whether it is no use to wake this reviewer for the task."""
        return (
            name in self._away
            or name in self._passed.get(job.decision.id, ())
            or name in self._in_vain.get(job.task.id, ())
        )

    def passed(self, name: str, decision_id: str) -> None:
        """Somebody does not want this decision's tasks."""
        _note(self._passed, decision_id, name)

    def in_vain(self, name: str, task_id: str) -> None:
        """Somebody looked for a task and did not get it."""
        _note(self._in_vain, task_id, name)

    def anew(self, task_id: str) -> None:
        """A task waits that did not before, or elsewhere."""
        self._in_vain.pop(task_id, None)

    def forget(self) -> None:
        """Who looked in vain may look again."""
        self._in_vain.clear()

    def away(self, name: str, absence: Absence | None) -> None:
        """Somebody takes no work, or takes it again."""
        if absence is not None:
            self._away[name] = absence
        elif self._away.pop(name, None) is not None:
            for names in self._in_vain.values():
                names.discard(name)

    def due_back(self, now: int) -> list[str]:
        """Those whose absence is over by now."""
        return [name for name, absence in self._away.items() if absence.until is not None and absence.until <= now]


def _note(known: OrderedDict[str, set[str]], key: str, name: str) -> None:
    known.setdefault(key, set()).add(name)
    known.move_to_end(key)
    if len(known) > MOST_REMEMBERED:
        known.popitem(last=False)
