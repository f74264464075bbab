"""`--profile`: what each stage of Submit costs. As a program it is `andon` with stopwatches around known functions."""

from __future__ import annotations

import atexit
import json
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import replace
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from types import coroutine
from typing import Any, Final, NamedTuple

from tests.bench import harness, messages
from tests.bench.bench import Bench
from tests.bench.figures import p50
from tests.bench.harness import STAGES, BenchError
from tests.bench.load import Target, flood


class Stage(NamedTuple):
    """One function. `depth` 1 is a part of the stage of depth 0 above it."""

    depth: int
    words: str
    path: str


_STAGES: Final = (
    Stage(0, "metadata and deadline", "andon.rpc.server._call"),
    Stage(0, "bytes to message", "andon.rpc.server.read_request"),
    Stage(0, "the pipeline, with all it calls on the event loop", "andon.rpc.pipeline.Pipeline.unary"),
    Stage(1, "auth", "andon.rpc.pipeline.Pipeline._identify"),
    Stage(2, "token", "andon.auth.authenticator.BearerAuthenticator.authenticate"),
    Stage(1, "validation", "andon.rpc.pipeline.Pipeline._admit"),
    Stage(1, "message to proposal", "andon.rpc.decisions.DecisionEndpoints._command"),
    Stage(1, "route and decide", "andon.usecases.submit.Submit.admit"),
    Stage(2, "rules", "andon.policy.load.CompiledSet.evaluate"),
    Stage(2, "hash and decision", "andon.usecases.submit.Submit._decide"),
    Stage(2, "routing metric", "andon.telemetry.metrics.Metrics.routed"),
    Stage(1, "rows and ledger draft", "andon.store.recorded.Entry.__init__"),
    Stage(1, "decision to message", "andon.rpc.decisions.standing_message"),
    Stage(1, "metric of the decision", "andon.telemetry.metrics.Metrics.submitted"),
    Stage(1, "metric of the call", "andon.telemetry.metrics.Metrics.called"),
    Stage(0, "committer, the event loop's side", "andon.store.groups.Committer._serve"),
    Stage(0, "commit, the writer's thread", "andon.store.sqlite.committer._perform"),
    Stage(0, "message to bytes", "andon.rpc.server._serialize"),
)


async def breakdown(bench: Bench) -> str:
    """Runs the load of `submit-cpu` against a server with stopwatches, and shows where its CPU went."""
    pair, calls = await bench.pair(), bench.sizes.calls
    with bench.temporary() as folder:
        tokens = harness.tokens_of(folder, 1)
        with harness.andon(folder, bench.loop, module=STAGES) as server:
            target = replace(pair.submission(), address=server.address, metadata=messages.bearer(tokens["service"]))
            costs, bare = [], []
            for _ in range(bench.sizes.rounds):
                bare.append(await _cost(pair.echo, pair.echoing(), calls))
                costs.append(await _cost(server, target, calls))
            said = harness.stop(server.process, gently=True)
    return _lines(_read(said), calls * bench.sizes.rounds, p50(costs), p50(bare))


async def _cost(server: harness.Server, target: Target, calls: int) -> float:
    before = server.cpu()
    await flood(target, calls, 64)
    return (server.cpu() - before) / calls * 1e6


def _read(said: str) -> dict[str, list[int]]:
    try:
        found: dict[str, list[int]] = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        raise BenchError("the server with stopwatches did not tell what it measured") from None
    return found


def _lines(measured: dict[str, list[int]], calls: int, total: float, bare: float) -> str:
    lines = [f"CPU per Submit, µs (an echo: {bare:.0f}); stopwatches included, about 1 µs each", ""]
    known = 0.0
    for stage in _STAGES:
        if stage.path not in measured:
            lines.append(f"{'':8} {stage.words}: not found at {stage.path}")
            continue
        cost = measured[stage.path][1] / calls / 1e3
        known += cost if stage.depth == 0 else 0
        lines.append(f"{cost:8.1f} {'  ' * stage.depth}{stage.words}")
    rest = total - known
    return "\n".join([*lines, f"{rest:8.1f} the rest: gRPC, event loop, waking threads", f"{total:8.1f} in all"])


def _resolve(path: str) -> tuple[Any, str]:
    """What holds the function, and its name there. Raises LookupError."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            holder: Any = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:-1]:
            holder = getattr(holder, name, None)
        if hasattr(holder, parts[-1]):
            return holder, parts[-1]
        break
    raise LookupError(path)


def _timed(function: Callable[..., Any], entry: list[int]) -> Callable[..., Any]:
    """The same function with a stopwatch that adds calls and nanoseconds of its thread's CPU to `entry`."""

    @wraps(function)
    def watched(*args: Any, **words: Any) -> Any:
        began = time.thread_time_ns()
        try:
            return function(*args, **words)
        finally:
            entry[0] += 1
            entry[1] += time.thread_time_ns() - began

    @wraps(function)
    async def awaited(*args: Any, **words: Any) -> Any:
        entry[0] += 1
        return await _driven(function(*args, **words), entry)

    return awaited if iscoroutinefunction(function) else watched


@coroutine
def _driven(work: Coroutine[Any, Any, Any], entry: list[int]) -> Generator[Any, Any, Any]:
    """Runs a coroutine step by step, and counts only the steps: while it waits others run."""
    step: Callable[[Any], Any] = work.send
    argument: Any = None
    while True:
        began = time.thread_time_ns()
        try:
            waits_for = step(argument)
        except StopIteration as end:
            return end.value
        finally:
            entry[1] += time.thread_time_ns() - began
        try:
            argument, step = (yield waits_for), work.send
        except BaseException as error:  # also a cancellation is the coroutine's to handle
            argument, step = error, work.throw


def _watch() -> dict[str, list[int]]:
    """Puts a stopwatch around every stage that is where we know it."""
    measured = {}
    for stage in _STAGES:
        try:
            holder, name = _resolve(stage.path)
        except LookupError:
            continue
        entry = measured[stage.path] = [0, 0]
        setattr(holder, name, _timed(getattr(holder, name), entry))
    return measured


if __name__ == "__main__":
    measured = _watch()
    atexit.register(lambda: print(json.dumps(measured), flush=True))
    from andon.__main__ import main

    raise SystemExit(main(sys.argv[1:]))
