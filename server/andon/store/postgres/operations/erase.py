"""Erasing personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from andon.domain.canonical import JsonObject
from andon.store import erasure
from andon.store.codec import Row
from andon.store.postgres.search import DIALECT
from andon.store.postgres.session import Session
from andon.store.postgres.statements import sql
from andon.store.privacy import Erasure, Target
from andon.store.sealing import Sealing


async def erase(session: Session, wish: Erasure, limit: int, sealing: Sealing) -> int:
    """Erases the next decisions that may be. See `Privacy.erase_if_ended`. LedgerEdited."""
    found = await _held_still(session, wish.target, limit, sealing)
    if not found:
        return await _erase_retired(session, wish)
    ids = [id for id, _ in found]
    kept = erasure.emptied(await session.rows("entries_to_erase", entries_of(ids)))
    await _empty(session, found, wish.now)
    await _record(session, wish, ids, kept)
    return len(found)


def entries_of(ids: Sequence[str]) -> dict[str, Any]:
    """What `entries_to_erase` is told."""
    return {"ids": list(ids), "kinds": list(erasure.KINDS)}


async def _erase_retired(session: Session, wish: Erasure) -> int:
    """Erases the words that the ledger has of a decision that retention has removed; gives how many such there are."""
    id = wish.target.decision_id
    if not id or await session.row("decision_outcome", {"decision_id": id}) is not None:
        return 0
    if kept := erasure.emptied(await session.rows("entries_to_erase", entries_of([id]))):
        await _record(session, wish, [id], kept)
    return len(kept)


async def _record(
    session: Session, wish: Erasure, ids: Sequence[str], kept: Mapping[str, Mapping[int, JsonObject]]
) -> None:
    await session.rows("empty_entries", {"sequences": [sequence for facts in kept.values() for sequence in facts]})
    await session.append([erasure.erased(wish, id, kept.get(id, {})) for id in ids])


async def forget(session: Session, target: Target, sealing: Sealing) -> bool:
    """Has released holds on a subject forget it where nothing is left of it, and destroys its key; gives whether."""
    if target.decision_id:
        return False
    await session.rows("forget_subject_of_holds", erasure.target_values(target, sealing, DIALECT))
    subject = sealing.subjects(target.subject)[-1]
    try:
        async with session.transaction():
            return bool(await session.rows("destroy_key_if_unused", {"subject": subject}))
    except asyncpg.ForeignKeyViolationError:  # somebody has just submitted what is about it
        return False


async def _held_still(session: Session, target: Target, limit: int, sealing: Sealing) -> list[Row]:
    """The next ones that may be erased, and that nobody holds or changes before the commit: `id, attributes`.

    None only where there are none: what somebody was faster at is passed over.
    """
    await session.rows("await_holds")
    values = erasure.target_values(target, sealing, DIALECT) | {"limit": limit}
    statement = sql("erasable", filter=erasure.target_filter(target, DIALECT))
    while found := await session.run(statement, values):
        ids: dict[str, Any] = {"ids": [id for (id,) in found]}
        await session.rows("hold_tasks_of_decisions", ids)
        await session.rows("hold_ended_decisions", ids)
        if still := await session.rows("still_erasable", ids):
            return still
    return []


async def _empty(session: Session, found: Sequence[Row], now: int) -> None:
    values = {"ids": [id for id, _ in found]}
    await session.rows("erase_notes", values)
    for id, attributes in found:
        left = erasure.attributes_left(attributes)
        await session.rows("erase_decision", {"decision_id": id, "attributes": left, "now": now})
    await session.rows("erase_reviews", values)
    await session.rows("erase_appeals", values)
    for id, amendment, body in await session.rows("proposals_to_erase", values):
        change = {"decision_id": id, "amendment": amendment, "body": erasure.proposal_left(body)}
        await session.rows("erase_earlier_proposal", change)
