"""A reviewer's open stream as the client sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc

from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from tests.bench import messages
from tests.bench.load import Metadata

_SECONDS: Final = 300.0


class Screen:
    """Takes leases off one stream and stamps each with the moment it came."""

    def __init__(self, events: Any) -> None:
        self._events = events
        self._synced = asyncio.Event()
        self._leased: asyncio.Queue[tuple[float, task_pb2.Task]] = asyncio.Queue()

    @classmethod
    @asynccontextmanager
    async def opened(cls, channel: grpc.aio.Channel, metadata: Metadata) -> AsyncIterator[Screen]:
        """An open stream with one credit that has been told all that stood before."""
        method: Any = channel.unary_stream(messages.STREAM)
        events = method(messages.stream(), metadata=metadata)
        screen = cls(events)
        reading = asyncio.create_task(screen._read())
        try:
            await asyncio.wait_for(screen._synced.wait(), _SECONDS)
            yield screen
        finally:
            events.cancel()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def next(self) -> tuple[float, task_pb2.Task]:
        """The next leased task and when it came, in seconds of `perf_counter`. Raises TimeoutError after 300 s."""
        return await asyncio.wait_for(self._leased.get(), _SECONDS)

    async def _read(self) -> None:
        async for body in self._events:
            now = time.perf_counter()
            event = review_service_pb2.StreamResponse.FromString(body)
            if event.type == review_service_pb2.STREAM_EVENT_TYPE_LEASED:
                self._leased.put_nowait((now, event.task))
            elif event.type == review_service_pb2.STREAM_EVENT_TYPE_SYNCED:
                self._synced.set()
