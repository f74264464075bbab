"""What a missed deadline means where several people are asked, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from andon.store import codec, drafts
from andon.store.codec import Row
from andon.store.ledger import Draft
from andon.store.values import Expired, Job


class Due(Protocol):
    """A task whose deadline has passed."""

    @property
    def holder(self) -> str:
        """Who held it; empty: nobody."""
        ...

    @property
    def queue(self) -> str:
        """Where it was."""
        ...

    @property
    def escalates(self) -> bool:
        """Whether it goes on in another queue."""
        ...

    @property
    def about(self) -> tuple[str | int, int]:
        """Which decision, and which level of it."""
        ...


DueT = TypeVar("DueT", bound=Due)


def parted(due: Sequence[DueT]) -> tuple[list[DueT], list[DueT]]:
    """Those that escalate, and those that end. Where one ends, so do the others it stands beside: none escalates."""
    ending = [task for task in due if not task.escalates]
    ended = {task.about for task in ending}
    return [task for task in due if task.escalates and task.about not in ended], ending


def firsts(ending: Iterable[DueT]) -> list[DueT]:
    """The first of each decision and level: with it that ends."""
    return list({task.about: task for task in reversed(list(ending))}.values())[::-1]


def missed(now: int, dealt: Sequence[tuple[DueT, Row]]) -> list[Draft]:
    """What the ledger says of them, in order."""
    ends = firsts([task for task, _ in dealt if not task.escalates])
    return [drafts.missed(now, task.holder, task.queue, task.escalates, row, first=task in ends) for task, row in dealt]


def expired(dealt: Sequence[tuple[DueT, Row]], closed: Sequence[Job]) -> list[Expired]:
    """The same as the port gives it: what was closed beside goes with the first of its decision and level."""
    ends = firsts([task for task, _ in dealt if not task.escalates])
    jobs = [(task, codec.job(row)) for task, row in dealt]
    return [
        Expired(job, bool(task.escalates), task.queue, _beside(job, closed) if task in ends else (), task in ends)
        for task, job in jobs
    ]


def _beside(job: Job, closed: Sequence[Job]) -> tuple[Job, ...]:
    about = job.task.decision_id, job.task.level
    return tuple(other for other in closed if (other.task.decision_id, other.task.level) == about)
