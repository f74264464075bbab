"""GetDecision, ListDecisions, ListDecisionEvents, CancelDecision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from andon.domain.canonical import canonical, digest
from andon.domain.decision import Decision
from andon.domain.errors import DecisionNotFound
from andon.domain.event import DecisionEvent
from andon.domain.principal import Principal, Role
from andon.domain.search import DecisionQuery, Viewer
from andon.domain.task import TaskState
from andon.store.values import Cancellation, RequestKey
from andon.usecases.completed import completed
from andon.usecases.context import Context, Standing
from andon.usecases.visibility import VERDICTS, known_decision, may_judge, unseen, visible_decision

REACH: Final = 20_000
"""So many decisions are looked at for one page, where an index does not find them."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to read for a page.

    `rest` is the sequence below which another page goes on, and `rest_time` when that decision was made; both None
    where nothing is left.
    """

    query: DecisionQuery
    rest: int | None
    rest_time: int | None


class Decisions:
    """What a caller may see and withdraw."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, principal: Principal, decision_id: str) -> Standing:
        """One decision. Raises DecisionNotFound also where it is not the caller's to see."""
        return self._context.standing(await visible_decision(self._context, principal, decision_id))

    async def search(self, principal: Principal, query: DecisionQuery) -> Search:
        """What there is to read for one page: of what the caller may see, and a bounded part of a long history.

        Auditors and admins see all, as do leads of all queues; reviewers and other leads what was held for a queue they
        serve, everybody the own ones; and none of them more than the actions that their credentials cover. Nothing is
        found by what is kept from the caller.
        """
        query = _visible(principal, query)
        if query.words or query.subject:
            query = replace(query, clearance=self._context.masks.clearance(principal))
        window = await self._context.store.window(query, REACH)
        rest = window.floor if window.more else None
        return Search(replace(query, floor=window.floor, before=window.before), rest, window.floor_time)

    async def list(self, search: Search, last: Decision | None, limit: int) -> Sequence[Decision]:
        """The decisions that a search finds, newest first, from the one after `last` on."""
        before = search.query.before if last is None else last.sequence
        return await self._context.store.list_decisions(replace(search.query, before=before, limit=limit))

    async def events(
        self, principal: Principal, decision: Decision, after: int | None, limit: int
    ) -> Sequence[DecisionEvent]:
        """What has happened to a decision that `get` has given, oldest first, past the sequence of an event.

        Of the verdicts that a quorum keeps from those who may still judge, they are told that they were given.
        """
        store = self._context.store
        events = await store.decision_events(decision.id, after, limit)
        if not may_judge(principal) or VERDICTS.isdisjoint(event.kind for event in events):
            return events
        return unseen(events, await store.blind_levels(decision.id, principal.name))

    async def cancel(self, principal: Principal, decision_id: str, comment: str, request_id: str) -> Decision:
        """Withdraws an open decision of the caller's. Raises DecisionNotFound, DecisionResolved, RequestIdReused."""
        context = self._context
        decision = await known_decision(context, principal, decision_id)
        if decision.submitter != principal.name and Role.ADMIN not in principal.roles:
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        body = digest(canonical([decision_id, comment]))
        request = RequestKey(principal.name, request_id, body) if request_id else None
        wish = Cancellation(decision_id, principal.name, comment, context.clock.now(), request)
        return await completed(self._cancel(wish, was_open=decision.resolution is None))

    async def _cancel(self, wish: Cancellation, was_open: bool) -> Decision:
        context = self._context
        cancelled = await context.store.cancel_if_open(wish)
        resolution = cancelled.resolution
        was_ours = was_open and resolution is not None and resolution.time == wish.now  # no repetition beside another
        if was_ours:
            context.observer.cancelled(cancelled)
            for job in await context.store.jobs_of(cancelled.id):
                if job.task.state is TaskState.CANCELLED:
                    context.closed(job)
        return cancelled


def _visible(principal: Principal, query: DecisionQuery) -> DecisionQuery:
    """The query, narrowed to what the caller may see."""
    query = replace(query, covered=principal.covered())
    if principal.sees_all() or query.submitter == principal.name:
        return query
    if may_judge(principal):
        return replace(query, viewer=Viewer(principal.name, principal.queues))
    return replace(query, before=0) if query.submitter else replace(query, submitter=principal.name)
