"""`andon wait`."""

from __future__ import annotations

import argparse
from typing import Any

from andon_client.cli.card import decision_text
from andon_client.cli.common import Exit, add_command, exit_code
from andon_client.cli.text import print_json
from andon_client.client import Client
from andon_client.errors import StillPending
from andon_client.model import PASSING


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "wait", wait, role="submitter", help="wait for a decision", patient=True)
    parser.add_argument("name", metavar="NAME", help="the decision, decisions/…")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="wait at most so long (default: for ever)")
    parser.add_argument("--appeal", type=int, metavar="LEVEL", help="wait for the end of this appeal, 1 the first")
    parser.add_argument("--json", action="store_true", help="print JSON")


async def wait(options: argparse.Namespace, client: Client) -> int:
    """Wait until a decision has ended. Exit code 0: passed, 1: refused, 3: still pending. With --appeal, until that
    appeal has: 0: the proposal was upheld, 1: it was not, 3: still pending."""
    if options.appeal is not None:
        return await _wait_for_appeal(options, client)
    decision = await client.get(options.name)
    if decision.pending:
        try:
            decision = await client.wait(decision, timeout=options.timeout)
        except StillPending as error:
            decision = error.decision
    print_json(decision) if options.json else print(decision_text(decision))
    return exit_code(decision)


async def _wait_for_appeal(options: argparse.Namespace, client: Client) -> int:
    try:
        appeal = await client.wait_for_appeal(options.name, options.appeal, timeout=options.timeout)
    except StillPending as error:
        print_json(error.decision) if options.json else print(decision_text(error.decision))
        return Exit.PENDING
    decision = await client.get(options.name)
    print_json(decision) if options.json else print(decision_text(decision))
    return Exit.OK if appeal.resolution and appeal.resolution.outcome in PASSING else Exit.REFUSED
