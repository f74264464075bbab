"""Steps that many store tests begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.chain import Chain
from andon.domain.decision import Decision
from andon.domain.errors import AndonError
from andon.domain.plan import Quorum, WorkPlan
from andon.domain.search import DecisionQuery
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admission, Admitted, Job, LedgerEntry
from tests.builders import make_admission, make_decision, make_id, make_lease_request, make_task


async def admit(store: Store, admission: Admission | None = None, **task: Any) -> Job:
    """Records one decision with its task, and returns both as they stand."""
    admission = admission or make_admission(**task)
    await admitted(store, admission)
    assert admission.task is not None
    job = await store.job(admission.task.id)
    assert job is not None
    return job


async def admitted(store: Store, admission: Admission | None = None) -> Decision:
    """Records one decision that must not be refused."""
    (answer,) = await store.submit([admission or make_admission()])
    assert isinstance(answer, Admitted)
    return answer.decision


async def leased(store: Store, admission: Admission | None = None, **request: Any) -> Job:
    """Records a decision and leases its task, which must be the most urgent one."""
    job = await admit(store, admission)
    (got,) = await store.lease_most_urgent(make_lease_request(job.task.create_time, **request))
    assert got.task.id == job.task.id
    return got


async def seated(store: Store, quorum: Quorum, **task: Any) -> list[Job]:
    """Records a decision with a seat for each whom the quorum asks."""
    decision = make_decision()
    first = make_task(decision, **task)
    places = quorum.seats
    seats = [
        replace(first, id=first.id if not place else make_id(), term=term, group=group, plan=WorkPlan(quorum))
        for place, (term, group) in enumerate(places)
    ]
    await store.submit([Admission(decision, seats[0], None, tuple(seats[1:]))])
    return [await the_job(store, seat.id) for seat in seats]


async def the_job(store: Store, task_id: str) -> Job:
    """A task that is there, with its decision."""
    job = await store.job(task_id)
    assert job is not None
    return job


async def entries(store: Store, kind: LedgerKind | None = None) -> list[LedgerEntry]:
    """The ledger, or its entries of one kind."""
    return [entry for entry in await store.ledger(0, 100_000) if kind is None or entry.kind == kind]


async def check_whole(store: Store) -> None:
    """Whatever was done to a store: its sequences have no gaps, and its ledger is a chain."""
    decisions = await store.list_decisions(DecisionQuery(10_000))
    assert [decision.sequence for decision in decisions] == list(range(len(decisions), 0, -1))
    chain = Chain()
    for entry in await store.evidence.entries(0, 100_000, 1 << 30):
        chain.follow(entry)


@asynccontextmanager
async def refused(store: Store, error: type[AndonError], *jobs: Job) -> AsyncIterator[pytest.ExceptionInfo[AndonError]]:
    """What happens within is refused, and changes neither the ledger nor the jobs."""
    before = [await store.job(job.task.id) for job in jobs], await entries(store)
    with pytest.raises(error) as raised:
        yield raised
    assert raised.type is error
    assert ([await store.job(job.task.id) for job in jobs], await entries(store)) == before
