"""Lists and counts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.counts import QueueDepth
from andon.domain.decision import DecisionState, Outcome, Route
from andon.domain.review import Verdict
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.store.port import Store
from andon.store.values import Admission, Job, TaskQuery, position
from tests.builders import (
    make_admission,
    make_decision,
    make_hold,
    make_lease_request,
    make_proposal,
    make_verdict,
)
from tests.clock import START
from tests.store.helpers import admit, admitted, leased


async def sequences(store: Store, limit: int = 100, **query: Any) -> list[int]:
    """Sequences of the decisions a query finds."""
    return [decision.sequence for decision in await store.list_decisions(DecisionQuery(limit, **query))]


async def test_decisions_are_listed_newest_first_and_paged(store: Store) -> None:
    await store.submit([make_admission() for _ in range(5)])
    assert await sequences(store) == [5, 4, 3, 2, 1]
    assert await sequences(store, limit=2) == [5, 4]
    assert await sequences(store, limit=2, before=4) == [3, 2]
    assert await sequences(store, before=1) == []


async def test_a_listed_decision_is_whole(store: Store) -> None:
    job = await leased(store)
    await store.settle_if_leased(make_verdict(job, Verdict.CORRECT, correction={"approve": False}))
    assert await store.list_decisions(DecisionQuery(1)) == [await store.decision(job.decision.id)]


@pytest.fixture
async def mixed(store: Store) -> None:
    """1 passed, 2 was blocked, 3 is open, 4 was approved, 5 expired; 2 is about a subject, 3 is another's."""
    await admitted(store, make_admission(make_decision(make_proposal("refund.issue"), route=Route.AUTO_APPROVE)))
    subject = make_proposal("refund.issue.large", subject="customers/1")
    await admitted(store, make_admission(make_decision(subject, route=Route.BLOCK)))
    await admit(store, make_admission(make_decision(make_proposal("refunds.issue"), submitter="other"), deadline=HOUR))
    await store.settle_if_leased(make_verdict(await leased(store, make_admission(urgency=29))))
    await admit(store, deadline=MINUTE)
    await store.expire_due(START + MINUTE, 10)


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"action": "refund.issue"}, [5, 4, 1]),
        ({"action": "refund.*"}, [5, 4, 2, 1]),
        ({"action": "refund.issue.*"}, [2]),
        ({"action": "refund"}, []),
        ({"state": DecisionState.PENDING}, [3]),
        ({"state": DecisionState.RESOLVED}, [5, 4, 2, 1]),
        ({"outcome": Outcome.EXPIRED}, [5]),
        ({"outcome": Outcome.AUTO_APPROVED}, [1]),
        ({"route": Route.REVIEW}, [5, 4, 3]),
        ({"route": Route.BLOCK}, [2]),
        ({"subject": "customers/1"}, [2]),
        ({"submitter": "other"}, [3]),
        ({"submitter": "refund-service", "route": Route.REVIEW, "outcome": Outcome.APPROVED}, [4]),
        ({"submitter": "nobody"}, []),
        ({"submitter": "refund-service", "before": 4}, [2, 1]),
    ],
    ids=str,
)
async def test_decisions_are_filtered(store: Store, query: dict[str, Any], expected: list[int]) -> None:
    assert await sequences(store, **query) == expected


async def pages(store: Store, size: int, **query: Any) -> list[Job]:
    """All tasks a query finds, page by page."""
    found: list[Job] = []
    while page := await store.list_tasks(TaskQuery(size, after=position(found[-1].task) if found else None, **query)):
        found += page
    return found


async def test_tasks_are_listed_most_urgent_first_and_paged(store: Store) -> None:
    for number in range(24):
        await admit(
            store,
            queue="ab"[number % 2],
            skills=("law",) * (number % 3 == 0),
            urgency=number % 4,
            deadline=(1 + number % 5) * HOUR,
        )
    await store.lease_most_urgent(make_lease_request(limit=7))
    listed = await pages(store, 5)
    assert len(listed) == 24
    assert [position(job.task) for job in listed] == sorted(position(job.task) for job in listed)
    assert [job.task.state for job in listed].count(TaskState.LEASED) == 7
    assert listed[0] == await store.job(listed[0].task.id)
    only = await pages(store, 5, queues=frozenset({"a"}))
    assert only == [job for job in listed if job.task.queue == "a"]
    assert await pages(store, 5, queues=frozenset()) == []


async def test_tasks_are_listed_by_state(store: Store) -> None:
    jobs = [await leased(store, make_admission(urgency=urgency)) for urgency in (29, 28, 27)]
    await store.settle_if_leased(make_verdict(jobs[0]))
    await store.release_if_held(make_hold(jobs[1].task), "")
    expired = await admit(store, deadline=MINUTE, queue="other")
    await store.expire_due(START + MINUTE, 10)

    async def found(*states: TaskState, **query: Any) -> Sequence[str]:
        return [job.task.id for job in await pages(store, 1, states=frozenset(states), **query)]

    reviewed, waiting, held = (job.task.id for job in jobs)
    assert await found(TaskState.WAITING) == [waiting]
    assert await found(TaskState.LEASED) == [held]
    assert await found(TaskState.REVIEWED) == [reviewed]
    assert await found(*TaskState) == [reviewed, waiting, held, expired.task.id]
    assert await found(TaskState.EXPIRED, queues=frozenset({"other"})) == [expired.task.id]
    assert await found(TaskState.EXPIRED, queues=frozenset({"refunds"})) == []
    assert await found() == []


async def test_open_decisions_are_counted_by_submitter(store: Store) -> None:
    assert await store.open_decisions() == {}
    for submitter in ("a", "a", "b", "c"):
        await admit(store, make_admission(make_decision(submitter=submitter)))
    await store.submit([Admission(make_decision(submitter="d", route=Route.AUTO_APPROVE))])
    done = await leased(store, make_admission(make_decision(submitter="a"), urgency=29))
    assert await store.open_decisions() == {"a": 3, "b": 1, "c": 1}
    await store.settle_if_leased(make_verdict(done))
    assert await store.open_decisions() == {"a": 2, "b": 1, "c": 1}


async def test_depths_count_open_tasks(store: Store) -> None:
    assert await store.queue_depths() == {}
    await admit(store, make_admission(make_decision(now=START + 5), queue="a"))
    await admit(store, make_admission(make_decision(now=START + 3), queue="a", skills=("law",)))
    await leased(store, make_admission(queue="a", urgency=29))
    await leased(store, make_admission(queue="b", urgency=29))
    done = await leased(store, make_admission(queue="c", urgency=29))
    await store.settle_if_leased(make_verdict(done))
    due = START + HOUR
    assert await store.queue_depths() == {"a": QueueDepth(2, 1, START + 3, due), "b": QueueDepth(0, 1, None, due)}
    await admit(store, queue="b", deadline=MINUTE)
    assert (await store.queue_depths())["b"] == QueueDepth(1, 1, START, START + MINUTE)


async def test_waits_are_the_last_ones_of_each_queue(store: Store) -> None:
    assert await store.recent_waits(3) == {}
    for wait, queue, skills in ((9, "a", ()), (2, "b", ()), (7, "a", ("law",)), (8, "a", ()), (1, "a", ("law",))):
        job = await leased(store, make_admission(queue=queue, skills=skills))
        await store.settle_if_leased(make_verdict(job, now=START + wait))
    await admit(store, queue="unjudged")
    await store.expire_due(START + HOUR, 10)
    waits = await store.recent_waits(3)
    assert {queue: list(spans) for queue, spans in waits.items()} == {"a": [7, 8, 1], "b": [2]}


async def test_a_clock_that_was_set_back_makes_no_wait_negative(store: Store) -> None:
    job = await leased(store)
    await store.settle_if_leased(make_verdict(job, now=START - HOUR))
    assert await store.recent_waits(3) == {"refunds": [0]}


async def test_reading_does_not_wait_for_the_writer(store: Store) -> None:
    job = await admit(store)
    writing = asyncio.gather(*(store.submit([make_admission()]) for _ in range(50)))
    assert await store.decision(job.decision.id) == job.decision
    await writing


async def test_what_is_acknowledged_can_be_read_at_once(store: Store) -> None:
    async def submit_and_read() -> bool:
        decision = await admitted(store)
        return await store.decision(decision.id) == decision

    assert all(await asyncio.gather(*(submit_and_read() for _ in range(50))))


async def test_a_renewal_is_seen(store: Store) -> None:
    job = await leased(store)
    task = await store.renew_if_held(make_hold(job.task), START + HOUR)
    assert list(await store.held_by("rita", START)) == [replace(job, task=task)]
