"""What concerns notifications: how far subscriptions have come, and their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from andon.domain.canonical import canonical
from andon.domain.delivery import Delivery
from andon.domain.errors import DeliveryNotFound
from andon.store import notices
from andon.store.codec import Row
from andon.store.outbox import Settlement, Spread, Take
from andon.store.sqlite.writer import Writer


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Begins subscriptions at the ledger's end, where they are new."""

    names: Sequence[str]
    rows: int = 1

    def apply(self, writer: Writer) -> None:
        writer.change("subscribe", {"names": canonical(list(self.names)), "cursor": writer.last_entry})


@dataclass(frozen=True, slots=True)
class SpreadOut:
    """Writes deliveries and moves their subscriptions on."""

    spread: Spread

    @property
    def rows(self) -> int:
        return len(self.spread.names) + len(self.spread.deliveries)

    def apply(self, writer: Writer) -> bool:
        spread, names = self.spread, canonical(list(self.spread.names))
        if len(writer.rows("subscriptions_at", {"names": names, "after": spread.after})) < len(spread.names):
            return False
        writer.rows("insert_deliveries", {"rows": notices.rows_of(spread.deliveries)})
        writer.change("move_subscriptions", {"names": names, "upto": spread.upto})
        return True


@dataclass(frozen=True, slots=True)
class AddNew:
    """Writes deliveries that are not known yet."""

    deliveries: Sequence[Delivery]

    @property
    def rows(self) -> int:
        return len(self.deliveries)

    def apply(self, writer: Writer) -> int:
        return len(writer.rows("insert_deliveries", {"rows": notices.rows_of(self.deliveries)}))


@dataclass(frozen=True, slots=True)
class TakeDue:
    """Takes what is due for a subscription."""

    take: Take

    @property
    def rows(self) -> int:
        return self.take.limit

    def apply(self, writer: Writer) -> list[Row]:
        take = self.take
        due = {"subscription": take.subscription, "now": take.now}
        if not writer.rows("any_due", due):
            return []
        if take.pause:
            rest = {"name": take.subscription, "now": take.now, "until": take.now + take.pause}
            if not writer.rows("rest_if_rested", rest):
                return []
        return writer.rows("take_if_due", {**due, "limit": take.limit, "until": take.until, "token": take.token})


@dataclass(frozen=True, slots=True)
class Settle:
    """Records what came of an attempt."""

    settlement: Settlement
    rows: int = 1

    def apply(self, writer: Writer) -> bool:
        return bool(writer.rows("settle_if_taken", notices.settled(self.settlement)))


@dataclass(frozen=True, slots=True)
class Resend:
    """Makes a delivery due at once."""

    delivery_id: str
    now: int
    rows: int = 1

    def apply(self, writer: Writer) -> Row:
        found = writer.row("resend_unless_sending", {"id": self.delivery_id, "now": self.now})
        found = found or writer.row("delivery_by_id", {"id": self.delivery_id})
        if found is None:
            raise DeliveryNotFound(name=f"deliveries/{self.delivery_id}")
        return found


@dataclass(frozen=True, slots=True)
class Forget:
    """Removes what arrived, or happened, long ago."""

    delivered_before: int
    ended_before: int
    limit: int

    @property
    def rows(self) -> int:
        return self.limit

    def apply(self, writer: Writer) -> int:
        values = {"delivered": self.delivered_before, "ended": self.ended_before, "limit": self.limit}
        return len(writer.rows("forget_deliveries", values))
