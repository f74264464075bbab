"""The tasks that one stream has taken."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from contextlib import aclosing, suppress
from typing import Final

from andon_client._calls import Caller
from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from andon_client._stream import events
from andon_client._transport import AsyncTransport
from andon_client.errors import AndonError
from andon_client.review_task import ReviewTask

_GIVE_BACK_TIMEOUT: Final = 3.0
_REMEMBERED: Final = 1_000


class Leases:
    """The tasks one stream has taken. Follows the stream's events; holds only weakly what the caller has let go."""

    def __init__(self, caller: Caller, transport: AsyncTransport, request: review_service_pb2.StreamRequest) -> None:
        self.ready: asyncio.Queue[ReviewTask | AndonError | None] = asyncio.Queue()
        """Tasks for the caller; an error or None is the end."""
        self._caller = caller
        self._transport = transport
        self._request = request
        self._tasks: weakref.WeakValueDictionary[str, ReviewTask] = weakref.WeakValueDictionary()
        self._settled: deque[str] = deque(maxlen=_REMEMBERED)
        self._seen: set[str] = set()
        self._live = False

    async def pump(self) -> None:
        """Follows the stream until it is cancelled or refused for good."""
        try:
            async with aclosing(events(self._caller, self._transport, self._request)) as messages:
                async for message in messages:
                    self._follow(message)
                    del message
        except AndonError as error:
            self.ready.put_nowait(error)

    async def give_back(self) -> None:
        """Releases every task that is still open; at most for three seconds."""
        waiting = [task.release(skip=False) for task in list(self._tasks.values()) if task.open]
        with suppress(TimeoutError):
            async with asyncio.timeout(_GIVE_BACK_TIMEOUT):
                await asyncio.gather(*waiting, return_exceptions=True)
        for task in list(self._tasks.values()):
            task.lose()

    def _follow(self, message: review_service_pb2.StreamResponse | None) -> None:
        if message is None:
            self._live = False
            self._seen.clear()
        elif message.type == review_service_pb2.STREAM_EVENT_TYPE_LEASED:
            self._leased(message.task)
        elif message.type == review_service_pb2.STREAM_EVENT_TYPE_SYNCED:
            self._synced()
        elif (task := self._tasks.get(message.task.name)) is not None:
            if message.type == review_service_pb2.STREAM_EVENT_TYPE_REMOVED:
                task.lose()
            elif message.type == review_service_pb2.STREAM_EVENT_TYPE_CHANGED:
                task.update(message.task)

    def _leased(self, message: task_pb2.Task) -> None:
        token, known = message.lease.token, self._tasks.get(message.name)
        self._seen.add(message.name)
        if token in self._settled:
            return  # sent before the server had our verdict
        if known is not None and known.token == token and not known.lost.is_set():
            known.update(message)
            return
        if known is not None:
            known.lose()
        self._take(message)

    def _take(self, message: task_pb2.Task) -> None:
        task = ReviewTask(self._caller, message, self._settled.append, fresh=self._live)
        self._tasks[message.name] = task
        self.ready.put_nowait(task)

    def _synced(self) -> None:
        """What was held before the connection was lost, and is not reported now, may be gone: asks at once."""
        self._live = True
        for task in list(self._tasks.values()):
            if task.name not in self._seen:
                task.verify()
