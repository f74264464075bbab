"""Runs a duty's step again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final, Protocol

from andon.telemetry.logs import get_logger

GRACE: Final = 10.0
_CANCELLING: Final = 1.0
_log = get_logger("andon.workers")


class Duty(Protocol):
    """A background duty."""

    @property
    def name(self) -> str:
        """For the log."""
        ...

    async def step(self) -> bool:
        """Does one bounded piece of work; True where there may be more at once."""
        ...


async def stop_all(loopers: Iterable[Looper], grace: float = GRACE) -> None:
    """Ends all at once, each after the step that runs. What is left after `grace` seconds is cancelled together.

    Takes `grace` and a second at most, however many there are.
    """
    tasks = [task for looper in loopers if (task := looper._end()) is not None]
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=_CANCELLING)


class Looper:
    """Steps a duty every `interval` seconds, and at once while it has more to do.

    A step that fails is logged and tried again at the next interval: a duty never dies.
    """

    def __init__(self, duty: Duty, interval: float) -> None:
        self._duty = duty
        self._interval = interval
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Begins stepping."""
        self._task = asyncio.create_task(self._run(), name=f"duty {self._duty.name}")

    def wake(self) -> None:
        """Steps at once instead of at the next interval."""
        self._woken.set()

    async def stop(self, grace: float = GRACE) -> None:
        """Ends after the step that runs; one that takes longer than `grace` seconds is cancelled."""
        await stop_all((self,), grace)

    def _end(self) -> asyncio.Task[None] | None:
        self._stopping = True
        self._woken.set()
        return self._task

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            more = await self._step()
            if not (more or self._stopping):
                await self._pause()

    async def _step(self) -> bool:
        try:
            return await self._duty.step()
        except Exception:
            _log.exception("duty failed", duty=self._duty.name)
            return False

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._interval):
                await self._woken.wait()
