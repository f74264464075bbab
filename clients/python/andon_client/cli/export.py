"""`andon export`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import aclosing
from pathlib import Path
from typing import IO, Any

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import as_json, json_text
from andon_client.client import Client
from andon_client.feedback import Order, SamplePage


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "export", export, role="lead", help="write labelled samples as JSON lines")
    parser.add_argument("--output", metavar="FILE", help="where to (default: stdout)")
    parser.add_argument("--after", type=int, metavar="SEQ", help="only samples past this one; appends to the output")
    parser.add_argument("--cursor", metavar="FILE", help="begin after what this file says, and keep it up to date")
    parser.add_argument("--order", type=str.upper, choices=list(Order), default=Order.SEQUENCE, help="how to order")
    parser.add_argument("--action", default="", help="only this action, or a pattern such as refund.*")


async def export(options: argparse.Namespace, client: Client) -> int:
    """Write one JSON object for every verdict, beside the AI's original recommendation. Interrupted exports go on
    where they stopped: with --cursor by themselves, else with the --after that is printed at the end. A sample may be
    written twice after a crash with --order uncertainty; its sequence tells."""
    order = Order(options.order)
    after = _start(options)
    with _Sink(options.output, append=bool(options.cursor or options.after)) as sink:
        if options.cursor and options.after is None and order is Order.SEQUENCE:
            after = max(after, sink.last_sequence)
        count = newest = 0
        async with aclosing(client.sample_pages(after=after, action=options.action, order=order)) as pages:
            async for page in pages:
                sink.write(page)
                count += len(page.samples)
                after = _reached(page, after, order)
                _keep(options.cursor, after if order is Order.SEQUENCE else None)
                newest = page.last_sequence
    after = max(after, newest)
    _keep(options.cursor, after)
    print(f"andon: {count} {'sample' if count == 1 else 'samples'}; go on with --after {after}", file=sys.stderr)
    return Exit.OK


def _start(options: argparse.Namespace) -> int:
    if options.after is not None:
        return int(options.after)
    if not options.cursor or not Path(options.cursor).exists():
        return 0
    try:
        return int(json.loads(Path(options.cursor).read_text(encoding="utf-8"))["after"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{options.cursor} is no cursor of andon export; remove it to begin anew") from None


def _reached(page: SamplePage, after: int, order: Order) -> int:
    if order is Order.SEQUENCE and page.samples:
        return page.samples[-1].sequence
    return after


def _keep(cursor: str | None, after: int | None) -> None:
    """Replaces the cursor file at once, after the data it speaks of is on disk."""
    if not cursor or after is None:
        return
    path = Path(cursor)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"after": after}, file)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class _Sink:
    """Where samples go. A file that is appended to is first freed of a line that was cut off."""

    def __init__(self, output: str | None, *, append: bool) -> None:
        self.last_sequence = 0
        self._file: IO[str] = sys.stdout
        self._own = output is not None
        if output is not None:
            if append and Path(output).exists():
                self.last_sequence = _mend(Path(output))
            self._file = Path(output).open("a" if append else "w", encoding="utf-8")  # noqa: SIM115 - it is one itself

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._own:
            self._file.close()

    def write(self, page: SamplePage) -> None:
        """Writes a page, down to the disk where it is a file."""
        for sample in page.samples:
            self._file.write(json_text(as_json(sample)) + "\n")
        self._file.flush()
        if self._own:
            os.fsync(self._file.fileno())


def _mend(path: Path) -> int:
    """Cuts off what follows the last line break; returns the sequence of the last whole line, 0 where there is none."""
    with path.open("rb+") as file:
        data = _tail(file)
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            file.truncate(file.seek(0, os.SEEK_END) - len(data) + len(whole))
    lines = whole.splitlines()
    try:
        return int(json.loads(lines[-1])["sequence"]) if lines else 0
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} does not end with a sample; give another --output") from None


def _tail(file: IO[bytes]) -> bytes:
    """The end of a file, from a line break on: at least one whole line, where there is one."""
    size, span = file.seek(0, os.SEEK_END), 1 << 16
    while True:
        start = max(0, size - span)
        file.seek(start)
        data = file.read()
        if start == 0:
            return data
        if data.count(b"\n") >= 2:
            return data[data.find(b"\n") + 1 :]
        span *= 4
