"""The command line of `make bench`."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import grpc

from tests.bench import evidence, handout, page, postgres, release, reviewers, routing, stages, startup, submit, waiting
from tests.bench.bench import Bench
from tests.bench.harness import ROOT, BenchError
from tests.bench.load import GENERATOR
from tests.bench.report import PEERS, Row, describe, document, say, table, write
from tests.bench.sizes import FULL, QUICK, TINY

ROWS: Final[Mapping[str, Callable[[Bench], Awaitable[list[Row]]]]] = {
    "routing": routing.measure,
    "submit-cpu": submit.cpu,
    "submit-p50": submit.single,
    "batch": submit.batch,
    "release": release.measure,
    "waiters": waiting.measure,
    "handout": handout.measure,
    "reviewers": reviewers.measure,
    "evidence": evidence.measure,
    "start": startup.measure,
    "page": page.measure,
    "pg-submit": postgres.submit,
    "pg-handout": handout.on_postgres,
    "pg-reviewers": reviewers.on_postgres,
}
_SIZES: Final = {"quick": QUICK, "full": FULL, "tiny": TINY}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and reports. 0 whatever the figures are; 1 where a row could not be measured."""
    options = _options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    loop = options.loop if options.loop != "auto" else "uvloop" if find_spec("uvloop") else "asyncio"
    bench = Bench(options.folder, loop, _SIZES[options.sizes])
    with asyncio.Runner(loop_factory=_factory(loop)) as runner:
        try:
            if options.profile:
                print(runner.run(stages.breakdown(bench)))
                return 0
            return runner.run(_report(bench, options.only or list(ROWS), options.json))
        finally:
            bench.close()


async def _report(bench: Bench, keys: Sequence[str], path: Path) -> int:
    about = describe(bench.loop, GENERATOR, bench.sizes.name)
    rows, failures = await measure(bench, keys)
    rows.append(PEERS)
    print(f"{about['date']}, {bench.sizes.name}, {bench.loop}, load by {GENERATOR}; every ratio is of this one run")
    print(f"{about['machine']['cores']} cores, load average {about['load_average'][0]:.1f} before the run\n")
    print(table(rows))
    for key, why in failures.items():
        print(f"{key}: COULD NOT BE MEASURED: {why}")
    write(path, document(rows, about | {"failures": failures}))
    return 1 if failures else 0


async def measure(bench: Bench, keys: Sequence[str]) -> tuple[list[Row], dict[str, str]]:
    """The rows, and why others could not be measured."""
    rows: list[Row] = []
    failures: dict[str, str] = {}
    for key in keys:
        began = time.monotonic()
        say(f"{key} ...")
        try:
            rows += await ROWS[key](bench)
        except (BenchError, grpc.aio.AioRpcError, TimeoutError, OSError) as error:
            failures[key] = str(error) or type(error).__name__
        say(f"{key} took {time.monotonic() - began:.1f} s")
    return rows, failures


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    for name, text in (("quick", "two minutes; the default"), ("full", "the design's own numbers; many minutes")):
        sizes.add_argument(f"--{name}", dest="sizes", action="store_const", const=name, help=text)
    sizes.add_argument("--tiny", dest="sizes", action="store_const", const="tiny", help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--json", type=Path, default=ROOT / "bench.json", metavar="FILE", help="default: bench.json")
    parser.add_argument("--loop", choices=("auto", "asyncio", "uvloop"), default="auto", help="of both servers")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build", help="where databases are made; a real disk (default: build)"
    )
    parser.add_argument("--profile", action="store_true", help="where Submit's CPU goes, instead of the table")
    parser.set_defaults(sizes="quick")
    return parser.parse_args(arguments)


def _factory(loop: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if loop == "asyncio":
        return None
    import uvloop

    return uvloop.new_event_loop
