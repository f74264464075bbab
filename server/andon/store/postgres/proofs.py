"""What receipts need of one PostgreSQL database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from andon.domain.decision import Decision
from andon.domain.receipt import Redemption
from andon.store.codec import Row
from andon.store.postgres.operations.redeem import redeem
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session
from andon.store.proofs import Recorded
from andon.store.redemptions import reaches, recorded
from andon.store.values import Redeemed, RedeemWish


class PostgresProofs:
    """See `andon.store.proofs.Proofs` for what each method promises."""

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool

    async def redeem_if_resolved(self, wish: RedeemWish) -> Redeemed:
        return await self._pool.write(redeem, wish)

    async def redemption(self, decision_id: str) -> Redemption | None:
        return await self._pool.read(_redemption, decision_id)

    async def ends(self, decision: Decision) -> Sequence[Recorded]:
        return await self._pool.snapshot(_ends, decision)


async def _redemption(session: Session, decision_id: str) -> Redemption | None:
    row = await session.row("redemption_of", {"decision_id": decision_id})
    return None if row is None else Redemption(row[0], row[2])


async def _ends(session: Session, decision: Decision) -> list[Recorded]:
    found = await session.rows("ends_of_decision", {"decision_id": decision.id})
    return [recorded(row) for row in (*await _submission(session, decision), *found)]


async def _submission(session: Session, decision: Decision) -> Sequence[Row]:
    last = (await session.rows("ledger_head"))[0][0]
    values = {"decision_id": decision.id, "moment": decision.create_time, "last": last}
    for reach in reaches(last):
        if found := await session.rows("submission_near", {**values, "reach": reach}):
            return found
    return ()
