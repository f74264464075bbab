"""Erasing personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from andon.store import erasure
from andon.store.codec import Row
from andon.store.ledger import Draft
from andon.store.postgres.search import DIALECT
from andon.store.postgres.session import Session
from andon.store.postgres.statements import sql
from andon.store.privacy import Erasure, Target
from andon.store.sealing import Sealing


async def erase(session: Session, wish: Erasure, limit: int, sealing: Sealing) -> int:
    """Erases the next decisions that may be. See `Privacy.erase_if_ended`."""
    found = await _held_still(session, wish.target, limit, sealing)
    if not found:
        return await _erase_retired(session, wish)
    whole = {row[0] for row in found if erasure.is_whole(wish.target, sealing, row[2])}
    await session.rows("forget_requests", {"ids": [id for id, *_ in found]})
    before = await _erase_before(session, wish, [row for row in found if row[0] not in whole], sealing)
    await _erase(session, wish, [row for row in found if row[0] in whole], before)
    return len(found)


async def _erase(session: Session, wish: Erasure, found: Sequence[Row], before: Sequence[Draft]) -> None:
    """Erases decisions, and records that, with what was erased `before`."""
    ids = [id for id, *_ in found]
    gone = await _erase_words(session, ids)
    await _empty(session, found, wish.now)
    await _record(session, wish, ids, gone, before)


async def _erase_before(session: Session, wish: Erasure, found: Sequence[Row], sealing: Sealing) -> list[Draft]:
    """Erases what decisions about somebody else proposed about the subject before; gives what to record."""
    subjects = sealing.subjects(wish.target.subject)
    drafts = []
    for id, *_ in found:
        gone = await _empty_proposals(session, {"ids": [id]}, subjects)
        words = await _erase_words_until(session, id, gone)
        drafts.append(erasure.erased_before(wish, id, gone, words))
    return drafts


async def _erase_words_until(session: Session, id: str, amendments: Sequence[int]) -> list[int]:
    """Removes what people wrote about a decision until these amendments; gives beside which entries it stood."""
    about: dict[str, Any] = {"decision_id": id}
    spans = erasure.between(amendments, await session.rows("amended_entries", about))
    return sorted([place for span in spans for (place,) in await session.rows("erase_words_between", about | span)])


async def _erase_retired(session: Session, wish: Erasure) -> int:
    """Erases the words that the ledger has of a decision that retention has removed; gives how many such there are."""
    id = wish.target.decision_id
    if not id or await session.row("decision_outcome", {"decision_id": id}) is not None:
        return 0
    if gone := await _erase_words(session, [id]):
        await _record(session, wish, [id], gone)
    return len(gone)


async def _erase_words(session: Session, ids: Sequence[str]) -> dict[str, list[int]]:
    """Removes the words that the ledger has of decisions; gives beside which entries they stood."""
    return erasure.gone_of(await session.rows("erase_words", {"ids": list(ids)}))


async def _record(
    session: Session,
    wish: Erasure,
    ids: Sequence[str],
    gone: Mapping[str, Sequence[int]],
    before: Sequence[Draft] = (),
) -> None:
    await session.append([*before, *(erasure.erased(wish, id, gone.get(id, ())) for id in ids)])


async def forget(session: Session, target: Target, sealing: Sealing) -> bool:
    """Has released holds on a subject forget it where nothing is left of it, and destroys its key; gives whether."""
    if target.decision_id:
        return False
    await session.rows("forget_subject_of_holds", erasure.target_values(target, sealing, DIALECT))
    subject = sealing.subjects(target.subject)[-1]
    try:
        async with session.transaction():
            row = await session.row("destroy_key_if_unused", {"subject": subject})
    except asyncpg.ForeignKeyViolationError:  # somebody has just submitted what is about it
        return False
    if row is None:
        return False
    await session.rows("keep_destroyed_key", {"id": row[0], "proof": sealing.destroyed(row[0])})
    return True


async def _held_still(session: Session, target: Target, limit: int, sealing: Sealing) -> list[Row]:
    """The next ones that may be erased, and that nobody holds or changes before the commit: `still_erasable`.

    None only where there are none: what somebody was faster at is passed over.
    """
    await session.rows("await_holds")
    values = erasure.target_values(target, sealing, DIALECT) | {"limit": limit}
    condition = erasure.target_filter(target, sql)
    statement, again = sql("erasable", filter=condition), sql("still_erasable", filter=condition)
    while found := await session.run(statement, values):
        ids: dict[str, Any] = {"ids": [id for (id,) in found]}
        await session.rows("hold_requests_of_decisions", ids)
        await session.rows("hold_tasks_of_decisions", ids)
        await session.rows("hold_ended_decisions", ids)
        if still := await session.run(again, values | ids):
            return still
    return []


async def _empty(session: Session, found: Sequence[Row], now: int) -> None:
    values = {"ids": [id for id, *_ in found]}
    await session.rows("erase_notes", values)
    for id, attributes, _ in found:
        left = erasure.attributes_left(attributes)
        await session.rows("erase_decision", {"decision_id": id, "attributes": left, "now": now})
    for task_id, shown, id in await session.rows("shown_to_erase", values):
        change = {"task_id": task_id, "shown": erasure.shown_left(shown), "decision_id": id}
        await session.rows("erase_shown", change)
    await session.rows("erase_reviews", values)
    await session.rows("erase_appeals", values)
    await _empty_proposals(session, values)


async def _empty_proposals(
    session: Session, values: Mapping[str, Any], subjects: Sequence[str] | None = None
) -> list[int]:
    """Empties earlier proposals, all or those about these subjects; gives which amendments had replaced them."""
    gone = erasure.proposals_gone(await session.rows("proposals_to_erase", values), subjects)
    for _, amendment, body, id in gone:
        await session.rows("erase_earlier_proposal", {"decision_id": id, "amendment": amendment, "body": body})
    return [each.amendment for each in gone]
