"""Using up the answer to a decision."""

from __future__ import annotations

from andon.domain.errors import DecisionNotFound
from andon.domain.receipt import Redemption
from andon.store import redemptions
from andon.store.postgres.operations.appeal import of_decision
from andon.store.postgres.operations.revise import the_decision
from andon.store.postgres.session import Session
from andon.store.values import Redeemed, RedeemWish


async def redeem(session: Session, wish: RedeemWish) -> Redeemed:
    """Records that it was used up, unless it was. See `Proofs.redeem_if_resolved`.

    The decision is locked first: whoever comes to it at the same moment follows, and finds what was recorded.
    """
    of = {"decision_id": wish.decision_id}
    if await session.row("decision_guard", of) is None:
        raise DecisionNotFound(name=f"decisions/{wish.decision_id}")
    if (known := redemptions.repeated(await session.row("redemption_of", of), wish)) is not None:
        return known
    decision, contested = await the_decision(session, wish.decision_id), await of_decision(session, wish.decision_id)
    level = redemptions.check_redeemable(decision, contested, wish)
    await session.rows("redeem_if_resolved", redemptions.values(wish))
    await session.append([redemptions.draft(wish, level)])
    return Redeemed(Redemption(wish.redeemer, wish.now))
