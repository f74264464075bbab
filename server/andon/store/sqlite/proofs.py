"""What receipts need of one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from andon.domain.decision import Decision
from andon.domain.receipt import Redemption
from andon.store.proofs import REACH, Recorded
from andon.store.redemptions import at_once, recorded
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.redeem import Redeem
from andon.store.sqlite.outbox import Read
from andon.store.sqlite.reader import rows
from andon.store.sqlite.statements import sql
from andon.store.values import Redeemed, RedeemWish


class SqliteProofs:
    """See `andon.store.proofs.Proofs` for what each method promises."""

    def __init__(self, commit: Callable[[Operation[Any]], Awaitable[Any]], read: Read) -> None:
        self._commit: Final = commit
        self._read: Final = read

    async def redeem_if_resolved(self, wish: RedeemWish) -> Redeemed:
        redeemed: Redeemed = await self._commit(Redeem(wish))
        return redeemed

    async def redemption(self, decision_id: str) -> Redemption | None:
        found: Redemption | None = await self._read(_redemption, decision_id)
        return found

    async def ends(self, decision: Decision, level: int = 0) -> Sequence[Recorded]:
        found: Sequence[Recorded] = await self._read(_ends, decision, level)
        return found


def _redemption(connection: sqlite3.Connection, decision_id: str) -> Redemption | None:
    found = rows(connection, sql("redemption_of"), {"decision_id": decision_id})
    return Redemption(found[0][0], found[0][2]) if found else None


def _ends(connection: sqlite3.Connection, decision: Decision, level: int) -> list[Recorded]:
    values: dict[str, Any] = {"decision_id": decision.id}
    statement = "ends_of_decision"
    if at_once(decision, level):
        statement = "submission_near"
        values |= {"moment": decision.create_time, "reach": REACH}
    return [recorded(row) for row in rows(connection, sql(statement), values)]
