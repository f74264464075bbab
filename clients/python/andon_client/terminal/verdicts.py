"""What a reviewer is about to say, while it can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from andon_client.feedback import Verdict
from andon_client.presentation import Shown
from andon_client.review_task import ReviewTask
from andon_client.task import Review
from andon_client.terminal.asked import RECORDED
from andon_client.terminal.clock import Clock

UNDO: Final = 5.0
"""Seconds in which a verdict can be taken back before it is sent."""


class Verb(StrEnum):
    """What can be done with a task."""

    APPROVE = "approve"
    REJECT = "reject"
    CORRECT = "correct"
    ESCALATE = "escalate"
    SKIP = "skip"

    @property
    def done(self) -> str:
        """As it is told when it has been done."""
        return {Verb.SKIP: "passed on", Verb.APPROVE: "approved", Verb.ESCALATE: "escalated"}.get(self, f"{self}ed")

    @property
    def verdict(self) -> Verdict:
        """The contract's verdict; UNKNOWN for what is none."""
        return Verdict[self.name] if self.name in Verdict.__members__ else Verdict.UNKNOWN


@dataclass(slots=True)
class Draft:
    """What was written for a task and has not been accepted yet. It outlives the lease."""

    comment: str = ""
    corrected: dict[str, Any] | None = None
    problem: str = ""
    """Why it was not accepted, in words."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that is done when its time to undo is up. `due` is on the clock's seconds."""

    verb: Verb
    tasks: tuple[ReviewTask, ...]
    comment: str
    due: float
    shown: dict[str, Shown] = field(default_factory=dict)
    corrected: dict[str, Any] | None = None


class Outbox:
    """What waits for its time to undo to be up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.pending: list[Pending] = []
        self.sending: set[str] = set()
        """Names of tasks for which a verdict is under way."""

    def undo(self) -> Pending | None:
        """Takes back the last one."""
        return self.pending.pop() if self.pending else None

    def take_due(self, *, all: bool = False) -> list[Pending]:
        """Takes out what is to be done now."""
        now = self._clock.seconds()
        due = [each for each in self.pending if all or each.due <= now]
        self.pending = [each for each in self.pending if each not in due]
        return due

    def of(self, name: str) -> Pending | None:
        """What is pending for a task."""
        return next((each for each in self.pending if any(task.name == name for task in each.tasks)), None)

    def left(self, pending: Pending) -> int:
        """Whole seconds in which it can still be taken back, rounded up."""
        return max(0, -int(-(pending.due - self._clock.seconds()) // 1))

    @property
    def unsent(self) -> int:
        """How many verdicts and escalations wait. A skip is none: what is not judged goes back anyway."""
        return sum(len(each.tasks) for each in self.pending if each.verb is not Verb.SKIP)

    def withdraw(self, name: str) -> None:
        """Takes one task out of whatever is pending: its lease is gone."""
        kept = []
        for each in self.pending:
            tasks = tuple(task for task in each.tasks if task.name != name)
            if tasks:
                kept.append(each if len(tasks) == len(each.tasks) else _only(each, tasks))
        self.pending = kept


def comment_needed(task: ReviewTask, verb: Verb) -> bool:
    """Whether the policy asks for a comment with this verdict."""
    presentation = task.info.presentation
    return presentation is not None and verb.verdict in presentation.comment_required


def not_in_bulk(task: ReviewTask) -> str:
    """Why a task can't be judged together with others; empty where it can."""
    if task.decision.attributes.irreversible:
        return "it can't be undone, so it is judged by itself"
    if task.info.correction_schema is not None:
        return "it has a correction form, so it is judged by itself"
    return ""


async def send(pending: Pending, task: ReviewTask) -> str:
    """Does it for one task; what was done, in words. Raises AndonError."""
    if pending.verb is Verb.ESCALATE:
        return f"escalated to {(await task.escalate(pending.comment)).queue}"
    if pending.verb is Verb.SKIP:
        await task.release(pending.comment)
        return pending.verb.done
    review = await _judge(pending, task)
    return f"{pending.verb}: {RECORDED}" if review.decision.pending else pending.verb.done


async def _judge(pending: Pending, task: ReviewTask) -> Review:
    shown = pending.shown.get(task.name)
    if pending.verb is Verb.APPROVE:
        return await task.approve(pending.comment, shown=shown)
    if pending.verb is Verb.REJECT:
        return await task.reject(pending.comment, shown=shown)
    return await task.correct(pending.corrected or {}, pending.comment, shown=shown)


def _only(pending: Pending, tasks: tuple[ReviewTask, ...]) -> Pending:
    return Pending(pending.verb, tasks, pending.comment, pending.due, pending.shown, pending.corrected)
