"""`andon overrides`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any, Final

from andon_client.cli.common import Exit, add_command
from andon_client.cli.text import print_json, table
from andon_client.cli.times import parse_moment
from andon_client.client import Client
from andon_client.feedback import Grouping, OverrideRate

_HEADS: Final = ("REVIEWS", "OVERRIDES", "REJECTED", "CORRECTED", "RATE", "95 % INTERVAL")


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "overrides", overrides, role="lead", help="show how often people override the AI")
    parser.add_argument("--by", type=str.upper, choices=list(Grouping), default=Grouping.ACTION, help="count by this")
    parser.add_argument("--action", default="", help="only this action, or a pattern such as refund.*")
    parser.add_argument("--since", metavar="TIME", help="only verdicts since: 7d, 12h, 30m, or an RFC 3339 time")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def overrides(options: argparse.Namespace, client: Client) -> int:
    """Show how often people override the AI: rejections, and corrections that change a field, by verdicts given."""
    grouping = Grouping(options.by)
    since = parse_moment("--since", options.since, datetime.now(UTC)) if options.since else None
    rates = await client.override_rates(by=grouping, action=options.action, since=since)
    if options.json:
        for rate in rates:
            print_json(rate)
    else:
        names = {Grouping.ACTION: (), Grouping.RULE: ("RULE",), Grouping.MODEL: ("MODEL",)}[grouping]
        rows = [_row(rate, grouping) for rate in rates]
        print(table(("ACTION", *names, *_HEADS), rows) if rows else "no verdicts yet")
    return Exit.OK


def _row(rate: OverrideRate, grouping: Grouping) -> tuple[str, ...]:
    model = f"{rate.model.name} {rate.model.version}".strip()
    names = {Grouping.ACTION: (), Grouping.RULE: (rate.rule,), Grouping.MODEL: (model,)}[grouping]
    counts = (rate.reviews, rate.overrides, rate.rejections, rate.corrections)
    interval = f"{rate.lower:.1%} - {rate.upper:.1%}"
    return (rate.action, *names, *map(str, counts), f"{rate.rate:.1%}", interval)
