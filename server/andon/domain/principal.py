"""Who calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a principal may do."""

    SUBMITTER = "submitter"
    REVIEWER = "reviewer"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody known by credentials; never by a message's word.

    `queues` are names, or `*` for all; `skills` likewise. `groups` are the teams a person belongs to, for policies that
    keep decisions from the submitter's own. `credential` tells which credentials it came by, for whoever
    checked them; principals are equal whose name and rights are.
    """

    name: str
    roles: frozenset[Role]
    skills: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    credential: str = field(default="", compare=False, repr=False)

    def serves(self, queue: str) -> bool:
        """Whether the principal works in this queue."""
        return "*" in self.queues or queue in self.queues

    def fit_for(self, skills: Collection[str]) -> bool:
        """Whether the principal has all of these skills."""
        return "*" in self.skills or self.skills.issuperset(skills)

    def sees_all(self) -> bool:
        """Whether decisions of others are the principal's to see."""
        return bool(self.roles & {Role.LEAD, Role.AUDITOR, Role.ADMIN})
