"""Why a guard on a task did not let a change through, the same for every engine."""

from __future__ import annotations

from typing import Any, NamedTuple

from andon.domain.conflict import ACTED_FOR, JUDGED_BEFORE
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
from andon.store import codec
from andon.store.codec import Row
from andon.store.values import Hold, VerdictGiven


class Guard(NamedTuple):
    """What the statement `task_guard` gives: all that guards on a task ask for."""

    state: int
    holder: str | None
    token: str | None
    lease_expire_time: int | None
    submitter: str
    payload_hash: str
    presentation: str | None
    on_behalf_of: str
    barred: bool


def claim(hold: Hold) -> dict[str, Any]:
    """A hold as the guards read it."""
    return {"task_id": hold.task_id, "holder": hold.holder, "token": hold.token, "now": hold.now}


def hold_refusal(row: Row | None, hold: Hold) -> AndonError:
    """Why a claim to hold a task was refused."""
    guard = None if row is None else Guard(*row)
    return _refusal(guard, hold) or NoEscalation(name=f"tasks/{hold.task_id}")


def lease_refusal(row: Row | None, hold: Hold) -> AndonError | None:
    """Why a claim to hold a task does not hold; None where it does."""
    return _refusal(None if row is None else Guard(*row), hold)


def verdict_refusal(row: Row | None, given: VerdictGiven) -> AndonError:
    """Why a verdict was refused, in the order of `Store.settle_if_leased`."""
    hold, review, name = given.hold, given.review, f"tasks/{given.hold.task_id}"
    guard = None if row is None else Guard(*row)
    if guard is None:
        return TaskNotFound(name=name)
    if refused := _partial(guard, hold) or _refusal(guard, hold):
        return refused
    if guard.barred:
        return JUDGED_BEFORE.refusal(name)
    if guard.payload_hash != given.payload_hash:
        return PayloadChanged(name=name)
    presentation = codec.presentation(guard.presentation)
    if presentation and review.verdict in presentation.comment_required and not says_something(review.comment):
        return CommentRequired(verdict=review.verdict.name)
    return FieldsNotOpened(name=name, fields=", ".join(review.shown.unopened if review.shown else ()))


def _partial(guard: Guard, hold: Hold) -> AndonError | None:
    name = f"tasks/{hold.task_id}"
    if guard.submitter == hold.holder:
        return SelfReview(name=name)
    return ACTED_FOR.refusal(name) if guard.on_behalf_of == hold.holder else None


def _refusal(guard: Guard | None, hold: Hold) -> AndonError | None:
    name = f"tasks/{hold.task_id}"
    if guard is None:
        return TaskNotFound(name=name)
    if TaskState(guard.state) not in OPEN:
        return TaskClosed(name=name, state=TaskState(guard.state).name)
    held = (guard.holder, guard.token) == (hold.holder, hold.token)
    if not held or guard.lease_expire_time is None or guard.lease_expire_time <= hold.now:
        return LeaseLost(name=name)
    return None
