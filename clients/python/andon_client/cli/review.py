"""`andon review`: judge tasks in a terminal, one key per verdict."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from andon_client.cli import review_json
from andon_client.cli.card import task_text
from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.editing import Draft, EditFault, difference, run_editor, schema_faults
from andon_client.cli.terminal import END, Keyboard
from andon_client.cli.text import clean, style, until
from andon_client.client import Client
from andon_client.errors import AndonError, LeaseLost, TaskClosed
from andon_client.review_task import ReviewTask
from andon_client.reviewer import TaskStream

T = TypeVar("T")

_KEYS: Final = "[a]pprove [r]eject [c]orrect [e]scalate [s]kip [?]help [q]uit"
_LOST: Final = "lost"
_HELP: Final = """
  a  approve: do as the AI proposes
  r  reject: do not do it
  c  correct: edit the prediction in $EDITOR; the corrected one is acted upon
  e  escalate: hand it to the queue its policy names
  s  skip: give it back to its queue, for somebody else
  ?  this help; shows the task once more
  q  give it back and quit
"""


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "review", review, role="reviewer", help="judge decisions", patient=True)
    parser.add_argument("--queue", action="append", default=[], help="only this queue; may be repeated")
    parser.add_argument("--limit", type=int, metavar="N", help="end after so many tasks")
    parser.add_argument("--json", action="store_true", help="tasks and verdicts as JSON lines, for programs")


async def review(options: argparse.Namespace, client: Client) -> int:
    """Judge tasks, most urgent first: shows the whole task, then takes one key and a comment. With --json, prints each
    task as a line {"task": ...} and reads lines such as {"task": "tasks/...", "verdict": "approve", "comment": "..."};
    verdicts are approve, reject, correct (with "corrected_prediction"), release and escalate."""
    reviewer = client.reviewer()
    async for _ in reviewer.tasks(page_size=1):
        break  # a wrong address or token ends here, instead of being tried for ever
    async with reviewer.stream(options.queue) as tasks:
        if options.json:
            return await review_json.serve(tasks, options.limit)
        if not Keyboard.possible():
            raise UsageError("this is no terminal; use --json to review from a program")
        with Keyboard() as keyboard:
            return await Desk(keyboard, tasks).work(options.limit)


class Desk:
    """One reviewer at a terminal."""

    def __init__(self, keyboard: Keyboard, tasks: TaskStream) -> None:
        self._keyboard = keyboard
        self._tasks = tasks
        self._verdicts: dict[str, Callable[[ReviewTask], Awaitable[str]]] = {
            "a": self._approve,
            "r": self._reject,
            "c": self._correct,
            "e": self._escalate,
            "s": self._skip,
        }

    async def work(self, limit: int | None) -> int:
        """Takes one task after the other until the reviewer quits or `limit` tasks are done."""
        count = 0
        while limit is None or count < limit:
            _status(f"waiting for a task … {style('[q]uit', 'dim')}")
            task = await self._next()
            if task is None or not await self._handle(task):
                break
            count += 1
        _status("")
        return Exit.OK

    async def _next(self) -> ReviewTask | None:
        """The next task; None where the reviewer quits first."""
        taking = asyncio.ensure_future(anext(self._tasks))
        while True:
            key = await self._unless(taking, self._keyboard.key())
            if key is None:
                return taking.result()
            if key in ("q", END):
                taking.cancel()
                return None

    async def _handle(self, task: ReviewTask) -> bool:
        """Shows a task until it is settled or lost; False where the reviewer quits."""
        _show(task)
        self._keyboard.forget()
        while True:
            key = await self._choose(task)
            if key in ("q", END):
                await task.release()
                return False
            if key == _LOST:
                _say("The task is no longer yours: somebody else ended it, or the lease lapsed.", "yellow")
                return True
            if key in self._verdicts and await self._settle(task, self._verdicts[key]):
                return True
            if key == "?":
                _say(_HELP)
                _show(task)

    async def _settle(self, task: ReviewTask, verdict: Callable[[ReviewTask], Awaitable[str]]) -> bool:
        """Whether the task is done with."""
        try:
            said = await verdict(task)
        except (LeaseLost, TaskClosed) as error:
            _say(clean(error.message), "yellow")
            return True
        except AndonError as error:
            faults = [f"  {fault.path}: {fault.description}" for fault in error.faults]
            _say(clean("\n".join([error.message, *faults]), lines=True), "red")
            return False
        if said:
            _say(f"{style(said, 'green')} {style(clean(task.name), 'dim')}")
        return bool(said)

    async def _choose(self, task: ReviewTask) -> str:
        """The key that was pressed; `lost` where the task was taken away meanwhile. Counts down the deadline."""
        key, lost = asyncio.ensure_future(self._keyboard.key()), asyncio.ensure_future(task.lost.wait())
        try:
            while True:
                _status(f"{style(_KEYS, 'bold')}  due {until(task.info.expire_time) or 'never'} ")
                done, _ = await asyncio.wait({key, lost}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
                if done:
                    return _LOST if lost in done else key.result()
        finally:
            key.cancel()
            lost.cancel()

    async def _approve(self, task: ReviewTask) -> str:
        comment = await self._comment("Approve")
        if comment is None:
            return ""
        await task.approve(comment)
        return "approved"

    async def _reject(self, task: ReviewTask) -> str:
        comment = await self._comment("Reject")
        if comment is None:
            return ""
        await task.reject(comment)
        return "rejected"

    async def _escalate(self, task: ReviewTask) -> str:
        comment = await self._comment("Escalate")
        if comment is None:
            return ""
        return f"escalated to {clean((await task.escalate(comment)).queue)}"

    async def _skip(self, task: ReviewTask) -> str:
        await task.release()
        return "given back"

    async def _correct(self, task: ReviewTask) -> str:
        proposed = task.decision.proposed or {}
        draft = Draft(proposed)
        with draft.file() as path:
            while True:
                try:
                    with self._keyboard.lent():
                        await run_editor(path)
                    corrected = draft.read()
                except EditFault as fault:
                    _say(clean(str(fault)), "red")
                    corrected = None
                if corrected is not None and self._accepts(task, proposed, corrected):
                    question = "Send this correction? [y]es, [e]dit again, anything else goes back"
                else:
                    question = "[e]dit again, anything else goes back"
                    corrected = None
                key = await self._ask(question)
                if key == "y" and corrected is not None:
                    comment = await self._comment("Correct")
                    if comment is not None:
                        await task.correct(corrected, comment)
                        return "corrected"
                if key != "e":
                    return ""

    def _accepts(self, task: ReviewTask, proposed: dict[str, Any], corrected: dict[str, Any]) -> bool:
        """Shows what the correction changes; False where it changes nothing or does not fit the schema."""
        lines = difference(proposed, corrected)
        if not lines:
            _say("Nothing was changed: press a to approve it as it is.", "yellow")
            return False
        _say("\n".join(lines))
        faults = schema_faults(task.info.correction_schema, corrected)
        if faults:
            _say("It does not fit the task's schema:\n  " + "\n  ".join(faults), "red")
        return not faults

    async def _comment(self, verb: str) -> str | None:
        """A comment, empty for none; None where the reviewer goes back."""
        _status(f"{style(verb, 'bold')} - comment (Enter for none, a single . goes back): ")
        text = await self._keyboard.line()
        return None if text is None or text.strip() == "." else text.strip()

    async def _ask(self, question: str) -> str:
        _status(f"{style(question, 'bold')} ")
        return await self._keyboard.key()

    async def _unless(self, future: asyncio.Future[Any], other: Awaitable[T]) -> T | None:
        """What the other one brings; None where the future is done first."""
        waiting = asyncio.ensure_future(other)
        await asyncio.wait({future, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if future.done():
            waiting.cancel()
            return None
        return waiting.result()


def _show(task: ReviewTask) -> None:
    _say(f"\n{'─' * 72}\n{task_text(task.info)}\n")


def _say(text: str, *styles: str) -> None:
    _status("")
    print(style(text, *styles), flush=True)


def _status(text: str) -> None:
    """Writes the last line of the terminal anew."""
    sys.stdout.write(f"\r\x1b[K{text}")
    sys.stdout.flush()
