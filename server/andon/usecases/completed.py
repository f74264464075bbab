"""What follows a commit belongs to it, also where the caller goes away between the two."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from andon.domain.errors import AndonError

T = TypeVar("T")


async def completed(work: Coroutine[Any, Any, T]) -> T:
    """Runs a commit and its effects in memory to the end, even where the caller is cancelled meanwhile.

    Without it a call cancelled at the wrong moment leaves a durable change that no waiter and no stream hears of. Put
    the effects right behind the commit, with no await between: so they happen in the order of commits.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        task.add_done_callback(_unheard)
        raise
    return task.result()


def _unheard(task: asyncio.Task[T]) -> None:
    """Nobody is left to be told of a refusal; any other error is a fault and goes to the log."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, AndonError):
        context = {"message": "an abandoned call failed", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
