"""The demo's command line: what runs in which order, and how it ends."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import math
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from andon_client import AndonError
from credit_demo.applications import halves, load
from credit_demo.audit import read_books
from credit_demo.books import Books
from credit_demo.proposal import Proposal
from credit_demo.report import table
from credit_demo.server import DemoError, Server, Workplace, free_port, prepare, require_free, running
from credit_demo.simulation import CALLERS, Simulation
from credit_demo.tokens import AUDITOR, GUEST, REVIEWERS

GRPC_PORT: Final = 50051
HTTP_PORT: Final = 8080
_OPEN: Final = 20
_AGAIN: Final = 4
_UNSURE: Final = 0.8
_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Plan:
    """The model's version, what it proposes for the half it has not seen, and some more to leave open.

    Among the latter are some of the former again: people who were declined and apply once more.
    """

    version: str
    decided: Sequence[Proposal]
    spare: Sequence[Proposal]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo. 0: all is well; 1: it could not run, or the numbers don't add up; 130: interrupted."""
    options = _options(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        ports = (free_port(), free_port()) if options.once else (require_free(GRPC_PORT), require_free(HTTP_PORT))
        place = prepare(options.database)
        plan = _propose(options.decisions)
        return asyncio.run(_demo(options, place, ports, plan))
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except AndonError as error:
        print(f"demo: the server refused: {error}; its log is {options.database / 'server.log'}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nstopped", file=sys.stderr)
        return _INTERRUPTED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="demo.py",
        description="Andon on real decisions: 500 credit applications, a model, a policy, callers and reviewers.",
    )
    parser.add_argument(
        "--once", action="store_true", help="on free ports; ends by itself, with 0 if the numbers add up"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of the simulated reviewers' times and mistakes (default 1)"
    )
    parser.add_argument(
        "--database",
        type=Path,
        metavar="DIR",
        default=Path("andon-demo"),
        help="folder for the database, the tokens and the server's log; emptied at start if a demo made it"
        " (default ./andon-demo)",
    )
    parser.add_argument("--decisions", type=_count, default=500, help="how many of the 500 to decide (default all)")
    parser.add_argument("--scale", type=_scale, default=500.0, help="office seconds in one second (default 500)")
    return parser.parse_args(arguments)


async def _demo(options: argparse.Namespace, place: Workplace, ports: tuple[int, int], plan: Plan) -> int:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with running(place, *ports, options.scale) as server:
        print(f"The server listens on {server.address}; its files are in {options.database}/.")
        books = Books(asked=len(plan.decided))
        simulation = Simulation(server, books, plan.version, options.seed, options.scale)
        seconds = await _run(simulation, books, plan.decided, options.scale)
        await read_books(server, books)
        print(table(books, seconds, options.scale))
        faults = books.faults()
        _say_faults(faults)
        if not options.once:
            await _stay(server, simulation, plan.spare)
    return 1 if faults else 0


def _propose(count: int) -> Plan:
    try:
        from credit_demo.model import CreditModel  # noqa: PLC0415 -- scikit-learn is the demo's alone
    except ModuleNotFoundError as error:
        raise DemoError(f"{error.name} is missing; `make demo` installs it (requirements/demo.txt)") from None
    training, decided = halves(load())
    model = CreditModel(training)
    print(
        f"A logistic regression is trained on {len(training)} of 1,000 applications and decides {count} of the others."
    )
    proposals = model.propose(decided[:count])
    fresh = [proposal for proposal in model.propose(training) if not proposal.grant or proposal.confidence < _UNSURE]
    again = [proposal for proposal in proposals if not proposal.grant]
    return Plan(model.version, proposals, [*fresh[:_OPEN], *again[:_AGAIN]])


async def _run(simulation: Simulation, books: Books, decided: Sequence[Proposal], scale: float) -> float:
    print(
        f"{CALLERS} callers block on their decisions; {len(REVIEWERS)} simulated reviewers judge what is held."
        f" One second here is {scale / 60:.1f} min in the office."
    )
    started = time.monotonic()
    progress = asyncio.create_task(_progress(books))
    try:
        await simulation.run(decided)
    except ExceptionGroup as group:
        refused, rest = group.split(AndonError)
        if refused is None or rest is not None:
            raise
        raise _first(refused) from None
    finally:
        progress.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await progress
    return time.monotonic() - started


def _first(group: ExceptionGroup[AndonError]) -> AndonError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner


async def _progress(books: Books) -> None:
    """One line that is always the newest; only on a terminal."""
    if not sys.stderr.isatty():
        return
    try:
        while True:
            print(
                f"\r  answered {len(books.answers)}/{books.asked}, judged {len(books.given)} ", end="", file=sys.stderr
            )
            await asyncio.sleep(0.1)
    finally:
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def _say_faults(faults: Sequence[str]) -> None:
    if not faults:
        print("\nThe numbers add up: callers, server, metrics, exported samples and ledger agree on every decision.")
        return
    print(f"\nTHE NUMBERS DO NOT ADD UP ({len(faults)}):", file=sys.stderr)
    for fault in faults[:20]:
        print(f"  {fault}", file=sys.stderr)


async def _stay(server: Server, simulation: Simulation, spare: Sequence[Proposal]) -> None:
    """Leaves open tasks and the server behind until Ctrl-C, which is the ordinary end."""
    held = await simulation.submit_open(spare)
    print(
        f"""
{len(held)} more applications are open, some by people who were declined before. Nobody simulated will judge them.
Judge them in a browser:

  {server.page_url}#token={server.tokens[GUEST]}

or in another terminal:

  andon review --address {server.address} --token {server.tokens[GUEST]}
  andon export --address {server.address} --token {server.tokens[AUDITOR]}
  curl -s {server.metrics_url}

(the command is .venv/bin/andon after `make demo`.) The server runs until you press Ctrl-C here."""
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    print("\nstopping")


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 500:
        raise argparse.ArgumentTypeError("must be from 1 to 500")
    return value


def _scale(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value >= 1):
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
