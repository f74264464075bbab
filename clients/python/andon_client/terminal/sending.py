"""Sends verdicts whose time to undo is up, and tells what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from andon_client.errors import AndonError
from andon_client.review_task import ReviewTask
from andon_client.terminal import words
from andon_client.terminal.desk import Desk
from andon_client.terminal.desk_screen import DeskScreen
from andon_client.terminal.verdicts import Pending, send
from andon_client.terminal.work import Work


class Sender:
    """Sends verdicts. `told` hears the results of several at once, `done` how many tasks are done with in all."""

    def __init__(
        self,
        desk: Desk,
        main: DeskScreen,
        work: Work,
        told: Callable[[Pending, list[str]], None],
        done: Callable[[int], None],
    ) -> None:
        self._desk = desk
        self._main = main
        self._work = work
        self._told = told
        self._done = done
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, pending: Pending) -> None:
        """Sends without waiting."""
        self._begin(pending)
        self._work.start(self._all(pending))

    async def send(self, pending: Pending) -> bool:
        """Sends one after the other; whether all were accepted."""
        self._begin(pending)
        results = await self._each(pending)
        return all(accepted for _, accepted in results)

    async def finish(self, seconds: float) -> None:
        """Waits until nothing is under way, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    async def _all(self, pending: Pending) -> None:
        await self._each(pending)

    def _begin(self, pending: Pending) -> None:
        self._desk.outbox.sending.update(task.name for task in pending.tasks)
        self._idle.clear()

    async def _each(self, pending: Pending) -> list[tuple[str, bool]]:
        results = [await self._one(pending, task) for task in pending.tasks]
        if not self._desk.outbox.sending:
            self._idle.set()
        if len(results) > 1:
            self._told(pending, [said for said, _ in results])
        return results

    async def _one(self, pending: Pending, task: ReviewTask) -> tuple[str, bool]:
        what = f"{task.decision.action} {task.name[-6:]}"
        try:
            said = f"{what}: {await send(pending, task)}"
        except AndonError as error:
            said, accepted = f"{what}: refused: {error.message}", False
            self._refused(pending, task, error)
        else:
            accepted = True
            self._settled(task.name)
        finally:
            self._desk.outbox.sending.discard(task.name)
        self._main.say(said)
        return said, accepted

    def _settled(self, name: str) -> None:
        following = self._desk.next_mine(name)
        self._desk.settled(name)
        if self._main.current == name:
            self._show(following)
        self._count += 1
        self._done(self._count)

    def _show(self, name: str) -> None:
        if name and name != self._main.current:
            self._desk.calm.moved()
        self._main.current = name

    def _refused(self, pending: Pending, task: ReviewTask, error: AndonError) -> None:
        """Keeps what was written, and shows the task again where it can still be judged."""
        draft = self._desk.draft(task.name)
        draft.comment, draft.problem = pending.comment or draft.comment, words.refusal(error)
        draft.corrected = pending.corrected or draft.corrected
        self._desk.board.sweep()
        if error.reason == "PAYLOAD_CHANGED":
            self._desk.board.stale(task.name)
        if len(pending.tasks) == 1 and task.open:
            self._show(task.name)
        self._desk.board.changed()
