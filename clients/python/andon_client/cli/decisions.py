"""`andon decisions`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from andon_client.cli.common import Exit, add_command
from andon_client.cli.text import print_json, table, until
from andon_client.cli.times import parse_moment
from andon_client.client import Client
from andon_client.model import Decision, Outcome, Route, State

_HEADS = ("CREATED", "STATE", "ACTION", "CONFIDENCE", "ROUTE", "SUBMITTER", "NAME")


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "decisions", decisions, role="lead", help="list decisions")
    parser.add_argument("--action", default="", help="only this action, or a pattern such as refund.*")
    parser.add_argument("--state", type=str.upper, choices=[State.PENDING, State.RESOLVED], help="open or ended")
    parser.add_argument("--outcome", type=str.upper, choices=list(Outcome)[1:], help="how it ended")
    parser.add_argument("--route", type=str.upper, choices=list(Route)[1:], help="how it was routed")
    parser.add_argument("--subject", default="", help="whom or what it is about")
    parser.add_argument("--submitter", default="", help="who submitted it")
    parser.add_argument("--model", default="", help="only this model: its name, or NAME@VERSION")
    parser.add_argument("--rule", default="", help="only where this rule is among the reasons")
    parser.add_argument("--resolved-by", default="", metavar="WHO", help="only what this reviewer or rule has ended")
    parser.add_argument("--text", default="", metavar="WORDS", help="only where each of these words stands somewhere")
    parser.add_argument("--since", metavar="TIME", help="submitted since: 7d, 12h, 30m, or an RFC 3339 time")
    parser.add_argument("--until", metavar="TIME", help="submitted before: the same")
    parser.add_argument("--limit", type=int, default=50, help="at most so many (default: 50)")
    parser.add_argument("--full", action="store_true", help="with --json: also input, prediction and reasoning")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def decisions(options: argparse.Namespace, client: Client) -> int:
    """List decisions, newest first. Submitters see their own."""
    found: list[Decision] = []
    now = datetime.now(UTC)
    async for decision in client.decisions(
        action=options.action,
        state=State(options.state) if options.state else None,
        outcome=Outcome(options.outcome) if options.outcome else None,
        route=Route(options.route) if options.route else None,
        subject=options.subject,
        submitter=options.submitter,
        model=options.model,
        rule=options.rule,
        resolved_by=options.resolved_by,
        text=options.text,
        since=parse_moment("--since", options.since, now) if options.since else None,
        until=parse_moment("--until", options.until, now) if options.until else None,
        full=options.full,
        page_size=min(max(options.limit, 1), 1_000),
    ):
        if len(found) < options.limit:
            found.append(decision)
            if options.json:
                print_json(decision)
        if len(found) >= options.limit:
            break  # and look for no further one: that may take long
    if not options.json:
        print(table(_HEADS, map(_row, found)) if found else "no decisions")
    return Exit.OK


def _row(decision: Decision) -> tuple[str, ...]:
    confidence = "" if decision.confidence is None else f"{decision.confidence:.3g}"
    return (
        until(decision.create_time),
        str(decision.outcome or decision.state),
        decision.action,
        confidence,
        str(decision.routing.route),
        decision.submitter,
        decision.name,
    )
