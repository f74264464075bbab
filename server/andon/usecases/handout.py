"""Handing out: the most urgent tasks that a reviewer may judge are leased to them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import Final

from andon.domain.errors import StoreUnavailable
from andon.domain.rota import Rota
from andon.domain.task import TaskState
from andon.store.values import Job, LeaseRequest, TaskQuery, position
from andon.usecases.context import Context
from andon.usecases.seat import Seat

PAGE: Final = 50
_WAITING: Final = frozenset({TaskState.WAITING})


class HandOut:
    """Leases tasks to seats.

    The store knows queues, skills, submitters and whom they acted for, who has passed on a decision and who is away.
    What policies say of conflicts it does not, nor which actions credentials cover, so where either says anything the
    waiting tasks are looked through first, in the order of urgency.

    Where queues have weights they take turns (see `Rota`), and hand-outs are made one after the other. What the queues
    have had is this server's own count, since its start.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        weights = context.limits.queue_weights
        self._rota = Rota(dict(weights)) if weights else None
        self._in_turn = asyncio.Lock()

    async def __call__(self, seat: Seat, wanted: int) -> list[Job]:
        """Leases up to `wanted` of the most urgent tasks that the seat's reviewer may judge. StoreUnavailable."""
        if self._rota is None:
            return await self._lease(seat, wanted)
        async with self._in_turn:
            leased = await self._lease(seat, wanted)
            for job in leased:
                self._rota = self._rota.after(job.task.queue)
        return leased

    async def _lease(self, seat: Seat, wanted: int) -> list[Job]:
        if not self._context.policies().has_conflicts and seat.principal.covered() is None:
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
        queries = self._queries(seat)
        while queries and len(leased) < wanted and not seat.closing and seat in self._context.seats:
            pages = [(query, await store.list_tasks(query)) for query in queries]
            fit = frozenset(job.task.id for _, page in pages for job in page if seat.fits(job))
            if fit:
                leased += await store.lease_most_urgent(self._request(seat, wanted - len(leased), fit))
            queries = [_following(query, page[-1]) for query, page in pages if len(page) == PAGE]

    def _queries(self, seat: Seat) -> list[TaskQuery]:
        """All queues in one order; where they take turns, also each that has a weight by itself."""
        weighted = sorted(queue for queue in self._rota.weights if seat.watches(queue)) if self._rota else ()
        queues, covered = None if "*" in seat.queues else seat.queues, seat.principal.covered()
        together = TaskQuery(PAGE, queues, _WAITING, covered=covered)
        return [together, *(replace(together, queues=frozenset({queue})) for queue in weighted)]

    def _request(self, seat: Seat, wanted: int, only: frozenset[str] | None = None) -> LeaseRequest:
        now = self._context.clock.now()
        return LeaseRequest(
            holder=seat.principal.name,
            queues=seat.queues,
            skills=seat.principal.skills,
            tokens=[secrets.token_urlsafe(18) for _ in range(wanted)],
            now=now,
            until=now + self._context.limits.lease_duration,
            only=only,
            groups=seat.principal.groups,
            cap=self._context.limits.max_leases_per_reviewer,
            rota=self._rota,
            given_back=frozenset(seat.given_back),
        )


def _following(query: TaskQuery, last: Job) -> TaskQuery:
    return replace(query, after=position(last.task))
