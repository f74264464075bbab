"""What can be told: the events, which entry of the ledger is which, and who wants to hear of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from andon.domain.decision import Outcome
from andon.domain.delivery import Delivery, Happening
from andon.domain.task import TaskKind

ALL: Final = "*"


class Event(StrEnum):
    """What happened. `QUEUE_WAITING` is nobody's doing: a task has waited longer than a subscription likes."""

    HELD = "decision.held"
    BLOCKED = "decision.blocked"
    RESOLVED = "decision.resolved"
    APPEALED = "decision.appealed"
    APPEAL_RESOLVED = "appeal.resolved"
    ESCALATED = "task.escalated"
    REMINDED = "task.reminded"
    RETRAIN = "retrain.due"
    REVISION = "policy.revision"
    QUEUE_WAITING = "queue.waiting"


OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        f"decision.{outcome.name.lower()}": outcome.name
        for outcome in (Outcome.APPROVED, Outcome.REJECTED, Outcome.CORRECTED, Outcome.EXPIRED, Outcome.CANCELLED)
    }
)
"""Words by which a subscription asks for `decision.resolved` with one outcome alone."""

EVENTS: Final = (*(event.value for event in Event), *OUTCOMES)
"""Every word a subscription may ask by."""

_PLAIN: Final[Mapping[str, Event]] = MappingProxyType(
    {
        "decision.appealed": Event.APPEALED,
        "task.escalated": Event.ESCALATED,
        "retrain.due": Event.RETRAIN,
        "policy.revision": Event.REVISION,
    }
)
_ENDINGS: Final = frozenset(
    {"review.given", "task.expired", "decision.cancelled", "decision.amended", "decision.reevaluated"}
)


def event_of(happening: Happening) -> Event | None:
    """Which event an entry is; None where it is none. Not every verdict ends something: there may be more to come, and
    that of an audit ends nothing.
    """
    if happening.kind == "decision.submitted":
        return _submitted(happening)
    if happening.kind in _ENDINGS:
        return _ended(happening) if outcome_of(happening) else None
    if happening.kind == "task.climbed":
        return Event.REMINDED if happening.body.get("notify") else None
    return _PLAIN.get(happening.kind)


def _ended(happening: Happening) -> Event | None:
    kind = None if happening.task is None else happening.task.kind
    if kind is TaskKind.APPEAL:
        return Event.APPEAL_RESOLVED
    return None if kind is TaskKind.AUDIT else Event.RESOLVED


def outcome_of(happening: Happening) -> str:
    """How the decision ended by that; empty where it did not."""
    return str(happening.body.get("outcome") or "")


def queue_of(happening: Happening) -> str:
    """The queue the task was in by then; empty where the entry is about none."""
    task = happening.body.get("task")
    if isinstance(task, Mapping):
        return str(task.get("queue", ""))
    if queue := happening.body.get("queue"):
        return str(queue)
    return "" if happening.task is None else happening.task.queue


def _submitted(happening: Happening) -> Event | None:
    outcome = outcome_of(happening)
    if not outcome:
        return Event.HELD
    return Event.BLOCKED if outcome == Outcome.BLOCKED.name else None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscription wants to hear of. Empty lists mean all; actions and queues may end in `.*` or be `*`.

    An event that has no action, submitter or queue is not held back by the list of them.
    """

    events: frozenset[str]
    actions: tuple[str, ...] = ()
    submitters: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()

    def wants(self, event: Event, happening: Happening) -> bool:
        """Whether this is to be told."""
        if event.value not in self.events and not self._by_outcome(event, happening):
            return False
        subject = happening.decision
        action = str(happening.body.get("action") or "") if subject is None else subject.action
        return (
            _fits(self.actions, action)
            and _fits(self.submitters, "" if subject is None else subject.submitter)
            and _fits(self.queues, queue_of(happening))
        )

    def wants_queue(self, queue: str) -> bool:
        """Whether a long wait in that queue is to be told."""
        return Event.QUEUE_WAITING.value in self.events and _fits(self.queues, queue)

    def _by_outcome(self, event: Event, happening: Happening) -> bool:
        """What was held and then blocked is told as resolved, also to those who asked for what is blocked."""
        outcome = outcome_of(happening)
        asked = {OUTCOMES.get(word) for word in self.events}
        if Event.BLOCKED.value in self.events:
            asked.add(Outcome.BLOCKED.name)
        return event is Event.RESOLVED and outcome in asked


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a delivery is about: the entry it tells of, or none where a queue's long wait is told."""

    delivery: Delivery
    happening: Happening | None


def _fits(patterns: Sequence[str], word: str) -> bool:
    if not patterns or not word:
        return True
    return any(
        pattern in (ALL, word) or (pattern.endswith(".*") and word.startswith(pattern[:-1])) for pattern in patterns
    )
