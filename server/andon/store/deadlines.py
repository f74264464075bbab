"""What is done as the time for a task runs out: rungs and more time, the same for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from andon.domain.errors import NoMoreTime
from andon.domain.plan import Rung, climb_time
from andon.domain.priority import urgency
from andon.domain.task import Task
from andon.store import codec
from andon.store.codec import Row

NONE_GIVEN: Final = "its policy gives none"
ALL_GIVEN: Final = "it was given all its policy allows"


class Climb(NamedTuple):
    """A task, the rung it climbs, and what comes of it.

    `moves`: it goes to another queue. `relaned`: it is in another lane afterwards, of `queue` and `skills`. `rank` is
    the most it has from then on, `climb_time` when its next rung is due.
    """

    task: Task
    rung: Rung
    moves: bool
    relaned: bool
    queue: str
    skills: tuple[str, ...]
    rank: int
    climb_time: int | None

    @property
    def left(self) -> str:
        """The queue it goes away from; empty where it stays."""
        return self.task.queue if self.moves else ""


def climb(task: Task) -> Climb:
    """What the next rung does to a task that has one. One that names the queue the task is in moves nothing."""
    assert task.plan is not None
    rung = task.plan.ladder[task.rung]
    queue = rung.queue or task.queue
    skills = task.skills if rung.skills is None else tuple(sorted(set(rung.skills)))
    return Climb(
        task,
        rung,
        moves=queue != task.queue,
        relaned=(queue, skills) != (task.queue, task.skills),
        queue=queue,
        skills=skills,
        rank=0 if rung.priority is None else -urgency(rung.priority),
        climb_time=climb_time(task.plan, task.rung + 1, task.create_time, task.expire_time),
    )


class Extension(NamedTuple):
    """More time (µs) for these tasks, and when the next rung of each is due if it has one.

    The first `open` of them are the open tasks. The one that may follow is the decision's first task where it is
    closed: its deadline is the decision's, and goes on following the others.
    """

    by: int
    ids: list[str]
    climb_times: list[int | None]
    open: int


def extension(task_id: str, level: Sequence[Row]) -> Extension:
    """What the holder of the task asks for; `level` are the rows of `seats_of_level`. Raises NoMoreTime.

    A task that was opened late has what the others were given already.
    """
    seats = [(bool(row[0]), codec.job(row[2:])) for row in level]
    (asked,) = (job.task for _, job in seats if job.task.id == task_id)
    more = None if asked.plan is None else asked.plan.more_time
    if more is None or max(row[1] for row in level) >= more.times:
        raise NoMoreTime(name=asked.name, why=NONE_GIVEN if more is None else ALL_GIVEN)
    tasks = [job.task for open, job in seats if open]
    first = [job.task for open, job in seats if not open and job.task.id == job.decision.task_id]
    given = [*tasks, *first]
    times = [climb_time(task.plan, task.rung, task.create_time, task.expire_time + more.by) for task in given]
    return Extension(more.by, [task.id for task in given], times, len(tasks))
