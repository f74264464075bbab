"""Group commit: whatever is waiting is one transaction and one sync; the next group gathers meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast

from andon.domain.errors import AndonError, StoreUnavailable
from andon.store.sqlite.connection import Connection
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.submit import Submit
from andon.store.sqlite.report import fault
from andon.store.sqlite.writer import Writer

T = TypeVar("T")
Observer: TypeAlias = Callable[[int, float], None]

_QUIET_TURNS: Final = 8
_CROWD_LASTS: Final = 16
_MOST_OPERATIONS: Final = 512
_MOST_ROWS: Final = 2_000
# What one operation alone can cause; every other error of the engine is the disk's or the file's.
_OF_ONE_OPERATION: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)


class Pending(NamedTuple):
    """An operation whose caller waits."""

    operation: Operation[Any]
    future: asyncio.Future[Any]


class Committer:
    """Takes operations from any number of callers and commits them in the order they came.

    Nobody waits for ever: what can't be committed, and what comes after the loop has ended, is StoreUnavailable.
    """

    def __init__(self, connection: Connection, writer: Writer, observe: Observer) -> None:
        self._connection = connection
        self._writer = writer
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

    async def commit(self, operation: Operation[T]) -> T:
        """Does the operation and returns once it is durable. StoreUnavailable means that it was not done."""
        if self._closing or self.dead:
            raise StoreUnavailable
        pending = Pending(operation, asyncio.get_running_loop().create_future())
        self._waiting.append(pending)
        self._wake.set()
        return cast("T", await pending.future)

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
        operations = [pending.operation for pending in self._batch]
        answers, seconds = await self._connection.run(_timed, self._writer, operations)
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


def _timed(_: sqlite3.Connection, writer: Writer, operations: list[Operation[Any]]) -> tuple[list[Any], float]:
    began = time.perf_counter()
    return _in_one(writer, operations), time.perf_counter() - began


def _in_one(writer: Writer, operations: Sequence[Operation[Any]]) -> list[Any]:
    """Runs a batch as one transaction. One that breaks it is found by running each alone."""
    try:
        writer.begin()
        answers = [answer for group in _groups(operations) for answer in _apply(writer, group)]
        writer.commit()
    except Exception as error:
        _roll_back(writer)
        if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ONE_OPERATION):
            fault("store.commit_failed", error=str(error), operations=len(operations))
            return [StoreUnavailable() for _ in operations]
        return _one_by_one(writer, operations, error)
    return answers


def _roll_back(writer: Writer) -> None:
    """Where it fails the next `begin` does it. It must not fail here: others of the batch may have been committed."""
    try:
        writer.rollback()
    except Exception as error:
        fault("store.rollback_failed", error)


def _one_by_one(writer: Writer, operations: Sequence[Operation[Any]], error: Exception) -> list[Any]:
    if len(operations) > 1:
        return [answer for operation in operations for answer in _in_one(writer, [operation])]
    fault("store.operation_failed", error, operation=type(operations[0]).__name__)
    unknown = AndonError()
    unknown.__cause__ = error
    return [unknown]


def _groups(operations: Sequence[Operation[Any]]) -> Iterator[list[Operation[Any]]]:
    """Neighbours that are done together: submissions."""
    for merge, group in groupby(operations, key=lambda operation: isinstance(operation, Submit)):
        if merge:
            yield list(group)
        else:
            yield from ([operation] for operation in group)


def _apply(writer: Writer, group: list[Operation[Any]]) -> Sequence[Any]:
    if isinstance(group[0], Submit):
        return Submit.apply_all(writer, cast("list[Submit]", group))
    try:
        return [group[0].apply(writer)]
    except AndonError as refusal:
        return [refusal]
