"""What receipts need of one PostgreSQL database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from andon.domain.decision import Decision
from andon.domain.receipt import Redemption
from andon.store.postgres.operations.redeem import redeem
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session
from andon.store.proofs import REACH, Recorded
from andon.store.redemptions import at_once, recorded
from andon.store.values import Redeemed, RedeemWish


class PostgresProofs:
    """See `andon.store.proofs.Proofs` for what each method promises."""

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool

    async def redeem_if_resolved(self, wish: RedeemWish) -> Redeemed:
        return await self._pool.write(redeem, wish)

    async def redemption(self, decision_id: str) -> Redemption | None:
        return await self._pool.read(_redemption, decision_id)

    async def ends(self, decision: Decision, level: int = 0) -> Sequence[Recorded]:
        return await self._pool.snapshot(_ends, decision, level)


async def _redemption(session: Session, decision_id: str) -> Redemption | None:
    row = await session.row("redemption_of", {"decision_id": decision_id})
    return None if row is None else Redemption(row[0], row[2])


async def _ends(session: Session, decision: Decision, level: int) -> list[Recorded]:
    values: dict[str, Any] = {"decision_id": decision.id}
    statement = "ends_of_decision"
    if at_once(decision, level):
        statement = "submission_near"
        last = (await session.rows("ledger_head"))[0][0]
        values |= {"moment": decision.create_time, "reach": REACH, "last": last}
    return [recorded(row) for row in await session.rows(statement, values)]
