"""Every state and every event: the store moves a task exactly as the domain's table says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from itertools import product
from typing import Any, Final, TypeAlias

import pytest

from andon.domain.clock import HOUR
from andon.domain.errors import AndonError
from andon.domain.task import TRANSITIONS, Escalation, Task, TaskEvent, TaskState
from andon.store.port import Store
from andon.store.values import Cancellation, Job
from tests.builders import LEASE, make_admission, make_hold, make_lease_request, make_verdict
from tests.clock import START
from tests.store.helpers import admit, leased

# After its lease has lapsed, and before its deadline.
LATER: Final = START + LEASE
END: Final = START + HOUR

Step: TypeAlias = Callable[[Store, Job], Awaitable[Any]]


def cancellation(job: Job) -> Cancellation:
    """The submitter withdraws it."""
    return Cancellation(job.decision.id, job.decision.submitter, "", START)


async def expire(store: Store, _: Job) -> None:
    """Misses the deadline, and that of a planned escalation after it."""
    for deadline in (END, END + HOUR):
        await store.expire_due(deadline, 5)


REACH: Final[Mapping[TaskState, Step]] = {
    TaskState.REVIEWED: lambda store, job: store.settle_if_leased(make_verdict(job)),
    TaskState.EXPIRED: expire,
    TaskState.CANCELLED: lambda store, job: store.cancel_if_open(cancellation(job)),
}
EVENTS: Final[Mapping[TaskEvent, Step]] = {
    TaskEvent.LEASE: lambda store, _: store.lease_most_urgent(make_lease_request(START, limit=5)),
    TaskEvent.RENEW: lambda store, job: store.renew_if_held(make_hold(job.task), LATER + 1),
    TaskEvent.RELEASE: lambda store, job: store.release_if_held(make_hold(job.task), ""),
    TaskEvent.LAPSE: lambda store, _: store.reclaim_lapsed(LATER, 5),
    TaskEvent.ESCALATE: lambda store, _: store.expire_due(END, 5),
    TaskEvent.REVIEW: lambda store, job: store.settle_if_leased(make_verdict(job)),
    TaskEvent.EXPIRE: lambda store, _: store.expire_due(END, 5),
    TaskEvent.CANCEL: lambda store, job: store.cancel_if_open(cancellation(job)),
}


async def bring(store: Store, state: TaskState, event: TaskEvent) -> Job:
    """A task in that state, with a plan where the event needs one."""
    plan = Escalation("leads", HOUR) if event is TaskEvent.ESCALATE else None
    admission = make_admission(escalation=plan)
    if state is TaskState.WAITING:
        return await admit(store, admission)
    job = await leased(store, admission)
    if state in REACH:
        await REACH[state](store, job)
    return job


async def task_of(store: Store, job: Job) -> Task:
    """The task as it stands."""
    found = await store.job(job.task.id)
    assert found is not None
    return found.task


@pytest.mark.parametrize(("state", "event"), list(product(TaskState, TaskEvent)))
async def test_a_task_moves_as_the_table_says(store: Store, state: TaskState, event: TaskEvent) -> None:
    job = await bring(store, state, event)
    before = await task_of(store, job)
    assert before.state is state
    with suppress(AndonError):
        await EVENTS[event](store, job)
    after = await task_of(store, job)
    expected = TRANSITIONS.get((state, event))
    if expected is None:
        assert after == before
    else:
        assert after.state is expected
        assert after != before
