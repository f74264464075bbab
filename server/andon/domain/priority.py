"""How urgent a task is."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

STEP: Final = 10
TOP: Final = 30
_THRESHOLD_ASSUMED: Final = 0.85


class Priority(IntEnum):
    """The level a person names."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


def urgency(level: Priority, score: int = 0) -> int:
    """The order within and across levels: LOW 0 to 9, MEDIUM 10 to 19, HIGH 20 to 29; larger is sooner."""
    return (level - Priority.LOW) * STEP + max(0, min(STEP - 1, score))


def level_of(value: int) -> Priority:
    """The level an urgency lies in; aged tasks at the top are HIGH."""
    return Priority(min(Priority.HIGH, Priority.LOW + value // STEP))


def score(confidence: float, threshold: float | None) -> int:
    """0 to 9: how far the confidence lies below the threshold (0.85 where the policy has none), in tenths of it."""
    bar = _THRESHOLD_ASSUMED if threshold is None else threshold
    if bar <= 0 or confidence >= bar:
        return 0
    return min(STEP - 1, int((bar - confidence) / bar * STEP))


def aged(value: int) -> int:
    """The urgency after one more aging interval of waiting. At TOP a task comes before all that has not aged."""
    return min(TOP, value + STEP)
