"""What a store does for receipts: what it knows of an end, and that its answer is used up once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from andon.domain.decision import Decision
from andon.domain.event import DecisionEvent
from andon.domain.receipt import Redemption
from andon.store.values import Redeemed, RedeemWish

REACH: Final = 4096
"""So many entries, before and after its time, are looked through for a submission. A batch is not larger."""


class Recorded(NamedTuple):
    """Something that befell a decision, and the hash of the ledger's entry about it."""

    event: DecisionEvent
    hash: str


class Proofs(Protocol):
    """Part of the port: see the guarantees of `andon.store.port`."""

    async def redeem_if_resolved(self, wish: RedeemWish) -> Redeemed:
        """Uses up the answer to a decision: its own end, or that of its last appeal. Nobody else can any more.

        The same redeemer and request id get the same answer again. In this order: DecisionNotFound, AlreadyRedeemed,
        NotRedeemable (it has not ended, its policy has nothing redeemed, an appeal is open, it may not pass, the appeal
        lets something else pass than the decision did, or the time to act on it is over).
        """
        ...

    async def redemption(self, decision_id: str) -> Redemption | None:
        """By whom and when it was redeemed; None where it was not."""
        ...

    async def ends(self, decision: Decision, level: int = 0) -> Sequence[Recorded]:
        """What the ledger has that can tell of the verdicts on a decision, or on an appeal (`level`), and of its end.

        Oldest first. That of its submission stands alone where the decision ended with it, and lies where its time
        says (see REACH).
        """
        ...
