"""Appeals, the same for every engine: their guard, their rows, and what is recorded."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from andon.domain.appeal import Appeal
from andon.domain.canonical import Json, JsonObject
from andon.domain.decision import Outcome, Resolution
from andon.domain.errors import AndonError, DecisionNotFound, NotAppealable, RequestIdReused
from andon.domain.task import Task
from andon.store import codec
from andon.store.ledger import Draft, LedgerKind, worded
from andon.store.revisions import opened
from andon.store.values import AppealWish, RequestKey

_KIND: Final = 5


class Guard(NamedTuple):
    """What the statement `appeal_guard` gives. `contested`: an appeal is open. `erased`: there is nothing to judge."""

    outcome: int | None
    appeals: int
    contested: bool
    erased: bool


def conditions(wish: AppealWish) -> dict[str, Any]:
    """What `appeal_if_resolved` asks for, and what the other statements of an appeal write."""
    return {
        "decision_id": wish.decision_id,
        "level": wish.level,
        "cancelled": Outcome.CANCELLED.value,
        "appellant": wish.appellant,
        "reason": wish.comment,
        "now": wish.now,
        "task_id": wish.tasks[0].id,
    }


def refusal(row: codec.Row | None, wish: AppealWish) -> AndonError:
    """Why the guard did not let an appeal through."""
    name = f"decisions/{wish.decision_id}"
    if row is None:
        return DecisionNotFound(name=name)
    guard = Guard(*row)
    if guard.outcome is None:
        return NotAppealable(name=name, why="it has not ended")
    if guard.outcome == Outcome.CANCELLED:
        return NotAppealable(name=name, why="it was cancelled")
    if guard.erased:
        return NotAppealable(name=name, why="its personal data was erased")
    why = "an appeal is open" if guard.contested else "it has been appealed meanwhile"
    return NotAppealable(name=name, why=why)


def request_key(request: RequestKey, kind: int = _KIND) -> dict[str, Any]:
    """The key of `request_by_id`: of an appeal, unless another kind of call is named."""
    return {"principal": request.principal, "kind": int(kind), "request_id": request.request_id}


def is_repeated(row: codec.Row | None, request: RequestKey) -> bool:
    """Whether there was such a request. RequestIdReused."""
    if row is not None and row[0] != request.body_hash:
        raise RequestIdReused(request_id=request.request_id)
    return row is not None


def drafts(wish: AppealWish) -> list[Draft]:
    """An appeal was opened, with its first task; and its further seats."""
    first, *others = wish.tasks
    body, words = worded({"level": wish.level, "task": _asks(first)}, {"comment": wish.comment})
    draft = Draft(wish.now, LedgerKind.APPEALED, wish.appellant, body, wish.decision_id, first.id, words)
    return [draft, *opened(wish.now, wish.appellant, others)]


def _asks(task: Task) -> JsonObject:
    asks: dict[str, Json] = {
        "expire_time": task.expire_time,
        "kind": task.kind.name,
        "queue": task.queue,
        "skills": task.skills,
    }
    if task.group:
        asks["group"] = task.group
    if task.plan is not None and task.plan.quorum is not None:
        asks["quorum"] = str(task.plan.quorum)
    return asks


def appeal(row: codec.Row) -> Appeal:
    """Reads a row of `appeals_of_decision`."""
    decision_id, level, appellant, reason, create_time, task_id, outcome, *end = row
    return Appeal(decision_id, level, appellant, reason, create_time, task_id, _resolution(outcome, *end))


def _resolution(
    outcome: int | None, by: str, time: int, corrected: str | None, comment: str | None, timeout: int | None
) -> Resolution | None:
    if outcome is None:
        return None
    correction = None if corrected is None else codec.json_object(corrected)
    return Resolution(Outcome(outcome), by, time, correction, comment or "", codec.timeout_default(timeout))
