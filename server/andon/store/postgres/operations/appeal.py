"""Contesting the end of a decision."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.appeal import Appeal
from andon.store import appeals, codec
from andon.store.postgres.names import Names
from andon.store.postgres.operations.requests import RequestKind, earlier
from andon.store.postgres.operations.revise import the_decision
from andon.store.postgres.operations.submit import task_columns, task_row
from andon.store.postgres.session import Session
from andon.store.values import Appealed, AppealWish, RequestKey


async def appeal(session: Session, names: Names, wish: AppealWish) -> Appealed:
    """Opens an appeal with its tasks. See `Store.appeal_if_resolved`."""
    id, ids = wish.decision_id, [task.id for task in wish.tasks]
    known = await earlier(session, RequestKind.APPEAL, wish.request, ids[0], wish.now)
    if known is not None:
        (row,) = await session.rows("job_by_task", {"task_id": known})
        return await _appealed(session, id, codec.job(row).task.level, ())
    values = appeals.conditions(wish)
    if await session.row("appeal_if_resolved", values) is None:
        raise appeals.refusal(await session.row("appeal_guard", {"decision_id": id}), wish)
    await session.rows("bar_appellant", values)
    await session.rows("insert_appeal", values)
    decision = await the_decision(session, id)
    rows = [await task_row(names, task, decision, session) for task in wish.tasks]
    await session.rows("insert_tasks", task_columns(rows))
    appealed = await _appealed(session, id, wish.level, ids)
    await session.append(appeals.drafts(wish))
    return appealed


async def of_decision(session: Session, decision_id: str) -> list[Appeal]:
    """The appeals against its end, by level."""
    return [appeals.appeal(row) for row in await session.rows("appeals_of_decision", {"decision_id": decision_id})]


async def is_known(session: Session, request: RequestKey) -> bool:
    """Whether this request key has opened an appeal. RequestIdReused."""
    row = await session.row("request_by_id", appeals.request_key(request))
    return appeals.is_repeated(row, request)


async def _appealed(session: Session, decision_id: str, level: int, task_ids: Sequence[str]) -> Appealed:
    opened = next(appeal for appeal in await of_decision(session, decision_id) if appeal.level == level)
    rows = await session.rows("jobs_by_ids", {"ids": list(task_ids)}) if task_ids else ()
    return Appealed(await the_decision(session, decision_id), opened, tuple(map(codec.job, rows)))
