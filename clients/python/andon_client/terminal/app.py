"""`andon review`: the app that joins the desk, the stream and the keys."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import ClassVar, Final

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.widgets import Input, Select
from textual.widgets._select import SelectOverlay

from andon_client._gen.andon.v1 import review_service_pb2
from andon_client.errors import AndonError
from andon_client.reviewer import Reviewer
from andon_client.terminal.board import Board, Link
from andon_client.terminal.calls import Calls, resting
from andon_client.terminal.clock import Clock
from andon_client.terminal.desk import Desk
from andon_client.terminal.desk_screen import DeskScreen
from andon_client.terminal.dialogs import Question, TextDialog
from andon_client.terminal.inbox import Inbox
from andon_client.terminal.judging import Judging
from andon_client.terminal.keys import manual
from andon_client.terminal.sending import Sender
from andon_client.terminal.verdicts import Pending, Verb
from andon_client.terminal.viewing import Viewing
from andon_client.terminal.work import Work

TICK: Final = 0.25
"""Seconds between two looks at the clock."""
_GIVE_BACK: Final = 3.0
_AWAY: Final = "You have been away; nothing is held for you. Any key takes tasks again."
_BACK: Final = "You are back: tasks are leased to you again."


class ReviewApp(App[int]):
    """The terminal's reviewer page. Its result is the exit code."""

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        reviewer: Reviewer,
        request: review_service_pb2.StreamRequest,
        *,
        who: str = "",
        news: str = "",
        limit: int | None = None,
        clock: Clock | None = None,
        ticking: bool = True,
    ) -> None:
        # Said at once, and not only by the theme: it decides how NO_COLOR is followed.
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.clock = clock or Clock()
        viewing = Viewing(self.clock)
        self.board = Board(reviewer.caller, lambda: not viewing.away)
        self.desk = Desk(self.board, self.clock, viewing)
        self.main = DeskScreen(self.desk)
        self.main.who = who
        self._news = news
        self.failure: AndonError | None = None
        """Why the stream ended for good; None while it has not."""
        self._reviewer = reviewer
        self._request = request
        self._calls = Calls(reviewer.caller)
        self._limit = limit
        self._ticking = ticking
        self._dirty = True
        self._following: asyncio.Task[None] | None = None
        self._watching = False
        self._work = Work(self._handle_exception)
        self._sender = Sender(self.desk, self.main, self._work, self._tell_results, self._count_done)
        self._judging = Judging(self, self.desk, self.main, self._sender, self._work)

    async def on_mount(self) -> None:
        """Shows the desk and begins to follow the stream."""
        self.board.changed = self._mark_dirty
        self.board.stale = lambda name: self._work.start(self._reread(name))
        self.desk.told = self.main.say
        await self.push_screen(self.main)
        if self._news:
            self.main.say(f"{self._news[0].upper()}{self._news[1:]}.")
        self._attend()
        if self._ticking:
            self.set_interval(TICK, self.tick)

    async def on_event(self, event: events.Event) -> None:
        """Notes that somebody is there."""
        if isinstance(event, (events.Key, events.MouseDown, events.MouseScrollDown, events.Paste)):
            self.desk.viewing.touch()
        if not (isinstance(event, events.Key) and self._is_stray(event)):
            await super().on_event(event)

    def tick(self) -> None:
        """Sends what is due, lets go of what is lost, and draws what has changed."""
        self._attend()
        self.board.sweep()
        for pending in self.desk.outbox.take_due():
            self._sender.start(pending)
            self._dirty = True
        if self._dirty:
            self._dirty = False
            self.main.redraw()
            self._read_story(self.main.current)
        else:
            self.main.tick()

    def action_approve(self) -> None:
        """Approve."""
        self._judging.judge(Verb.APPROVE)

    def action_reject(self) -> None:
        """Reject."""
        self._judging.judge(Verb.REJECT)

    def action_escalate(self) -> None:
        """Escalate."""
        self._judging.judge(Verb.ESCALATE)

    def action_skip(self) -> None:
        """Pass it on."""
        self._judging.skip()

    def action_more_time(self) -> None:
        """Ask for more time."""
        self._judging.more_time()

    def action_correct(self) -> None:
        """Correct: the form, then the difference, then it is sent."""
        self._judging.correct()

    def action_comment(self) -> None:
        """Write a comment for the next verdict."""
        self._judging.comment()

    def action_undo(self) -> None:
        """Take the last verdict back."""
        self._judging.undo()

    def action_select(self) -> None:
        """Select for a verdict on several at once."""
        self._judging.select()

    def action_search(self) -> None:
        """Search."""
        self.main.start_search()

    def action_help(self) -> None:
        """All keys."""
        self.push_screen(TextDialog("Keys", manual()))

    async def action_quit(self) -> None:
        """Quit; asks where verdicts wait to be sent."""
        count = self.desk.outbox.unsent
        if not count:
            self.exit(0)
        elif not isinstance(self.screen, Question):
            text = f"{count} verdict{'s wait' if count > 1 else ' waits'} to be sent."
            answers = {"y": "send now and quit", "n": "quit without sending"}
            self.push_screen(Question(text, answers), self._quit)

    def on_inbox_moved(self, event: Inbox.Moved) -> None:
        """Shows the task under the cursor."""
        self.main.look_at(event.name)
        self._read_story(event.name)

    def on_inbox_chosen(self, event: Inbox.Chosen) -> None:
        """Goes to the task; reads it whole where the stream has not told it."""
        self.main.look_at(event.name)
        self.main.read()
        if event.name not in self.board.mine:
            self._work.start(self._read_whole(event.name))

    async def finish(self) -> None:
        """Lets verdicts that are under way arrive, then gives back what was not judged; three seconds for each."""
        await self._sender.finish(_GIVE_BACK)
        await self._work.stop()
        open_tasks = [task for task in self.board.mine.values() if task.open]
        with suppress(TimeoutError):
            async with asyncio.timeout(_GIVE_BACK):
                await asyncio.gather(*(task.release(skip=False) for task in open_tasks), return_exceptions=True)
        for task in self.board.mine.values():
            task.lose()

    def _is_stray(self, event: events.Key) -> bool:
        """Whether to leave out a key that was typed ahead; says so."""
        typing = isinstance(self.focused, (Input, Select, SelectOverlay))
        stray = self.desk.calm.ignores(event.key, typing=typing) and self.screen is self.main
        if stray:
            self.main.say(f"{event.key} was left out: typed ahead of the task.")
            self._mark_dirty()
        return stray

    def _quit(self, answer: str | None) -> None:
        if answer == "y":
            self._work.start(self._send_and_exit())
        elif answer == "n":
            self.exit(0)

    async def _send_and_exit(self) -> None:
        accepted = [await self._sender.send(pending) for pending in self.desk.outbox.take_due(all=True)]
        if all(accepted):
            self.exit(0)

    def _tell_results(self, pending: Pending, results: list[str]) -> None:
        self.push_screen(TextDialog(f"{pending.verb}: {len(results)} tasks", "\n".join(results)))

    def _count_done(self, count: int) -> None:
        if self._limit is not None and count >= self._limit and not self.desk.outbox.pending:
            self.exit(0)

    def _attend(self) -> None:
        """Follows the stream; where the reviewer has gone or come back, one that leases as much as fits that."""
        away = self.desk.viewing.away
        if self._following is not None and away is self._watching:
            return
        if self._following is not None:
            self._following.cancel()
            self.board.link = Link.CONNECTING
            self.main.say(_AWAY if away else _BACK)
        self._watching = away
        self._following = self._work.start(self._follow(resting(self._request, away)))
        self._mark_dirty()

    async def _follow(self, request: review_service_pb2.StreamRequest) -> None:
        try:
            async with aclosing(self._reviewer.events(request)) as messages:
                async for message in messages:
                    self.board.follow(message)
        except AndonError as error:
            self.failure = error
            self.exit(4)

    def _read_story(self, name: str) -> None:
        document = self.desk.document(name) if name else None
        if document is not None and document.whole and not document.story.asked:
            document.story.asked = True
            self._work.start(self._fill_story(name))

    async def _fill_story(self, name: str) -> None:
        document = self.desk.document(name)
        if document is None:
            return
        story = await self._calls.story(name, document.task.decision.name)
        document.story.earlier, document.story.moments = story.earlier, story.moments
        self._mark_dirty()

    async def _read_whole(self, name: str) -> None:
        try:
            self.desk.read_whole(await self._calls.task(name))
        except AndonError as error:
            self.main.say(f"Could not be read: {error.message}")
            return
        self._mark_dirty()

    async def _reread(self, name: str) -> None:
        """Reads a task of mine anew: its caller has changed it, which the stream tells without its payload."""
        try:
            message = await self._calls.task(name)
        except AndonError as error:
            self.main.say(f"Could not be read: {error.message}")
            return
        self.board.reread(message)
        self._mark_dirty()

    def _mark_dirty(self) -> None:
        self._dirty = True
