"""One interface, two ways to call: on an asyncio loop, or blocking the thread.

The logic above is written once, as coroutines over `Transport`. With the blocking transport such a coroutine never
suspends, so `run_blocking` finishes it in one step on the caller's own thread: no event loop, no helper thread.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Protocol, TypeVar

import grpc
import grpc.aio

from andon_client._methods import Method, Request, Response
from andon_client._options import Endpoint

T = TypeVar("T")


class Transport(Protocol):
    """Calls methods and measures time. `call` raises grpc.RpcError."""

    async def call(self, method: Method[Request, Response], request: Request, timeout: float | None) -> Response: ...

    async def sleep(self, seconds: float) -> None: ...

    def now(self) -> float: ...


class AsyncTransport:
    """Calls on the running asyncio loop.

    The channel is opened at the first call, and anew where the loop is another one than before, so that one client
    may live at module level and be used by one `asyncio.run` after the other.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._channel: grpc.aio.Channel | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: dict[str, Any] = {}

    async def call(self, method: Method[Request, Response], request: Request, timeout: float | None) -> Response:
        """One attempt. Raises grpc.RpcError; cancelling the task cancels the call."""
        self._open()
        callable_ = self._calls.get(method.path) or self._calls.setdefault(method.path, self._unary(method))
        response: Response = await callable_(request, timeout=timeout, metadata=self._endpoint.metadata)
        return response

    def stream(
        self, method: Method[Request, Response], request: Request
    ) -> grpc.aio.UnaryStreamCall[Request, Response]:
        """Opens a server-streaming call."""
        call = self._open().unary_stream(
            method.path, request_serializer=_serialize, response_deserializer=method.response.FromString
        )
        return call(request, metadata=self._endpoint.metadata)

    async def sleep(self, seconds: float) -> None:
        """Waits without holding up the loop."""
        await asyncio.sleep(seconds)

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    async def close(self) -> None:
        """Closes the channel; calls that are under way are cancelled."""
        channel, self._channel = self._channel, None
        self._calls.clear()
        if channel is not None and self._loop is asyncio.get_running_loop():
            await channel.close()

    def _unary(self, method: Method[Request, Response]) -> Any:
        return self._open().unary_unary(
            method.path, request_serializer=_serialize, response_deserializer=method.response.FromString
        )

    def _open(self) -> grpc.aio.Channel:
        loop = asyncio.get_running_loop()
        if self._channel is None or self._loop is not loop:
            self._calls.clear()
            self._loop = loop
            self._channel = _open_channel(grpc.aio, self._endpoint)
        return self._channel


class BlockingTransport:
    """Calls on the caller's thread; any number of threads may share it.

    The channel is opened at the first call, and anew in a forked child.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._channel: grpc.Channel | None = None
        self._pid = 0
        self._lock = threading.Lock()

    async def call(self, method: Method[Request, Response], request: Request, timeout: float | None) -> Response:
        """One attempt, blocking. Raises grpc.RpcError."""
        call = self._open().unary_unary(
            method.path, request_serializer=_serialize, response_deserializer=method.response.FromString
        )
        response: Response = call(request, timeout=timeout, metadata=self._endpoint.metadata)
        return response

    async def sleep(self, seconds: float) -> None:
        """Blocks the thread."""
        time.sleep(seconds)  # noqa: ASYNC251 - blocking is what this transport is for

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def close(self) -> None:
        """Closes the channel; calls of other threads end with an error."""
        with self._lock:
            channel, self._channel = self._channel, None
        if channel is not None and self._pid == os.getpid():
            channel.close()

    def _open(self) -> grpc.Channel:
        with self._lock:
            if self._channel is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._channel = _open_channel(grpc, self._endpoint)
            return self._channel


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine that never suspends, as all are over a BlockingTransport."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a blocking call tried to suspend")


def iterate_blocking(items: AsyncIterator[T]) -> Iterator[T]:
    """Iterates over what never suspends."""
    while True:
        try:
            yield run_blocking(_next(items))
        except StopAsyncIteration:
            return


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


def _open_channel(module: Any, endpoint: Endpoint) -> Any:
    if endpoint.credentials is None:
        return module.insecure_channel(endpoint.address, options=endpoint.options)
    return module.secure_channel(endpoint.address, endpoint.credentials, options=endpoint.options)


def _serialize(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
