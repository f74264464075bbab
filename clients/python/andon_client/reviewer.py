"""The reviewer's side: take tasks from a stream and judge them."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import stamp_of
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from andon_client._leases import Leases
from andon_client._stream import events
from andon_client._transport import AsyncTransport
from andon_client.review_task import ReviewTask
from andon_client.task import EventType, Task, TaskEvent, TaskState, task_of

_ANY: Final = "UNSPECIFIED"
_WATCHED: Final = {
    review_service_pb2.STREAM_EVENT_TYPE_CHANGED: EventType.CHANGED,
    review_service_pb2.STREAM_EVENT_TYPE_REMOVED: EventType.REMOVED,
    review_service_pb2.STREAM_EVENT_TYPE_SYNCED: EventType.SYNCED,
}


class Reviewer:
    """What a reviewer can do. Made by `Client.reviewer`."""

    def __init__(self, caller: Caller, transport: AsyncTransport) -> None:
        self._caller = caller
        self._transport = transport

    @property
    def caller(self) -> Caller:
        """Makes the calls this package has no method for."""
        return self._caller

    def events(
        self, request: review_service_pb2.StreamRequest
    ) -> AsyncGenerator[review_service_pb2.StreamResponse | None, None]:
        """The bare events of a stream that outlives its connections; None whenever one begins. Never ends by itself."""
        return events(self._caller, self._transport, request)

    def stream(self, queues: Iterable[str] = (), *, credits: int = 1) -> TaskStream:
        """Tasks leased to this reviewer, most urgent first: `async for task in reviewer.stream(): ...`.

        `queues` empty: all the reviewer serves. `credits` is how many leases may be held at once, 1 to 100; the next
        task comes when one is settled, released or lost. Leases are renewed while the task object is in use. The
        stream holds through lost connections and ends only when it is closed; `async with` closes it and gives back
        what was not judged. Raises NotAllowed, InvalidRequest.
        """
        request = review_service_pb2.StreamRequest(
            queues=list(queues), mode=review_service_pb2.STREAM_MODE_LEASE, credits=credits
        )
        return TaskStream(self._caller, self._transport, request)

    async def watch(self, queues: Iterable[str] = ()) -> AsyncGenerator[TaskEvent, None]:
        """All open tasks of the queues and every change to them, without leasing any. Never ends by itself.

        Decisions come without input, prediction and reasoning.
        """
        request = review_service_pb2.StreamRequest(queues=list(queues), mode=review_service_pb2.STREAM_MODE_WATCH)
        async with aclosing(events(self._caller, self._transport, request)) as messages:
            async for message in messages:
                if message is None:
                    yield TaskEvent(EventType.RESET)
                elif message.type in _WATCHED:
                    yield TaskEvent(_WATCHED[message.type], task_of(message.task) if message.HasField("task") else None)

    async def tasks(
        self, *, queue: str = "", state: TaskState | None = None, full: bool = False, page_size: int = 0
    ) -> AsyncGenerator[Task, None]:
        """Tasks, most urgent first, page by page; without `state`, those that are open. `full` adds payloads."""
        request = review_service_pb2.ListTasksRequest(
            page_size=page_size,
            filter=review_service_pb2.TaskFilter(
                queue=queue, state=task_pb2.TaskState.Value(f"TASK_STATE_{state or _ANY}")
            ),
            view=decision_pb2.DECISION_VIEW_FULL if full else decision_pb2.DECISION_VIEW_BASIC,
        )
        while True:
            page = await self._caller.call(methods.LIST_TASKS, request)
            for message in page.tasks:
                yield task_of(message)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def set_availability(self, available: bool, *, resume_time: datetime | None = None) -> None:
        """Says whether this reviewer takes work. Who is away keeps the leases they have, and is handed no others.

        `resume_time` goes with False: from then on they take work again; without, once they say so. It must know its
        time zone. Raises NotAllowed, InvalidRequest (a time that is past).
        """
        away = review_service_pb2.AVAILABILITY_AWAY
        request = review_service_pb2.SetAvailabilityRequest(
            availability=review_service_pb2.AVAILABILITY_AVAILABLE if available else away,
            resume_time=stamp_of(resume_time),
        )
        await self._caller.call(methods.SET_AVAILABILITY, request)


class TaskStream:
    """An endless asynchronous iterator over the tasks leased to one reviewer."""

    def __init__(self, caller: Caller, transport: AsyncTransport, request: review_service_pb2.StreamRequest) -> None:
        self._leases = Leases(caller, transport, request)
        self._pump: asyncio.Task[None] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReviewTask:
        self._start()
        while True:
            item = await self._leases.ready.get()
            if item is None or isinstance(item, BaseException):
                self._leases.ready.put_nowait(item)
                if item is None:
                    raise StopAsyncIteration
                raise item
            if item.open:
                return item

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the stream and gives back every task that was taken and not judged."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
        self._leases.ready.put_nowait(None)
        await self._leases.give_back()

    def _start(self) -> None:
        if self._pump is None:
            self._pump = asyncio.create_task(self._leases.pump(), name="andon-stream")
            # Dropped without being closed: stop taking tasks. The collector may run on another thread.
            weakref.finalize(self, _stop, asyncio.get_running_loop(), self._pump).atexit = False


def _stop(loop: asyncio.AbstractEventLoop, pump: asyncio.Task[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(pump.cancel)
