"""Callers that are blocked on a person: what each costs in memory, and all of them in CPU."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import grpc

from tests.bench import messages
from tests.bench.bench import Bench, Pair
from tests.bench.echo import HELD, HOLD
from tests.bench.figures import Ratio, kibibytes
from tests.bench.harness import BenchError, Server
from tests.bench.load import Metadata, Target, channels, flood, unary
from tests.bench.report import Row

_LIMIT: Final = 1.3
_WINDOW: Final = 5.0
_IDLE_WINDOW: Final = 2.5
_AT_ONCE: Final = 500
_BATCH: Final = 100
_SECONDS: Final = 60.0
_WAITERS: Final = re.compile(r"^andon_waiters (\S+)$", re.MULTILINE)
Count: TypeAlias = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Holder:
    """A server, a call that it holds, and how many of them it says that it holds."""

    server: Server
    target: Target
    held: Count


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one server: bytes for each held caller, and CPU seconds per second, idle and holding."""

    bytes_each: float
    idle: float
    holding: float


async def measure(bench: Bench) -> list[Row]:
    """`Submit(wait)` held by Andon against a bare method that awaits a future, with the same number of connections."""
    count = bench.sizes.waiters
    settings = {"max-waiters": str(count + 1_000), "max-wait": "1h", "max-connection-age-grace": "1h"}
    with bench.fresh_pair(settings) as pair:
        prepared = pair.submission(messages.batch(messages.HELD, _BATCH), messages.BATCH)
        await flood(prepared, -(-count // _BATCH), 1)
        async with _bare(pair) as bare:
            ours, theirs = await _measure(bench, _andon(pair), bare)
    return [_memory(ours, theirs, count, bench.sizes.channels), _cpu(ours, theirs, count)]


def _memory(ours: Costs, bare: Costs, count: int, connections: int) -> Row:
    ratio = ours.bytes_each / bare.bytes_each
    return Row(
        key="waiters",
        what=f"{count:,} blocked callers: server memory each",
        target="≤ 1.3 × a bare call awaiting a future",
        measured=f"{kibibytes(ours.bytes_each)} against {kibibytes(bare.bytes_each)}",
        how=(
            f"Growth of resident memory per caller while {count:,} calls are opened over {connections} connections: "
            "Submit(wait), each with its own decision and task, against a grpc.aio method that awaits a future. "
            "Andon's caches are warm from as many decisions before."
        ),
        ratio=Ratio(ratio, ratio, ratio),
        within=ratio <= _LIMIT,
        raw={"andon_bytes_each": ours.bytes_each, "bare_bytes_each": bare.bytes_each, "callers": count},
    )


def _cpu(ours: Costs, bare: Costs, count: int) -> Row:
    extra = max(0.0, ours.holding - ours.idle)
    return Row(
        key="waiters-cpu",
        what=f"CPU while {count:,} callers wait",
        target="none",
        measured=f"{extra * 100:.2f} % of a core on top of {ours.idle * 100:.2f} % idle",
        how=(
            f"Server CPU in {_WINDOW:.0f} s with the callers blocked, less that of the same server without them (its "
            f"duties look at the clock). Bare: {bare.idle * 100:.2f} % idle, {bare.holding * 100:.2f} % holding."
        ),
        within=extra < 0.01,
        raw={"idle": ours.idle, "holding": ours.holding, "bare_idle": bare.idle, "bare_holding": bare.holding},
    )


def _andon(pair: Pair) -> Holder:
    async def held() -> int:
        return await asyncio.to_thread(_waiters, pair.andon.metrics)

    return Holder(pair.andon, pair.submission(messages.submit(messages.HELD, wait=3_000)), held)


@asynccontextmanager
async def _bare(pair: Pair) -> AsyncIterator[Holder]:
    target = Target(pair.echo.address, HOLD, messages.submit(messages.HELD, wait=3_000), pair.service)
    async with channels(target.address) as (channel,):

        async def held() -> int:
            return int(await unary(channel, HELD, (), _SECONDS)(b""))

        yield Holder(pair.echo, target, held)


async def _measure(bench: Bench, *holders: Holder) -> list[Costs]:
    """Both at the same time, so that what disturbs one disturbs the other."""
    count, servers = bench.sizes.waiters, [holder.server for holder in holders]
    for holder in holders:
        async with holding(holder, min(100, count), 1):
            pass  # so that what is made once is there
        await _until(holder, 0)
    idle, before = await _window(servers, _IDLE_WINDOW), [server.memory() for server in servers]
    async with AsyncExitStack() as stack:
        for holder in holders:
            await stack.enter_async_context(holding(holder, count, bench.sizes.channels))
        grown = [max(1, server.memory() - was) for server, was in zip(servers, before, strict=True)]
        busy = await _window(servers, _WINDOW)
        for holder in holders:
            await _until(holder, count)
    each = [size / count for size in grown]
    return [Costs(*figures) for figures in zip(each, idle, busy, strict=True)]


@asynccontextmanager
async def holding(holder: Holder, count: int, connections: int) -> AsyncIterator[None]:
    """`count` calls under way, all of which the server holds. They are cancelled at the end."""
    calls: list[Any] = []
    target = holder.target
    async with channels(target.address, connections) as opened:
        try:
            for start in range(0, count, _AT_ONCE):
                more = min(_AT_ONCE, count - start)
                calls += [_call(opened[index % connections], target) for index in range(more)]
                await _until(holder, start + more)
            yield
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)


def _call(channel: grpc.aio.Channel, target: Target) -> Any:
    method: Any = channel.unary_unary(target.method)
    metadata: Metadata = target.metadata
    return method(target.body, metadata=metadata)


async def _until(holder: Holder, wanted: int) -> None:
    """Polls the server, since it says nothing of a call that it holds."""
    until = time.monotonic() + _SECONDS
    while (now := await holder.held()) != wanted:
        if time.monotonic() > until:
            raise BenchError(f"{now} callers are held, not {wanted}")
        await asyncio.sleep(0.02)


async def _window(servers: Sequence[Server], span: float) -> list[float]:
    """CPU seconds per second of each server while nothing is asked of them for `span` seconds."""
    began, before = time.perf_counter(), [server.cpu() for server in servers]
    await asyncio.sleep(span)
    seconds = time.perf_counter() - began
    return [(server.cpu() - was) / seconds for server, was in zip(servers, before, strict=True)]


def _waiters(metrics: str) -> int:
    with urllib.request.urlopen(metrics, timeout=_SECONDS) as answer:
        found = _WAITERS.search(answer.read().decode())
    if found is None:
        raise BenchError("the server does not tell how many callers wait")
    return int(float(found[1]))
