"""Tasks and reviews as plain immutable objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from andon_client._convert import decision_of, enum_value, time_of
from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from andon_client._json import from_struct
from andon_client.feedback import Verdict, verdict_of
from andon_client.model import Decision
from andon_client.presentation import Presentation, presentation_of


class Kind(StrEnum):
    """Kinds of human work."""

    UNKNOWN = "UNKNOWN"
    GATE = "GATE"
    AUDIT = "AUDIT"
    APPEAL = "APPEAL"
    GOLD = "GOLD"


class TaskState(StrEnum):
    """Where a task stands. UNKNOWN counts as open."""

    UNKNOWN = "UNKNOWN"
    WAITING = "WAITING"
    LEASED = "LEASED"
    REVIEWED = "REVIEWED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class Priority(StrEnum):
    """How urgent a task is."""

    UNKNOWN = "UNKNOWN"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class SeatRole(StrEnum):
    """What a verdict counts for where several people judge one decision."""

    UNKNOWN = "UNKNOWN"
    REGULAR = "REGULAR"
    EXTRA = "EXTRA"
    TIE_BREAK = "TIE_BREAK"


class EventType(StrEnum):
    """What a watched queue reports.

    RESET comes whenever a connection begins: forget what you know, all open tasks follow as CHANGED, then SYNCED.
    """

    RESET = "RESET"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    SYNCED = "SYNCED"


@dataclass(frozen=True, slots=True)
class Lease:
    """A reviewer's time-limited hold on a task. `token` is empty for everybody but the holder."""

    holder: str
    token: str = field(repr=False)
    expire_time: datetime
    epoch: int
    duration: float
    """Seconds from when it was granted or renewed."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """Whose agreement ends a decision, as the policy states it, and what the verdict on this task counts for.

    A rejection by somebody in a group or role of `veto` ends it at once. `blind`: others' verdicts are hidden until the
    own is given.
    """

    expression: str
    role: SeatRole
    veto: tuple[str, ...] = ()
    blind: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of human work about a decision, as it stood when the server said so. Times are UTC.

    `group`: its members alone may judge; empty: anybody who is fit. `quorum` None: one verdict ends the decision.
    `level`: which appeal, 0 for the decision itself; `note` are the appellant's words. `extension` is what `extend`
    would add to the deadline, None where the policy gives no more time.
    """

    name: str
    kind: Kind
    state: TaskState
    decision: Decision
    queue: str
    priority: Priority
    urgency: int
    skills: tuple[str, ...]
    escalations: int
    lease: Lease | None = None
    correction_schema: dict[str, Any] | None = None
    create_time: datetime | None = None
    first_lease_time: datetime | None = None
    expire_time: datetime | None = None
    presentation: Presentation | None = None
    group: str = ""
    quorum: Quorum | None = None
    level: int = 0
    note: str = ""
    extensions: int = 0
    extension: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A verdict as it was recorded, and the decision: it has ended unless others are asked as well."""

    task: str
    reviewer: str
    verdict: Verdict
    comment: str
    override: bool
    changed_fields: tuple[str, ...]
    sequence: int
    decision: Decision
    corrected_prediction: dict[str, Any] | None = None
    create_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One event of a watched queue. `task` is None for RESET and SYNCED."""

    type: EventType
    task: Task | None = None


def task_of(message: task_pb2.Task) -> Task:
    """A task from its message."""
    return Task(
        name=message.name,
        kind=enum_value(Kind, task_pb2.TaskKind, "TASK_KIND_", message.kind),
        state=enum_value(TaskState, task_pb2.TaskState, "TASK_STATE_", message.state),
        decision=decision_of(message.decision),
        queue=message.queue,
        priority=enum_value(Priority, task_pb2.Priority, "PRIORITY_", message.priority),
        urgency=message.urgency,
        skills=tuple(message.skills),
        escalations=message.escalations,
        lease=lease_of(message.lease) if message.HasField("lease") else None,
        correction_schema=from_struct(message.correction_schema) if message.HasField("correction_schema") else None,
        create_time=time_of(message.create_time) if message.HasField("create_time") else None,
        first_lease_time=time_of(message.first_lease_time) if message.HasField("first_lease_time") else None,
        expire_time=time_of(message.expire_time) if message.HasField("expire_time") else None,
        presentation=presentation_of(message.presentation) if message.HasField("presentation") else None,
        group=message.group,
        quorum=_quorum(message.quorum) if message.HasField("quorum") else None,
        level=message.level,
        note=message.note,
        extensions=message.extensions,
        extension=message.extension.ToTimedelta() if message.HasField("extension") else None,
    )


def _quorum(message: task_pb2.Quorum) -> Quorum:
    role = enum_value(SeatRole, task_pb2.SeatRole, "SEAT_ROLE_", message.role)
    return Quorum(message.expression, role, tuple(message.veto), message.blind)


def lease_of(message: task_pb2.Lease) -> Lease:
    """A lease from its message."""
    seconds = message.duration.seconds + message.duration.nanos / 1e9
    return Lease(message.holder, message.token, time_of(message.expire_time), message.epoch, seconds)


def review_of(response: review_service_pb2.ReviewResponse) -> Review:
    """A verdict as the server recorded it."""
    review = response.review
    corrected = review.HasField("corrected_prediction")
    return Review(
        task=review.task,
        reviewer=review.reviewer,
        verdict=verdict_of(review.verdict),
        comment=review.comment,
        override=review.override,
        changed_fields=tuple(review.changed_fields),
        sequence=review.sequence,
        decision=decision_of(response.decision),
        corrected_prediction=from_struct(review.corrected_prediction) if corrected else None,
        create_time=time_of(review.create_time) if review.HasField("create_time") else None,
    )
