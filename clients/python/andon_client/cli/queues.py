"""`andon queues`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import as_json, print_json, short_time, span, table, until
from andon_client.cli.times import parse_moment, parse_span
from andon_client.client import Client
from andon_client.insight import Queue, QueuePoint

_NOW: Final = ("QUEUE", "WAITING", "IN HAND", "OLDEST", "NEXT DEADLINE", "USUAL TIME TO RESOLVE")
_FLOW: Final = ("CAME", "ENDED", "ESCALATED")
_WAIT: Final = ("MEDIAN WAIT", "9 IN 10 WITHIN")
_LEAST: Final = timedelta(minutes=1)


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "queues", queues, role="lead", help="show how the queues stand and went")
    parser.add_argument("--queue", default="", metavar="NAME", help="only this queue")
    parser.add_argument(
        "--since", metavar="TIME", default="24h", help="count from: 7d, 12h, 30m, or an RFC 3339 time (default: 24h)"
    )
    parser.add_argument("--interval", metavar="SPAN", help="count each such span by itself, as 1d, 12h, 30m")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def queues(options: argparse.Namespace, client: Client) -> int:
    """Show how deep each queue is, how old its oldest task, how many came and ended, and how long they waited.

    The wait is that for a reviewer, of the tasks that were first leased in the time. With --interval one line for each
    span, and nothing of how the queues stand now.
    """
    now = datetime.now(UTC)
    since = parse_moment("--since", options.since, now)
    if now - since < _LEAST:
        raise UsageError("--since must lie a minute back, or more")
    interval = parse_span("--interval", options.interval) if options.interval else now - since
    points = await client.queue_history(since=since, until=now, interval=interval, queue=options.queue)
    if options.interval:
        _print_points(points, as_lines=options.json)
    else:
        standing = [each for each in await client.queues() if options.queue in ("", each.queue)]
        _print_queues(standing, points, as_lines=options.json)
    return Exit.OK


def _print_points(points: Sequence[QueuePoint], *, as_lines: bool) -> None:
    if as_lines:
        for point in points:
            print_json(point)
        return
    rows = [(point.queue, short_time(point.start_time), str(point.open), *_went(point)) for point in points]
    print(table(("QUEUE", "FROM", "OPEN", *_FLOW, *_WAIT), rows) if rows else "no tasks")


def _print_queues(standing: Sequence[Queue], points: Sequence[QueuePoint], *, as_lines: bool) -> None:
    stands, went = {each.queue: each for each in standing}, {point.queue: point for point in points}
    still = Queue("", 0, 0, None, None, None, None)
    pairs = [(name, stands.get(name, still), went.get(name)) for name in sorted(stands | went)]
    if as_lines:
        for name, queue, point in pairs:
            print_json({**(as_json(point) if point else {}), **as_json(queue), "queue": name})
        return
    rows = [(name, *_stands(queue), *_went(point)) for name, queue, point in pairs]
    print(table((*_NOW, *_FLOW, *_WAIT), rows) if rows else "no tasks")


def _stands(queue: Queue) -> tuple[str, ...]:
    oldest, deadline = until(queue.oldest_create_time), until(queue.next_expire_time)
    return (str(queue.waiting), str(queue.leased), oldest or "-", deadline or "-", _usual(queue))


def _went(point: QueuePoint | None) -> tuple[str, ...]:
    if point is None:
        return ("0", "0", "0", "-", "-")
    counts = (point.created, point.closed, point.escalated)
    return (*map(str, counts), _wait(point.wait_p50), _wait(point.wait_p90))


def _usual(queue: Queue) -> str:
    if queue.p50 is None:
        return "no history"
    median = f"median {_wait(queue.p50)}"
    return median if queue.p90 is None else f"{median}, 9 in 10 within {_wait(queue.p90)}"


def _wait(wait: timedelta | None) -> str:
    return "-" if wait is None else span(wait.total_seconds())
