"""What came of sending something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """`error` is empty where it arrived, and says why in a few words of our own where not.

    `least` (µs) is how long the receiver asks to be left alone; `final` means that it wants no more.
    """

    error: str = ""
    least: int = 0
    final: bool = False
