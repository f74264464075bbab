"""What has happened to a decision, as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from andon.domain.canonical import JsonObject


class EventKind(IntEnum):
    """What can happen to a decision."""

    SUBMITTED = 1
    LEASED = 2
    RELEASED = 3
    LAPSED = 4
    ESCALATED = 5
    REVIEWED = 6
    EXPIRED = 7
    CANCELLED = 8
    OPENED = 9
    CLOSED = 10
    CLIMBED = 11
    EXTENDED = 12
    AMENDED = 13
    REEVALUATED = 14
    APPEALED = 15
    VIEWED = 16
    READ = 17
    REDEEMED = 18
    ERASED = 19


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """Something that happened. `sequence` is its place in the ledger, 0 for the submission; `task_id` may be empty.

    `details` are what the ledger says of it.
    """

    kind: EventKind
    time: int
    actor: str
    task_id: str
    details: JsonObject
    sequence: int = 0
