"""What a store does for those who answer for personal data: erasing it, and legal holds.

The guarantees are those of `andon.store.port`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from andon.domain.hold import LegalHold

MOST_NAMED: Final = 100
"""So many decisions that are left are named."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be erased: one decision, or where `decision_id` is empty all that is or was about a subject."""

    decision_id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A wish to erase, for the ledger with who asked and why."""

    target: Target
    principal: str
    reason: str
    now: int


@dataclass(frozen=True, slots=True)
class Survey:
    """How many decisions of a target can be erased, were erased before, are open, and are held.

    Whatever is held counts as that alone. Of those that are left the ids of the first MOST_NAMED are told. What was
    erased is not found by its subject any more.
    """

    erasable: int = 0
    earlier: int = 0
    open: int = 0
    held: int = 0
    open_ids: tuple[str, ...] = ()
    held_ids: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there are no such decisions."""
        return not (self.erasable or self.earlier or self.open or self.held)


@dataclass(frozen=True, slots=True)
class Release:
    """A wish to end a hold."""

    hold_id: str
    principal: str
    reason: str
    now: int


@dataclass(frozen=True, slots=True)
class HoldQuery:
    """Which holds to list, newest first: those in force, or all. `before` is the sequence of the last one seen."""

    limit: int
    before: int | None = None
    released: bool = False


class Privacy(Protocol):
    """Part of the port: see the guarantees of `andon.store.port`."""

    async def survey(self, target: Target) -> Survey:
        """What there is to erase, and what is left."""
        ...

    async def erase_if_ended(self, erasure: Erasure, limit: int) -> int:
        """Erases the personal data of up to `limit` decisions that have ended, with their appeals, and are not held.

        Contents go, also those of earlier proposals, and the words beside the ledger's entries; the entries themselves,
        names, hashes, routes, outcomes, who and when stay. Each has an entry of its own, which tells beside which
        entries words stood. Of one that was about the target's subject before it was amended, and is not now, the
        earlier proposals about it go alone, and its entry names the amendments.
        Returns how many; call again until it returns none, and then `scrub`.
        """
        ...

    async def scrub(self, target: Target) -> bool:
        """Sees to it that what was erased can't be found in the store's own files, as far as the engine lets it.

        Released holds on the subject forget it where nothing of it is left. Whether its key was destroyed with that.
        """
        ...

    async def hold(self, hold: LegalHold) -> LegalHold:
        """Places a hold: from its commit on nothing of it is erased or retired.

        Gives the one in force where the same principal has placed the same one, for the same reason. DecisionNotFound.
        """
        ...

    async def release(self, release: Release) -> LegalHold:
        """Ends a hold; one that has ended stays as it is. LegalHoldNotFound."""
        ...

    async def holds(self, query: HoldQuery) -> Sequence[LegalHold]:
        """Holds, newest first."""
        ...
