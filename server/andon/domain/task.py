"""Tasks: one unit of human work about a decision, and the one table of how it moves."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.errors import InvalidTransition
from andon.domain.plan import WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.priority import Priority, level_of


class TaskKind(IntEnum):
    """Kinds of human work."""

    GATE = 1
    AUDIT = 2
    APPEAL = 3
    GOLD = 4


class TaskState(IntEnum):
    """Where a task stands."""

    WAITING = 1
    LEASED = 2
    REVIEWED = 3
    EXPIRED = 4
    CANCELLED = 5


OPEN: Final = frozenset({TaskState.WAITING, TaskState.LEASED})


class TaskEvent(StrEnum):
    """What can happen to a task."""

    LEASE = "lease"
    RENEW = "renew"
    RELEASE = "release"
    LAPSE = "lapse"
    ESCALATE = "escalate"
    REVIEW = "review"
    EXPIRE = "expire"
    CANCEL = "cancel"


TRANSITIONS: Final[Mapping[tuple[TaskState, TaskEvent], TaskState]] = MappingProxyType(
    {
        (TaskState.WAITING, TaskEvent.LEASE): TaskState.LEASED,
        (TaskState.WAITING, TaskEvent.ESCALATE): TaskState.WAITING,
        (TaskState.WAITING, TaskEvent.EXPIRE): TaskState.EXPIRED,
        (TaskState.WAITING, TaskEvent.CANCEL): TaskState.CANCELLED,
        (TaskState.LEASED, TaskEvent.RENEW): TaskState.LEASED,
        (TaskState.LEASED, TaskEvent.RELEASE): TaskState.WAITING,
        (TaskState.LEASED, TaskEvent.LAPSE): TaskState.WAITING,
        (TaskState.LEASED, TaskEvent.ESCALATE): TaskState.WAITING,
        (TaskState.LEASED, TaskEvent.REVIEW): TaskState.REVIEWED,
        (TaskState.LEASED, TaskEvent.EXPIRE): TaskState.EXPIRED,
        (TaskState.LEASED, TaskEvent.CANCEL): TaskState.CANCELLED,
    }
)


def next_state(state: TaskState, event: TaskEvent) -> TaskState:
    """Where the event leads. Raises InvalidTransition for every pair that is not in the table."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise InvalidTransition(state=state.name, event=event.value) from None


def sources(event: TaskEvent) -> tuple[TaskState, ...]:
    """The states in which an event may happen: what a guarded UPDATE tests."""
    return tuple(state for state, candidate in TRANSITIONS if candidate is event)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Where a task goes when its deadline is missed or a reviewer hands it on, and the time it has there."""

    queue: str
    deadline: int
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """A reviewer's time-limited hold. `epoch` counts the leases of the task, from 1."""

    holder: str
    token: str = field(repr=False)
    expire_time: int
    epoch: int

    def is_held(self, name: str, token: str) -> bool:
        """Whether it is this person's, by this token. Takes the same time whatever a wrong token has right."""
        return self.holder == name and hmac.compare_digest(self.token.encode(), token.encode())


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of human work.

    `expire_time` is the deadline in force. `escalation` is what remains of the policy's plan for a missed one: None
    where the task ends as EXPIRED. `skills` are sorted and distinct. `presentation` is the policy's as it stood when
    the decision was routed; None where it says nothing.

    Several tasks on one decision are its seats, each for a reviewer of its own. `term` tells what a seat's verdict
    counts for: the number of a term of the plan's quorum, EXTRA or TIE_BREAK. `group`: its members alone may judge;
    empty: anybody. `level` is 0 for the decision itself, else which appeal it is. `rung` counts the rungs of the plan's
    ladder that are climbed, `extensions` how often it was given more time. `note` says why somebody asked for the task.
    """

    id: str
    decision_id: str
    kind: TaskKind
    queue: str
    urgency: int
    skills: tuple[str, ...]
    expire_time: int
    create_time: int
    state: TaskState = TaskState.WAITING
    escalation: Escalation | None = None
    escalations: int = 0
    correction_schema: JsonObject | None = None
    lease: Lease | None = None
    first_lease_time: int | None = None
    presentation: Presentation | None = None
    plan: WorkPlan | None = None
    level: int = 0
    term: int = 0
    group: str = ""
    rung: int = 0
    extensions: int = 0
    note: str = ""

    @property
    def name(self) -> str:
        return f"tasks/{self.id}"

    @property
    def priority(self) -> Priority:
        return level_of(self.urgency)
