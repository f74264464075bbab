"""Submit of what passes at once: CPU, latency, and how much a batch gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from andon_client._gen.andon.v1 import decision_service_pb2
from tests.bench import messages
from tests.bench.bench import Bench, Pair
from tests.bench.commits import bare_commits
from tests.bench.echo import ECHO
from tests.bench.figures import Ratio, in_parts, micro, p50, paired
from tests.bench.harness import BenchError, Server
from tests.bench.load import GENERATOR, Target, channels, flood, timed, unary
from tests.bench.report import Row

_IN_FLIGHT = 64
_BATCH = 100
_PARTS = 5


class Cost(NamedTuple):
    """Of one server under load: CPU seconds per call, and calls per second."""

    cpu: float
    rate: float


async def cpu(bench: Bench) -> list[Row]:
    """Server CPU per durable Submit against the echo's, round by round."""
    pair, sizes = await bench.pair(), bench.sizes
    ours, bare, least, before = [], [], [], await pair.recorded()
    for _ in range(sizes.rounds):
        bare.append(await _cost(pair.echo, pair.echoing(), sizes.calls))
        least.append(await _cost(pair.echo, pair.recording(), sizes.calls))
        ours.append(await _cost(pair.andon, pair.submission(), sizes.calls))
    recorded = await pair.recorded() - before - 1
    if recorded != sizes.rounds * sizes.calls:
        raise BenchError(f"{recorded} decisions are on record of {sizes.rounds * sizes.calls}")
    return [_cpu_row(ours, bare, sizes.calls), _least_row(least, bare, sizes.calls)]


def _least_row(least: Sequence[Cost], bare: Sequence[Cost], calls: int) -> Row:
    return Row(
        key="submit-least",
        what="A bare prototype, 64 in flight: server CPU per call",
        target="(what is left for all that Andon is)",
        measured=_against(least, bare),
        how=(
            "As submit-cpu, of an echo that records the bytes as one row of SQLite by a group commit with full sync: "
            f"no rules, no identity, no hash, no ledger; {calls} calls a round, in turns with the others."
        ),
        ratio=paired([each.cpu for each in least], [each.cpu for each in bare]),
        within=None,
        raw={"prototype_cpu_us": [each.cpu * 1e6 for each in least]},
    )


def _cpu_row(ours: Sequence[Cost], bare: Sequence[Cost], calls: int) -> Row:
    ratio = paired([each.cpu for each in ours], [each.cpu for each in bare])
    return Row(
        key="submit-cpu",
        what="Submit, passed and durable, 64 in flight: server CPU per call",
        target="≤ 1.5 × echo, then ≤ 1.25 ×",
        measured=_against(ours, bare),
        how=(
            "CPU of the whole server process per call, divided by that of an empty grpc.aio echo of the same bytes; "
            f"median of {len(ours)} interleaved rounds of {calls} calls each over 4 connections by {GENERATOR}. "
            "Afterwards every decision was on record."
        ),
        ratio=ratio,
        within=ratio.value <= 1.5,
        raw={
            "submit_cpu_us": [each.cpu * 1e6 for each in ours],
            "echo_cpu_us": [each.cpu * 1e6 for each in bare],
            "submit_per_second": [each.rate for each in ours],
            "echo_per_second": [each.rate for each in bare],
        },
    )


def _against(some: Sequence[Cost], others: Sequence[Cost]) -> str:
    own, echo = _half(some), _half(others)
    return f"{micro(own.cpu)} against {micro(echo.cpu)}; {own.rate:,.0f}/s against {echo.rate:,.0f}/s"


def _half(costs: Sequence[Cost]) -> Cost:
    return Cost(p50([each.cpu for each in costs]), p50([each.rate for each in costs]))


async def _cost(server: Server, target: Target, calls: int) -> Cost:
    before = server.cpu()
    seconds = await flood(target, calls, _IN_FLIGHT)
    return Cost(max(server.cpu() - before, 1e-9) / calls, calls / seconds)


async def single(bench: Bench) -> list[Row]:
    """The latency of a lone Submit against what it can't do without: a call and a commit."""
    pair, count = await bench.pair(), bench.sizes.single_calls
    submits, echoes, commits = await _one_by_one(pair, count)
    floor = p50(echoes) + p50(commits)
    parts = zip(in_parts(submits, _PARTS), in_parts(echoes, _PARTS), in_parts(commits, _PARTS), strict=True)
    ratios = [p50(a) / (p50(b) + p50(c)) for a, b, c in parts]
    ratio = Ratio(p50(submits) / floor, min(ratios), max(ratios))
    return [
        Row(
            key="submit-p50",
            what="Submit p50, one call in flight",
            target="≤ 1.5 × (echo + bare commit)",
            measured=f"{micro(p50(submits))} against {micro(p50(echoes))} + {micro(p50(commits))}",
            how=(
                f"p50 of {count} Submits / (p50 of as many echo calls + p50 of as many bare commits), taken in turns. "
                "The bare commit writes the decision's row, with its indices and without its ledger entry, with "
                "synchronous=FULL on the same disk and no event loop; the spread is over fifths of the run."
            ),
            ratio=ratio,
            within=ratio.value <= 1.5,
            raw={
                "submit_us": [each * 1e6 for each in submits],
                "echo_us": [each * 1e6 for each in echoes],
                "commit_us": [each * 1e6 for each in commits],
            },
        )
    ]


async def _one_by_one(pair: Pair, count: int) -> tuple[list[float], list[float], list[float]]:
    submits, echoes, commits = [], [], []
    body = messages.submit(messages.PASSES)
    async with channels(pair.andon.address) as (ours,), channels(pair.echo.address) as (theirs,):
        submit, echo = unary(ours, messages.SUBMIT, pair.service), unary(theirs, ECHO)
        with bare_commits(pair.andon.database) as commit:
            for warm in (True,) * 20 + (False,) * count:
                taken = (await timed(echo(body)))[0], (await timed(submit(body)))[0], commit()
                if not warm:
                    echoes.append(taken[0])
                    submits.append(taken[1])
                    commits.append(taken[2])
    return submits, echoes, commits


async def batch(bench: Bench) -> list[Row]:
    """Decisions per second by BatchSubmit against Submit: for one caller, and for a busy server."""
    pair = await bench.pair()
    await _check_batch(pair)
    return [await _batch(bench, pair, 1, 1), await _batch(bench, pair, _IN_FLIGHT, 4)]


async def _batch(bench: Bench, pair: Pair, singles: int, batches: int) -> Row:
    """One against the other with so many calls of each kind in flight."""
    sizes, rounds = bench.sizes, []
    calls = max(singles, sizes.calls if singles > 1 else sizes.single_calls)
    body = messages.batch(messages.PASSES, _BATCH)
    count = max(batches, sizes.batches)
    for _ in range(min(3, sizes.rounds)):
        unaries = calls / await flood(pair.submission(), calls, singles)
        batched = count * _BATCH / await flood(pair.submission(body, messages.BATCH), count, batches)
        rounds.append((batched, unaries))
    ratio = paired([batched for batched, _ in rounds], [unaries for _, unaries in rounds])
    rates = p50([batched for batched, _ in rounds]), p50([unaries for _, unaries in rounds])
    busy = singles > 1
    return Row(
        key="batch-busy" if busy else "batch",
        what=f"BatchSubmit, 100 a call, {'a busy server' if busy else 'one caller'}: decisions per second",
        target="≥ 10 × unary Submit" if not busy else "(the same, saturated)",
        measured=f"{rates[0]:,.0f}/s against {rates[1]:,.0f}/s",
        how=(
            f"Decisions per second with {batches} BatchSubmit calls in flight / with {singles} Submit calls in flight; "
            f"median of {len(rounds)} interleaved rounds by {GENERATOR}."
        ),
        ratio=ratio,
        within=ratio.value >= 10 if not busy else None,
        raw={"batched_per_second": [a for a, _ in rounds], "unary_per_second": [b for _, b in rounds]},
    )


async def _check_batch(pair: Pair) -> None:
    async with channels(pair.andon.address) as (channel,):
        answer = await unary(channel, messages.BATCH, pair.service)(messages.batch(messages.PASSES, _BATCH))
    results = decision_service_pb2.BatchSubmitResponse.FromString(answer).results
    if sum(result.decision.HasField("resolution") for result in results) != _BATCH:
        raise BenchError(f"a batch was not recorded: {results[0].error.message}")
