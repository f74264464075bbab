"""GetDecision, ListDecisions, CancelDecision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from andon.domain.decision import Decision
from andon.domain.errors import DecisionNotFound
from andon.domain.principal import Principal, Role
from andon.store.port import Cancellation, DecisionQuery, RequestKey
from andon.usecases.completed import completed
from andon.usecases.context import Context, Standing
from andon.usecases.visibility import visible_decision


class Decisions:
    """What a caller may see and withdraw."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, principal: Principal, decision_id: str) -> Standing:
        """One decision. Raises DecisionNotFound also where it is not the caller's to see."""
        return self._context.standing(await visible_decision(self._context, principal, decision_id))

    async def list(self, principal: Principal, query: DecisionQuery) -> Sequence[Decision]:
        """Decisions, newest first. Who may not see all sees the own ones, whatever the query says."""
        if not principal.sees_all():
            if query.submitter not in ("", principal.name):
                return ()
            query = replace(query, submitter=principal.name)
        return await self._context.store.list_decisions(query)

    async def cancel(self, principal: Principal, decision_id: str, comment: str, request_id: str) -> Decision:
        """Withdraws an open decision of the caller's. Raises DecisionNotFound, DecisionResolved, RequestIdReused."""
        context = self._context
        decision = await context.store.decision(decision_id)
        if decision is None or (decision.submitter != principal.name and Role.ADMIN not in principal.roles):
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        request = RequestKey(principal.name, request_id, f"{decision_id} {comment}") if request_id else None
        wish = Cancellation(decision_id, principal.name, comment, context.clock.now(), request)
        return await completed(self._cancel(wish, was_open=decision.resolution is None))

    async def _cancel(self, wish: Cancellation, was_open: bool) -> Decision:
        context = self._context
        cancelled = await context.store.cancel_if_open(wish)
        resolution = cancelled.resolution
        was_ours = was_open and resolution is not None and resolution.time == wish.now  # no repetition beside another
        if was_ours and (job := await context.store.job(cancelled.task_id)):
            context.observer.cancelled(cancelled)
            context.closed(job)
        return cancelled
