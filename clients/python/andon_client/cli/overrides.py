"""`andon overrides`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypedDict

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import print_json, short_time, table
from andon_client.cli.times import parse_moment, parse_span
from andon_client.client import Client
from andon_client.feedback import Grouping, OverrideRate

_HEADS: Final = ("REVIEWS", "OVERRIDES", "REJECTED", "CORRECTED", "RATE", "95 % INTERVAL")
_SPANS: Final = 29  # before the one that goes on
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "overrides", overrides, role="lead", help="show how often people override the AI")
    parser.add_argument("--by", type=str.upper, choices=list(Grouping), default=Grouping.ACTION, help="count by this")
    parser.add_argument("--action", default="", help="only this action, or a pattern such as refund.*")
    parser.add_argument("--since", metavar="TIME", help="only verdicts since: 7d, 12h, 30m, or an RFC 3339 time")
    parser.add_argument("--until", metavar="TIME", help="only verdicts before: the same")
    parser.add_argument(
        "--interval", metavar="SPAN", help="count each such span by itself: 1d, 12h, 30m (without --since: the last 30)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def overrides(options: argparse.Namespace, client: Client) -> int:
    """Show how often people override the AI: rejections, and corrections that change a field, by verdicts given."""
    grouping = Grouping(options.by)
    rates = await client.override_rates(by=grouping, action=options.action, **_times(options, datetime.now(UTC)))
    if options.json:
        for rate in rates:
            print_json(rate)
    else:
        names = {Grouping.ACTION: (), Grouping.RULE: ("RULE",), Grouping.MODEL: ("MODEL",)}[grouping]
        spans = ("FROM",) if options.interval else ()
        rows = [_row(rate, grouping) for rate in rates]
        print(table(("ACTION", *names, *spans, *_HEADS), rows) if rows else "no verdicts yet")
    return Exit.OK


class _Times(TypedDict):
    since: datetime | None
    until: datetime | None
    interval: timedelta | None


def _times(options: argparse.Namespace, now: datetime) -> _Times:
    since = parse_moment("--since", options.since, now) if options.since else None
    until = parse_moment("--until", options.until, now) if options.until else None
    interval = parse_span("--interval", options.interval) if options.interval else None
    if interval is not None and since is None:
        since = _before(until or now, interval)
    return _Times(since=since, until=until, interval=interval)


def _before(end: datetime, interval: timedelta) -> datetime:
    """Where the last spans begin. The cuts stand still as time goes on: days begin at midnight, UTC."""
    try:
        return end - (end - _EPOCH) % interval - _SPANS * interval
    except OverflowError:
        raise UsageError("--interval needs --since where it is so long") from None


def _row(rate: OverrideRate, grouping: Grouping) -> tuple[str, ...]:
    model = f"{rate.model.name} {rate.model.version}".strip()
    names = {Grouping.ACTION: (), Grouping.RULE: (rate.rule,), Grouping.MODEL: (model,)}[grouping]
    counts = (rate.reviews, rate.overrides, rate.rejections, rate.corrections)
    interval = f"{rate.lower:.1%} - {rate.upper:.1%}"
    spans = () if rate.start_time is None else (short_time(rate.start_time),)
    return (rate.action, *names, *spans, *map(str, counts), f"{rate.rate:.1%}", interval)
