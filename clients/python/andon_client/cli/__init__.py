"""The client's commands: submit, wait, cancel, appeal, review, tail, decisions, export, overrides and more."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import andon_client
from andon_client.cli import (
    change,
    decisions,
    deliveries,
    evidence,
    export,
    ledger,
    overrides,
    privacy,
    queues,
    receipt,
    review,
    submit,
    tail,
    wait,
)
from andon_client.cli.usage import parse

Subparsers = Any


def add_parsers(subparsers: Subparsers) -> None:
    """Adds the commands to argparse's subparsers. Each sets `run`, which takes the namespace and returns the exit code.

    Exit codes: 0 passed or done, 1 refused, 2 wrong usage, 3 still pending, 4 the server is away or refused the call.
    """
    for module in (
        submit,
        wait,
        change,
        review,
        tail,
        decisions,
        export,
        overrides,
        queues,
        deliveries,
        ledger,
        receipt,
        evidence,
        privacy,
    ):
        module.add(subparsers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command of the client alone."""
    parser = argparse.ArgumentParser(prog="andon-client", description="Talk to an Andon server.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {andon_client.__version__}")
    add_parsers(parser.add_subparsers(dest="command", required=True, metavar="COMMAND"))
    options = parse(parser, arguments)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return 130
    return code
