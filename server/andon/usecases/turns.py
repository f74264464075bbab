"""Turns of the event loop for those who have much to do, so that a short call never waits for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import Final

SLICE: Final = 0.002
"""Seconds that one goes on before the next has its turn."""
_MOST: Final = 64


class Turns:
    """Who has much to tell or to read stands in one line. Each round of the loop lets in as many as go fast together.

    One that computes takes the round alone; of those that wait for their readers, many go at once.
    """

    def __init__(self) -> None:
        self._line: deque[asyncio.Future[None]] = deque()
        self._width = 1
        self._called = 0.0
        self._going = False

    async def wait(self) -> None:
        """Returns when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._line.append(turn)
        if not self._going:
            self._going, self._called = True, perf_counter()
            loop.call_soon(self._round, loop)
        await turn

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        now = perf_counter()
        slow = now - self._called > SLICE
        self._called, self._width = now, max(1, self._width // 2) if slow else min(_MOST, self._width * 2)
        admitted = 0
        while self._line and admitted < self._width:
            turn = self._line.popleft()
            if not turn.done():  # who has left lets the next one in
                turn.set_result(None)
                admitted += 1
        self._going = bool(admitted)
        if admitted:
            loop.call_soon(self._round, loop)


class Turn:
    """The place in the line of one stream, or of one batch."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._end = 0.0

    async def go_on(self) -> None:
        """Gives way where the slice is used up, and before the first."""
        if perf_counter() >= self._end:
            await self._turns.wait()
            self._end = perf_counter() + SLICE
