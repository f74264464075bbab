"""ListPolicies: the rules in force, for everybody who must know them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from andon.domain.principal import Principal
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

    def in_force(self, principal: Principal) -> InForce:
        """The policies in force, as they were written when they were taken.

        Callers whose credentials cover some actions are shown the policies of these, and not what is to be mended.
        """
        folder, current = self._folder, self._folder.current
        covered = principal.covered()
        if covered is not None:
            documents = tuple(each for each in current.documents if _concerns(each, covered))
            return InForce(current.revision, folder.since, documents, (), ())
        faults = tuple(map(str, folder.faults))
        return InForce(current.revision, folder.since, current.documents, faults, tuple(map(str, current.warnings)))


def _concerns(document: PolicyDocument, covered: Collection[str]) -> bool:
    """Whether a policy governs an action that is covered: one fits a pattern of each."""
    return any(_meet(action, pattern) for action in document.model.actions for pattern in covered)


def _meet(one: str, other: str) -> bool:
    """Whether an action fits both patterns. The wider one is a beginning of the narrower."""
    one_begins, other_begins = one.removesuffix("*"), other.removesuffix("*")
    if one.endswith("*") and other_begins.startswith(one_begins):
        return True
    return one == other or (other.endswith("*") and one_begins.startswith(other_begins))
