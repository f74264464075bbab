"""Whose a decision is to see, and what of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from andon.domain.decision import Decision
from andon.domain.errors import DecisionNotFound
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.principal import Principal, Role
from andon.usecases.context import Context

_JUDGING: Final = frozenset({Role.REVIEWER, Role.LEAD})
VERDICTS: Final = frozenset({EventKind.REVIEWED, EventKind.REEVALUATED})
"""Events that may tell of somebody's verdict."""


async def visible_decision(context: Context, principal: Principal, decision_id: str) -> Decision:
    """The decision, whole. Raises DecisionNotFound where there is none, or where it is not the caller's to see.

    It is the submitter's and theirs on whose behalf it was submitted, every lead's, auditor's and admin's, and that of
    reviewers who serve the queue of one of its tasks, or of an appeal's.
    """
    decision = await context.store.decision(decision_id)
    if decision is None or not await _may_see(context, principal, decision):
        raise DecisionNotFound(name=f"decisions/{decision_id}")
    return decision


def may_judge(principal: Principal) -> bool:
    """Whether the caller is one of those who give verdicts, and may so come to judge what is still open."""
    return bool(principal.roles & _JUDGING)


def unseen(events: Sequence[DecisionEvent], blind: Collection[int]) -> Sequence[DecisionEvent]:
    """The events, where verdicts on these levels (0: the decision itself, else which appeal) say nothing but that they
    were given; and what was found as one was about to be given, not by whom.
    """
    return [_unseen(event) if event.details.get("level", 0) in blind else event for event in events]


def _unseen(event: DecisionEvent) -> DecisionEvent:
    if event.kind is EventKind.REVIEWED:
        return replace(event, actor="", details={})
    if event.kind is EventKind.REEVALUATED:
        return replace(event, actor="", details={**event.details, "verdict": ""})
    return event


async def _may_see(context: Context, principal: Principal, decision: Decision) -> bool:
    if principal.name in (decision.submitter, decision.proposal.on_behalf_of) or principal.sees_all():
        return True
    if Role.REVIEWER not in principal.roles:
        return False
    jobs = await context.store.jobs_of(decision.id) if decision.task_id or decision.appeals else ()
    return any(principal.serves(job.task.queue) for job in jobs)
