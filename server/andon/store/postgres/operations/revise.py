"""What changes an open decision before anybody has ended it: amendments, and stricter answers of the policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from andon.domain.decision import Decision, Resolution
from andon.domain.task import Task
from andon.domain.terms import Terms, tightened
from andon.store import codec, revisions
from andon.store.codec import Row
from andon.store.ledger import SERVER
from andon.store.postgres.names import Names
from andon.store.postgres.operations.requests import RequestKind, earlier
from andon.store.postgres.operations.submit import task_columns, task_row
from andon.store.postgres.session import Session
from andon.store.sealing import KeyGone
from andon.store.values import Amendment, Job, Reevaluation, Revised
from andon.store.verdicts import resolution_values


async def amend(session: Session, names: Names, wish: Amendment) -> Revised:
    """Puts a new proposal in the place of an open decision's. See `Store.amend_if_open`."""
    decision = wish.decision
    if await earlier(session, RequestKind.AMEND, wish.request, decision.id, wish.now) is not None:
        return Revised(await the_decision(session, decision.id), replayed=True)
    revisions.check_amendable(await hold(session, decision.id), wish)
    before, open_ = await the_decision(session, decision.id), await open_tasks(session, decision.id)
    await session.rows("keep_earlier_proposal", revisions.earlier(before, wish.now))
    wish = revisions.bound(wish, before)
    try:
        await session.rows("amend_if_open", {**revisions.proposed(wish.decision), "replaces": wish.replaces})
    except asyncpg.ForeignKeyViolationError as error:
        raise KeyGone from error
    wish = replace(wish, decision=replace(wish.decision, amendments=before.amendments + 1))
    return await (_end(session, wish, open_) if decision.resolution else _go_on(session, names, wish, open_))


async def _end(session: Session, wish: Amendment, open_: Sequence[Task]) -> Revised:
    decision = wish.decision
    assert decision.resolution is not None
    await close_all(session, decision.id, decision.resolution, open_)
    end = await the_end(session, decision.id, open_)
    drafts = revisions.amended(wish, open_[:1]) + revisions.closed(wish.now, decision.submitter, open_[1:])
    await session.append(drafts)
    return end


async def _go_on(session: Session, names: Names, wish: Amendment, open_: Sequence[Task]) -> Revised:
    id = wish.decision.id
    if wish.terms is None:
        opened: Sequence[Task] = ()
    else:
        _, opened = await revise(session, names, id, wish.terms, wish.now)
    changed = await _jobs(session, [task.id for task in open_])
    revised = Revised(await the_decision(session, id), changed, await _jobs(session, [task.id for task in opened]))
    drafts = revisions.amended(wish, [job.task for job in changed]) + revisions.opened(wish.now, SERVER, opened)
    await session.append(drafts)
    return revised


async def tighten(session: Session, names: Names, found: Reevaluation) -> Revised:
    """Has the tasks of an open decision ask for what the policies ask for now. See `Store.tighten_if_open`."""
    id = found.decision_id
    revisions.check_same(await hold(session, id), found)
    changed, opened = await revise(session, names, id, found.terms, found.now)
    bound = await bind(session, found)
    changed = changed or bound
    decision = await the_decision(session, id)
    revised = Revised(
        decision,
        await _jobs(session, [task.id for task in changed]),
        await _jobs(session, [task.id for task in opened]),
    )
    if changed:
        drafts = revisions.reevaluated(found, decision.routing.revision, changed)
        await session.append(drafts + revisions.opened(found.now, SERVER, opened))
    return revised


async def bind(session: Session, found: Reevaluation) -> list[Task]:
    """Has what binds a decision's receipts be stricter; gives the task with which that is recorded, if it is."""
    values = revisions.binding(found, await the_decision(session, found.decision_id))
    if values is None:
        return []
    await session.rows("bind_receipt_if_open", values)
    return revisions.parted(await open_tasks(session, found.decision_id), found.task_id)[0]


async def block(session: Session, found: Reevaluation) -> Revised:
    """Ends an open decision as BLOCKED. See `Store.block_if_open`."""
    id = found.decision_id
    revisions.check_same(await hold(session, id), found)
    open_, ended = await open_tasks(session, id), revisions.blocked(found)
    await close_all(session, id, ended, open_)
    end = await the_end(session, id, open_)
    first, others = revisions.parted(open_, found.task_id)
    drafts = revisions.reevaluated(found, end.decision.routing.revision, first, ended)
    await session.append(drafts + revisions.closed(found.now, SERVER, others))
    return end


async def revise(
    session: Session, names: Names, decision_id: str, terms: Terms, now: int
) -> tuple[list[Task], list[Task]]:
    """Has a decision's tasks ask for what the terms say, and opens those that are missing; gives both."""
    jobs = [codec.job(row) for row in await session.rows("tasks_of_decision", {"decision_id": decision_id})]
    changed, opened = tightened([job.task for job in jobs], terms, now)
    climbed = {job.task.id: revisions.climbs(job.task) for job in jobs}
    for task in changed:
        values = {**await _asks(session, names, task), "climbed": climbed[task.id], "now": now}
        await session.rows("revise_task_if_open", values)
    if opened:
        rows = [await task_row(names, task, jobs[0].decision, session) for task in opened]
        await session.rows("insert_tasks", task_columns(rows))
    return changed, opened


async def hold(session: Session, decision_id: str) -> Row | None:
    """Nobody else changes a decision or its tasks before the commit; what its guards ask for."""
    values = {"decision_id": decision_id}
    await session.rows("hold_tasks", values)
    return await session.row("decision_guard", values)


async def close_all(session: Session, decision_id: str, resolution: Resolution, open_: Sequence[Task]) -> None:
    """Ends a decision that is open, and all of its tasks; to be told in the ledger."""
    await session.rows("close_tasks_if_open", {"ids": [task.id for task in open_], "now": resolution.time})
    await session.rows("resolve_if_open", {**resolution_values(resolution), "decision_id": decision_id})


async def the_end(session: Session, decision_id: str, open_: Sequence[Task]) -> Revised:
    """A decision that has just ended, with the tasks that were open."""
    closed = await _jobs(session, [task.id for task in open_])
    return Revised(await the_decision(session, decision_id), closed=closed)


async def open_tasks(session: Session, decision_id: str) -> list[Task]:
    """The open tasks on a decision itself."""
    rows = await session.rows("tasks_of_decision", {"decision_id": decision_id})
    return revisions.open_among([codec.job(row).task for row in rows])


async def the_decision(session: Session, decision_id: str) -> Decision:
    """A decision that is there."""
    (row,) = await session.rows("decision_by_id", {"decision_id": decision_id})
    return codec.decision(row)


async def _jobs(session: Session, ids: Sequence[str]) -> tuple[Job, ...]:
    rows = await session.rows("jobs_by_ids", {"ids": list(ids)}) if ids else []
    return tuple(map(codec.job, rows))


async def _asks(session: Session, names: Names, task: Task) -> dict[str, Any]:
    return {
        **await names.of(task, session),
        "task_id": task.id,
        "rank": -task.urgency,
        "climb_time": revisions.next_climb(task),
        "term": task.term,
    }
