"""Handing out the most urgent task: from a short queue and from long ones, on each engine."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import asyncpg

from andon.store.port import Store
from andon.store.postgres import open_postgres
from andon.store.sqlite import open_sqlite
from andon.store.values import LeaseRequest
from andon.usecases.estimates import WINDOW
from tests import postgres
from tests.bench import filling
from tests.bench.bench import Bench
from tests.bench.figures import Ratio, in_parts, micro, p50
from tests.bench.harness import BenchError
from tests.bench.report import Row
from tests.builders import ALL, LEASE, make_token
from tests.clock import START
from tests.postgres import Cluster

_LIMIT: Final = 2.0
_PARTS: Final = 5
_WARM: Final = 20
_FIRST: Final = "SELECT id FROM task WHERE state = 1 ORDER BY rank, expire_time, id LIMIT {limit}"


class Place(Protocol):
    """Where a store's data lies."""

    async def open(self) -> Store:
        """Opens it."""
        ...

    async def copy(self, count: int) -> None:
        """Brings it, closed, to so many tasks."""
        ...

    async def first(self, limit: int) -> list[str]:
        """The ids of the most urgent tasks, sorted by the database without our indexes' help or words."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A file."""

    path: Path

    async def open(self) -> Store:
        return await open_sqlite(self.path)

    async def copy(self, count: int) -> None:
        filling.copy_sqlite(self.path, count)

    async def first(self, limit: int) -> list[str]:
        connection = sqlite3.connect(self.path)
        found = connection.execute(_FIRST.format(limit=limit)).fetchall()
        connection.close()
        return [id for (id,) in found]


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a cluster."""

    url: str

    async def open(self) -> Store:
        return await open_postgres(self.url)

    async def copy(self, count: int) -> None:
        await filling.copy_postgres(self.url, count)

    async def first(self, limit: int) -> list[str]:
        connection = await asyncpg.connect(self.url, server_settings={"search_path": "andon"})
        found = await connection.fetch(_FIRST.format(limit=limit))
        await connection.close()
        return [id for (id,) in found]


@dataclass(slots=True)
class Queue:
    """A queue of one depth, and what was measured: seconds to start, and of each hand-out by the clock and of CPU."""

    tasks: int
    store: Store
    start: float
    expected: Sequence[str]
    handed: list[str] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    async def hand_out(self, number: int) -> None:
        """One task, durably leased."""
        now = START + number
        request = LeaseRequest("rita", ALL, ALL, (make_token(),), now, now + LEASE)
        began, cpu = time.perf_counter(), time.process_time()
        jobs = await self.store.lease_most_urgent(request)
        self.wall.append(time.perf_counter() - began)
        self.cpu.append(time.process_time() - cpu)
        self.handed += [job.task.id for job in jobs]


@contextmanager
def cluster_of(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster as durable as PostgreSQL is. BenchError where there is no PostgreSQL."""
    if postgres.binaries() is None:
        raise BenchError(postgres.WHY_NOT)
    with postgres.cluster(settings) as made:
        yield made


async def measure(bench: Bench) -> list[Row]:
    """`lease_most_urgent` on SQLite files of all depths in turns."""
    with bench.temporary() as folder:
        async with _queues(bench, lambda depth: SqliteFile(folder / f"{depth}.db")) as queues:
            await _in_turns(queues, bench.sizes.handouts)
            return [_row("handout", "SQLite", queues, with_cpu=True)]


async def on_postgres(bench: Bench) -> list[Row]:
    """The same on as many databases of one cluster."""
    with cluster_of({"max_wal_size": "4GB"}) as made:
        for depth in bench.sizes.depths:
            await postgres.execute(made.url(), f"CREATE DATABASE depth_{depth}")
        async with _queues(bench, lambda depth: Database(made.url(f"depth_{depth}"))) as queues:
            await _in_turns(queues, bench.sizes.handouts)
            return [_row("pg-handout", "PostgreSQL", queues, with_cpu=False)]


@asynccontextmanager
async def _queues(bench: Bench, place: Callable[[int], Place]) -> AsyncIterator[list[Queue]]:
    async with AsyncExitStack() as stack:
        made = []
        for depth in bench.sizes.depths:
            made.append(await _queue(place(depth), depth, _WARM + bench.sizes.handouts))
            stack.push_async_callback(made[-1].store.close)
        yield made


async def _queue(place: Place, depth: int, handouts: int) -> Queue:
    """Filled, closed, and opened again as a server does at its start."""
    store = await place.open()
    await filling.lay_patterns(store)
    await store.close()
    await place.copy(depth)
    expected = await place.first(handouts)
    began = time.perf_counter()
    store = await place.open()
    await store.queue_depths()
    await store.recent_waits(WINDOW)
    return Queue(depth, store, time.perf_counter() - began, expected)


async def _in_turns(queues: Sequence[Queue], count: int) -> None:
    for number in range(_WARM + count):
        for queue in queues:
            await queue.hand_out(number)
    for queue in queues:
        if queue.handed != queue.expected:
            raise BenchError(f"of {queue.tasks:,} tasks not the most urgent were handed out, or not in their order")
        del queue.wall[:_WARM], queue.cpu[:_WARM]


def _row(key: str, engine: str, queues: Sequence[Queue], *, with_cpu: bool) -> Row:
    few, *more = queues
    many = " and ".join(f"{queue.tasks:,}" for queue in more)
    ratios = {queue.tasks: _worst(queue, few, with_cpu) for queue in more}
    ratio = max(ratios.values(), key=lambda each: each.value)
    depths = ", ".join(f"{each.value:.2f} × of {tasks:,}" for tasks, each in ratios.items())
    starts = ", ".join(f"{queue.start * 1e3:.0f} ms" for queue in queues)
    return Row(
        key=key,
        what=f"{engine}: handing out the most urgent of {many} tasks against {few.tasks:,}",
        target="≤ 2 ×",
        measured=f"{micro(p50(few.wall))} of {few.tasks:,}; {depths}; starts in {starts}",
        how=(
            f"p50 of {len(few.wall)} durable leases of one task by one fit for all 6 lanes, store alone, all depths in "
            f"turns{'; by the clock and by CPU, of which the worse counts' if with_cpu else ', by the clock'}; the "
            "spread is over fifths of the run. What was handed out is compared with the order that a plain sort gives. "
            "The start is opening the store and counting its queues, as a server does."
        ),
        ratio=ratio,
        within=ratio.value <= _LIMIT,
        raw={
            str(queue.tasks): {
                "us": [each * 1e6 for each in queue.wall],
                "cpu_us": [each * 1e6 for each in queue.cpu],
                "start_ms": queue.start * 1e3,
            }
            for queue in queues
        },
    )


def _worst(queue: Queue, few: Queue, with_cpu: bool) -> Ratio:
    wall, cpu = _ratio(queue.wall, few.wall), _ratio(queue.cpu, few.cpu)
    return max(wall, cpu, key=lambda each: each.value) if with_cpu else wall


def _ratio(above: list[float], below: list[float]) -> Ratio:
    parts = zip(in_parts(above, _PARTS), in_parts(below, _PARTS), strict=True)
    ratios = [p50(a) / p50(b) for a, b in parts]
    return Ratio(p50(above) / p50(below), min(ratios), max(ratios))
