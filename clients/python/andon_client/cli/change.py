"""`andon cancel` and `andon appeal`."""

from __future__ import annotations

import argparse
from typing import Any

from andon_client.cli.card import decision_text
from andon_client.cli.common import add_command
from andon_client.cli.text import print_json
from andon_client.client import Client
from andon_client.model import Decision


def add(subparsers: Any) -> None:
    """Adds the commands."""
    withdraw = add_command(subparsers, "cancel", cancel, role="submitter", help="withdraw a decision that is open")
    withdraw.add_argument("--comment", default="", help="why")
    contest = add_command(subparsers, "appeal", appeal, role="submitter", help="contest the end of a decision")
    contest.add_argument("--comment", required=True, help="why; the reviewer reads it")
    for parser in (withdraw, contest):
        parser.add_argument("name", metavar="NAME", help="the decision, decisions/…")
        parser.add_argument("--json", action="store_true", help="print JSON")


async def cancel(options: argparse.Namespace, client: Client) -> int:
    """Withdraw a decision that is still open. Exit code 0: withdrawn, 4: refused, as where it has ended."""
    return _told(options, await client.cancel(options.name, options.comment))


async def appeal(options: argparse.Namespace, client: Client) -> int:
    """Contest the end of a decision: somebody else judges it anew. Exit code 0: opened, 4: refused."""
    return _told(options, await client.appeal(options.name, options.comment))


def _told(options: argparse.Namespace, decision: Decision) -> int:
    print_json(decision) if options.json else print(decision_text(decision))
    return 0
