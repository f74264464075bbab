"""Whose a decision is to see, and what of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from andon.domain.decision import Decision
from andon.domain.errors import ActionNotAllowed, DecisionNotFound
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.principal import Principal, Role
from andon.domain.search import Scope
from andon.usecases.context import Context

_JUDGING: Final = frozenset({Role.REVIEWER, Role.LEAD})
SEEN: Final = frozenset({EventKind.VIEWED, EventKind.READ})
VERDICTS: Final = frozenset({EventKind.REVIEWED, EventKind.REEVALUATED, *SEEN})
"""Events that may tell of somebody's verdict, or who may be about to give one."""


def check_action(principal: Principal, action: str) -> None:
    """Raises ActionNotAllowed where the caller's credentials do not cover what is to be submitted."""
    if not principal.covers(action):
        raise ActionNotAllowed(action=action)


async def known_decision(context: Context, principal: Principal, decision_id: str) -> Decision:
    """The decision, whole, for whoever checks further whose it is. To credentials that do not cover its action it does
    not exist, whoever submitted it. DecisionNotFound.
    """
    decision = await context.store.decision(decision_id)
    if decision is None or not principal.covers(decision.proposal.action):
        raise DecisionNotFound(name=f"decisions/{decision_id}")
    return decision


async def visible_decision(context: Context, principal: Principal, decision_id: str) -> Decision:
    """The decision, whole. Raises DecisionNotFound where there is none, or where it is not the caller's to see.

    It is the submitter's and theirs on whose behalf it was submitted, every auditor's and admin's, and that of
    reviewers and leads who serve the queue of one of its tasks, or of an appeal's; leads who serve all queues see also
    what needed nobody.
    """
    decision = await known_decision(context, principal, decision_id)
    if not await may_see(context, principal, decision):
        raise DecisionNotFound(name=f"decisions/{decision_id}")
    return decision


def may_judge(principal: Principal) -> bool:
    """Whether the caller is one of those who give verdicts, and may so come to judge what is still open."""
    return bool(principal.roles & _JUDGING)


def scope_of(principal: Principal) -> Scope:
    """The verdicts on which the caller may be shown labels and figures."""
    return Scope(principal.covered(), None if principal.sees_all() else principal.queues)


def unseen(events: Sequence[DecisionEvent], blind: Collection[int]) -> Sequence[DecisionEvent]:
    """The events, where verdicts on these levels (0: the decision itself, else which appeal) say nothing but that they
    were given; and what was found as one was about to be given, or who looked, not by whom.
    """
    return [_unseen(event) if _is_blind(event, blind) else event for event in events]


def _is_blind(event: DecisionEvent, blind: Collection[int]) -> bool:
    """Who reads a decision may be about to judge on any of its levels."""
    return event.details.get("level", 0) in blind or (event.kind is EventKind.READ and bool(blind))


def _unseen(event: DecisionEvent) -> DecisionEvent:
    if event.kind is EventKind.REVIEWED:
        return replace(event, actor="", details={})
    if event.kind is EventKind.REEVALUATED:
        return replace(event, actor="", details={**event.details, "verdict": ""})
    return replace(event, actor="") if event.kind in SEEN else event


async def may_see(context: Context, principal: Principal, decision: Decision) -> bool:
    """Whether a decision that the credentials cover is the caller's to see."""
    if principal.name in (decision.submitter, decision.proposal.on_behalf_of) or principal.sees_all():
        return True
    if not may_judge(principal):
        return False
    jobs = await context.store.jobs_of(decision.id) if decision.task_id or decision.appeals else ()
    return any(principal.serves(job.task.queue) for job in jobs)
