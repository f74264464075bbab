"""Steps that tests of several people on one decision begin with."""

from __future__ import annotations

from typing import Any, Final

from andon.domain.decision import Resolution
from andon.domain.plan import Quorum, Term
from andon.domain.review import Verdict
from andon.domain.task import TaskState
from andon.store.port import Store
from andon.store.values import Admission, Job, Settled
from tests.builders import make_lease_request, make_seats, make_verdict
from tests.clock import START
from tests.store.helpers import admitted

TWO: Final = Quorum((Term(2, 2),))
OF_THREE: Final = Quorum((Term(2, 3),))


async def asked(store: Store, quorum: Quorum = TWO, **task: Any) -> Admission:
    """Records a decision with its seats."""
    admission = make_seats(quorum, **task)
    await admitted(store, admission)
    return admission


async def held(store: Store, admission: Admission, *holders: str, now: int = START) -> list[Job]:
    """A lease on one seat of the decision each."""
    found: list[Job] = []
    for holder in holders:
        waiting = await waiting_on(store, admission)
        request = make_lease_request(now, holder=holder, only=waiting, groups=frozenset({"risk", "legal", "leads"}))
        found += await store.lease_most_urgent(request)
    assert [job.task.lease.holder for job in found if job.task.lease] == [*holders]
    return found


async def waiting_on(store: Store, admission: Admission) -> frozenset[str]:
    jobs = await store.jobs_of(admission.decision.id)
    return frozenset(job.task.id for job in jobs if job.task.state is TaskState.WAITING)


async def says(store: Store, job: Job, verdict: Verdict = Verdict.APPROVE, now: int = START, **words: Any) -> Settled:
    """The holder's verdict."""
    return await store.settle_if_leased(make_verdict(job, verdict, now, **words))


async def resolution_of(store: Store, admission: Admission) -> Resolution | None:
    decision = await store.decision(admission.decision.id)
    assert decision is not None
    return decision.resolution


async def states(store: Store, admission: Admission) -> list[TaskState]:
    return [job.task.state for job in await store.jobs_of(admission.decision.id)]
