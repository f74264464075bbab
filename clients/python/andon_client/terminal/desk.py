"""One reviewer's desk, without a screen: what is on it, what was opened, written and said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from andon_client._gen.andon.v1 import task_pb2
from andon_client.presentation import Shown
from andon_client.review_task import ReviewTask
from andon_client.task import task_of
from andon_client.terminal import words
from andon_client.terminal.board import Board, Row
from andon_client.terminal.calm import Calm
from andon_client.terminal.clock import Clock
from andon_client.terminal.document import Document, Story
from andon_client.terminal.shown import evidence, still_closed
from andon_client.terminal.verdicts import UNDO, Draft, Outbox, Pending, Verb
from andon_client.terminal.viewing import Viewing

_CHANGED: Final = "The caller has changed this decision; read it again."


class Desk:
    """What the screen shows and the keys work on."""

    def __init__(self, board: Board, clock: Clock, viewing: Viewing) -> None:
        self.board = board
        self.clock = clock
        self.viewing = viewing
        self.outbox = Outbox(clock)
        self.calm = Calm(clock)
        self.drafts: dict[str, Draft] = {}
        self.selected: set[str] = set()
        self.documents: dict[str, Document] = {}
        self.gone: dict[str, str] = {}
        """Tasks that were taken away while they were mine, and why, in words."""
        self.changed: set[str] = set()
        """Tasks whose callers have changed them since they were read."""
        self.told: Callable[[str], None] = lambda text: None
        self._opened: dict[str, set[str]] = {}
        board.lost = self._lost
        board.amended = self.amended

    def document(self, name: str) -> Document | None:
        """A task as far as it is known here; None for one that is not."""
        task = self.board.mine.get(name)
        known = self.documents.get(name)
        if task is not None:
            story = known.story if known else Story()
            self.documents[name] = Document(task.info, story)
        elif known is None and (message := self.board.message(name)) is not None:
            return Document(task_of(message), whole=False)
        return self.documents.get(name)

    def read_whole(self, message: task_pb2.Task) -> Document:
        """Keeps a waiting task that was read whole."""
        document = self.documents[message.name] = Document(task_of(message))
        return document

    def opened(self, name: str) -> set[str]:
        """What has been opened of a task."""
        return self._opened.setdefault(name, set())

    def draft(self, name: str) -> Draft:
        """What was written for a task; an empty one where nothing was."""
        return self.drafts.setdefault(name, Draft())

    def judge(
        self, verb: Verb, tasks: Sequence[ReviewTask], comment: str, corrected: dict[str, Any] | None = None
    ) -> None:
        """Puts a verdict, an escalation or a skip where it can be undone for a while."""
        form = "andon-terminal-row/1" if len(tasks) > 1 else "andon-terminal-task/1"
        shown = {task.name: self.shown(task, form) for task in tasks}
        due = self.clock.seconds() + UNDO
        for task in tasks if verb is not Verb.SKIP else ():
            self.draft(task.name).comment = comment
        self.outbox.pending.append(Pending(verb, tuple(tasks), comment, due, shown, corrected))
        self.selected.difference_update(task.name for task in tasks)

    def shown(self, task: ReviewTask, form: str) -> Shown:
        """The evidence for a task. A row of the inbox shows the sentence and no field."""
        info, opened = task.info, self.opened(task.name)
        fields = Document(info).fields.all if form.endswith("task/1") else ()
        reasons = [text for text, _ in words.held_because(info.decision)] if fields else []
        seconds = self.viewing.seconds(task.name)
        return evidence(form, info.decision.payload_hash, words.effect(info), reasons, fields, opened, seconds)

    def unopened(self, task: ReviewTask) -> list[str]:
        """What must be opened before approving or correcting what is irreversible: all that is cut short or covered."""
        if not task.decision.attributes.irreversible:
            return []
        closed = still_closed(Document(task.info).fields.all, self.opened(task.name))
        return list(dict.fromkeys(cover.path for cover in closed))

    def settled(self, name: str) -> None:
        """A task is done with: forgets it."""
        self.board.drop(name)
        self.viewing.forget(name)
        self.changed.discard(name)
        for known in (self.drafts, self.documents, self._opened, self.gone):
            known.pop(name, None)
        self.selected.discard(name)

    def mine(self, name: str) -> ReviewTask | None:
        """The task if it can be judged: leased to me, and nothing pending for it."""
        task = self.board.mine.get(name)
        busy = name in self.outbox.sending or self.outbox.of(name) is not None
        return task if task is not None and task.open and not busy else None

    def next_mine(self, after: str) -> str:
        """The most urgent of my tasks for which nothing is pending; empty where there is none."""
        names = [row.name for row in self.board.rows()[0]]
        return next((name for name in names if name != after and self.mine(name)), "")

    def search(self, text: str) -> tuple[list[Row], list[Row]]:
        """Rows in which every word stands, in whatever case."""
        wanted = text.lower().split()
        mine, waiting = self.board.rows()
        if not wanted:
            return mine, waiting
        return [row for row in mine if _has(row, wanted)], [row for row in waiting if _has(row, wanted)]

    def banner(self, name: str) -> str:
        """What must be known of a task before all else; empty for nothing."""
        pending = self.outbox.of(name)
        if pending is not None:
            return f"{pending.verb}: will be sent in {self.outbox.left(pending)} s. Press u to undo."
        if name in self.outbox.sending:
            return "Being sent …"
        draft = self.drafts.get(name)
        problem = draft.problem if draft else ""
        if name in self.gone and name not in self.board.mine:
            return "\n".join([self.gone[name], *_kept(draft)])
        if name in self.changed:
            return "\n".join([_CHANGED, *_kept(draft)])
        if name in self.board.mine:
            return "\n".join([*([f"Refused: {problem}"] if problem else []), *_kept(draft)])
        row = self.board.row(name)
        return "Waiting. Andon hands out the most urgent tasks first; this one is not yours yet." if row else ""

    def amended(self, task: ReviewTask) -> None:
        """The caller has changed it: it is to be read again. Of what was begun the comment stays."""
        draft, pending = self.draft(task.name), self.outbox.of(task.name)
        if pending is not None:
            draft.comment = pending.comment or draft.comment
            self.outbox.withdraw(task.name)
        draft.corrected, draft.problem = None, ""
        for known in (self.documents, self._opened):
            known.pop(task.name, None)
        self.changed.add(task.name)
        self.selected.discard(task.name)
        self.told(f"{task.decision.action}: {_CHANGED}")

    def is_unread(self, task: ReviewTask) -> bool:
        """Whether it has changed since it was read; the next time it counts as read."""
        unread = task.name in self.changed
        self.changed.discard(task.name)
        if unread:
            task.reread()
        return unread

    def tidy(self, current: str) -> None:
        """Forgets tasks that have left, unless one is shown or something was written for it."""
        for name in [name for name in self.documents if name != current and self.board.row(name) is None]:
            draft = self.drafts.get(name)
            if draft is None or draft == Draft():
                for known in (self.drafts, self.documents, self._opened, self.gone):
                    known.pop(name, None)

    def _lost(self, task: ReviewTask) -> None:
        known = self.documents.get(task.name)
        self.documents[task.name] = Document(task.info, known.story if known else Story())
        pending = self.outbox.of(task.name)
        judged = pending is not None and pending.verb is not Verb.SKIP
        if pending is not None:
            draft = self.draft(task.name)
            draft.comment = pending.comment or draft.comment
            draft.corrected = pending.corrected or draft.corrected
            self.outbox.withdraw(task.name)
        self.gone[task.name] = "This task is no longer yours: the lease lapsed, or somebody else ended it."
        self.selected.discard(task.name)
        self.told(f"{task.decision.action}: no longer yours" + (", and your verdict was not sent" if judged else ""))


def _kept(draft: Draft | None) -> list[str]:
    """What is kept of a draft, in words."""
    if draft is None:
        return []
    said = [f"Your comment is kept: {draft.comment}"] if draft.comment else []
    return [*said, "Your correction is kept."] if draft.corrected is not None else said


def _has(row: Row, wanted: Sequence[str]) -> bool:
    text = f"{row.effect} {row.action} {row.about} {row.reason} {row.queue} {row.name}".lower()
    return all(word in text for word in wanted)
