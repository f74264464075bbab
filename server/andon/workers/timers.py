"""The server's own timers: missed deadlines, rungs, lapsed leases, aging. No caller has to ask for them to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from andon.domain.task import TaskState
from andon.usecases.context import Context
from andon.workers.looper import Duty

BATCH: Final = 500


class Expire:
    """Escalates or ends tasks whose deadline has passed."""

    name: Final = "expire"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """One batch of missed deadlines."""
        context = self._context
        missed = await context.store.expire_due(context.clock.now(), BATCH, context.policies().revision)
        for expired in missed:
            if expired.escalated:
                context.observer.escalated(expired.job)
                context.seats.waiting(expired.job, left=expired.left)
            else:
                context.observer.expired(expired)
                for job in (expired.job, *expired.closed):
                    context.closed(job, ended=expired.ended)
        return len(missed) == BATCH


class Climb:
    """Lets tasks climb the rungs that are due as their deadline comes nearer."""

    name: Final = "climb"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """One batch of rungs, one for each task: after a stop a task climbs the rungs it missed batch by batch."""
        context = self._context
        climbed = await context.store.climb_due(context.clock.now(), BATCH)
        for each in climbed:
            context.observer.climbed(each)
            if each.left:
                context.observer.escalated(each.job)
            if each.job.task.state is TaskState.WAITING:
                context.seats.waiting(each.job, left=each.left)
            else:
                context.seats.changed(each.job)
        return len(climbed) == BATCH


class Reclaim:
    """Gives tasks whose lease has lapsed back to their queues."""

    name: Final = "reclaim"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """One batch of lapsed leases."""
        context = self._context
        lapsed = await context.store.reclaim_lapsed(context.clock.now(), BATCH)
        for job in lapsed:
            context.observer.lapsed(job.task)
            context.seats.waiting(job)
        return len(lapsed) == BATCH


class Age:
    """Raises the urgency of what has waited long, so that nothing starves."""

    name: Final = "age"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """One batch of tasks that have waited one more aging interval."""
        context = self._context
        aged = await context.store.age_waiting(context.clock.now(), context.limits.aging_interval, BATCH)
        return aged == BATCH


class MakeRoom:
    """Has the store prepare for what is to come, long before it comes."""

    name: Final = "room"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """Looks whether there is room for the time ahead, and makes what is missing."""
        context = self._context
        if context.leading:
            await context.store.make_room(context.clock.now())
        return False


class Timers:
    """Steps the duties that have a moment, where one has come. Looking costs a reader's glance and no commit."""

    name: Final = "timers"

    def __init__(self, context: Context, duties: Sequence[Duty]) -> None:
        self._context = context
        self._duties = duties

    async def step(self) -> bool:
        """One batch of each duty, if anything is due."""
        context = self._context
        if not context.leading:
            return False
        moment = await context.store.next_due(context.limits.aging_interval)
        if moment is None or moment > context.clock.now():
            return False
        return any([await duty.step() for duty in self._duties])


class Return:
    """Lets those look for work again whose absence is over."""

    name: Final = "return"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """Wakes their streams."""
        self._context.seats.back(self._context.clock.now())
        return False


class Sweep:
    """The fall-back for what went astray: lets idle reviewers look again, and counts what is open anew."""

    name: Final = "sweep"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def step(self) -> bool:
        """Wakes idle streams where tasks wait."""
        depths = await self._context.store.queue_depths()
        self._context.open_tasks = sum(depth.waiting + depth.leased for depth in depths.values())
        self._context.open_decisions.recount(await self._context.store.open_decisions())
        if any(depth.waiting for depth in depths.values()):
            self._context.seats.wake_all()
        return False
