"""A holder asks for more time, and all who are asked about the decision have it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import Route
from andon.domain.errors import AndonError, LeaseLost, NoMoreTime, RequestIdReused, TaskClosed, TaskNotFound
from andon.domain.plan import MoreTime, Quorum, Rung, Term, WorkPlan
from andon.domain.task import Escalation, TaskKind, TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admission, Cancellation, Job
from tests.builders import (
    make_admission,
    make_decision,
    make_hold,
    make_lease_request,
    make_request,
    make_task,
    make_verdict,
)
from tests.clock import START
from tests.store.helpers import entries, leased, refused

NEVER: Final = 99 * HOUR
TWICE: Final = WorkPlan(more_time=MoreTime(20 * MINUTE, 2))
LADDER: Final = (Rung(50, notify=True), Rung(75, notify=True))


async def held(store: Store, plan: WorkPlan | None = TWICE, **task: Any) -> Job:
    """A task in the hands of somebody who needs more time."""
    return await leased(store, make_admission(plan=plan, **task), until=START + 9 * HOUR)


async def test_a_holder_has_more_time(store: Store) -> None:
    job = await held(store)
    (got,) = await store.extend_if_held(make_hold(job.task, START + MINUTE), "a call to the shop")
    assert got.task == replace(job.task, expire_time=START + HOUR + 20 * MINUTE, extensions=1)
    assert got.decision.expire_time == START + HOUR + 20 * MINUTE
    assert got == await store.job(job.task.id)
    (entry,) = await entries(store, LedgerKind.EXTENDED)
    assert (entry.actor, entry.time) == ("rita", START + MINUTE)
    assert (entry.task_id, entry.decision_id) == (job.task.id, job.decision.id)
    assert entry.said == {
        "by": 20 * MINUTE, "comment": "a call to the shop", "expire_time": START + HOUR + 20 * MINUTE,
    }  # fmt: skip


async def test_it_expires_at_its_new_deadline(store: Store) -> None:
    job = await held(store)
    await store.extend_if_held(make_hold(job.task), "")
    assert await store.next_due(NEVER) == START + HOUR + 20 * MINUTE
    assert await store.expire_due(START + HOUR + 20 * MINUTE - 1, 10) == []
    assert len(await store.expire_due(START + HOUR + 20 * MINUTE, 10)) == 1


async def test_the_rest_of_an_escalation_comes_behind_it(store: Store) -> None:
    job = await held(store, escalation=Escalation("leads", 2 * HOUR))
    (got,) = await store.extend_if_held(make_hold(job.task), "")
    assert got.decision.expire_time == START + 3 * HOUR + 20 * MINUTE


async def test_a_policy_gives_more_time_so_often(store: Store) -> None:
    job = await held(store)
    hold = make_hold(job.task)
    for times in (1, 2):
        (got,) = await store.extend_if_held(hold, "")
        assert (got.task.extensions, got.task.expire_time) == (times, START + HOUR + times * 20 * MINUTE)
    async with refused(store, NoMoreTime, job) as caught:
        await store.extend_if_held(hold, "")
    assert "it was given all its policy allows" in str(caught.value)


async def test_a_repeated_request_gives_the_time_once(store: Store) -> None:
    job, request = await held(store), make_request("rita")
    assert not await store.extended(request)
    assert len(await store.extend_if_held(make_hold(job.task), "", request)) == 1
    assert await store.extended(request)
    assert await store.extend_if_held(make_hold(job.task), "", request) == []
    after = await store.job(job.task.id)
    assert after is not None
    assert (after.task.extensions, after.task.expire_time) == (1, START + HOUR + 20 * MINUTE)
    assert len(await entries(store, LedgerKind.EXTENDED)) == 1
    assert len(await store.extend_if_held(make_hold(job.task), "", make_request("rita"))) == 1


async def test_a_request_repeated_at_the_same_moment_gives_the_time_once(store: Store) -> None:
    job, request = await held(store), make_request("rita")
    given = await asyncio.gather(*(store.extend_if_held(make_hold(job.task), "", request) for _ in range(3)))
    assert sorted(map(len, given)) == [0, 0, 1]


async def test_a_request_is_not_used_for_something_else(store: Store) -> None:
    job, request = await held(store), make_request("rita", "one")
    await store.extend_if_held(make_hold(job.task), "", request)
    other = make_request("rita", "one", "b")
    async with refused(store, RequestIdReused, job):
        await store.extend_if_held(make_hold(job.task), "", other)
    with pytest.raises(RequestIdReused):
        await store.extended(other)


async def test_a_refused_request_leaves_its_id_free(store: Store) -> None:
    job, request = await held(store, WorkPlan(ladder=LADDER)), make_request("rita")
    with pytest.raises(NoMoreTime):
        await store.extend_if_held(make_hold(job.task), "", request)
    assert not await store.extended(request)


@pytest.mark.parametrize("plan", [None, WorkPlan(ladder=LADDER)])
async def test_a_policy_need_not_give_any(store: Store, plan: WorkPlan | None) -> None:
    job = await held(store, plan)
    async with refused(store, NoMoreTime, job) as caught:
        await store.extend_if_held(make_hold(job.task), "")
    assert "its policy gives none" in str(caught.value)


@pytest.mark.parametrize("plan", [TWICE, None])
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"token": "another"}, LeaseLost),
        ({"holder": "ben"}, LeaseLost),
        ({"now": START + 9 * HOUR}, LeaseLost),
        ({"task_id": "01990000-0000-7000-8000-ffffffffffff"}, TaskNotFound),
    ],
)
async def test_only_its_holder_asks(
    store: Store, fields: dict[str, Any], error: type[AndonError], plan: WorkPlan | None
) -> None:
    job = await held(store, plan)
    async with refused(store, error, job):
        await store.extend_if_held(make_hold(job.task, **fields), "")


async def test_a_closed_task_has_no_more_time(store: Store) -> None:
    job = await held(store)
    await store.settle_if_leased(make_verdict(job))
    async with refused(store, TaskClosed, job):
        await store.extend_if_held(make_hold(job.task), "")


async def test_rungs_not_yet_climbed_move_with_the_deadline(store: Store) -> None:
    plan = replace(TWICE, ladder=LADDER)
    job = await held(store, plan)
    await store.climb_due(START + HOUR // 2, 10)
    await store.extend_if_held(make_hold(job.task, START + HOUR // 2), "")
    assert await store.next_due(NEVER) == START + HOUR
    assert await store.climb_due(START + HOUR - 1, 10) == []
    (climbed,) = await store.climb_due(START + HOUR, 10)
    assert (climbed.rung, climbed.job.task.expire_time) == (LADDER[1], START + HOUR + 20 * MINUTE)
    await store.extend_if_held(make_hold(job.task, START + HOUR), "")
    assert await store.next_due(NEVER) == START + HOUR + 40 * MINUTE


async def test_a_task_that_came_to_another_deadline_has_no_rungs_again(store: Store) -> None:
    plan = replace(TWICE, ladder=LADDER)
    job = await held(store, plan, escalation=Escalation("leads", HOUR))
    await store.escalate_if_held(make_hold(job.task), "")
    (again,) = await store.lease_most_urgent(make_lease_request(START, holder="ben", until=START + 9 * HOUR))
    (got,) = await store.extend_if_held(make_hold(again.task), "")
    assert got.task.expire_time == START + HOUR + 20 * MINUTE
    assert await store.climb_due(got.task.expire_time - 1, 10) == []


def seats(plan: WorkPlan, count: int, **task: Any) -> Admission:
    """A decision about which several are asked."""
    decision = make_decision()
    first, *others = (make_task(decision, plan=plan, **task) for _ in range(count))
    return Admission(decision, first, None, tuple(others))


async def test_all_who_are_asked_have_it(store: Store) -> None:
    other = await leased(store, make_admission(plan=TWICE, urgency=29))
    admission = seats(replace(TWICE, ladder=LADDER), 3)
    await store.submit([admission])
    (mine,) = await store.lease_most_urgent(make_lease_request(holder="ben", until=START + 9 * HOUR))
    given = await store.extend_if_held(make_hold(mine.task), "")
    assert [job.task.id for job in given] == sorted(task.id for task in admission.tasks)
    assert {(job.task.expire_time, job.task.extensions) for job in given} == {(START + HOUR + 20 * MINUTE, 1)}
    assert given == [await store.job(task.id) for task in admission.tasks]
    assert [entry.task_id for entry in await entries(store, LedgerKind.EXTENDED)] == [job.task.id for job in given]
    assert await store.job(other.task.id) == other
    assert await store.climb_due(START + 40 * MINUTE - 1, 10) == []
    assert len(await store.climb_due(START + 40 * MINUTE, 10)) == 3


async def test_what_one_was_given_is_given_to_all(store: Store) -> None:
    await store.submit([seats(replace(TWICE, more_time=MoreTime(MINUTE, 1)), 2)])
    one, two = [
        (await store.lease_most_urgent(make_lease_request(holder=holder, until=START + 9 * HOUR)))[0]
        for holder in ("ben", "rita")
    ]
    await store.extend_if_held(make_hold(one.task), "")
    async with refused(store, NoMoreTime, one, two):
        await store.extend_if_held(make_hold(two.task), "")


async def test_a_withdrawn_decision_has_no_more_time(store: Store) -> None:
    job = await held(store)
    await store.cancel_if_open(Cancellation(job.decision.id, job.decision.submitter, "", START))
    async with refused(store, TaskClosed, job):
        await store.extend_if_held(make_hold(job.task), "")


async def test_the_submission_is_told_without_what_has_changed(store: Store) -> None:
    job = await held(store)
    await store.extend_if_held(make_hold(job.task), "")
    first, *_ = await store.decision_events(job.decision.id, None, 10)
    assert first.details["task"] == {"kind": "GATE"}
    assert job.task.state is TaskState.LEASED


async def test_the_decisions_deadline_follows_though_its_first_task_is_closed(store: Store) -> None:
    plan = replace(TWICE, quorum=Quorum((Term(2, 2),)), ladder=LADDER)
    admission = seats(plan, 2)
    await store.submit([admission])
    (first,) = await store.lease_most_urgent(make_lease_request(holder="ben", until=START + 9 * HOUR))
    (second,) = await store.lease_most_urgent(make_lease_request(until=START + 9 * HOUR))
    assert first.task.id == first.decision.task_id
    await store.settle_if_leased(make_verdict(first))
    (got,) = await store.extend_if_held(make_hold(second.task), "")
    assert (got.task.id, got.decision.expire_time) == (second.task.id, START + HOUR + 20 * MINUTE)
    closed = await store.job(first.task.id)
    assert closed is not None
    assert (closed.task.state, closed.task.extensions) == (TaskState.REVIEWED, 0)
    assert await store.next_due(NEVER) == START + 40 * MINUTE
    assert len(await store.climb_due(START + 40 * MINUTE, 10)) == 1


async def test_an_appeal_has_more_time_of_its_own(store: Store) -> None:
    decision = make_decision(route=Route.AUTO_APPROVE)
    own = make_task(decision, plan=TWICE)
    appeal = replace(make_task(decision, plan=TWICE, kind=TaskKind.APPEAL), level=1)
    await store.submit([Admission(decision, own, None, (appeal,))])
    held = await store.lease_most_urgent(make_lease_request(only=frozenset({appeal.id}), until=START + 9 * HOUR))
    (got,) = await store.extend_if_held(make_hold(held[0].task), "")
    assert (got.task.id, got.task.expire_time) == (appeal.id, START + HOUR + 20 * MINUTE)
    untouched = await store.job(own.id)
    assert untouched is not None
    assert (untouched.task.extensions, untouched.task.expire_time) == (0, START + HOUR)


async def test_of_two_who_ask_at_once_one_is_given_the_last(store: Store) -> None:
    await store.submit([seats(replace(TWICE, more_time=MoreTime(MINUTE, 1)), 2)])
    holders = [
        (await store.lease_most_urgent(make_lease_request(holder=holder, until=START + 9 * HOUR)))[0]
        for holder in ("ben", "rita")
    ]
    asked = (store.extend_if_held(make_hold(job.task), "") for job in holders)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(isinstance(answer, NoMoreTime) for answer in answers) == [False, True]
    after = [await store.job(job.task.id) for job in holders]
    assert [job.task.expire_time for job in after if job] == [START + HOUR + MINUTE] * 2
