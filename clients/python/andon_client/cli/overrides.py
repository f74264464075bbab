"""`andon overrides`."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import print_json, table
from andon_client.client import Client
from andon_client.feedback import Grouping, OverrideRate

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
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
    since = parse_since(options.since, datetime.now(UTC)) if options.since else None
    rates = await client.override_rates(by=grouping, action=options.action, since=since)
    if options.json:
        for rate in rates:
            print_json(rate)
    else:
        names = {Grouping.ACTION: (), Grouping.RULE: ("RULE",), Grouping.MODEL: ("MODEL",)}[grouping]
        rows = [_row(rate, grouping) for rate in rates]
        print(table(("ACTION", *names, *_HEADS), rows) if rows else "no verdicts yet")
    return Exit.OK


def parse_since(text: str, now: datetime) -> datetime:
    """A time from `7d`, `12h`, `30m` before now, or an RFC 3339 time (UTC where it names no zone)."""
    if match := re.fullmatch(r"(\d+)([dhm])", text, re.ASCII):
        try:
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        except OverflowError:
            raise UsageError(f"--since {text} lies before the calendar begins") from None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("--since must be like 7d, 12h, 30m or 2026-08-01T00:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _row(rate: OverrideRate, grouping: Grouping) -> tuple[str, ...]:
    model = f"{rate.model.name} {rate.model.version}".strip()
    names = {Grouping.ACTION: (), Grouping.RULE: (rate.rule,), Grouping.MODEL: (model,)}[grouping]
    counts = (rate.reviews, rate.overrides, rate.rejections, rate.corrections)
    interval = f"{rate.lower:.1%} - {rate.upper:.1%}"
    return (rate.action, *names, *map(str, counts), f"{rate.rate:.1%}", interval)
