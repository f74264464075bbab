"""What one principal may take of the server, so that nobody takes what all share. Memory only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from andon.domain.clock import SECOND, Clock
from andon.domain.decision import Decision
from andon.domain.errors import RateExceeded
from andon.domain.task import Task, TaskKind

BURST: Final = 5 * SECOND
"""Calls may come at once where none came before: as many as are allowed in so long (µs)."""

MOST: Final = 10_000
"""How many principals' calls are counted at once."""


class Rates:
    """How often each principal may call: a bucket that each call takes from and time fills again.

    Of a bucket only the moment is kept at which it is full. Where more principals than MOST have called, those who have
    not called for longest are forgotten: they may call a little more, nobody less.
    """

    def __init__(self, clock: Clock, per_second: int, most: int = MOST) -> None:
        self._clock = clock
        self._per_second = per_second
        self._most = most
        self._interval = SECOND // per_second if per_second else 0
        self._full: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._full)

    def check(self, principal: str) -> None:
        """Raises RateExceeded where a call would be one too many. Takes nothing."""
        if self._interval:
            self._after_one(principal)

    def take(self, principal: str) -> None:
        """Counts a call. Raises RateExceeded where it is one too many; that one does not count."""
        if self._interval:
            full = self._after_one(principal)
            if self._full.pop(principal, None) is None and len(self._full) >= self._most:
                del self._full[next(iter(self._full))]
            self._full[principal] = full

    def _after_one(self, principal: str) -> int:
        """When the bucket is full again after one more call."""
        now = self._clock.now()
        full = self._full.get(principal, 0)
        if full > now + BURST:  # the clock was set back: the bucket is empty, and nobody locked out
            full = self._full[principal] = now + BURST
        full = max(full, now) + self._interval
        if full > now + BURST:
            raise RateExceeded(full - now - BURST, principal=principal, limit=self._per_second)
        return full


class Shares:
    """How many of something each principal has, and may have: `each`, or any number where that is 0."""

    def __init__(self, each: int) -> None:
        self.each: Final = each
        self._taken: dict[str, int] = {}

    def take(self, principal: str) -> bool:
        """Takes one; False where the principal has all it may."""
        taken = self._taken.get(principal, 0)
        if 0 < self.each <= taken:
            return False
        self._taken[principal] = taken + 1
        return True

    def give_back(self, principal: str) -> None:
        """Gives one back."""
        left = self._taken[principal] - 1
        if left:
            self._taken[principal] = left
        else:
            del self._taken[principal]


class OpenDecisions:
    """How many decisions of each submitter wait for people, as far as this server has heard; the store knows."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self._counts = dict(counts or {})
        self._last = ""

    def of(self, submitter: str) -> int:
        """How many a submitter has."""
        return self._counts.get(submitter, 0)

    def recount(self, counts: Mapping[str, int]) -> None:
        """Takes over what the store has counted."""
        self._counts = dict(counts)

    def opened(self, submitter: str) -> None:
        """A decision of this submitter waits."""
        self._counts[submitter] = self.of(submitter) + 1

    def closed(self, task: Task, decision: Decision) -> None:
        """A task has ended, and perhaps its decision with it. Tasks that end together are told one after the other."""
        if task.kind is not TaskKind.GATE or task.level or decision.resolution is None or decision.id == self._last:
            return
        self._last = decision.id
        left = self.of(decision.submitter) - 1
        if left > 0:
            self._counts[decision.submitter] = left
        else:
            self._counts.pop(decision.submitter, None)
