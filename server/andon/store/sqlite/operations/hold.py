"""What a holder does with a lease: renew, release, escalate."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.errors import AndonError
from andon.store import drafts
from andon.store.codec import Row
from andon.store.guards import claim, hold_refusal
from andon.store.sqlite.writer import Writer
from andon.store.values import Hold


@dataclass(frozen=True, slots=True)
class Renew:
    """Prolongs a lease. Not recorded in the ledger: it changes no state."""

    hold: Hold
    until: int
    rows: int = 1

    def apply(self, writer: Writer) -> Row:
        if not writer.rows("renew_if_held", {**claim(self.hold), "until": self.until}):
            raise _refusal(writer, self.hold)
        return the_job(writer, self.hold.task_id)


@dataclass(frozen=True, slots=True)
class Release:
    """Gives a task back to its queue. `skip`: its holder has passed on the decision."""

    hold: Hold
    comment: str
    skip: bool
    rows: int = 3

    def apply(self, writer: Writer) -> Row:
        if not writer.rows("release_if_held", claim(self.hold)):
            raise _refusal(writer, self.hold)
        if self.skip:
            _pass_on(writer, self.hold)
        row = the_job(writer, self.hold.task_id)
        writer.append(drafts.released(self.hold, self.comment, row, skip=self.skip))
        return row


@dataclass(frozen=True, slots=True)
class Escalate:
    """Hands a task to the queue of its escalation. Its holder has passed on the decision."""

    hold: Hold
    comment: str
    rows: int = 3

    def apply(self, writer: Writer) -> Row:
        before = writer.row("job_by_task", {"task_id": self.hold.task_id})
        if before is None or not writer.rows("escalate_if_held", claim(self.hold)):
            raise _refusal(writer, self.hold)
        _pass_on(writer, self.hold)
        row = the_job(writer, self.hold.task_id)
        writer.append(drafts.handed_on(self.hold, self.comment, before, row))
        return row


def the_job(writer: Writer, task_id: str) -> Row:
    """`$columns_task, $columns_decision` of a task that is there."""
    return writer.rows("job_by_task", {"task_id": task_id})[0]


def _pass_on(writer: Writer, hold: Hold) -> None:
    writer.change("pass_on", {"task_id": hold.task_id, "holder": hold.holder})


def _refusal(writer: Writer, hold: Hold) -> AndonError:
    return hold_refusal(writer.row("task_guard", {"task_id": hold.task_id}), hold)
