"""PostgreSQL as the store: what a Submit costs on it, and what more servers on one database bring."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from tests.bench import harness, messages
from tests.bench.bench import Bench
from tests.bench.figures import Ratio, micro, p50, paired
from tests.bench.handout import cluster_of
from tests.bench.harness import Server
from tests.bench.load import Target, flood
from tests.bench.report import Row
from tests.postgres import Cluster

_SERVERS: Final = (1, 2, 4)
_IN_FLIGHT: Final = 64
_WARM: Final = 300


class Cost(NamedTuple):
    """Of one Submit: CPU seconds of the server and of the database, and submissions per second."""

    server: float
    database: float
    rate: float


async def submit(bench: Bench) -> list[Row]:
    """Submit on PostgreSQL against Submit on SQLite, in turns; then on more and more servers."""
    with ExitStack() as stack:
        made = stack.enter_context(cluster_of())
        servers = [stack.enter_context(_server(bench, made)) for _ in range(_SERVERS[-1])]
        embedded = stack.enter_context(_server(bench, None))
        for server in (*servers, embedded):
            await _flood([server], _WARM)
        calls, rounds = bench.sizes.calls, bench.sizes.rounds
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(await _cost([embedded], calls, made))
            ours.append(await _cost(servers[:1], calls, made))
        many = {count: await _cost(servers[:count], calls * 2, made) for count in _SERVERS}
    return [_cost_row(ours, theirs, calls), _many_row(many)]


def _cost_row(ours: Sequence[Cost], theirs: Sequence[Cost], calls: int) -> Row:
    server, database = p50([each.server for each in ours]), p50([each.database for each in ours])
    embedded = p50([each.server for each in theirs])
    return Row(
        key="pg-submit",
        what="Submit on PostgreSQL, passed and durable, 64 in flight: server CPU per call",
        target="(none)",
        measured=(
            f"{micro(server)} against {micro(embedded)} on SQLite; {p50([each.rate for each in ours]):,.0f}/s against "
            f"{p50([each.rate for each in theirs]):,.0f}/s; the database's own {micro(database)}"
        ),
        how=(
            f"As the row submit-cpu, {len(ours)} rounds of {calls} calls in turns with a server on SQLite. The "
            "database is on the same two cores and disk, by a socket, with its default settings."
        ),
        ratio=paired([each.server for each in ours], [each.server for each in theirs]),
        within=None,
        raw={"pg_us": [each.server * 1e6 for each in ours], "sqlite_us": [each.server * 1e6 for each in theirs]},
    )


def _many_row(many: dict[int, Cost]) -> Row:
    rates = ", ".join(f"{count}: {cost.rate:,.0f}/s" for count, cost in many.items())
    top, one = many[_SERVERS[-1]].rate, many[1].rate
    return Row(
        key="pg-servers",
        what="Submit on 1, 2 and 4 servers of one PostgreSQL, 64 in flight on each",
        target="(none)",
        measured=rates,
        how=(
            "All servers, the database and the load share two cores, so this shows what turns at the ledger's head "
            "cost, and not what more machines bring. The ratio is of 4 servers to 1."
        ),
        ratio=Ratio(top / one, top / one, top / one),
        within=None,
        raw={str(count): cost.rate for count, cost in many.items()},
    )


@contextmanager
def _server(bench: Bench, made: Cluster | None) -> Iterator[tuple[Server, Target]]:
    with bench.temporary() as home:
        tokens = harness.tokens_of(home, 1)
        settings = {} if made is None else {"store": made.url()}
        with harness.andon(home, bench.loop, settings) as server:
            body, service = messages.submit(messages.PASSES), messages.bearer(tokens["service"])
            yield server, Target(server.address, messages.SUBMIT, body, service)


async def _flood(servers: Sequence[tuple[Server, Target]], calls: int) -> float:
    """Seconds until each has answered so many calls."""
    began = time.perf_counter()
    await asyncio.gather(*(flood(target, calls, _IN_FLIGHT) for _, target in servers))
    return time.perf_counter() - began


async def _cost(servers: Sequence[tuple[Server, Target]], calls: int, made: Cluster) -> Cost:
    before, database = [server.cpu() for server, _ in servers], made.cpu()
    seconds = await _flood(servers, calls)
    spent = sum(server.cpu() - then for (server, _), then in zip(servers, before, strict=True))
    total = calls * len(servers)
    return Cost(max(spent, 1e-9) / total, (made.cpu() - database) / total, total / seconds)
