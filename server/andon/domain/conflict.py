"""Why somebody must not judge a decision, whatever their role, queues and skills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from andon.domain.errors import ConflictOfInterest


@dataclass(frozen=True, slots=True)
class Conflict:
    """An interest in a decision: the id of what forbids the verdict, and the reason in words."""

    id: str
    reason: str

    def refusal(self, name: str) -> ConflictOfInterest:
        """The refusal of a verdict on the task of that name."""
        return ConflictOfInterest(name=name, conflict=self.id, reason=self.reason)


ACTED_FOR: Final = Conflict("on_behalf_of", "the submitter acted for the caller")
JUDGED_BEFORE: Final = Conflict("judged_before", "the caller has judged, passed on or appealed this decision")
SAME_GROUP: Final = Conflict("same_group", "the caller and the submitter are in one group")
