"""`andon receipt` and `andon redeem`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from andon_client._proof import Trust
from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import clean
from andon_client.client import Client
from andon_client.errors import AlreadyRedeemed, ReceiptError
from andon_client.receipts import KeySet, verify_receipt

VERIFY = "verify"


def add(subparsers: Any) -> None:
    """Adds the commands."""
    parser = add_command(subparsers, "receipt", receipt, role="submitter", help="fetch or check a signed receipt")
    parser.add_argument("decision", metavar="NAME", help="the decision, decisions/…; or `verify`, to check a receipt")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="with `verify`: the receipt to check")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the receipt here instead of printing it")
    parser.add_argument("--appeal", type=int, default=0, metavar="LEVEL", help="of this appeal's end, 1 the first")
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="with `verify`: the server's public keys, as /.well-known/jwks.json has them; needs no server"
        " (default: ANDON_RECEIPT_KEYS, then what the server says)",
    )
    parser.add_argument("--issuer", help="with `verify`: who must have issued it")
    parser.add_argument("--payload-hash", metavar="HASH", help="with `verify`: what it must be about")
    parser.add_argument("--proof", action="store_true", help="with `verify`: also what may not be acted on (any more)")
    parser.set_defaults(run=_choosing(parser.get_default("run")))
    once = add_command(subparsers, "redeem", redeem, role="submitter", help="use up an answer that holds once")
    once.add_argument("decision", metavar="NAME", help="the decision, decisions/…")
    once.add_argument("--request-id", required=True, metavar="ID", help="the same id gets the same answer again")
    once.add_argument("--level", type=int, metavar="LEVEL", help="whose end is acted on: 0 its own, 1 an appeal's")


async def receipt(options: argparse.Namespace, client: Client) -> int:
    """Print the signed receipt of a decision, or check one: `andon receipt verify FILE`. Exit code 0: it is genuine and
    the effect may happen, 1: not so."""
    if options.decision == VERIFY:
        return _checked(options, await client.receipt_keys())
    text = await client.receipt(options.decision, level=options.appeal)
    if options.out is None:
        print(text)
    else:
        options.out.write_text(f"{text}\n", "utf-8")
    return Exit.OK


async def redeem(options: argparse.Namespace, client: Client) -> int:
    """Use up the answer to a decision that holds once. Exit code 0: it was, and the effect may happen now; 1: an
    earlier call has, and the effect may have happened then."""
    try:
        redemption = await client.redeem(options.decision, options.request_id, level=options.level)
    except AlreadyRedeemed as error:
        print(clean(error.message))
        return Exit.REFUSED
    again = "was redeemed before with this id" if redemption.repeated else "redeemed"
    print(f"{clean(options.decision)} {again} by {clean(redemption.redeemer)} at {redemption.time.isoformat()}")
    return Exit.REFUSED if redemption.repeated else Exit.OK


def _choosing(online: Any) -> Any:
    """Runs what needs no server without one."""

    def run(options: argparse.Namespace) -> int:
        try:
            keys = Trust(options.key, options.issuer).pinned if options.decision == VERIFY else None
            code: int = online(options) if keys is None else _checked(options, keys)
        except (OSError, ValueError, UsageError) as error:
            print(f"andon: {clean(str(error))}", file=sys.stderr)
            return Exit.USAGE
        return code

    return run


def _checked(options: argparse.Namespace, keys: KeySet) -> int:
    if options.file is None:
        raise UsageError("say which file holds the receipt: andon receipt verify FILE")
    try:
        text = options.file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{options.file} can't be read: {error}") from None
    try:
        found = verify_receipt(
            text,
            keys,
            payload_hash=options.payload_hash,
            issuer=options.issuer,
            level=None,
            to_act=not options.proof,
        )
    except ReceiptError as error:
        print(clean(error.message))
        return Exit.REFUSED
    print(json.dumps(found.claims, indent=2, sort_keys=True))
    return Exit.OK
