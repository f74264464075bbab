"""Handing out the most urgent task: from a short queue and from a long one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from andon.domain.clock import HOUR, SECOND
from andon.store.port import Store
from andon.store.sqlite import open_sqlite
from andon.store.values import Admission, LeaseRequest
from tests.bench.bench import Bench
from tests.bench.figures import Ratio, in_parts, micro, p50
from tests.bench.harness import BenchError
from tests.bench.report import Row
from tests.builders import ALL, LEASE, make_admission, make_id, make_token
from tests.clock import START

FEW: Final = 1_000
_LIMIT: Final = 2.0
_BATCH: Final = 2_000
_PARTS: Final = 5
_WARM: Final = 20
_QUEUES: Final = ("refunds", "credit", "content")
_SKILLS: Final = ((), ("senior",))


async def measure(bench: Bench) -> list[Row]:
    """`lease_most_urgent` on two stores in turns."""
    many, count = bench.sizes.many_tasks, bench.sizes.handouts
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(bench.temporary())
        short, long = await _filled(stack, folder / "few.db", FEW), await _filled(stack, folder / "many.db", many)
        few_times, many_times = [], []
        for number in range(_WARM + count):
            pair = await lease(short, number), await lease(long, number)
            if number >= _WARM:
                few_times.append(pair[0])
                many_times.append(pair[1])
    return [_row(few_times, many_times, many)]


def _row(few: list[tuple[float, float]], many: list[tuple[float, float]], tasks: int) -> Row:
    wall = _ratio([each for each, _ in many], [each for each, _ in few])
    cpu = _ratio([each for _, each in many], [each for _, each in few])
    ratio = max(wall, cpu, key=lambda each: each.value)
    return Row(
        key="handout",
        what=f"handing out the most urgent of {tasks:,} tasks against {FEW:,}",
        target="≤ 2 ×",
        measured=f"{micro(p50([w for w, _ in many]))} against {micro(p50([w for w, _ in few]))}",
        how=(
            f"p50 of {len(many)} durable leases of one task by one fit for all 6 lanes, store alone, both in "
            f"turns. Time {wall.value:.2f} ×; CPU, where no sync hides the search, {cpu.value:.2f} ×. The worse "
            "of the two counts; the spread is over fifths of the run."
        ),
        ratio=ratio,
        within=ratio.value <= _LIMIT,
        raw={
            "many_us": [each * 1e6 for each, _ in many],
            "few_us": [each * 1e6 for each, _ in few],
            "many_cpu_us": [each * 1e6 for _, each in many],
            "few_cpu_us": [each * 1e6 for _, each in few],
            "tasks": tasks,
        },
    )


def _ratio(above: list[float], below: list[float]) -> Ratio:
    parts = zip(in_parts(above, _PARTS), in_parts(below, _PARTS), strict=True)
    ratios = [p50(a) / p50(b) for a, b in parts]
    return Ratio(p50(above) / p50(below), min(ratios), max(ratios))


async def _filled(stack: AsyncExitStack, path: Path, count: int) -> Store:
    """A store with so many waiting tasks, of all urgencies, in several queues."""
    store = await open_sqlite(path)
    stack.push_async_callback(store.close)
    await fill(store, count)
    return store


async def fill(store: Store, count: int) -> None:
    """Puts so many tasks in: see `_admissions`."""
    waiting = _admissions(count)
    while batch := list(islice(waiting, _BATCH)):
        await store.submit(batch)


def _admissions(count: int) -> Iterator[Admission]:
    """One decision again and again under new ids; only what the hand-out orders and filters by differs."""
    pattern = make_admission()
    assert pattern.task is not None
    for number in range(count):
        decision_id, task_id = make_id(), make_id()
        task = replace(
            pattern.task,
            id=task_id,
            decision_id=decision_id,
            queue=_QUEUES[number % len(_QUEUES)],
            skills=_SKILLS[number // len(_QUEUES) % len(_SKILLS)],
            urgency=number * 7 % 30,
            expire_time=START + HOUR + number * 7919 % 86_400 * SECOND,
        )
        yield Admission(replace(pattern.decision, id=decision_id, task_id=task_id), task)


async def lease(store: Store, number: int) -> tuple[float, float]:
    """Seconds and CPU seconds of one hand-out."""
    now = START + number
    request = LeaseRequest("rita", ALL, ALL, (make_token(),), now, now + LEASE)
    began, cpu = time.perf_counter(), time.process_time()
    jobs = await store.lease_most_urgent(request)
    taken = time.perf_counter() - began, time.process_time() - cpu
    if len(jobs) != 1:
        raise BenchError("nothing was handed out")
    return taken
