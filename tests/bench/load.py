"""The load generator. It runs in a process of its own: this one, or h2load where it is installed."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import grpc

from tests.bench.harness import BenchError

T = TypeVar("T")
Metadata: TypeAlias = Sequence[tuple[str, str]]
Call: TypeAlias = Callable[[bytes], Awaitable[bytes]]

H2LOAD: Final = shutil.which("h2load")
GENERATOR: Final = "h2load" if H2LOAD else "grpc.aio client"
CHANNELS: Final = 4
_FLOOD_SECONDS: Final = 120.0
_CALL_SECONDS: Final = 60.0
# Every channel is a connection of its own, as from another process.
_OPTIONS: Final = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 64 << 20)]
_SUCCEEDED: Final = re.compile(r"(\d+) succeeded, (\d+) failed, (\d+) errored")
_FINISHED: Final = re.compile(r"finished in ([\d.]+)(us|ms|s)")
_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True, slots=True)
class Target:
    """One method of one server, what is sent to it, and as whom."""

    address: str
    method: str
    body: bytes
    metadata: Metadata = ()


@asynccontextmanager
async def channels(address: str, count: int = 1) -> AsyncIterator[list[grpc.aio.Channel]]:
    """Connections of their own to one server."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(grpc.aio.insecure_channel(address, options=_OPTIONS)) for _ in range(count)
        ]


def unary(channel: grpc.aio.Channel, method: str, metadata: Metadata = (), timeout: float | None = None) -> Call:
    """A method that takes and gives bytes. `timeout` is in seconds."""
    call: Any = channel.unary_unary(method)

    def send(body: bytes) -> Awaitable[bytes]:
        answer: Awaitable[bytes] = call(body, metadata=metadata or None, timeout=timeout)
        return answer

    return send


async def timed(work: Awaitable[T]) -> tuple[float, T]:
    """Seconds it took, and its answer."""
    began = time.perf_counter()
    answer = await work
    return time.perf_counter() - began, answer


async def flood(target: Target, calls: int, in_flight: int) -> float:
    """Sends `calls` with `in_flight` at once over four connections; seconds it took. Raises BenchError."""
    connections = min(CHANNELS, in_flight)
    if H2LOAD:
        return await _h2load(target, calls, connections, in_flight // connections)
    return await _own(target, calls, connections, in_flight)


async def _own(target: Target, calls: int, connections: int, in_flight: int) -> float:
    async with channels(target.address, connections) as opened:
        for channel in opened:
            await asyncio.wait_for(channel.channel_ready(), _CALL_SECONDS)
        left = iter(range(calls))

        async def work(channel: grpc.aio.Channel) -> None:
            call = unary(channel, target.method, target.metadata, _CALL_SECONDS)
            for _ in left:
                await call(target.body)

        seconds, _ = await timed(asyncio.gather(*[work(opened[each % connections]) for each in range(in_flight)]))
        return seconds


async def _h2load(target: Target, calls: int, connections: int, streams: int) -> float:
    assert H2LOAD
    headers = {"content-type": "application/grpc", "te": "trailers", **dict(target.metadata)}
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    with tempfile.NamedTemporaryFile() as body:
        body.write(b"\0" + len(target.body).to_bytes(4, "big") + target.body)
        body.flush()
        numbers = ["-n", str(calls), "-c", str(connections), "-m", str(streams), "-d", body.name]
        process = await asyncio.create_subprocess_exec(
            H2LOAD, *numbers, *words, f"http://{target.address}{target.method}", stdout=asyncio.subprocess.PIPE
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), _FLOOD_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return read_h2load(said.decode(), calls)


def read_h2load(said: str, calls: int) -> float:
    """Seconds that h2load says it took. Raises BenchError where not all calls were answered."""
    finished, succeeded = _FINISHED.search(said), _SUCCEEDED.search(said)
    if not finished or not succeeded or int(succeeded[1]) != calls:
        raise BenchError(f"h2load: {succeeded[0] if succeeded else said[-500:]}")
    return float(finished[1]) * _UNITS[finished[2]]
