"""What a store does for notifications. The ledger is the outbox: an entry is written in the transaction of its change,
and its sequences become visible in their order. Here is kept how far each subscription has come, and its deliveries.

The guarantees are those of `andon.store.port`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from andon.domain.delivery import Delivery, DeliveryState, Happening

REACH: Final = 1_000
"""How many entries of the ledger are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """What was found in the ledger's entries up to and with the sequence `upto`."""

    upto: int
    found: Sequence[Happening]


@dataclass(frozen=True, slots=True)
class Spread:
    """What a stretch of the ledger, past `after` and up to `upto`, leads to for some subscriptions."""

    names: Sequence[str]
    after: int
    upto: int
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Take:
    """Asks for what is due to be sent to a subscription.

    Whoever takes it must settle it before `until`, by `token`; after that another may. With a `pause` (µs) nothing is
    given before so much time has passed since something was.
    """

    subscription: str
    limit: int
    now: int
    until: int
    token: str = field(repr=False)
    pause: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of an attempt: ended as `state`, or PENDING and tried again at `next_time`."""

    delivery_id: str
    token: str = field(repr=False)
    state: DeliveryState
    now: int
    next_time: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries to list, newest first. `before` is the id of the last one seen."""

    limit: int
    subscription: str = ""
    state: DeliveryState | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a subscription has not had: deliveries under way, the dead, and when the oldest under way happened."""

    pending: int
    dead: int
    oldest: int | None


class Outbox(Protocol):
    """Subscriptions' deliveries, durably."""

    async def cursors(self, names: Sequence[str]) -> Mapping[str, int]:
        """How far each subscription has come in the ledger. One that is new here begins at the ledger's end."""
        ...

    async def happenings(self, after: int) -> Happenings:
        """What can be told of the next entries past a sequence, REACH of them at most, in order."""
        ...

    async def happening(self, sequence: int) -> Happening | None:
        """One of them; None where there is nothing to tell of that entry."""
        ...

    async def spread_if_there(self, spread: Spread) -> bool:
        """Writes deliveries and moves the subscriptions on, in one transaction.

        False, and nothing is changed, unless all of them have come as far as `after`: another server was faster.
        """
        ...

    async def add_new(self, deliveries: Sequence[Delivery]) -> int:
        """Writes those whose subscription, sequence, subject and time are not known yet. Returns how many."""
        ...

    async def take_due(self, take: Take) -> Sequence[Delivery]:
        """Takes what is due, oldest first: nobody else gets it until then. Begins an attempt of each."""
        ...

    async def settle_if_taken(self, settlement: Settlement) -> bool:
        """Records what came of an attempt. False, and nothing is changed, where another has taken it since."""
        ...

    async def deliveries(self, query: DeliveryQuery) -> Sequence[Delivery]:
        """Deliveries, newest first."""
        ...

    async def resend(self, delivery_id: str, now: int) -> Delivery:
        """Sends a delivery at once: anew with all its attempts where it has ended. DeliveryNotFound.

        One that is being sent just now is left as it is.
        """
        ...

    async def backlog(self) -> Mapping[str, Backlog]:
        """Every subscription that something is under way to, or dead."""
        ...

    async def forget(self, delivered_before: int, ended_before: int, limit: int) -> int:
        """Removes deliveries that arrived before a moment, and whatever happened before another. Returns how many."""
        ...
