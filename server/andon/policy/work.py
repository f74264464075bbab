"""What time does to a task: the keys `ladder`, `more_time` and `on_deadline` of a policy file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Final

from andon.domain.canonical import JsonObject
from andon.domain.plan import MoreTime, Rung, TimeoutDefault
from andon.domain.priority import Priority
from andon.domain.task import Escalation
from andon.policy.faults import PolicyFault
from andon.policy.shapes import DURATION, LEVELS, NAME, WORDS, duration
from andon.policy.source import Path_, Source

PRIORITIES: Final = {"low": Priority.LOW, "medium": Priority.MEDIUM, "high": Priority.HIGH}
PERCENT: Final = r"^[1-9][0-9]?%$"
NO_STEP: Final = "notify, priority, skills or escalate"


class End(Enum):
    """What callers are told to do where nobody judged in time. The outcome is EXPIRED with all of them."""

    EXPIRE = "expire"
    REJECT = "reject"
    APPROVE_IF_REVERSIBLE = "approve_if_reversible"

    def default(self, *, irreversible: bool) -> TimeoutDefault | None:
        """The default for one decision: what can't be undone is never approved by time."""
        if self is End.EXPIRE:
            return None
        approve = self is End.APPROVE_IF_REVERSIBLE and not irreversible
        return TimeoutDefault.APPROVE if approve else TimeoutDefault.REJECT


@dataclass(frozen=True, slots=True)
class OnDeadline:
    """What a missed deadline does: it escalates once where `escalation` says so, and then, or at once, it ends."""

    escalation: Escalation | None = None
    end: End = End.EXPIRE


ENDS: Final = [end.value for end in End]
_ESCALATE: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["queue", "deadline"],
    "properties": {
        "queue": {**NAME, "description": "The queue the task moves to."},
        "deadline": {**DURATION, "description": "The time it has there, such as `1h`."},
        "skills": {**WORDS, "description": "What a reviewer there must be fit for, instead of the task's skills."},
        "then": {"enum": ENDS, "description": "What a deadline does that is missed there, too."},
    },
}
ON_DEADLINE: Final[JsonObject] = {
    "anyOf": [
        {"enum": ENDS},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["escalate"],
            "properties": {
                "escalate": {**_ESCALATE, "description": "It moves to another queue, once, with a deadline of its own."}
            },
        },
    ]
}
LADDER: Final[JsonObject] = {
    "type": "array",
    "maxItems": 16,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["at"],
        "properties": {
            "at": {"type": "string", "pattern": PERCENT, "description": "The part of the deadline, such as `75%`."},
            "notify": {"type": "boolean", "description": "Reviewers of the queue are reminded."},
            "priority": {"enum": list(LEVELS), "description": "It has at least this priority from then on."},
            "skills": {
                **WORDS,
                "description": "These are enough from then on: fewer than before widen the pool, `[]` to all"
                " who serve the queue.",
            },
            "escalate": {**NAME, "description": "The queue that it moves to, with the deadline it has."},
        },
    },
}
MORE_TIME: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["by"],
    "properties": {
        "by": {**DURATION, "description": "What is added to the deadline, such as `2h`."},
        "times": {"type": "integer", "minimum": 1, "maximum": 10, "description": "How often."},
    },
}


def on_deadline_of(value: Any) -> OnDeadline:
    """The meaning of `on_deadline` without faults."""
    if isinstance(value, str):
        return OnDeadline(end=End(value))
    plan = value["escalate"]
    escalation = Escalation(plan["queue"], duration(plan["deadline"]), tuple(sorted(plan.get("skills", ()))))
    return OnDeadline(escalation, End(plan.get("then", "expire")))


def more_time_of(value: Mapping[str, Any]) -> MoreTime:
    """The meaning of `more_time` without faults."""
    return MoreTime(duration(value["by"]), int(value.get("times", 1)))


def ladder_of(rungs: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """The meaning of a `ladder` without faults."""
    return tuple(
        Rung(
            at=_percent(rung["at"]),
            notify=rung.get("notify", False),
            priority=PRIORITIES.get(rung.get("priority", "")),
            skills=tuple(sorted(rung["skills"])) if "skills" in rung else None,
            queue=rung.get("escalate", ""),
        )
        for rung in rungs
    )


def ladder_faults(source: Source) -> Iterator[PolicyFault]:
    """Rungs that do nothing, and rungs that don't go up."""
    place: Path_ = ("defaults", "ladder")
    section = source.data.get("defaults") if isinstance(source.data, dict) else None
    rungs = section.get("ladder") if isinstance(section, dict) else None
    if not isinstance(rungs, list) or not all(isinstance(rung, dict) for rung in rungs):
        return
    for index, rung in enumerate(rungs):
        if not _does_something(rung):
            yield source.fault((*place, index), "the rung does nothing", NO_STEP)
    parts = [_percent(rung.get("at")) for rung in rungs]
    for index, (before, after) in enumerate(pairwise(parts), start=1):
        if before and after and after <= before:
            message = f"{after}% does not come after {before}%"
            yield source.fault((*place, index, "at"), message, "in the order of time")


def _does_something(rung: Mapping[str, Any]) -> bool:
    return rung.get("notify") is True or any(key in rung for key in ("priority", "skills", "escalate"))


def _percent(value: object) -> int:
    """`75%` as 75; 0 where it is no part of a deadline."""
    return int(value[:-1]) if isinstance(value, str) and re.fullmatch(PERCENT, value) else 0
