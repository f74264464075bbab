"""The list of open tasks that a watching stream begins with, read once for the streams that tell it together."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, NamedTuple

from andon.store.values import Job, TaskQuery, position
from andon.usecases.context import Context
from andon.usecases.seat import EventType, Seat, StreamEvent
from andon.usecases.turns import Turn

BRIEF_PAGE: Final = 128
FULL_PAGE: Final = 32
_KEPT: Final = 32


class _Page(NamedTuple):
    """A page that is read or being read, and how many seats had been opened when that began."""

    seats: int
    jobs: asyncio.Task[Sequence[Job]]


class StandingTasks:
    """Tells open tasks. Brief pages are shared; whole tasks may be large, and each stream reads its own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pages: OrderedDict[TaskQuery, _Page] = OrderedDict()
        self._telling = 0

    async def tell(self, seat: Seat, *, brief: bool) -> AsyncGenerator[StreamEvent, None]:
        """All open tasks but those this stream has told as leased. Ends early where the server drains.

        A page may be older than what was told meanwhile. Whatever changes after the seat was opened stands in its
        line, and a task that was told from there is not told from a page again.
        """
        newer: set[str] = set()
        turn = Turn(self._context.turns)
        with self._keeping():
            async for job in self._open_tasks(seat, brief=brief):
                await turn.go_on()
                if seat.closing:
                    return
                event = seat.newer_event(job.task.id)
                if event is not None:
                    newer.add(job.task.id)
                    yield event
                elif job.task.id not in seat.held and job.task.id not in newer:
                    yield StreamEvent(EventType.CHANGED, job)

    async def _open_tasks(self, seat: Seat, *, brief: bool) -> AsyncIterator[Job]:
        queues = None if "*" in seat.queues else seat.queues
        query = TaskQuery(BRIEF_PAGE if brief else FULL_PAGE, queues, brief=brief, covered=seat.principal.covered())
        while not seat.closing and (page := await self._page(seat, query)):
            for job in page:
                yield job
            if len(page) < query.limit:
                return
            query = replace(query, after=position(page[-1].task))

    async def _page(self, seat: Seat, query: TaskQuery) -> Sequence[Job]:
        if not query.brief:
            return await self._context.store.list_tasks(query)
        page = self._pages.get(query)
        if page is None or page.seats < seat.number or _failed(page.jobs):
            read = asyncio.ensure_future(self._read(query))
            page = self._pages[query] = _Page(self._context.seats.opened, read)
        self._pages.move_to_end(query)
        if len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        return await asyncio.shield(page.jobs)

    async def _read(self, query: TaskQuery) -> Sequence[Job]:
        return await self._context.store.list_tasks(query)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Keeps pages as long as anybody tells them."""
        self._telling += 1
        try:
            yield
        finally:
            self._telling -= 1
            if not self._telling:
                self._pages.clear()


def _failed(read: asyncio.Task[Sequence[Job]]) -> bool:
    return read.done() and (read.cancelled() or read.exception() is not None)
