"""Runs the app on this terminal and leaves the terminal as it was."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from andon_client._away import away_words
from andon_client._calls import log
from andon_client.client import Client
from andon_client.terminal.app import ReviewApp
from andon_client.terminal.calls import Calls, stream_request
from andon_client.terminal.formats import moment_text

_FEWEST_COLOURS = 8


async def review(client: Client, queues: Sequence[str], credits: int, limit: int | None) -> int:
    """Reviews until the reviewer quits, or `limit` tasks are done; the exit code.

    Raises AndonError where the server refuses the token or the stream. SIGTERM and SIGHUP end it in order: what is
    leased goes back, verdicts that wait to be sent are not sent.
    """
    reviewer = client.reviewer()
    session = await Calls(reviewer.caller).session()
    news = away_words(session, moment_text)
    _without_colour()
    app = ReviewApp(reviewer, stream_request(list(queues), credits), who=session.principal, news=news, limit=limit)
    with _quiet(), _ended_in_order(app):
        code = await app.run_async(mouse=False)
        await app.finish()
    unsent = app.desk.outbox.unsent
    if unsent:
        print(f"andon: {unsent} verdict{'s were' if unsent > 1 else ' was'} not sent", file=sys.stderr)
    if app.failure is not None:
        raise app.failure
    return code if code is not None else app.return_code or 0


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the log off the screen: what it says of the connection stands in the first line."""
    handlers, silence = list(log.handlers), logging.NullHandler()
    log.handlers[:] = [silence]
    try:
        yield
    finally:
        log.handlers[:] = handlers


@contextmanager
def _ended_in_order(app: ReviewApp) -> Iterator[None]:
    """Lets signals end the app, which gives the terminal back, instead of the process."""
    loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    with suppress(RuntimeError):
        for number in numbers:
            loop.add_signal_handler(number, lambda: app.exit(0))
    try:
        yield
    finally:
        with suppress(RuntimeError):
            for number in numbers:
                loop.remove_signal_handler(number)


def _without_colour() -> None:
    """Asks for no colour on terminals that have none."""
    with suppress(Exception):
        import curses  # noqa: PLC0415 - not on every platform

        curses.setupterm()
        if curses.tigetnum("colors") < _FEWEST_COLOURS:
            os.environ.setdefault("NO_COLOR", "1")
