"""Group commit: whatever is waiting is one transaction and one sync; the next group gathers meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableSequence, Sequence
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from andon.domain.errors import StoreUnavailable
from andon.store.report import fault

Observer: TypeAlias = Callable[[int, float], None]
"""Told after each commit how many things it was about, and the seconds it took."""

_QUIET_TURNS: Final = 8
_CROWD_LASTS: Final = 16
_MOST_OPERATIONS: Final = 512
_MOST_ROWS: Final = 2_000


class Sized(Protocol):
    """What can be committed in a group."""

    @property
    def rows(self) -> int:
        """How many rows it writes, roughly: what a group is bounded by."""
        ...


OperationT = TypeVar("OperationT", bound=Sized)
Perform: TypeAlias = Callable[[Sequence[OperationT]], Awaitable[Sequence[Any]]]
"""Commits a group and gives each operation's answer, in order; an exception in its place is raised to its caller."""


class Pending(NamedTuple):
    """An operation whose caller waits."""

    operation: Any
    future: asyncio.Future[Any]


class Committer(Generic[OperationT]):
    """Takes operations from any number of callers and commits them in the order they came.

    Nobody waits for ever: what can't be committed, and what comes after the loop has ended, is StoreUnavailable.
    """

    def __init__(self, perform: Perform[OperationT], observe: Observer) -> None:
        self._perform = perform
        self._observe = observe
        self._waiting: deque[Pending] = deque()
        self._batch: list[Pending] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._crowd = 0
        self._loop = asyncio.create_task(self._run(), name="store-committer")
        self._loop.add_done_callback(self._has_ended)

    @property
    def dead(self) -> bool:
        """True once the loop has ended, by `close` or otherwise."""
        return self._loop.done()

    async def ended(self) -> None:
        """Returns once the loop has ended."""
        await asyncio.wait((self._loop,))

    def commit(self, operation: OperationT) -> asyncio.Future[Any]:
        """Does the operation and gives its answer once it is durable. StoreUnavailable means that it was not done."""
        if self._closing or self.dead:
            raise StoreUnavailable
        pending = Pending(operation, asyncio.get_running_loop().create_future())
        self._waiting.append(pending)
        self._wake.set()
        return pending.future

    async def close(self) -> None:
        """Commits what was accepted, and accepts no more."""
        self._closing = True
        self._wake.set()
        await self.ended()

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            try:
                await self._turn()
            except (Exception, asyncio.CancelledError) as error:
                if _is_cancelled():
                    raise
                self._refuse(self._batch or self._waiting)
                fault("store.writer_failed", error)

    def _has_ended(self, loop: asyncio.Task[None]) -> None:
        """The last resort: whoever is still waiting learns that nobody will come."""
        self._refuse(self._batch)
        self._refuse(self._waiting)
        error = None if loop.cancelled() else loop.exception()
        if not self._closing:
            fault("store.committer_died", error)

    def _refuse(self, refused: MutableSequence[Pending]) -> None:
        for pending in refused:
            _deliver(pending.future, StoreUnavailable())
        refused.clear()

    async def _turn(self) -> None:
        self._wake.clear()
        await self._gather()
        self._take()
        if self._batch:
            self._crowd = _CROWD_LASTS if len(self._batch) > 1 else max(0, self._crowd - 1)
            await self._serve()
        elif not self._closing:
            await self._wake.wait()

    async def _gather(self) -> None:
        """Lets calls that have already arrived reach this point: a turn of the loop is a fiftieth of a commit's cost.

        No timer: it ends with the first turns in which nobody comes. Callers who have lately come alone get one.
        """
        quiet = 0
        patience = _QUIET_TURNS if self._crowd else 1
        while self._waiting and quiet < patience and len(self._waiting) < _MOST_OPERATIONS:
            before = len(self._waiting)
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == before else 0

    def _take(self) -> None:
        batch: list[Pending] = []
        self._batch = batch
        rows = 0
        while self._waiting and len(batch) < _MOST_OPERATIONS:
            pending = self._waiting[0]
            if batch and rows + pending.operation.rows > _MOST_ROWS:
                break
            self._waiting.popleft()
            if not pending.future.cancelled():
                batch.append(pending)
                rows += pending.operation.rows

    async def _serve(self) -> None:
        """Commits the batch and answers every caller of it."""
        began = time.perf_counter()
        answers = await self._perform([pending.operation for pending in self._batch])
        seconds = time.perf_counter() - began
        for pending, answer in zip(self._batch, answers, strict=True):
            _deliver(pending.future, answer)
        self._batch = []
        try:
            self._observe(sum(map(_changed, answers)), seconds)
        except Exception as error:
            fault("store.observer_failed", error)


def _changed(answer: object) -> int:
    """How many things an operation was about, by its answer: a list of them, their number, or one."""
    return max(1, answer if isinstance(answer, int) else len(answer) if isinstance(answer, list) else 1)


def _is_cancelled() -> bool:
    """Whether somebody has cancelled this very task, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _deliver(future: asyncio.Future[Any], answer: object) -> None:
    """Answers one caller. One who can't be reached, as on a loop that is closed, keeps no other from its answer."""
    try:
        if future.done():
            return
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
    except Exception as error:
        fault("store.answer_lost", error)
