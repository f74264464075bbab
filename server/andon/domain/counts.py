"""What is counted of the work: queues as they stand and as they went, reviewers, overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from andon.domain.decision import Model


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """One queue as it stands. `oldest` is the create time of its oldest waiting task.

    `next_expire` is the earliest deadline of an open task.
    """

    waiting: int
    leased: int
    oldest: int | None
    next_expire: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """What went through a queue in one span. `created` are the tasks that came, new or by escalation."""

    created: int = 0
    closed: int = 0
    escalated: int = 0

    @property
    def growth(self) -> int:
        """How many more were open after it than before."""
        return self.created - self.closed - self.escalated


@dataclass(frozen=True, slots=True)
class Shares:
    """Half, and nine in ten, were within these spans (µs)."""

    p50: int
    p90: int


@dataclass(frozen=True, slots=True)
class QueueHistory:
    """One queue over spans, by their number; spans in which nothing happened are left out.

    `open` is how many tasks are open now; the flow of number `spans.count` is all that came after the last span.
    `waits` are from a task's making to its first lease, in the span and queue where that was.
    """

    open: int = 0
    flows: Mapping[int, Flow] = field(default_factory=dict)
    waits: Mapping[int, Shares] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Activity:
    """One reviewer's verdicts in one span. `view_time` is a median in µs; None where no client told one."""

    reviewer: str
    span: int
    reviews: int
    approvals: int
    rejections: int
    corrections: int
    overrides: int
    view_time: int | None = None


class Grouping(StrEnum):
    """What override rates are counted by, besides the action."""

    ACTION = "action"
    RULE = "rule"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class OverrideCount:
    """Verdicts of one group in one span. Only people's verdicts count."""

    action: str
    reviews: int
    rejections: int
    corrections: int
    rule: str = ""
    model: Model = Model()
    span: int = 0

    @property
    def overrides(self) -> int:
        return self.rejections + self.corrections
