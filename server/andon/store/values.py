"""What goes into a store and comes out of it, the same for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from andon.domain.canonical import JsonObject
from andon.domain.decision import Decision, Model
from andon.domain.event import EventKind
from andon.domain.review import Review
from andon.domain.task import Task, TaskState


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a call safe to repeat: the caller's id, and a hash of the body it came with."""

    principal: str
    request_id: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Admission:
    """One decision to record, with the task that holds it where a person is asked."""

    decision: Decision
    task: Task | None = None
    request: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """What was recorded: with its sequence, or as it stands now where the request id was a repetition."""

    decision: Decision
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A task together with the decision it is about."""

    task: Task
    decision: Decision


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """Asks for the most urgent tasks that a reviewer is fit for.

    `queues` and `skills` may hold `*` for all. Tasks of decisions that the holder submitted, or that were submitted on
    the holder's behalf, are never handed out. `tokens` gives one fresh fencing token for each task that may be handed
    out; their number is the limit. `skip` are ids of tasks that are not wanted: those the holder has just given back.
    `only` are the ids of the tasks to choose from; None means all.
    """

    holder: str
    queues: frozenset[str]
    skills: frozenset[str]
    tokens: Sequence[str]
    now: int
    until: int
    skip: frozenset[str] = frozenset()
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A claim to hold a task: it counts only while the lease with this token is in force and is the holder's."""

    task_id: str
    holder: str
    token: str
    now: int


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A verdict to settle a task with. `retrain_after` is the number of labels that asks for a retraining."""

    hold: Hold
    payload_hash: str
    review: Review
    retrain_after: int
    request: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class RetrainDue:
    """Enough new labels for one action and model version. `cursor` is the sequence of the last sample counted."""

    action: str
    model: Model
    labels: int
    cursor: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What a verdict led to. `retrain` is set by the one verdict that completes a round of labels."""

    review: Review
    job: Job
    replayed: bool = False
    retrain: RetrainDue | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A submitter's wish to withdraw a decision."""

    decision_id: str
    principal: str
    comment: str
    now: int
    request: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """What a missed deadline led to: an escalation (the task is open), or the end of the decision.

    `left` is the queue the task was in.
    """

    job: Job
    escalated: bool
    left: str


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody has done to a task, and the task as it stood when that was read.

    `left` is the queue it went away from by an escalation; empty otherwise.
    """

    kind: EventKind
    job: Job
    left: str = ""


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks to list, most urgent first. `queues` None means all. `after` is `position` of the last one seen.

    `brief` leaves out what may be large: the decision's input, prediction and reasoning are then empty, but for what
    the effect of the task's presentation is filled from.
    """

    limit: int
    queues: frozenset[str] | None = None
    states: frozenset[TaskState] = frozenset({TaskState.WAITING, TaskState.LEASED})
    after: tuple[int, int, str] | None = None
    brief: bool = False


def position(task: Task) -> tuple[int, int, str]:
    """Where a task stands in the order of urgency: (-urgency, deadline, id), ascending. Ids ascend with age."""
    return (-task.urgency, task.expire_time, task.id)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One link of the chain: `hash` is SHA-256 of `previous` and the entry's content in canonical JSON."""

    sequence: int
    time: int
    kind: str
    actor: str
    decision_id: str
    task_id: str
    body: JsonObject
    previous: str
    hash: str
