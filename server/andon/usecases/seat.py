"""One open stream of a reviewer: what it may be given, and what is still to be told on it. Memory only."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum
from typing import Final, NamedTuple

from andon.domain.errors import AndonError, StreamTooSlow
from andon.domain.principal import Principal
from andon.store.values import Job


class EventType(IntEnum):
    """What a stream reports."""

    LEASED = 1
    CHANGED = 2
    REMOVED = 3
    SYNCED = 4
    HEARTBEAT = 5


class StreamEvent(NamedTuple):
    """One message of a stream."""

    type: EventType
    job: Job | None = None


class Seat:
    """One open stream. `credits` is how many leases its reviewer may hold at once; 0 for one that only watches.

    Whether it watches, `Seats` knows. `number` counts the seats as they are opened, from 1. `may_judge` says whether
    nothing is against a verdict of this reviewer.
    """

    def __init__(
        self,
        principal: Principal,
        queues: frozenset[str],
        credits: int,
        buffer: int,
        number: int,
        may_judge: Callable[[Job], bool],
    ) -> None:
        self.principal: Final = principal
        self.queues: Final = queues
        self.credits: Final = credits
        self.number: Final = number
        self.may_judge: Final = may_judge
        self.held: set[str] = set()
        self.given_back: set[str] = set()
        self.idle_since = 0
        self.closing = False
        self.cut = False
        self.owed: Job | None = None
        self.ahead = False
        self.missed = False
        self.outrun = False
        self._buffer = buffer
        self._events: OrderedDict[str, StreamEvent] = OrderedDict()
        self._fault: AndonError | None = None
        self._signal = asyncio.Event()

    @property
    def free(self) -> int:
        """How many more leases the reviewer may hold."""
        return max(0, self.credits - len(self.held))

    def fits(self, job: Job) -> bool:
        """Whether this seat's reviewer may be given the task."""
        task = job.task
        return self.watches(task.queue) and task.id not in self.given_back and self.may_judge(job)

    def watches(self, queue: str) -> bool:
        """Whether the stream was opened for this queue."""
        return "*" in self.queues or queue in self.queues

    def sees(self, job: Job, queue: str) -> bool:
        """Whether the stream tells of a task that is, or was, in this queue."""
        return self.watches(queue) and self.principal.covers(job.decision.proposal.action)

    def wake(self) -> None:
        """Lets the stream look again."""
        self._signal.set()

    def end(self, fault: AndonError | None = None) -> None:
        """Cuts the stream: nothing more is told, and it ends at its next turn, with `fault` where there is one."""
        self.closing = self.cut = True
        self._fault = fault
        self._events.clear()
        self._signal.set()

    def tell(self, event: StreamEvent) -> None:
        """Puts an event in line, in the place of an older one about the same task: each carries the whole task.

        A stream that is read too slowly is cut at its next turn, not blocked upon.
        """
        if self.cut or len(self._events) > self._buffer:
            return
        task_id = event.job.task.id if event.job else ""
        self._events.pop(task_id, None)
        self._events[task_id] = event
        if len(self._events) > self._buffer:
            self._fault = StreamTooSlow(limit=self._buffer)
        self._signal.set()

    def forget(self, task_id: str) -> None:
        """Drops what is in line about a task, because something newer is told past the line."""
        self._events.pop(task_id, None)

    @property
    def pending(self) -> bool:
        """Whether an event is in line."""
        return bool(self._events)

    def next_event(self) -> StreamEvent | None:
        """The next event in line. Raises as `check`."""
        self.check()
        return self._events.popitem(last=False)[1] if self._events else None

    def newer_event(self, task_id: str) -> StreamEvent | None:
        """Takes the event about a task out of the line, to tell it before its turn. Raises as `check`."""
        self.check()
        return self._events.pop(task_id, None)

    def check(self) -> None:
        """Raises what ends the stream: StreamTooSlow where the line has grown past its bound, or what `end` said."""
        if self._fault is not None:
            raise self._fault

    async def woken(self, timeout: float) -> bool:
        """Waits for a wake-up; False where `timeout` seconds went by without one."""
        try:
            async with asyncio.timeout(timeout):
                await self._signal.wait()
        except TimeoutError:
            return False
        self._signal.clear()
        return True
