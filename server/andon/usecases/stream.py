"""Stream: hand tasks to a reviewer as long as the stream is open, or report them to one who watches, or both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final, TypeAlias

from andon.domain.clock import SECOND
from andon.domain.errors import AndonError, Delegated, QueueNotAllowed, RoleRequired, StoreUnavailable
from andon.domain.principal import Principal, Role
from andon.store.values import Hold, Job
from andon.usecases.completed import completed
from andon.usecases.context import Context
from andon.usecases.handout import HandOut
from andon.usecases.seat import EventType, Seat, StreamEvent
from andon.usecases.standing import StandingTasks

Beginning: TypeAlias = Callable[[Seat], AsyncGenerator[StreamEvent, None]]
"""What a new stream is told first."""

LEASING_ROLES: Final = frozenset({Role.REVIEWER, Role.LEAD})
_TURN: Final = 64
"""So many events at most before a seat with free credits looks for work again."""


class Stream:
    """Reviewers' live streams."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._standing = StandingTasks(context)
        self._hand_out = HandOut(context)

    def lease(self, principal: Principal, queues: frozenset[str], credits: int) -> AsyncGenerator[StreamEvent, None]:
        """Leases tasks, most urgent first, up to `credits` at once, and reports what becomes of them.

        Ends by itself when the server drains, or the caller's rights have changed. Raises RoleRequired, Delegated,
        QueueNotAllowed, TooManyStreams, StreamTooSlow, and CredentialsInvalid once the caller's credentials are.
        """
        return self._told(partial(self._leasing_seat, principal, queues, credits), self._resumed)

    def lease_and_watch(
        self, principal: Principal, queues: frozenset[str], credits: int, *, brief: bool = False
    ) -> AsyncGenerator[StreamEvent, None]:
        """Does as `lease`, and reports every task of the queues as `watch` does.

        What is handed out comes once, as LEASED. A lease that ends is told by the one event that says how the task
        stands then: CHANGED where it waits in these queues, REMOVED elsewhere. Errors as in `lease`.
        """
        seat = partial(self._leasing_seat, principal, queues, credits, watching=True)
        return self._told(seat, self._resumed, self._lease_first, partial(self._standing.tell, brief=brief))

    def watch(
        self, principal: Principal, queues: frozenset[str], *, brief: bool = False
    ) -> AsyncGenerator[StreamEvent, None]:
        """Reports all open tasks of the queues, then every change. Leases none. Errors as in `lease`.

        With `brief`, the tasks that stood when the stream began come without input, prediction and reasoning.
        """
        return self._told(partial(self._watching_seat, principal, queues), partial(self._standing.tell, brief=brief))

    async def _told(self, take: Callable[[], Seat], *beginnings: Beginning) -> AsyncGenerator[StreamEvent, None]:
        """What the beginnings tell in their order, then SYNCED, then what happens. The seat is left however it ends."""
        seat = take()
        try:
            for begin in beginnings:
                async with aclosing(begin(seat)) as events:
                    async for event in events:
                        if seat.cut:
                            break
                        yield event
            if not seat.closing:
                yield StreamEvent(EventType.SYNCED)
            async for event in self._live(seat):
                yield event
            seat.check()
        finally:
            self._context.seats.close(seat)

    def _leasing_seat(
        self, principal: Principal, queues: frozenset[str], credits: int, *, watching: bool = False
    ) -> Seat:
        if not principal.roles & LEASING_ROLES:
            raise RoleRequired(method="Stream with leases", roles=", ".join(sorted(LEASING_ROLES)))
        if principal.on_behalf_of:
            raise Delegated
        served = self._queues(queues, principal.queues)
        return self._context.seats.open(principal, served, credits, watching=watching)

    def _watching_seat(self, principal: Principal, queues: frozenset[str]) -> Seat:
        visible = principal.queues | {"*"} if principal.sees_all() else principal.queues
        return self._context.seats.open(principal, self._queues(queues, visible), 0)

    @staticmethod
    def _queues(asked: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
        """The queues a stream is for: what is asked for, or all that is allowed."""
        for queue in sorted(asked):
            if queue not in allowed and "*" not in allowed:
                raise QueueNotAllowed(queue=queue)
        return asked or allowed

    async def _resumed(self, seat: Seat) -> AsyncGenerator[StreamEvent, None]:
        """What the reviewer holds already and still may judge.

        It takes hold, then reads again: so no end of a lease falls between.
        """
        seats, name = self._context.seats, seat.principal.name
        for job in await self._context.store.held_by(name, self._context.clock.now()):
            if seat.watches(job.task.queue) and seat.may_judge(job):
                seats.hold(seat, job.task.id)
        standing = await self._context.store.held_by(name, self._context.clock.now()) if seat.held else ()
        jobs = [job for job in standing if job.task.id in seat.held]
        seats.keep(seat, {job.task.id for job in jobs})
        for job in jobs:
            yield StreamEvent(EventType.LEASED, job)

    async def _live(self, seat: Seat) -> AsyncIterator[StreamEvent]:
        heartbeat = self._context.limits.heartbeat_interval / SECOND
        while not seat.closing:
            for _ in range(_TURN):
                if (event := seat.next_event()) is None:
                    break
                yield event
            if seat.free and not self._context.seats.is_idle(seat):
                for event in await self._lease_more(seat):
                    yield event
            elif not seat.pending and not await seat.woken(heartbeat):
                yield StreamEvent(EventType.HEARTBEAT)

    async def _lease_first(self, seat: Seat) -> AsyncGenerator[StreamEvent, None]:
        """Leases before the list is told: nobody waits for a long one, and meanwhile new work goes to others."""
        if seat.closing or not seat.free:
            return
        events = await self._lease_more(seat)
        self._context.seats.busy(seat)
        for event in events:
            yield event

    async def _lease_more(self, seat: Seat) -> list[StreamEvent]:
        leased: list[Job] = []
        try:
            await completed(self._lease(seat, seat.free, leased))
        except asyncio.CancelledError:
            seat.end()  # what is still being leased is given back
            await completed(self._give_back(leased))  # so is what was: nobody will tell of it
            raise
        return [StreamEvent(EventType.LEASED, job) for job in leased]

    async def _lease(self, seat: Seat, wanted: int, leased: list[Job]) -> None:
        """Adds what it leases to `leased`; where the stream is gone by then it gives that back instead."""
        context, seats = self._context, self._context.seats
        seats.look(seat)
        now = context.clock.now()
        jobs = await self._handed(seat, wanted)
        for job in jobs:
            seats.hold(seat, job.task.id)
            seats.handed(seat.principal.name, now)
            context.observer.leased(job, now)
            seats.changed(job, by=seat)
        if seat.cut or seat not in seats:
            await self._give_back(jobs)
            return
        seats.looked(seat, more=len(jobs) == wanted)
        leased += jobs

    async def _handed(self, seat: Seat, wanted: int) -> Sequence[Job]:
        """What the store leases. Where a task could not be recorded, who looked ahead for it is spared that."""
        try:
            return await self._hand_out(seat, wanted)
        except StoreUnavailable:
            if seat.ahead:
                return ()
            raise

    async def _give_back(self, jobs: Sequence[Job]) -> None:
        """Returns what was leased for a stream that has closed meanwhile, instead of letting it lapse."""
        context = self._context
        for task, decision in ((job.task, job.decision) for job in jobs):
            assert task.lease is not None
            hold = Hold(task.id, task.lease.holder, task.lease.token, context.clock.now())
            with contextlib.suppress(AndonError):
                freed = await context.store.release_if_held(hold, "the stream closed before the task was handed over")
                context.seats.waiting(Job(freed, decision))
