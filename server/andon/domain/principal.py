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
    POLICY_OWNER = "policy_owner"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody known by credentials; never by a message's word.

    `queues` are names, or `*` for all; `skills` likewise. `groups` are the teams a person belongs to, for policies that
    keep decisions from the submitter's own. `actions` are those the credentials cover, as policies name them: whole,
    `refund.*`, or `*` for all. `on_behalf_of` is whom the principal acts for by its credentials; empty for nobody.
    `expire_time` (µs) is when the credentials end, None where they don't by themselves. `credential` tells which
    credentials it came by, for whoever checked them; principals are equal whose name and rights are.
    """

    name: str
    roles: frozenset[Role]
    skills: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset({"*"})
    on_behalf_of: str = ""
    expire_time: int | None = field(default=None, compare=False)
    credential: str = field(default="", compare=False, repr=False)

    def covers(self, action: str) -> bool:
        """Whether the credentials cover this action."""
        if "*" in self.actions or action in self.actions:
            return True
        return any(f"{action[:end]}.*" in self.actions for end, letter in enumerate(action) if letter == ".")

    def covered(self) -> frozenset[str] | None:
        """The patterns of the actions that the credentials cover; None where that is all."""
        return None if "*" in self.actions else self.actions

    def serves(self, queue: str) -> bool:
        """Whether the principal works in this queue."""
        return "*" in self.queues or queue in self.queues

    def fit_for(self, skills: Collection[str]) -> bool:
        """Whether the principal has all of these skills."""
        return "*" in self.skills or self.skills.issuperset(skills)

    def sees_all(self) -> bool:
        """Whether decisions of others are the principal's to see, of whatever queue. Leads see those they serve."""
        return bool(self.roles & {Role.AUDITOR, Role.ADMIN}) or (Role.LEAD in self.roles and "*" in self.queues)

    def sees(self, queue: str) -> bool:
        """Whether what is held for this queue is the principal's to see."""
        return self.serves(queue) or self.sees_all()
