"""Whose a decision is to see."""

from __future__ import annotations

from andon.domain.decision import Decision
from andon.domain.errors import DecisionNotFound
from andon.domain.principal import Principal, Role
from andon.usecases.context import Context


async def visible_decision(context: Context, principal: Principal, decision_id: str) -> Decision:
    """The decision, whole. Raises DecisionNotFound where there is none, or where it is not the caller's to see.

    It is the submitter's, every lead's, auditor's and admin's, and that of reviewers who serve its task's queue.
    """
    decision = await context.store.decision(decision_id)
    if decision is None or not await _may_see(context, principal, decision):
        raise DecisionNotFound(name=f"decisions/{decision_id}")
    return decision


async def _may_see(context: Context, principal: Principal, decision: Decision) -> bool:
    if decision.submitter == principal.name or principal.sees_all():
        return True
    if Role.REVIEWER not in principal.roles or not decision.task_id:
        return False
    job = await context.store.job(decision.task_id)
    return job is not None and principal.serves(job.task.queue)
