"""`andon deliveries`."""

from __future__ import annotations

import argparse
from typing import Any, Final

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import print_json, table, until
from andon_client.client import Client
from andon_client.notifications import Delivery, DeliveryState

_HEADS: Final = ("HAPPENED", "SUBSCRIPTION", "EVENT", "STATE", "ATTEMPTS", "NEXT", "ERROR", "NAME")
_PREFIX: Final = "deliveries/"


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(
        subparsers, "deliveries", deliveries, role="lead", help="list notifications, and send some again"
    )
    parser.add_argument("verb", nargs="?", choices=["resend"], metavar="resend", help="send those named again")
    parser.add_argument("names", nargs="*", metavar="NAME", help="deliveries to send again")
    parser.add_argument("--dead", action="store_true", help="only those that were given up")
    parser.add_argument("--subscription", default="", metavar="NAME", help="only those of this subscription")
    parser.add_argument("--limit", type=int, default=50, help="at most so many (default: 50)")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def deliveries(options: argparse.Namespace, client: Client) -> int:
    """List what services and people were told, newest first, or send some of it again.

    What is sent again goes out at once, under the id it had, so that a receiver which knows it already does nothing.
    """
    if options.verb:
        found = await _resent(options, client)
    else:
        found = await _listed(options, client)
    if options.json:
        for delivery in found:
            print_json(delivery)
    else:
        print(table(_HEADS, map(_row, found)) if found else "no deliveries")
    return Exit.OK


async def _resent(options: argparse.Namespace, client: Client) -> list[Delivery]:
    if not options.names:
        raise UsageError("name what to send again, as `andon deliveries` shows it: andon deliveries resend NAME ...")
    return [await client.resend(_PREFIX + name.removeprefix(_PREFIX)) for name in options.names]


async def _listed(options: argparse.Namespace, client: Client) -> list[Delivery]:
    state = DeliveryState.DEAD if options.dead else None
    found: list[Delivery] = []
    size = min(max(options.limit, 1), 1_000)
    async for delivery in client.deliveries(subscription=options.subscription, state=state, page_size=size):
        if len(found) >= options.limit:
            break
        found.append(delivery)
    return found


def _row(delivery: Delivery) -> tuple[str, ...]:
    return (
        until(delivery.event_time),
        delivery.subscription,
        delivery.event,
        str(delivery.state),
        str(delivery.attempts),
        until(delivery.next_attempt_time),
        delivery.error,
        delivery.name,
    )
