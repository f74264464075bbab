"""Many reviewers at once: does everybody get work, and how soon is a task in somebody's hands."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import grpc

from andon_client._gen.andon.v1 import decision_service_pb2
from tests.bench import messages
from tests.bench.bench import Bench, Pair
from tests.bench.figures import Ratio, micro, quantile
from tests.bench.handout import cluster_of
from tests.bench.harness import BenchError
from tests.bench.load import channels, unary
from tests.bench.report import Row
from tests.bench.reviewer import Screen

_CONNECTIONS: Final = 20
_OPENING: Final = 50
_IN_FLIGHT: Final = 8
_SECONDS: Final = 300.0


@dataclass(slots=True)
class Shift:
    """What happened while all of them worked. Times are in seconds of `perf_counter`, by decision."""

    sent: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    done: Counter[int] = field(default_factory=Counter)
    finished: asyncio.Event = field(default_factory=asyncio.Event)


async def measure(bench: Bench) -> list[Row]:
    """Every reviewer is a principal with a stream of one credit, and approves at once."""
    return [_row("reviewers", "", await _shift(bench, {}), bench)]


async def on_postgres(bench: Bench) -> list[Row]:
    """The same where the server keeps all on PostgreSQL."""
    with cluster_of() as made:
        shift = await _shift(bench, {"store": made.url()})
    return [_row("pg-reviewers", "PostgreSQL: ", shift, bench)]


async def _shift(bench: Bench, store: dict[str, str]) -> Shift:
    count = bench.sizes.reviewers
    settings = {"max-streams": str(count + 10), "stream-buffer": "10000", **store}
    with bench.fresh_pair(settings, count) as pair:
        return await _work(pair, count, count * bench.sizes.tasks_each)


def _row(key: str, where: str, shift: Shift, bench: Bench) -> Row:
    reviewers, each = bench.sizes.reviewers, bench.sizes.tasks_each
    taken = [shift.done[number] for number in range(reviewers)]
    waits = [shift.seen[name] - shift.sent[name] for name in shift.sent]
    starved = taken.count(0)
    half, most = quantile(waits, 0.5), quantile(waits, 0.99)
    return Row(
        key=key,
        what=f"{where}{reviewers:,} reviewers streaming at once",
        target="none starved",
        measured=f"{starved} starved; {min(taken)}–{max(taken)} tasks each; p50 {micro(half)}, p99 {micro(most)}",
        how=(
            f"{reviewers * each:,} tasks, {_IN_FLIGHT} Submits in flight, reviewers who approve at once: tasks of the "
            f"one with least and with most, where {each} would be even (the ratios are to it); "
            "times are from Submit sent to the task on a stream, all clients being one process on this machine."
        ),
        ratio=Ratio(sum(taken) / reviewers / each, min(taken) / each, max(taken) / each),
        within=not starved and len(waits) == reviewers * each,
        raw={"tasks_by_reviewer": taken, "p50_us": half * 1e6, "p99_us": most * 1e6, "starved": starved},
    )


async def _work(pair: Pair, reviewers: int, tasks: int) -> Shift:
    shift = Shift()
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(channels(pair.andon.address, min(_CONNECTIONS, reviewers)))
        screens: list[Screen] = []
        people = [messages.bearer(pair.tokens[f"reviewer-{number}"]) for number in range(reviewers)]
        for start in range(0, reviewers, _OPENING):
            group = range(start, min(start + _OPENING, reviewers))
            opening = [Screen.opened(opened[number % len(opened)], people[number]) for number in group]
            screens += await asyncio.gather(*map(stack.enter_async_context, opening))
        working = [
            asyncio.create_task(_review(shift, number, screen, opened[number % len(opened)], people[number], tasks))
            for number, screen in enumerate(screens)
        ]
        try:
            await asyncio.wait_for(_submit(shift, pair, tasks), _SECONDS)
            await asyncio.wait_for(shift.finished.wait(), _SECONDS)
        finally:
            await _end(working)
    return shift


async def _end(working: list[asyncio.Task[None]]) -> None:
    for task in working:
        task.cancel()
    for ended in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(ended, Exception) and not isinstance(ended, TimeoutError):
            raise BenchError(f"a reviewer was refused: {ended}")


async def _submit(shift: Shift, pair: Pair, tasks: int) -> None:
    left = iter(range(tasks))
    async with channels(pair.andon.address) as (channel,):
        call = unary(channel, messages.SUBMIT, pair.service, _SECONDS)

        async def work() -> None:
            for number in left:
                body, began = messages.submit(messages.HELD, number=number), time.perf_counter()
                answer = await call(body)
                shift.sent[decision_service_pb2.SubmitResponse.FromString(answer).decision.name] = began

        await asyncio.gather(*[work() for _ in range(_IN_FLIGHT)])


async def _review(
    shift: Shift, number: int, screen: Screen, channel: grpc.aio.Channel, who: tuple[tuple[str, str], ...], tasks: int
) -> None:
    """One reviewer: takes what comes and approves it."""
    review = unary(channel, messages.REVIEW, who, _SECONDS)
    while True:
        seen, task = await screen.next()
        shift.seen[task.decision.name] = seen
        await review(messages.approval(task))
        shift.done[number] += 1
        if shift.done.total() == tasks:
            shift.finished.set()
