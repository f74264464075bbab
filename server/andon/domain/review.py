"""Verdicts, and what counts as an override."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.decision import Outcome

REJECTED_LABEL: Final[JsonObject] = {"label": "rejected"}
_SEEN: Final = frozenset("LNPS")
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol by category, though they are drawn as nothing: Hangul fillers and the blank of Braille."""


class Verdict(IntEnum):
    """What a reviewer says to a proposal."""

    APPROVE = 1
    REJECT = 2
    CORRECT = 3


OUTCOMES: Final = {
    Verdict.APPROVE: Outcome.APPROVED,
    Verdict.REJECT: Outcome.REJECTED,
    Verdict.CORRECT: Outcome.CORRECTED,
}
RELEASING: Final = frozenset({Verdict.APPROVE, Verdict.CORRECT})
"""The verdicts that let the effect happen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the reviewer's client says it showed: the SHA-256 of it, paths of long or covered fields that were opened
    and that were not, and how long the task was in view (µs; None where it did not measure). Of that, at most the time
    since the task was first leased is recorded.
    """

    digest: str
    opened: tuple[str, ...] = ()
    unopened: tuple[str, ...] = ()
    view_time: int | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewer's verdict on a task. `sequence` is 0 until the store has assigned it; `level` as the task's."""

    task_id: str
    decision_id: str
    reviewer: str
    verdict: Verdict
    time: int
    corrected_prediction: JsonObject | None = None
    comment: str = ""
    changed_fields: tuple[str, ...] = ()
    override: bool = False
    saw_prediction: bool = True
    sequence: int = 0
    shown: Shown | None = None
    level: int = 0


def is_override(verdict: Verdict, changed: Sequence[str]) -> bool:
    """Whether a verdict differs from the AI's proposal: a rejection, or a correction that changes a field."""
    return verdict is Verdict.REJECT or (verdict is Verdict.CORRECT and bool(changed))


def says_something(comment: str) -> bool:
    """Whether a comment can be read: it has a letter, a number, a punctuation mark or a symbol that is drawn."""
    return any(unicodedata.category(one)[0] in _SEEN and one not in _BLANK for one in comment)


def changed_fields(before: Json, after: Json) -> tuple[str, ...]:
    """Paths at which two JSON values differ, such as `amount` or `lines[2].price`, in order; empty for equal ones."""
    return tuple(_differences(before, after, ""))


def human_label(verdict: Verdict, prediction: JsonObject, correction: JsonObject | None) -> JsonObject:
    """What the person holds to be right."""
    if verdict is Verdict.APPROVE:
        return prediction
    if verdict is Verdict.CORRECT and correction is not None:
        return correction
    return REJECTED_LABEL


def sample_weight(confidence: float) -> float:
    """`1 / (confidence + 0.01)`: larger for uncertain samples. A priority, not an inverse propensity."""
    return 1 / (confidence + 0.01)


def _differences(before: Json, after: Json, path: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else key
            if key in before and key in after:
                yield from _differences(before[key], after[key], inner)
            else:
                yield inner
    elif _is_list(before) and _is_list(after):
        yield from _list_differences(before, after, path)
    elif canonical(before) != canonical(after):  # not `!=`: 1 and true differ, and JSON's numbers are doubles
        yield path


def _list_differences(before: Json, after: Json, path: str) -> Iterator[str]:
    assert isinstance(before, Sequence)
    assert isinstance(after, Sequence)
    for index in range(max(len(before), len(after))):
        if index < len(before) and index < len(after):
            yield from _differences(before[index], after[index], f"{path}[{index}]")
        else:
            yield f"{path}[{index}]"


def _is_list(value: Json) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
