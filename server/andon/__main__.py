"""The command line: `andon COMMAND`. Each command lives in a module of its own and is imported when it is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

import andon

_COMMANDS: Final = {
    "serve": "andon.cli.serve",
    "config": "andon.cli.config",
    "token": "andon.cli.token",
    "policy": "andon.cli.policy",
    "retention": "andon.cli.retention",
    "encryption": "andon.cli.encryption",
    "keys": "andon.cli.keys",
    "submit": "andon_client.cli",
    "wait": "andon_client.cli",
    "review": "andon_client.cli",
    "tail": "andon_client.cli",
    "decisions": "andon_client.cli",
    "export": "andon_client.cli",
    "overrides": "andon_client.cli",
    "queues": "andon_client.cli",
    "deliveries": "andon_client.cli",
    "ledger": "andon_client.cli",
    "receipt": "andon_client.cli",
    "redeem": "andon_client.cli",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Exit code 0: done; 1: the answer is no; 2: wrong usage; more by command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(next((word for word in given if not word.startswith("-")), ""))
    options = _parsed(parser, given)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return 130


def _parsed(parser: argparse.ArgumentParser, given: Sequence[str]) -> argparse.Namespace:
    # What names the flag that was meant is the client's; it is loaded only where one is unknown.
    options, others = parser.parse_known_args(given)
    if others:
        usage = import_module("andon_client.cli.usage")
        options = usage.parse(parser, given)
    return options


def _parser(command: str) -> argparse.ArgumentParser:
    """Loads the commands that are needed: one where it is known, else all, so that `--help` lists them."""
    parser = argparse.ArgumentParser(
        prog="andon", description="The policy server that stands between an AI's decision and its effect."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {andon.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules = {_COMMANDS[command]: None} if command in _COMMANDS else dict.fromkeys(_COMMANDS.values())
    for name in modules:
        module = import_module(name)
        add = getattr(module, "add_parsers", None) or module.add_parser
        add(commands)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
