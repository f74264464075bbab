"""ListPolicies: the rules in force, for everybody who must know them."""

from __future__ import annotations

from dataclasses import dataclass

from andon.policy.document import PolicyDocument
from andon.policy.watch import PolicyFolder


@dataclass(frozen=True, slots=True)
class InForce:
    """The revision in force since a moment (µs since the epoch), its policies by name, and what people should mend.

    `faults` are why the folder as it is now was not taken; empty where it is in force.
    """

    revision: str
    since: int
    documents: tuple[PolicyDocument, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


class Policies:
    """Reads what is in force. Whether the caller may is settled by role before."""

    def __init__(self, folder: PolicyFolder) -> None:
        self._folder = folder

    def in_force(self) -> InForce:
        """The policies in force, as they were written when they were taken."""
        folder, current = self._folder, self._folder.current
        faults = tuple(map(str, folder.faults))
        return InForce(current.revision, folder.since, current.documents, faults, tuple(map(str, current.warnings)))
