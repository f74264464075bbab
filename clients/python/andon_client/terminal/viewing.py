"""How long a task was really looked at, and whether anybody is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from andon_client.terminal.clock import Clock

UNSEEN_AFTER: Final = 60.0
"""Seconds without a key after which time in view no longer counts."""
AWAY_AFTER: Final = 600.0
"""Seconds without a key after which leases are no longer renewed: somebody else shall have the tasks."""


class Viewing:
    """Counts the seconds for which each task is in view while the reviewer is active."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active = self._since = clock.seconds()
        self._name = ""
        self._elsewhere = False
        self._counted: dict[str, float] = {}

    def touch(self) -> None:
        """The reviewer did something."""
        self._settle()
        self._active = self._clock.seconds()

    def look_at(self, name: str) -> None:
        """This task is in view now; an empty name for none."""
        self._settle()
        self._name = name

    def seconds(self, name: str) -> float:
        """How long a task has been in view."""
        self._settle()
        return self._counted.get(name, 0.0)

    def forget(self, name: str) -> None:
        """The task is done with."""
        self._counted.pop(name, None)

    @property
    def away(self) -> bool:
        """Whether nobody has touched a key for so long that leases are not renewed."""
        return not self._elsewhere and self._clock.seconds() - self._active > AWAY_AFTER

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """The reviewer works in another program meanwhile, whose keys are not seen here: they are not away."""
        self._elsewhere = True
        try:
            yield
        finally:
            self._elsewhere = False
            self.touch()

    def _settle(self) -> None:
        now = self._clock.seconds()
        until = min(now, self._active + UNSEEN_AFTER)
        if self._name:
            self._counted[self._name] = self._counted.get(self._name, 0.0) + max(0.0, until - self._since)
        self._since = now
