"""Handing out: the most urgent tasks that a reviewer may judge are leased to them."""

from __future__ import annotations

import secrets
from typing import Final

from andon.domain.errors import StoreUnavailable
from andon.domain.task import TaskState
from andon.store.values import Job, LeaseRequest, TaskQuery, position
from andon.usecases.context import Context
from andon.usecases.seats import Seat

PAGE: Final = 50
_WAITING: Final = frozenset({TaskState.WAITING})


class HandOut:
    """Leases tasks to seats.

    The store knows queues, skills, submitters and whom they acted for. What policies say of conflicts it does not, so
    where one says anything the waiting tasks are looked through first, in the order of urgency.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, seat: Seat, wanted: int) -> list[Job]:
        """Leases up to `wanted` of the most urgent tasks that the seat's reviewer may judge. StoreUnavailable."""
        if not self._context.policies().has_conflicts:
            return list(await self._context.store.lease_most_urgent(self._request(seat, wanted)))
        leased: list[Job] = []
        try:
            await self._look_through(seat, wanted, leased)
        except StoreUnavailable:
            if not leased:
                raise
        return leased

    async def _look_through(self, seat: Seat, wanted: int, leased: list[Job]) -> None:
        """Leases page by page; what others take meanwhile is made up for from the pages that follow."""
        store = self._context.store
        query: TaskQuery | None = TaskQuery(PAGE, None if "*" in seat.queues else seat.queues, _WAITING)
        while query and len(leased) < wanted and not seat.closing and seat in self._context.seats:
            page = await store.list_tasks(query)
            fit = frozenset(job.task.id for job in page if seat.fits(job))
            if fit:
                leased += await store.lease_most_urgent(self._request(seat, wanted - len(leased), fit))
            query = _following(query, page[-1]) if len(page) == PAGE else None

    def _request(self, seat: Seat, wanted: int, only: frozenset[str] | None = None) -> LeaseRequest:
        now = self._context.clock.now()
        return LeaseRequest(
            holder=seat.principal.name,
            queues=seat.queues,
            skills=seat.principal.skills,
            tokens=[secrets.token_urlsafe(18) for _ in range(wanted)],
            now=now,
            until=now + self._context.limits.lease_duration,
            skip=frozenset(seat.given_back),
            only=only,
        )


def _following(query: TaskQuery, last: Job) -> TaskQuery:
    return TaskQuery(query.limit, query.queues, query.states, position(last.task))
