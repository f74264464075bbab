"""Notifications on their way: what happened, to whom it is told, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.decision import Model, Reason, Route
from andon.domain.task import TaskKind

RETRIES: Final = (
    5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
"""How long after each attempt that failed the next one is made: the schedule of Standard Webhooks, three days long."""
JITTER: Final = 0.1
"""By how much of itself such a span is made shorter or longer at most, so that what failed together does not return
together."""


class DeliveryState(IntEnum):
    """Where a delivery stands."""

    PENDING = 1
    DELIVERED = 2
    DEAD = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to tell one subscription, exactly one for each entry of the ledger that it wants.

    `sequence` is the ledger's; 0 where it is no entry's, and then `subject` names the queue it is about. `time` is when
    it happened. `attempts` are those begun since it was made or re-sent last; `next_time` is when it is sent, or sent
    again where the server that sends it is never heard of: None once it has ended. `error` says in our own words why
    the last attempt failed. `settle_time` is when it ended.
    """

    id: str
    subscription: str
    event: str
    sequence: int
    subject: str
    time: int
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_time: int | None = None
    error: str = ""
    settle_time: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What may be told of a decision: nothing of its payload, and nothing that a person wrote about it."""

    id: str
    action: str
    submitter: str
    route: Route
    reasons: tuple[Reason, ...]
    model: Model
    create_time: int


@dataclass(frozen=True, slots=True)
class Work:
    """What may be told of a task, as it stands: once it is closed that is as it ended."""

    id: str
    kind: TaskKind
    queue: str
    expire_time: int


@dataclass(frozen=True, slots=True)
class Happening:
    """An entry of the ledger with what it is about. `kind` and `body` are the entry's."""

    sequence: int
    time: int
    kind: str
    actor: str
    body: JsonObject
    decision: Subject | None = None
    task: Work | None = None


def retry_time(attempts: int, now: int, draw: float, least: int = 0) -> int | None:
    """When to try again what has failed so many times; None where that was the last.

    `draw` from 0 to 1 is chance's part. `least` is the span in µs that the receiver asked for; a day of it is heeded.
    """
    if attempts > len(RETRIES):
        return None
    span = RETRIES[attempts - 1]
    jittered = round(span * (1 + JITTER * (2 * draw - 1)))
    return now + max(jittered, min(least, RETRIES[-1]))
