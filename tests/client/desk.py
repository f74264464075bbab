"""`andon review` without a terminal: the real app, typed on by a test that owns its clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widget import Widget

from andon_client import Client, Proposal
from andon_client._gen.andon.v1 import review_service_pb2
from andon_client.terminal.app import ReviewApp
from andon_client.terminal.board import Link
from andon_client.terminal.calls import stream_request
from andon_client.terminal.clock import Clock
from andon_client.terminal.dialogs import Words
from andon_client.terminal.verdicts import UNDO
from tests.client.fake import State, brief

HELD: Final = Proposal(
    action="refund.issue",
    input={"order": "A-17", "lines": [{"price": 3}]},
    prediction={"amount": 40},
    confidence=0.5,
    reasoning="the warranty holds",
    amount=40.0,
    currency="EUR",
)
# In seconds, how long the screen lets changes gather before it draws them by itself. Each `settle` draws it anyhow.
_PERIOD: Final = 0.25


class OwnClock(Clock):
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self.passed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.passed)

    def seconds(self) -> float:
        return self.passed


@dataclass
class Hands:
    """A reviewer's hands and eyes."""

    app: ReviewApp
    pilot: Pilot[int]
    clock: OwnClock
    state: State
    client: Client

    async def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Types a text."""
        names = {" ": "space", ".": "full_stop", '"': "quotation_mark"}
        await self.pilot.press(*(names.get(letter, letter) for letter in text))
        await self.settle()

    async def settle(self) -> None:
        """Lets the app do what is due."""
        self.app.tick()
        await self.pilot.pause()

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Lets the app go on until something holds."""
        while not predicate():
            await self.settle()

    async def wait_for(self, *wanted: str) -> str:
        """Lets the app go on until all of it stands on the screen."""
        await self.until(lambda: all(text in self.seen for text in wanted))
        return self.seen

    async def pass_time(self, seconds: float) -> None:
        """Puts the clock forward."""
        self.clock.passed += seconds
        await self.settle()

    async def undo_ends(self) -> None:
        """Lets the time to undo pass."""
        await self.pass_time(UNDO)

    async def hand_out(self, **changes: Any) -> str:
        """Leases one new task to the reviewer, and waits until it is there; its name."""
        name = await self.wait_in_queue(told=False, **changes)
        self.state.send(review_service_pb2.STREAM_EVENT_TYPE_LEASED, self.state.lease(name))
        await self.until(lambda: name in self.app.board.mine)
        await self.settle()
        return name

    async def wait_in_queue(self, *, told: bool = True, **changes: Any) -> str:
        """Submits a decision that waits for a person; its task's name."""
        decision = await self.client.submit(replace(HELD, **changes))
        if told:
            self.state.send(review_service_pb2.STREAM_EVENT_TYPE_CHANGED, brief(self.state.tasks[decision.task]))
            await self.until(lambda: self.app.board.row(decision.task) is not None)
        return decision.task

    async def until_opened(self) -> None:
        """Opens everything that is cut short or covered."""
        while any(view.closed for view in self.app.main.views):
            await self.press("o")

    async def show(self, name: str) -> None:
        """Puts the cursor on a task."""
        self.app.main.look_at(name)
        await self.settle()

    @property
    def seen(self) -> str:
        """All that stands on the screen: the desk, and what is above it."""
        main = self.app.main
        desk = [main.inbox.text, *(view.text for view in main.views)]
        above = [_words(screen) for screen in self.app.screen_stack if screen.is_mounted]
        return "\n".join([*desk, *above])


def _words(screen: Widget) -> str:
    return "\n".join(words.told for words in screen.query(Words) if words.display)


@asynccontextmanager
async def at_desk(
    state: State, client: Client, *, size: tuple[int, int] = (160, 48), limit: int | None = None, news: str = ""
) -> AsyncGenerator[Hands, None]:
    """The app, connected and synced."""
    clock = OwnClock()
    request = stream_request([], 3)
    app = ReviewApp(client.reviewer(), request, who="anna", news=news, limit=limit, clock=clock, ticking=False)
    with patch("textual.screen.UPDATE_PERIOD", _PERIOD):
        async with app.run_test(size=size) as pilot:
            hands = Hands(app, pilot, clock, state, client)
            await hands.until(lambda: app.board.link is Link.LIVE)
            yield hands
            await app.finish()
