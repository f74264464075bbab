"""Legal holds: what may be neither erased nor retired, because a dispute or an inquiry needs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A hold on exactly one of a decision, a subject's decisions, and those of an action or of a pattern of such.

    `principal` placed it. `release_time` is None while it is in force. The subject of one that was released is empty
    once it was erased. `sequence` is the place among all; 0 before it has one.
    """

    id: str
    reason: str
    principal: str
    create_time: int
    decision_id: str = ""
    subject: str = ""
    action: str = ""
    release_time: int | None = None
    sequence: int = 0

    @property
    def name(self) -> str:
        """The resource name."""
        return f"legalHolds/{self.id}"
