"""What a policy says of the proof of an end: how long it may be acted on, whom it names, how often it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from andon.domain.canonical import Json, JsonObject
from andon.domain.clock import DAY


class Naming(StrEnum):
    """What a receipt tells of those who judged. What comes later tells less."""

    NAMED = "named"
    COUNTED = "counted"
    HIDDEN = "hidden"


_STRICTNESS: Final = tuple(Naming)


@dataclass(frozen=True, slots=True)
class ReceiptTerms:
    """What binds a decision's receipts, whatever the policies say later.

    `expires` is a span in µs from the end: after it nobody acts on the answer any more. `once`: whoever acts on it
    redeems it first, and only one can.
    """

    once: bool = False
    expires: int = DAY
    naming: Naming = Naming.NAMED

    def joined(self, other: ReceiptTerms) -> ReceiptTerms:
        """The stricter of both in each respect."""
        return ReceiptTerms(
            self.once or other.once,
            min(self.expires, other.expires),
            max(self.naming, other.naming, key=_STRICTNESS.index),
        )

    def as_json(self) -> JsonObject:
        """As they are stored."""
        stated: dict[str, Json] = {"expires": self.expires, "reviewers": self.naming.value}
        return {**stated, "redeem": "once"} if self.once else stated

    @classmethod
    def of(cls, stated: dict[str, Any]) -> ReceiptTerms:
        """The reverse of `as_json`."""
        return cls("redeem" in stated, stated["expires"], Naming(stated["reviewers"]))


DEFAULT: Final = ReceiptTerms()
"""Where the policy says nothing, and where there is none."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """That an answer was used up. `time` in µs."""

    redeemer: str
    time: int
