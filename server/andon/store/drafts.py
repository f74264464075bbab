"""What the ledger says of a task's way, the same for every engine. Rows are `$columns_task, $columns_decision`."""

from __future__ import annotations

from typing import Final

from andon.domain.canonical import JsonObject, canonical
from andon.domain.decision import Outcome
from andon.store.codec import Row
from andon.store.ledger import DEADLINE, SERVER, Draft, LedgerKind
from andon.store.values import Cancellation, Hold, LeaseRequest

_TASK_ID: Final = 0
_DECISION_ID: Final = 1
_QUEUE: Final = 3
_EPOCH: Final = 17


def cancelled(wish: Cancellation, task_id: str) -> Draft:
    """A decision was withdrawn, with its task."""
    body = canonical({"comment": wish.comment, "outcome": Outcome.CANCELLED.name})
    return Draft(wish.now, LedgerKind.CANCELLED, wish.principal, body, wish.decision_id, task_id)


def leased(request: LeaseRequest, row: Row) -> Draft:
    """A task was handed out. Its token stays a secret."""
    body: JsonObject = {"epoch": row[_EPOCH], "queue": row[_QUEUE], "until": request.until}
    return _of_task(request.now, LedgerKind.LEASED, request.holder, row, body)


def released(hold: Hold, comment: str, row: Row) -> Draft:
    """A holder gave a task back to its queue."""
    return _of_task(hold.now, LedgerKind.RELEASED, hold.holder, row, {"comment": comment, "queue": row[_QUEUE]})


def handed_on(hold: Hold, comment: str, before: Row, row: Row) -> Draft:
    """A holder escalated a task: from which queue, and to which."""
    body: JsonObject = {"comment": comment, "left": before[_QUEUE], "queue": row[_QUEUE]}
    return _of_task(hold.now, LedgerKind.ESCALATED, hold.holder, row, body)


def lapsed(now: int, holder: str, row: Row) -> Draft:
    """A lease was not renewed in time."""
    return _of_task(now, LedgerKind.LAPSED, SERVER, row, {"holder": holder, "queue": row[_QUEUE]})


def escalated(now: int, holder: str, left: str, row: Row) -> Draft:
    """A missed deadline brought a task from the queue it left to its next one."""
    body: JsonObject = {"holder": holder, "left": left, "queue": row[_QUEUE]}
    return _of_task(now, LedgerKind.ESCALATED, DEADLINE, row, body)


def missed(now: int, holder: str, left: str, escalates: bool, row: Row) -> Draft:
    """A deadline was missed: see `escalated` and `expired`."""
    return escalated(now, holder, left, row) if escalates else expired(now, holder, row)


def expired(now: int, holder: str, row: Row) -> Draft:
    """A missed deadline ended a task."""
    return _of_task(now, LedgerKind.EXPIRED, DEADLINE, row, {"holder": holder, "outcome": Outcome.EXPIRED.name})


def _of_task(now: int, kind: LedgerKind, actor: str, row: Row, body: JsonObject) -> Draft:
    return Draft(now, kind, actor, canonical(body), decision_id=row[_DECISION_ID], task_id=row[_TASK_ID])
