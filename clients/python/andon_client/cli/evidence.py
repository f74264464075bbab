"""`andon evidence`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.ledger import replace_file
from andon_client.cli.text import clean
from andon_client.client import Client
from andon_client.evidence.check import FAILED, OK, Check, checked
from andon_client.evidence.collect import FORMAT, Document, collect
from andon_client.evidence.page import page
from andon_client.notes import VerifierKey

_WRONG: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(
        subparsers, "evidence", evidence, role="auditor", help="write all that is known of a decision, for an auditor"
    )
    parser.add_argument(
        "decision", metavar="DECISION", help="the decision, decisions/…; or a file that --json wrote: needs no server"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it here instead of printing it")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of HTML")
    parser.add_argument("--key", action="append", default=[], help="trust this verifier key alone; may be repeated")
    online = parser.get_default("run")
    parser.set_defaults(run=lambda options: _again(options) if Path(options.decision).is_file() else online(options))


async def evidence(options: argparse.Namespace, client: Client) -> int:
    """Write one self-contained HTML file about a decision: what the AI proposed, the rules, who saw and decided what,
    the receipt and the ledger with every hash recomputed, and which points of law it serves. Where anything does not
    fit, the file says so, and the exit code is 1."""
    pinned = _pinned(options)
    document = await collect(client, options.decision, datetime.now(UTC), pinned)
    return _written(document, checked(document, pinned), options)


def _again(options: argparse.Namespace) -> int:
    """Checks and writes anew what was written with --json. Needs no server."""
    try:
        pinned = _pinned(options)
        return _reread(Path(options.decision), pinned, options)
    except UsageError as error:
        code, message = Exit.USAGE, str(error)
    except OSError as error:
        code, message = Exit.FAILED, str(error)
    print(f"andon: {clean(message)}", file=sys.stderr)
    return code


def _reread(path: Path, pinned: Sequence[VerifierKey], options: argparse.Namespace) -> int:
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(document["format"])
        found = checked(document, pinned)
        page(document, found)
    except _WRONG:
        raise UsageError(f"{path} is no file that `andon evidence --json` has written") from None
    return _written(document, found, options)


def _written(document: Document, found: Sequence[Check], options: argparse.Namespace) -> int:
    failed = [check for check in found if check.state == FAILED]
    if options.json:
        checks = [check._asdict() for check in found]
        text = json.dumps({**document, "checks": checks, "sound": not failed}, indent=1) + "\n"
    else:
        text = page(document, found)
    if options.out is None:
        sys.stdout.write(text)
    else:
        replace_file(options.out, text)
        good = sum(check.state == OK for check in found)
        left = len(found) - good - len(failed)
        print(f"evidence in {options.out}: {good} checks fit, {len(failed)} failed, {left} points not checked")
    for check in failed:
        print(f"andon: {clean(check.what)}: {clean(check.words)}", file=sys.stderr)
    return Exit.REFUSED if failed else Exit.OK


def _pinned(options: argparse.Namespace) -> list[VerifierKey]:
    try:
        return [VerifierKey.parse(text) for text in options.key]
    except ValueError as error:
        raise UsageError(f"--key {error}") from None
