"""Health and reflection: the doors that need no credentials, ended by the server itself when it drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Any, Final, TypeVar

from grpc_health.v1 import health, health_pb2
from grpc_reflection.v1alpha import reflection

from andon.domain.errors import TooManyStreams
from andon.rpc.errors import abort, status_of

T = TypeVar("T")
_UNKNOWN: Final = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Doors:
    """What the open streams of both doors share: their number is bounded, and they end together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = 0
        self._ended = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the server drains."""
        return self._ended.is_set()

    def end(self) -> None:
        """Every open stream ends by itself, now and from now on."""
        self._ended.set()

    async def enter(self, context: Any) -> None:
        """Takes a place, or ends the call with TOO_MANY_STREAMS."""
        if self._open >= self._limit:
            await abort(context, status_of(TooManyStreams(limit=self._limit), ""))
        self._open += 1

    def leave(self) -> None:
        """Gives it back."""
        self._open -= 1

    async def first(self, work: asyncio.Task[Any]) -> bool:
        """Waits for the work or the end, whichever comes first; True where the work is done."""
        ended: asyncio.Task[Any] = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((work, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
        return work.done()


class Health(health.aio.HealthServicer):  # type: ignore[misc]  # the package has no types
    """grpc.health.v1. A Watch tells NOT_SERVING and ends when the server drains, instead of holding it up."""

    def __init__(self, doors: Doors) -> None:
        super().__init__()
        self._doors = doors
        self._changed = asyncio.Event()

    async def set(self, service: str, status: health_pb2.HealthCheckResponse.ServingStatus.ValueType) -> None:
        """Sets a service's status and tells those who watch."""
        await super().set(service, status)
        self._changed.set()
        self._changed = asyncio.Event()

    async def Watch(self, request: health_pb2.HealthCheckRequest, context: Any) -> None:
        await self._doors.enter(context)
        told = None
        try:
            while True:
                ended, changed = self._doors.ended, asyncio.create_task(self._changed.wait())
                status = self._server_status.get(request.service, _UNKNOWN)
                if status != told:
                    await context.write(health_pb2.HealthCheckResponse(status=status))
                    told = status
                if ended:
                    return
                await self._doors.first(changed)
                changed.cancel()
        finally:
            self._doors.leave()


class Reflection(reflection.aio.ReflectionServicer):  # type: ignore[misc]  # the package has no types
    """Server reflection, whose streams end when the server drains."""

    def __init__(self, names: Sequence[str], doors: Doors) -> None:
        super().__init__(names)
        self._doors = doors

    async def ServerReflectionInfo(self, request_iterator: AsyncIterable[Any], context: Any) -> AsyncIterator[Any]:
        await self._doors.enter(context)
        try:
            async for answer in super().ServerReflectionInfo(self._until_end(request_iterator), context):
                yield answer
        finally:
            self._doors.leave()

    async def _until_end(self, requests: AsyncIterable[T]) -> AsyncIterator[T]:
        iterator = aiter(requests)
        while True:
            coming = asyncio.create_task(_next(iterator))
            if not await self._doors.first(coming):
                coming.cancel()
                return
            if (request := coming.result()) is None:
                return
            yield request


async def _next(iterator: AsyncIterator[T]) -> T | None:
    return await anext(iterator, None)
