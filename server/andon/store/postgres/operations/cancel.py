"""Withdrawing a decision."""

from __future__ import annotations

from andon.domain.decision import Decision, Outcome
from andon.domain.errors import DecisionNotFound, DecisionResolved
from andon.store import codec, drafts, revisions
from andon.store.postgres.operations.close import close_beside
from andon.store.postgres.operations.requests import RequestKind, earlier
from andon.store.postgres.session import Session
from andon.store.values import Cancellation


async def cancel(session: Session, wish: Cancellation) -> Decision:
    """Ends an open decision as CANCELLED and closes its tasks. See `Store.cancel_if_open`."""
    known = await earlier(session, RequestKind.CANCEL, wish.request, wish.decision_id, wish.now)
    if known is not None:
        return await _decision(session, known)
    task_id = await _end(session, wish)
    closed = await close_beside(session, [task_id], wish.now)
    decision = await _decision(session, wish.decision_id)
    others = revisions.closed(wish.now, wish.principal, [job.task for job in closed])
    await session.append([drafts.cancelled(wish, task_id), *others])
    return decision


async def _decision(session: Session, decision_id: str) -> Decision:
    (row,) = await session.rows("decision_by_id", {"decision_id": decision_id})
    return codec.decision(row)


async def _end(session: Session, wish: Cancellation) -> str:
    values = {
        "decision_id": wish.decision_id,
        "principal": wish.principal,
        "now": wish.now,
        "outcome": Outcome.CANCELLED.value,
        "comment": wish.comment,
    }
    await session.rows("hold_tasks", values)
    await session.rows("close_task_if_open", values)
    cancelled = await session.row("cancel_if_open", values)
    if cancelled is None:
        raise await _refusal(session, wish.decision_id)
    return str(cancelled[0])


async def _refusal(session: Session, decision_id: str) -> DecisionNotFound | DecisionResolved:
    name = f"decisions/{decision_id}"
    row = await session.row("decision_outcome", {"decision_id": decision_id})
    return DecisionNotFound(name=name) if row is None else DecisionResolved(name=name, outcome=Outcome(row[0]).name)
