"""What a holder does with a lease: renew, release, escalate. And why a claim to hold a task is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.domain.errors import (
    AndonError,
    CommentRequired,
    FieldsNotOpened,
    LeaseLost,
    NoEscalation,
    PayloadChanged,
    SelfReview,
    TaskClosed,
    TaskNotFound,
)
from andon.domain.review import says_something
from andon.domain.task import OPEN, TaskState
from andon.store.ledger import Draft, LedgerKind
from andon.store.port import Hold, VerdictGiven
from andon.store.sqlite import codec
from andon.store.sqlite.codec import Row
from andon.store.sqlite.writer import Writer

_DECISION_ID: Final = 1
_QUEUE: Final = 3
_SUBMITTER: Final = 4
_PAYLOAD_HASH: Final = 5
_PRESENTATION: Final = 7


@dataclass(frozen=True, slots=True)
class Renew:
    """Prolongs a lease. Not recorded in the ledger: it changes no state."""

    hold: Hold
    until: int
    rows: int = 1

    def apply(self, writer: Writer) -> Row:
        if not writer.rows("renew_if_held", {**claim(self.hold), "until": self.until}):
            raise refusal(writer, self.hold)
        return the_job(writer, self.hold.task_id)


@dataclass(frozen=True, slots=True)
class Release:
    """Gives a task back to its queue."""

    hold: Hold
    comment: str
    rows: int = 2

    def apply(self, writer: Writer) -> Row:
        if not writer.rows("release_if_held", claim(self.hold)):
            raise refusal(writer, self.hold)
        return _recorded(writer, self.hold, LedgerKind.RELEASED, self.comment)


@dataclass(frozen=True, slots=True)
class Escalate:
    """Hands a task to the queue of its escalation."""

    hold: Hold
    comment: str
    rows: int = 2

    def apply(self, writer: Writer) -> Row:
        if not writer.rows("escalate_if_held", claim(self.hold)):
            raise refusal(writer, self.hold)
        return _recorded(writer, self.hold, LedgerKind.ESCALATED, self.comment)


def claim(hold: Hold) -> dict[str, Any]:
    """A hold as the guards read it."""
    return {"task_id": hold.task_id, "holder": hold.holder, "token": hold.token, "now": hold.now}


def the_job(writer: Writer, task_id: str) -> Row:
    """`$columns_task, $columns_decision` of a task that is there."""
    return writer.rows("job_by_task", {"task_id": task_id})[0]


def refusal(writer: Writer, hold: Hold) -> AndonError:
    """Why a guard on a hold did not let a change through."""
    guard = writer.row("task_guard", {"task_id": hold.task_id})
    return _refusal(guard, hold) or NoEscalation(name=f"tasks/{hold.task_id}")


def verdict_refusal(writer: Writer, given: VerdictGiven) -> AndonError:
    """Why a verdict was not let through."""
    hold, review, name = given.hold, given.review, f"tasks/{given.hold.task_id}"
    guard = writer.row("task_guard", {"task_id": hold.task_id})
    if guard is not None and guard[_SUBMITTER] == hold.holder:
        return SelfReview(name=name)
    refused = _refusal(guard, hold)
    if refused is not None or guard is None:
        return refused or TaskNotFound(name=name)
    if guard[_PAYLOAD_HASH] != given.payload_hash:
        return PayloadChanged(name=name)
    presentation = codec.presentation(guard[_PRESENTATION])
    if presentation and review.verdict in presentation.comment_required and not says_something(review.comment):
        return CommentRequired(verdict=review.verdict.name)
    return FieldsNotOpened(name=name, fields=", ".join(review.shown.unopened if review.shown else ()))


def _refusal(guard: Row | None, hold: Hold) -> AndonError | None:
    name = f"tasks/{hold.task_id}"
    if guard is None:
        return TaskNotFound(name=name)
    state, holder, token, lease_expire_time, *_ = guard
    if TaskState(state) not in OPEN:
        return TaskClosed(name=name, state=TaskState(state).name)
    if (holder, token) != (hold.holder, hold.token) or lease_expire_time <= hold.now:
        return LeaseLost(name=name)
    return None


def _recorded(writer: Writer, hold: Hold, kind: LedgerKind, comment: str) -> Row:
    row = the_job(writer, hold.task_id)
    body = canonical({"comment": comment, "queue": row[_QUEUE]})
    writer.append(Draft(hold.now, kind, hold.holder, body, row[_DECISION_ID], hold.task_id))
    return row
