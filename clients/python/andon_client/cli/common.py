"""What all commands share: flags, tokens, exit codes, errors as one line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any, Final

from andon_client._json import NotJson
from andon_client.cli.text import clean
from andon_client.client import Client
from andon_client.errors import AndonError, NotAllowed, Refused, StillPending, Unavailable
from andon_client.model import Decision

_CALL_TIMEOUT: Final = 5.0
_HINTS: Final = {
    "CREDENTIALS_MISSING": "give --token, or set ANDON_TOKEN",
    "CREDENTIALS_INVALID": "is this the token of another server?",
}

Command = Callable[[argparse.Namespace, Client], Awaitable[int]]


class Exit(IntEnum):
    """Exit codes of the commands."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    PENDING = 3
    FAILED = 4


class UsageError(Exception):
    """What was typed can't be done. The message says what to type instead."""


def default_token(role: str) -> str:
    """The token of the environment: ANDON_TOKEN, then ANDON_TOKEN_ROLE (as in ANDON_TOKEN_REVIEWER); else empty."""
    return os.environ.get("ANDON_TOKEN") or os.environ.get(f"ANDON_TOKEN_{role.upper()}") or ""


def exit_code(decision: Decision) -> Exit:
    """The exit code that tells how a decision stands."""
    if decision.pending:
        return Exit.PENDING
    return Exit.OK if decision.passed else Exit.REFUSED


def add_command(
    subparsers: Any, name: str, command: Command, *, role: str, help: str, patient: bool = False
) -> argparse.ArgumentParser:
    """Adds a command with the common flags. `role` is whose token it needs; a `patient` one tells of lost connections.

    Its description is the docstring of `command`.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=help, description=command.__doc__)
    group = parser.add_argument_group("connection")
    group.add_argument("--address", help="HOST:PORT of the server (default: ANDON_ADDRESS, then localhost:50051)")
    group.add_argument("--token", help=f"bearer token (default: ANDON_TOKEN, then ANDON_TOKEN_{role.upper()})")
    group.add_argument(
        "--tls", action=argparse.BooleanOptionalAction, help="encrypt the connection (default: beyond this machine)"
    )
    group.add_argument("--root-certificates", metavar="FILE", help="PEM file of the certificates to trust")
    parser.set_defaults(
        start=lambda options: guarded(command, options, role, patient),
        run=lambda options: asyncio.run(options.start(options)),
    )
    return parser


async def guarded(command: Command, options: argparse.Namespace, role: str, patient: bool) -> int:
    """Runs a command and turns every expected failure into one line on stderr and an exit code."""
    try:
        return await _with_client(command, options, role, patient)
    except BrokenPipeError:
        # The reader has had enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except (UsageError, NotJson) as error:
        code, message = Exit.USAGE, str(error)
    except AndonError as error:
        code, message = _refusal(error, options)
    except OSError as error:
        code, message = Exit.FAILED, str(error)
    print(f"andon: {clean(message)}", file=sys.stderr)
    return code


async def _with_client(command: Command, options: argparse.Namespace, role: str, patient: bool) -> int:
    logger = logging.getLogger("andon_client")
    handler = logging.StreamHandler() if patient else logging.NullHandler()
    handler.setFormatter(_OneLine("andon: %(message)s"))
    logger.addHandler(handler)
    try:
        async with _client(options, role) as client:
            return await command(options, client)
    finally:
        logger.removeHandler(handler)


def _client(options: argparse.Namespace, role: str) -> Client:
    try:
        return Client(
            options.address,
            token=options.token or default_token(role),
            tls=options.tls,
            root_certificates=options.root_certificates,
            call_timeout=_CALL_TIMEOUT,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None


def _in_words(error: AndonError, options: argparse.Namespace) -> str:
    if isinstance(error, Unavailable) and not error.reason:
        address = options.address or os.environ.get("ANDON_ADDRESS") or "localhost:50051"
        return f"no answer from {address}: {error.message}"
    words = error.message
    if isinstance(error, NotAllowed) and error.reason in _HINTS:
        words += f" ({_HINTS[error.reason]})"
    elif error.request_id and error.reason in ("INTERNAL", ""):
        words += f" (request id {error.request_id})"
    others = [f"{fault.path}: {fault.description}" for fault in error.faults if fault.description not in words]
    return "; ".join([words, *others])


def _refusal(error: AndonError, options: argparse.Namespace) -> tuple[Exit, str]:
    if isinstance(error, StillPending):
        return Exit.PENDING, f"{error.message}; go on with: andon wait {error.name}"
    if isinstance(error, Refused):
        return Exit.REFUSED, error.message
    return Exit.FAILED, _in_words(error, options)


class _OneLine(logging.Formatter):
    """Log lines that can't steer the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))
