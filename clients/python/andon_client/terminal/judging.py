"""From a key to a verdict: what is asked on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from textual.app import App

from andon_client.errors import AndonError
from andon_client.review_task import ReviewTask
from andon_client.terminal import words
from andon_client.terminal.correction import CorrectionForm, change_lines
from andon_client.terminal.desk import Desk
from andon_client.terminal.desk_screen import DeskScreen
from andon_client.terminal.dialogs import CommentDialog
from andon_client.terminal.diff import difference
from andon_client.terminal.editing import EditFault, edit
from andon_client.terminal.formats import moment_text
from andon_client.terminal.sending import Sender
from andon_client.terminal.verdicts import Verb, comment_needed, not_in_bulk
from andon_client.terminal.work import Work

_NOT_YOURS: Final = "This task is not yours to judge; Andon hands out the most urgent ones first."
_WAITS: Final = "Your verdict on it waits to be sent; u takes it back."
_SENT: Final = "Your verdict on it is just being sent."
_UNREAD: Final = "Opened: judge it when you have read it."
_CHANGED: Final = "The caller has changed it: press the key again once you have read it."
_NO_MORE_TIME: Final = "The policy gives this task no more time."
_TAKEN: Final = "The task was taken away meanwhile; what you wrote is kept."


class Judging:
    """What the verdict keys do."""

    def __init__(self, app: App[int], desk: Desk, main: DeskScreen, sender: Sender, work: Work) -> None:
        self._app = app
        self._desk = desk
        self._main = main
        self._sender = sender
        self._work = work

    def judge(self, verb: Verb) -> None:
        """Approves, rejects or escalates what is selected, else what is shown; asks for a comment first."""
        tasks = self._chosen()
        if not tasks:
            return
        if verb is Verb.APPROVE and len(tasks) == 1 and self._is_unread(tasks[0]):
            return
        needed = any(comment_needed(task, verb) for task in tasks)
        self._ask(verb, tasks, [words.effect(task.info) for task in tasks], needed)

    def _is_unread(self, task: ReviewTask) -> bool:
        """Whether something must be opened first, before it is approved or corrected; says what."""
        closed = ", ".join(self._desk.unopened(task))
        if closed:
            self._main.say(f"It can't be undone: first open what is cut short or covered ({closed}); press o.")
        return bool(closed)

    def skip(self) -> None:
        """Passes on what is selected, else what is shown. One task's comment goes with it."""
        tasks = self._chosen()
        if tasks:
            comment = self._desk.draft(tasks[0].name).comment if len(tasks) == 1 else ""
            self._commit(Verb.SKIP, tasks, comment, None)

    def more_time(self) -> None:
        """Asks for more time for the task that is shown."""
        task = self._on_screen()
        if task is None:
            return
        if task.info.extension is None:
            self._main.say(_NO_MORE_TIME)
        else:
            self._work.start(self._extend(task))

    async def _extend(self, task: ReviewTask) -> None:
        try:
            info = await task.extend()
        except AndonError as error:
            self._main.say(words.refusal(error))
            return
        until = moment_text(info.expire_time) if info.expire_time else "later"
        self._main.say(f"More time: due {until} now.")
        self._desk.board.changed()

    def comment(self) -> None:
        """Writes the comment before the verdict: the next verdict on this task has it."""
        task = self._on_screen()
        if task is not None:
            draft = self._desk.draft(task.name)

            def keep(comment: str) -> None:
                draft.comment = comment

            about = [words.effect(task.info), "It is kept, and goes with your verdict."]
            dialog = CommentDialog("Comment", about, comment=draft.comment, needed=False, keep=keep)
            self._app.push_screen(dialog, lambda _: self._main.redraw())

    def correct(self) -> None:
        """Opens the form, then shows the difference, then sends."""
        task = self._on_screen()
        if task is not None and not self._is_unread(task):
            self._open_form(task)

    def undo(self) -> None:
        """Takes the last verdict back, and shows its task again."""
        pending = self._desk.outbox.undo()
        if pending is None:
            self._main.say("Nothing waits to be sent.")
            return
        first = pending.tasks[0].name
        if pending.corrected is not None:
            self._desk.draft(first).corrected = pending.corrected
        self._main.say(f"Taken back: {pending.verb}. What you wrote is kept.")
        self._main.look_at(first)

    def select(self) -> None:
        """Selects the task that is shown, for a verdict on several at once."""
        task = self._mine(self._main.current)
        if task is None:
            return
        if self._desk.is_unread(task):
            self._main.say(_CHANGED)
            return
        if why := not_in_bulk(task):
            self._main.say(f"Can't be selected: {why}.")
            return
        self._desk.selected.symmetric_difference_update({task.name})
        self._main.redraw()
        self._main.inbox.action_move(1)

    def _chosen(self) -> list[ReviewTask]:
        """The selected tasks, else the one that is shown; says why where there is none."""
        chosen = [task for name in sorted(self._desk.selected) if (task := self._desk.mine(name))]
        if chosen:
            return chosen
        task = self._on_screen()
        return [task] if task else []

    def _on_screen(self) -> ReviewTask | None:
        """The task that is shown, if it is mine. Where only the list is shown, the task is opened, and not judged."""
        task = self._mine(self._main.current)
        if task is not None and self._main.task_shown and self._desk.is_unread(task):
            self._main.say(_CHANGED)
            return None
        if task is None or self._main.task_shown:
            return task
        self._main.read()
        self._main.say(_UNREAD)
        return None

    def _mine(self, name: str) -> ReviewTask | None:
        task = self._desk.mine(name)
        if task is None:
            sending = name in self._desk.outbox.sending
            self._main.say(_SENT if sending else _WAITS if self._desk.outbox.of(name) else _NOT_YOURS)
        return task

    def _ask(
        self,
        verb: Verb,
        tasks: list[ReviewTask],
        about: Sequence[str],
        needed: bool,
        corrected: dict[str, Any] | None = None,
    ) -> None:
        draft = self._desk.draft(tasks[0].name)

        def keep(comment: str) -> None:
            draft.comment = comment

        def go_on(comment: str | None) -> None:
            if comment is not None:
                self._commit(verb, tasks, comment, corrected)

        dialog = CommentDialog(f"{verb.capitalize()}?", about, comment=draft.comment, needed=needed, keep=keep)
        self._app.push_screen(dialog, go_on)

    def _commit(self, verb: Verb, tasks: list[ReviewTask], comment: str, corrected: dict[str, Any] | None) -> None:
        still_mine = [task for task in tasks if self._desk.mine(task.name)]
        if not still_mine:
            self._main.say(_TAKEN)
            return
        self._desk.judge(verb, still_mine, comment, corrected)
        self._desk.calm.moved()
        self._main.say("")
        here = self._main.current
        # A verdict on others leaves the reviewer where they are.
        self._main.look_at(here if self._desk.mine(here) else self._desk.next_mine(here) or here)

    def _open_form(self, task: ReviewTask) -> None:
        proposed = task.decision.proposed or {}
        draft = self._desk.draft(task.name)

        def keep(corrected: dict[str, Any]) -> None:
            draft.corrected = corrected

        def go_on(corrected: dict[str, Any] | None) -> None:
            if corrected is not None:
                lines = change_lines(difference(proposed, corrected))
                self._ask(Verb.CORRECT, [task], lines, comment_needed(task, Verb.CORRECT), corrected)

        start = proposed if draft.corrected is None else draft.corrected
        schema = task.info.correction_schema
        kept = task.decision.masked_fields
        form = CorrectionForm(proposed, schema, start, problem=draft.problem, keep=keep, editor=self._edit, kept=kept)
        self._app.push_screen(form, go_on)

    def _edit(self, text: str, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        self._work.start(self._edit_outside(text, done, failed))

    async def _edit_outside(self, text: str, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        """Lends the terminal to the editor. Everything else goes on meanwhile: leases are renewed, nothing is drawn."""
        try:
            with self._app.batch_update(), self._lent(), self._desk.viewing.elsewhere():
                written = await edit(text)
        except EditFault as fault:
            failed(str(fault))
        else:
            done(written)
        self._app.refresh(layout=True)

    def _lent(self) -> AbstractContextManager[None]:
        return nullcontext() if self._app.is_headless else self._app.suspend()
