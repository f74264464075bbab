"""What receipts need of one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from andon.domain.decision import Decision
from andon.domain.receipt import Redemption
from andon.store.codec import Row
from andon.store.proofs import Recorded
from andon.store.redemptions import reaches, recorded
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.redeem import Redeem
from andon.store.sqlite.outbox import Read
from andon.store.sqlite.reader import number, rows
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

    async def ends(self, decision: Decision) -> Sequence[Recorded]:
        found: Sequence[Recorded] = await self._read(_ends, decision)
        return found


def _redemption(connection: sqlite3.Connection, decision_id: str) -> Redemption | None:
    found = rows(connection, sql("redemption_of"), {"decision_id": decision_id})
    return Redemption(found[0][0], found[0][2]) if found else None


def _ends(connection: sqlite3.Connection, decision: Decision) -> list[Recorded]:
    found = rows(connection, sql("ends_of_decision"), {"decision_id": decision.id})
    return [recorded(row) for row in (*_submission(connection, decision), *found)]


def _submission(connection: sqlite3.Connection, decision: Decision) -> list[Row]:
    last = number(connection, "last_entry", {})
    values = {"decision_id": decision.id, "moment": decision.create_time}
    found = (rows(connection, sql("submission_near"), {**values, "reach": reach}) for reach in reaches(last))
    return next(filter(None, found), [])
