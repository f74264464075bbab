"""What the ledger says of a task's way, the same for every engine. Rows are `$columns_task, $columns_decision`."""

from __future__ import annotations

from typing import Final

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.decision import Outcome
from andon.store import codec
from andon.store.codec import Row
from andon.store.deadlines import Climb
from andon.store.ledger import DEADLINE, SERVER, Draft, LedgerKind, worded
from andon.store.values import Absence, Cancellation, Hold, LeaseRequest, Sighting

_TASK_ID: Final = 0
_DECISION_ID: Final = 1
_QUEUE: Final = 3
_EXPIRE_TIME: Final = 6
_EPOCH: Final = 17


def cancelled(wish: Cancellation, task_id: str) -> Draft:
    """A decision was withdrawn, with its task."""
    body, words = worded({"outcome": Outcome.CANCELLED.name}, {"comment": wish.comment})
    return Draft(wish.now, LedgerKind.CANCELLED, wish.principal, body, wish.decision_id, task_id, words)


def seen(sighting: Sighting) -> Draft:
    """Somebody was shown what is recorded."""
    body, words = worded(sighting.body, sighting.words)
    about = (sighting.decision_id, sighting.task_id)
    return Draft(sighting.time, sighting.kind.value, sighting.actor, body, *about, words)


def leased(request: LeaseRequest, row: Row) -> Draft:
    """A task was handed out. Its token stays a secret."""
    body: JsonObject = {"epoch": row[_EPOCH], "queue": row[_QUEUE], "until": request.until}
    return _of_task(request.now, LedgerKind.LEASED, request.holder, row, body)


def released(hold: Hold, comment: str, row: Row, *, skip: bool) -> Draft:
    """A holder gave a task back to its queue. `skip`: and is not handed the decision's tasks again."""
    body: JsonObject = {"queue": row[_QUEUE], **({"skip": True} if skip else {})}
    return _of_task(hold.now, LedgerKind.RELEASED, hold.holder, row, body, comment)


def handed_on(hold: Hold, comment: str, before: Row, row: Row) -> Draft:
    """A holder escalated a task: from which queue, and to which."""
    body: JsonObject = {"left": before[_QUEUE], "queue": row[_QUEUE]}
    return _of_task(hold.now, LedgerKind.ESCALATED, hold.holder, row, body, comment)


def lapsed(now: int, holder: str, row: Row) -> Draft:
    """A lease was not renewed in time."""
    return _of_task(now, LedgerKind.LAPSED, SERVER, row, {"holder": holder, "queue": row[_QUEUE]})


def escalated(now: int, holder: str, left: str, row: Row, at: int | None = None) -> Draft:
    """A missed deadline, or the rung `at` so many percent of it, brought a task from the queue it left to another."""
    body: JsonObject = {"holder": holder, "left": left, "queue": row[_QUEUE], **({} if at is None else {"at": at})}
    return _of_task(now, LedgerKind.ESCALATED, DEADLINE, row, body)


def missed(now: int, holder: str, left: str, escalates: bool, row: Row, *, first: bool) -> Draft:
    """A deadline was missed: see `escalated` and `expired`."""
    return escalated(now, holder, left, row) if escalates else expired(now, holder, row, first=first)


def expired(now: int, holder: str, row: Row, *, first: bool) -> Draft:
    """A missed deadline ended a task; the `first` of a decision's ends that as well, or the appeal it is about."""
    body: dict[str, Json] = {"holder": holder, "outcome": Outcome.EXPIRED.name if first else None}
    job = codec.job(row)
    ended = job.decision.resolution
    if job.task.level:
        body["level"] = job.task.level
    elif first and ended is not None and ended.timeout_default is not None:
        body["timeout_default"] = ended.timeout_default.name
    return _of_task(now, LedgerKind.EXPIRED, DEADLINE, row, body)


def _of_task(now: int, kind: LedgerKind, actor: str, row: Row, body: JsonObject, comment: str = "") -> Draft:
    text, words = worded(body, {"comment": comment})
    return Draft(now, kind, actor, text, row[_DECISION_ID], row[_TASK_ID], words)


def climbed(now: int, climb: Climb, row: Row) -> list[Draft]:
    """A rung was climbed: where it moved the task, as `escalated`; what else it did is an entry of its own."""
    rung, task, drafts = climb.rung, climb.task, []
    if climb.moves:
        drafts.append(escalated(now, task.lease.holder if task.lease else "", climb.left, row, rung.at))
    if not climb.moves or rung.notify or rung.priority is not None or rung.skills is not None:
        body: JsonObject = {
            "at": rung.at,
            "expire_time": task.expire_time,
            "notify": rung.notify,
            "priority": None if rung.priority is None else rung.priority.name,
            "queue": row[_QUEUE],
            "skills": None if rung.skills is None else list(rung.skills),
        }
        drafts.append(_of_task(now, LedgerKind.CLIMBED, DEADLINE, row, body))
    return drafts


def extended(hold: Hold, comment: str, by: int, row: Row) -> Draft:
    """A task has more time because a holder asked for it; each that has it has an entry."""
    body: JsonObject = {"by": by, "expire_time": row[_EXPIRE_TIME]}
    return _of_task(hold.now, LedgerKind.EXTENDED, hold.holder, row, body, comment)


def availability(principal: str, absence: Absence | None, now: int) -> Draft:
    """Somebody takes no work, or takes it again."""
    body: JsonObject = {
        "availability": "AVAILABLE" if absence is None else "AWAY",
        "resume_time": None if absence is None else absence.until,
    }
    return Draft(now, LedgerKind.AVAILABILITY, principal, canonical(body))
