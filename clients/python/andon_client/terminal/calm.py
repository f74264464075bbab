"""Keeps what is typed ahead from judging a task that nobody has looked at.

Keys that follow each other without a pause are one run. Where a run began in a field of text, or the app has moved
the reviewer to another task during it, its letters are prose or stray, and give no verdict until there is a pause.
"""

from __future__ import annotations

from typing import Final

from andon_client.terminal.clock import Clock

PAUSE: Final = 0.5
"""Seconds without a key after which the next one is meant."""
ALWAYS: Final = frozenset("uz")
"""The letters that are never left out: taking back must always work."""


class Calm:
    """Tells keys that are meant from keys that were typed ahead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = self._moved = -PAUSE
        self._stray = False

    def moved(self) -> None:
        """The app has put another task before the reviewer."""
        self._stray, self._moved = True, self._clock.seconds()

    def ignores(self, key: str, *, typing: bool) -> bool:
        """Whether to leave out a key that was just pressed. `typing`: it goes into a field of text."""
        now = self._clock.seconds()
        if now - max(self._last, self._moved) >= PAUSE or key == "escape":
            self._stray = False
        self._last = now
        if typing:
            self._stray = key != "escape"
            return False
        return self._stray and len(key) == 1 and key not in ALWAYS
