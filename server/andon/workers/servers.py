"""What a server does because it is one of several: hear of the others, take turns at the duties, agree on the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from andon.domain.clock import SECOND, SystemClock
from andon.domain.errors import StoreUnavailable
from andon.domain.event import EventKind
from andon.domain.task import OPEN, TaskState
from andon.store.port import Store
from andon.store.values import Change
from andon.telemetry.logs import get_logger
from andon.usecases.context import Context
from andon.workers.looper import Duty

PATIENCE: Final = 1.0
TERM: Final = 6 * SECOND
"""How long a leader leads unless it says that it is alive. Another takes over at most so long after it died."""
INTERVALS: Final[Mapping[str, float]] = MappingProxyType(
    {"follow": 0.5, "lead": TERM / SECOND / 3, "time": 30.0}  # following waits by itself, but after a fault
)
_BEGINNINGS: Final = frozenset({EventKind.SUBMITTED})
_REVISIONS: Final = frozenset({EventKind.AMENDED, EventKind.REEVALUATED})
_TOLERANCE: Final = 20_000
_log = get_logger("andon.workers")


def duties_of_many(context: Context) -> list[Duty]:
    """What a server has to do where there may be others on its store."""
    duties: list[Duty] = [Follow(context), Lead(context)]
    if isinstance(context.clock, SystemClock):
        duties.append(AgreeOnTime(context.store, context.clock))
    return duties


async def resign(context: Context) -> None:
    """Does no duties any more, and lets another server do them at once."""
    context.leading = False
    try:
        await context.store.resign()
    except StoreUnavailable:
        _log.warning("lead not given up", hint="another server takes over when its term has run out")


class Follow:
    """Tells callers and reviewers of this server what happened on the others."""

    name: Final = "follow"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """What has happened since; waits for it a while. True: look again at once."""
        for change in await self._context.store.changes(PATIENCE):
            for each in await self._all(change):
                self._tell(each)
        return True

    async def _all(self, change: Change) -> Sequence[Change]:
        """What began with one entry for several tasks, told of each."""
        task = change.job.task
        if change.kind not in _BEGINNINGS or not (task.plan and task.plan.quorum):
            return (change,)
        try:
            jobs = await self._context.store.jobs_of(task.decision_id)
        except StoreUnavailable:
            return (change,)  # idle reviewers come upon the others by themselves, though later
        return [replace(change, job=job) for job in jobs if job.task.level == task.level]

    def _tell(self, change: Change) -> None:
        context, job = self._context, change.job
        if job.decision.resolution is not None:
            context.waiters.resolve(job.decision, job.task.level)
        if change.kind == EventKind.REVIEWED:
            context.estimates.record(job.task.queue, change.time - job.task.create_time)
        if change.kind in _REVISIONS and job.task.state in OPEN:
            context.seats.revised(job)
        elif job.task.state is TaskState.WAITING:
            context.seats.waiting(job, left=change.left)
        else:
            context.seats.changed(job, left=change.left)


class Lead:
    """Stands for the lead, so that one server does the background duties, and another where that one is gone."""

    name: Final = "lead"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """Takes the lead or keeps it. Where the store can't say, nobody leads."""
        context = self._context
        now = context.clock.now()
        try:
            context.leading = await context.store.lead(now, now + TERM)
        except BaseException:
            context.leading = False
            raise
        return False


class AgreeOnTime:
    """Keeps the clock of this server with the store's: so leases and deadlines mean the same on all."""

    name: Final = "time"

    def __init__(self, store: Store, clock: SystemClock) -> None:
        self._store = store
        self._clock = clock

    async def step(self) -> bool:
        """Corrects the clock where it is off by more than what a call takes."""
        off = await self._store.ahead(self._clock.now())
        if abs(off) > _TOLERANCE:
            self._clock.correct(off)
        return False
