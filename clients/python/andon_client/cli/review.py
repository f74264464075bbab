"""`andon review`: judge decisions in a terminal, or from a program."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from andon_client._away import away_words, session_of
from andon_client.cli import review_json
from andon_client.cli.common import UsageError, add_command
from andon_client.cli.text import short_time
from andon_client.client import Client


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "review", review, role="reviewer", help="judge decisions", patient=True)
    parser.add_argument("--queue", action="append", default=[], help="only this queue; may be repeated")
    parser.add_argument("--credits", type=int, metavar="N", help="hold so many tasks at once, 1 to 100 (default: 3)")
    parser.add_argument("--limit", type=int, metavar="N", help="end after so many tasks")
    parser.add_argument("--json", action="store_true", help="tasks and verdicts as JSON lines, for programs")


async def review(options: argparse.Namespace, client: Client) -> int:
    """Judge tasks, most urgent first, with the keys of the reviewer's page; press ? for them. With --json, prints each
    task as a line {"task": ...} and reads lines such as {"task": "tasks/...", "verdict": "approve", "comment": "..."};
    verdicts are approve, reject, correct (with "corrected_prediction"), release (with "skip": false it may come back),
    escalate and extend."""
    reviewer = client.reviewer()
    if options.json:
        async for _ in reviewer.tasks(page_size=1):
            break  # a wrong address or token ends here, instead of being tried for ever
        if away := away_words(await session_of(reviewer.caller), short_time):
            print(f"andon: {away}", file=sys.stderr)
        async with reviewer.stream(options.queue, credits=options.credits or 1) as tasks:
            return await review_json.serve(tasks, options.limit)
    for name in ("stdin", "stdout", "stderr"):  # the screen is drawn on stderr
        if not getattr(sys, name).isatty():
            raise UsageError(f"{name} is no terminal; use --json to review from a program")
    # gRPC's own words would be written over the screen.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from andon_client.terminal import run  # noqa: PLC0415 - optional: the extra `review` brings it
    except ImportError as error:
        raise UsageError(f"{error.name} is missing; install it with: pip install 'andon-client[review]'") from None
    return await run.review(client, options.queue, options.credits or 3, options.limit)
