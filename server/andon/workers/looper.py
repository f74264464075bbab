"""Runs a duty's step again and again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from andon.telemetry.logs import get_logger

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

    async def stop(self, grace: float = 10.0) -> None:
        """Ends after the step that runs; one that takes longer than `grace` seconds is cancelled."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await asyncio.wait((self._task,), timeout=grace)
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=grace)

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
