"""What time does: deadlines, lapsed leases, aging."""

from __future__ import annotations

from typing import Final

from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import Outcome, Resolution, Route
from andon.domain.priority import TOP
from andon.domain.task import Escalation, TaskKind, TaskState
from andon.store.ledger import DEADLINE, SERVER, LedgerKind
from andon.store.port import Store
from andon.store.values import Expired
from tests.builders import LEASE, make_admission, make_decision, make_hold, make_lease_request
from tests.clock import START
from tests.store.helpers import admit, entries, leased

PLAN: Final = Escalation("leads", 2 * HOUR, ("law",))
QUARTER: Final = 15 * MINUTE


async def test_nothing_is_due_before_its_deadline(store: Store) -> None:
    job = await admit(store)
    assert await store.expire_due(job.task.expire_time - 1, 10) == []
    assert await store.job(job.task.id) == job


async def test_a_missed_deadline_ends_the_decision(store: Store) -> None:
    job = await admit(store)
    (expired,) = await store.expire_due(job.task.expire_time, 10)
    assert (expired.escalated, expired.left) == (False, "refunds")
    assert expired.job.task.state is TaskState.EXPIRED
    assert expired.job.decision.resolution == Resolution(Outcome.EXPIRED, DEADLINE, job.task.expire_time)
    assert expired.job == await store.job(job.task.id)
    assert await store.expire_due(job.task.expire_time, 10) == []
    (entry,) = await entries(store, LedgerKind.EXPIRED)
    assert (entry.actor, entry.task_id, entry.decision_id) == (DEADLINE, job.task.id, job.decision.id)
    assert entry.body == {"holder": "", "outcome": "EXPIRED"}


async def test_a_missed_deadline_escalates_where_there_is_a_plan(store: Store) -> None:
    job = await admit(store, escalation=PLAN)
    now = job.task.expire_time + 3
    (expired,) = await store.expire_due(now, 10)
    task = expired.job.task
    assert (expired.escalated, expired.left) == (True, "refunds")
    assert (task.state, task.queue, task.skills, task.lease) == (TaskState.WAITING, "leads", ("law",), None)
    assert (task.expire_time, task.escalation, task.escalations) == (now + 2 * HOUR, None, 1)
    assert expired.job.decision.resolution is None
    assert (expired.job.decision.expire_time, expired.job.decision.queue) == (now + 2 * HOUR, "leads")
    assert expired.job == await store.job(task.id)
    (entry,) = await entries(store, LedgerKind.ESCALATED)
    assert (entry.actor, entry.body) == (DEADLINE, {"holder": "", "left": "refunds", "queue": "leads"})
    (end,) = await store.expire_due(now + 2 * HOUR, 10)
    assert (end.escalated, end.left, end.job.decision.queue) == (False, "leads", "")
    assert await store.next_due(QUARTER) is None


async def test_a_deadline_takes_the_task_from_its_holder(store: Store) -> None:
    plain = await leased(store, until=START + 9 * HOUR)
    planned = await leased(store, make_admission(escalation=PLAN), until=START + 9 * HOUR)
    expired = await store.expire_due(START + HOUR, 10)
    assert {one.job.task.id: one.escalated for one in expired} == {plain.task.id: False, planned.task.id: True}
    assert await store.held_by("rita", START + HOUR) == []
    (entry,) = await entries(store, LedgerKind.EXPIRED)
    assert entry.body["holder"] == "rita"


async def test_deadlines_are_dealt_with_in_order_and_in_parts(store: Store) -> None:
    hours = (3, 1, 2, 5, 4)
    jobs = {hour: await admit(store, deadline=hour * HOUR, escalation=PLAN if hour % 2 else None) for hour in hours}
    dealt: list[Expired] = []
    while part := await store.expire_due(START + 4 * HOUR, 2):
        assert len(part) <= 2
        dealt += part
    assert [one.job.task.id for one in dealt] == [jobs[hour].task.id for hour in (1, 2, 3, 4)]


async def test_an_expired_audit_leaves_its_decision(store: Store) -> None:
    decision = make_decision(route=Route.AUTO_APPROVE)
    job = await admit(store, make_admission(decision, kind=TaskKind.AUDIT))
    (expired,) = await store.expire_due(job.task.expire_time, 1)
    assert expired.job.decision.resolution == decision.resolution


async def test_a_lapsed_lease_gives_its_task_back(store: Store) -> None:
    job = await leased(store)
    assert await store.reclaim_lapsed(START + LEASE - 1, 10) == []
    (back,) = await store.reclaim_lapsed(START + LEASE, 10)
    assert (back.task.id, back.task.state, back.task.lease) == (job.task.id, TaskState.WAITING, None)
    assert back == await store.job(job.task.id)
    assert await store.reclaim_lapsed(START + LEASE, 10) == []
    (entry,) = await entries(store, LedgerKind.LAPSED)
    assert (entry.actor, entry.task_id, entry.body) == (SERVER, job.task.id, {"holder": "rita", "queue": "refunds"})


async def test_lapsed_leases_are_given_back_in_parts(store: Store) -> None:
    await store.submit([make_admission() for _ in range(5)])
    await store.lease_most_urgent(make_lease_request(limit=5))
    assert [len(await store.reclaim_lapsed(START + LEASE, 2)) for _ in range(4)] == [2, 2, 1, 0]


async def test_waiting_raises_urgency_up_to_the_top(store: Store) -> None:
    job = await admit(store, urgency=5, deadline=99 * HOUR)
    seen = []
    for quarters in range(1, 6):
        assert await store.age_waiting(START + quarters * QUARTER - 1, QUARTER, 10) == 0
        aged = await store.age_waiting(START + quarters * QUARTER, QUARTER, 10)
        stored = await store.job(job.task.id)
        assert stored is not None
        seen.append((aged, stored.task.urgency))
    assert seen == [(1, 15), (1, 25), (1, TOP), (0, TOP), (0, TOP)]


async def test_missed_intervals_are_made_up_for(store: Store) -> None:
    await admit(store, urgency=0, deadline=99 * HOUR)
    assert [await store.age_waiting(START + 2 * QUARTER, QUARTER, 10) for _ in range(3)] == [1, 1, 0]


async def test_aging_is_done_in_parts(store: Store) -> None:
    await store.submit([make_admission() for _ in range(5)])
    assert [await store.age_waiting(START + QUARTER, QUARTER, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_an_aged_task_is_handed_out_first(store: Store) -> None:
    old = await admit(store, urgency=0, deadline=99 * HOUR)
    for quarters in (1, 2, 3):
        await store.age_waiting(START + quarters * QUARTER, QUARTER, 10)
    await admit(store, make_admission(make_decision(now=START + 3 * QUARTER), urgency=29))
    (got,) = await store.lease_most_urgent(make_lease_request(START + 3 * QUARTER))
    assert got.task.id == old.task.id


async def test_only_waiting_tasks_age(store: Store) -> None:
    await leased(store)
    assert await store.age_waiting(START + QUARTER, QUARTER, 10) == 0


async def test_an_escalated_task_begins_to_wait_anew(store: Store) -> None:
    job = await leased(store, make_admission(escalation=PLAN))
    await store.escalate_if_held(make_hold(job.task, START + LEASE - 1), "")
    assert await store.age_waiting(START + QUARTER, QUARTER, 10) == 0
    assert await store.age_waiting(START + LEASE - 1 + QUARTER, QUARTER, 10) == 1


async def test_a_missed_deadline_begins_the_wait_anew(store: Store) -> None:
    job = await admit(store, escalation=PLAN, deadline=QUARTER - 1)
    await store.expire_due(job.task.expire_time, 1)
    assert await store.age_waiting(START + QUARTER, QUARTER, 10) == 0
    assert await store.age_waiting(job.task.expire_time + QUARTER, QUARTER, 10) == 1


async def test_nothing_open_nothing_due(store: Store) -> None:
    assert await store.next_due(QUARTER) is None
    await store.submit([make_admission(make_decision(route=Route.BLOCK))])
    assert await store.next_due(QUARTER) is None


async def test_the_next_duty_is_the_earliest(store: Store) -> None:
    job = await admit(store, deadline=HOUR)
    assert await store.next_due(QUARTER) == START + QUARTER
    assert await store.next_due(2 * HOUR) == START + HOUR
    await store.lease_most_urgent(make_lease_request(until=START + LEASE))
    assert await store.next_due(QUARTER) == START + LEASE
    await store.reclaim_lapsed(START + LEASE, 1)
    while await store.age_waiting(START + 50 * MINUTE, QUARTER, 10):
        pass
    assert await store.next_due(QUARTER) == job.task.expire_time


async def test_each_due_moment_has_something_to_do(store: Store) -> None:
    await admit(store, urgency=12, escalation=PLAN)
    await leased(store, make_admission(urgency=29))
    moments = []
    while (now := await store.next_due(QUARTER)) is not None:
        done = len(await store.expire_due(now, 9)) + len(await store.reclaim_lapsed(now, 9))
        assert done + await store.age_waiting(now, QUARTER, 9)
        moments.append(now)
    assert moments == sorted(moments)
