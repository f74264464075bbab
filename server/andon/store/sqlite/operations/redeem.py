"""Using up the answer to a decision."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.errors import DecisionNotFound
from andon.domain.receipt import Redemption
from andon.store import appeals, codec, redemptions
from andon.store.sqlite.writer import Writer
from andon.store.values import Redeemed, RedeemWish


@dataclass(frozen=True, slots=True)
class Redeem:
    """Records that it was used up, unless it was."""

    wish: RedeemWish
    rows: int = 2

    def apply(self, writer: Writer) -> Redeemed:
        wish, of = self.wish, {"decision_id": self.wish.decision_id}
        found = writer.row("decision_by_id", of)
        if found is None:
            raise DecisionNotFound(name=f"decisions/{wish.decision_id}")
        if (known := redemptions.repeated(writer.row("redemption_of", of), wish)) is not None:
            return known
        contested = [appeals.appeal(row) for row in writer.rows("appeals_of_decision", of)]
        level = redemptions.check_redeemable(codec.decision(found), contested, wish)
        writer.change("redeem_if_resolved", redemptions.values(wish))
        writer.append(redemptions.draft(wish, level))
        return Redeemed(Redemption(wish.redeemer, wish.now))
