"""Redeem: the answer to a decision is used up, so that one approval lets one effect happen."""

from __future__ import annotations

from andon.domain.decision import Decision
from andon.domain.errors import DecisionNotFound
from andon.domain.principal import Principal, Role
from andon.domain.receipt import Redemption
from andon.store.values import Redeemed, RedeemWish
from andon.usecases.context import Context
from andon.usecases.visibility import known_decision


class Redeem:
    """Uses up answers and tells by whom they were."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(
        self, principal: Principal, decision_id: str, request_id: str, level: int | None = None
    ) -> Redeemed:
        """For its submitter and admins. `level`: whose end they act on (0: the decision's own, from 1 an appeal's);
        None: whichever stands. Raises DecisionNotFound, AlreadyRedeemed, NotRedeemable.

        Who repeats the call with the request id that redeemed it gets the same answer again, and is told so.
        """
        context = self._context
        decision = await known_decision(context, principal, decision_id)
        if decision.submitter != principal.name and Role.ADMIN not in principal.roles:
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        wish = RedeemWish(decision_id, principal.name, request_id, context.clock.now(), level)
        return await context.store.proofs.redeem_if_resolved(wish)

    async def of(self, decision: Decision) -> Redemption | None:
        """That a decision the caller may see was redeemed; None where it was not."""
        if decision.resolution is None or not decision.receipt.once:
            return None
        return await self._context.store.proofs.redemption(decision.id)
