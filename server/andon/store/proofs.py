"""What a store does for receipts: what it knows of an end, and that its answer is used up once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from andon.domain.decision import Decision
from andon.domain.event import DecisionEvent
from andon.domain.receipt import Redemption
from andon.store.values import Redeemed, RedeemWish

NEAR: Final = 512
"""So many entries, before and after its time, are looked through for a submission at first."""
WIDER: Final = 16
"""By so much that grows until it is found, or the whole ledger was looked through."""


class Recorded(NamedTuple):
    """Something that befell a decision, and the hash of the ledger's entry about it.

    `fits`: whether the entry's own hashes are those of what it says. The details are without words.
    """

    event: DecisionEvent
    hash: str
    fits: bool = True


class Proofs(Protocol):
    """Part of the port: see the guarantees of `andon.store.port`."""

    async def redeem_if_resolved(self, wish: RedeemWish) -> Redeemed:
        """Uses up the answer to a decision: its own end, or that of its last appeal. Nobody else can any more.

        The same redeemer and request id get the same answer again. In this order: DecisionNotFound, AlreadyRedeemed,
        NotRedeemable (it has not ended, its policy has nothing redeemed, an appeal is open, another end stands than the
        wish names, it may not pass, the appeal lets something else pass than the decision did and the wish names no
        level, or the time to act on it is over).
        """
        ...

    async def redemption(self, decision_id: str) -> Redemption | None:
        """By whom and when it was redeemed; None where it was not."""
        ...

    async def ends(self, decision: Decision) -> Sequence[Recorded]:
        """What the ledger has of a decision's submission, changes and verdicts, and of its ends. Oldest first.

        The submission is found wherever it lies. That takes no time worth the name where it lies near its time, as it
        does unless a clock was set back; else as long as it takes to read the ledger.
        """
        ...
