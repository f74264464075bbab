"""Who is told after something has become durable. Metrics fill it; tests may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from andon.domain.decision import Decision
from andon.domain.task import Task
from andon.policy.api import Ruling
from andon.store.values import Climbed, Expired, Job, Settled


class Observer(Protocol):
    """Told of every committed change, once, in the order of commits. Must be quick and must not raise."""

    def routed(self, ruling: Ruling, seconds: float) -> None:
        """A decision was routed by the rules; `seconds` is what that took."""
        ...

    def submitted(self, decision: Decision) -> None:
        """A decision is recorded."""
        ...

    def leased(self, job: Job, now: int) -> None:
        """A task was handed to a reviewer."""
        ...

    def lapsed(self, task: Task) -> None:
        """A lease lapsed and its task waits again."""
        ...

    def escalated(self, job: Job) -> None:
        """A task went to the queue of its escalation, by a reviewer's hand or a missed deadline."""
        ...

    def climbed(self, climbed: Climbed) -> None:
        """A task climbed a rung of its policy's ladder. Where that moved it, this comes before `escalated`."""
        ...

    def extended(self, jobs: Sequence[Job]) -> None:
        """A reviewer asked for more time, and these tasks of one decision have it."""
        ...

    def expired(self, expired: Expired) -> None:
        """A deadline was missed for good and the decision has ended."""
        ...

    def reviewed(self, settled: Settled) -> None:
        """A verdict was given; whether the decision has ended with it, it says."""
        ...

    def closed(self, job: Job) -> None:
        """A task has ended, told last of all that is told of its end."""
        ...

    def cancelled(self, decision: Decision) -> None:
        """A submitter withdrew a decision, or a policy has ended it while it waited."""
        ...
