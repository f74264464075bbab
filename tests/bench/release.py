"""From a Submit to the reviewer's screen, and from the verdict back to the blocked caller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, TypeVar

from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2
from tests.bench import messages
from tests.bench.bench import Bench, Pair
from tests.bench.commits import BareCommit, bare_commits
from tests.bench.echo import ECHO
from tests.bench.figures import Ratio, in_parts, micro, p50
from tests.bench.harness import BenchError
from tests.bench.load import Call, channels, timed, unary
from tests.bench.report import Row
from tests.bench.reviewer import Screen

T = TypeVar("T")
_WAIT: Final = 30
_LIMIT: Final = 3.0
_PARTS: Final = 5
_WARM: Final = 10


@dataclass(slots=True)
class Times:
    """Seconds, one of each for every decision."""

    echo: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    handed: list[float] = field(default_factory=list)
    released: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)


async def measure(bench: Bench) -> list[Row]:
    """One caller, one reviewer, nothing else in the way."""
    times = await _run(await bench.pair(), bench.sizes.releases)
    return [
        _row(times, "handed-out", times.handed, "submit → task on the reviewer's open stream, p50", "Submit's"),
        _row(times, "released", times.released, "review → blocked caller released, p50", "the verdict's"),
    ]


def _row(times: Times, key: str, seconds: Sequence[float], what: str, path: str) -> Row:
    parts = zip(*(in_parts(each, _PARTS) for each in (seconds, times.commit, times.echo)), strict=True)
    ratios = [on_top(a, b, c) for a, b, c in parts]
    ratio = Ratio(on_top(seconds, times.commit, times.echo), min(ratios), max(ratios))
    return Row(
        key=key,
        what=what,
        target="≤ 3 × echo on top of the commit",
        measured=f"{micro(p50(seconds))}; echo {micro(p50(times.echo))}, commit {micro(p50(times.commit))}",
        how=(
            f"(p50 − p50 of a bare commit) / p50 of an echo call: one in the path, {path}; all "
            f"{len(seconds)} taken in turns with as many echo calls and bare commits. The clock runs in the client, "
            "from the request sent to the event or answer read; the spread is over fifths of the run."
        ),
        ratio=ratio,
        within=ratio.value <= _LIMIT,
        raw={
            "latency_us": [each * 1e6 for each in seconds],
            "echo_us": [each * 1e6 for each in times.echo],
            "commit_us": [each * 1e6 for each in times.commit],
            "review_answered_us": [each * 1e6 for each in times.answered],
        },
    )


def on_top(latencies: Sequence[float], commits: Sequence[float], echoes: Sequence[float]) -> float:
    """What a path costs beyond its commit, in echo calls; all by their medians."""
    return (p50(latencies) - p50(commits)) / p50(echoes)


async def _run(pair: Pair, count: int) -> Times:
    times = Times()
    reviewer = messages.bearer(pair.tokens["reviewer-0"])
    async with AsyncExitStack() as stack:
        opened = [
            (await stack.enter_async_context(channels(address)))[0]
            for address in (pair.andon.address, pair.andon.address, pair.echo.address)
        ]
        submit = unary(opened[0], messages.SUBMIT, pair.service, 2 * _WAIT)
        review, echo = unary(opened[1], messages.REVIEW, reviewer, _WAIT), unary(opened[2], ECHO)
        screen = await stack.enter_async_context(Screen.opened(opened[1], reviewer))
        commit = stack.enter_context(bare_commits(pair.andon.database))
        for number in range(_WARM + count):
            await _one(times if number >= _WARM else Times(), (submit, review, echo), screen, commit)
    return times


async def _one(times: Times, calls: tuple[Call, Call, Call], screen: Screen, commit: BareCommit) -> None:
    """One decision from end to end."""
    submit, review, echo = calls
    times.echo.append((await timed(echo(messages.submit(messages.HELD))))[0])
    times.commit.append(commit())
    body = messages.submit(messages.HELD, wait=_WAIT)
    began = time.perf_counter()
    waiting = asyncio.ensure_future(_stamped(submit(body)))
    seen, task = await screen.next()
    approval = messages.approval(task)
    sent = time.perf_counter()
    reviewed = asyncio.ensure_future(_stamped(review(approval)))
    released, answer = await waiting
    answered, _ = await reviewed
    decision = decision_service_pb2.SubmitResponse.FromString(answer).decision
    if decision.name != task.decision.name or decision.resolution.outcome != decision_pb2.OUTCOME_APPROVED:
        raise BenchError("the caller was not released by the verdict on its own decision")
    times.handed.append(seen - began)
    times.released.append(released - sent)
    times.answered.append(answered - sent)


async def _stamped(work: Awaitable[T]) -> tuple[float, T]:
    answer = await work
    return time.perf_counter(), answer
