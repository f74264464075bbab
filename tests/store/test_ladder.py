"""Rungs: what becomes of a task as its deadline comes nearer."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from andon.domain.canonical import JsonObject
from andon.domain.clock import HOUR, MINUTE
from andon.domain.counts import Flow
from andon.domain.errors import LeaseLost
from andon.domain.plan import Rung, WorkPlan
from andon.domain.priority import Priority
from andon.domain.spans import Spans
from andon.domain.task import Escalation, TaskState
from andon.store.ledger import DEADLINE, LedgerKind
from andon.store.port import Store
from andon.store.values import Cancellation, Job, LedgerEntry
from tests.builders import make_admission, make_hold, make_lease_request, make_verdict
from tests.clock import START
from tests.store.helpers import admit, entries, leased

QUARTER: Final = 15 * MINUTE
NEVER: Final = 99 * HOUR
REMIND: Final = Rung(50, notify=True)
MOVE: Final = Rung(75, queue="leads")


def ladder(*rungs: Rung) -> WorkPlan:
    return WorkPlan(ladder=rungs)


async def told(store: Store) -> list[LedgerEntry]:
    """What the ledger has on climbing and moving."""
    return [one for one in await entries(store) if one.kind in (LedgerKind.CLIMBED, LedgerKind.ESCALATED)]


def rung_body(**fields: Any) -> JsonObject:
    body = {"at": 50, "expire_time": START + HOUR, "notify": False, "priority": None, "queue": "refunds"}
    return body | {"skills": None} | fields


async def test_a_rung_is_climbed_at_its_share_of_the_deadline(store: Store) -> None:
    job = await admit(store, plan=ladder(REMIND))
    assert await store.next_due(NEVER) == START + HOUR // 2
    assert await store.climb_due(START + HOUR // 2 - 1, 10) == []
    (climbed,) = await store.climb_due(START + HOUR // 2, 10)
    assert (climbed.job.task.id, climbed.rung, climbed.left) == (job.task.id, REMIND, "")
    assert climbed.job == await store.job(job.task.id)
    assert (climbed.job.task.rung, climbed.job.task.state) == (1, TaskState.WAITING)
    assert await store.climb_due(START + HOUR - 1, 10) == []
    assert await store.next_due(NEVER) == START + HOUR


async def test_a_reminder_changes_nothing_and_is_recorded(store: Store) -> None:
    job = await leased(store, make_admission(plan=ladder(REMIND)), until=START + HOUR)
    (climbed,) = await store.climb_due(START + HOUR // 2, 10)
    (entry,) = await told(store)
    assert (entry.kind, entry.actor, entry.time) == (LedgerKind.CLIMBED, DEADLINE, START + HOUR // 2)
    assert (entry.task_id, entry.decision_id) == (job.task.id, job.decision.id)
    assert entry.body == rung_body(notify=True)
    assert climbed.job.task.lease == job.task.lease
    assert climbed.job.task.urgency == job.task.urgency


@pytest.mark.parametrize(
    ("before", "level", "after"),
    [(5, Priority.HIGH, 20), (5, Priority.MEDIUM, 10), (17, Priority.MEDIUM, 17), (25, Priority.LOW, 25)],
)
async def test_a_rung_gives_at_least_its_priority(store: Store, before: int, level: Priority, after: int) -> None:
    await admit(store, urgency=before, plan=ladder(Rung(50, priority=level)))
    (climbed,) = await store.climb_due(START + HOUR // 2, 10)
    assert climbed.job.task.urgency == after
    (entry,) = await told(store)
    assert entry.body == rung_body(priority=level.name)


async def test_a_rung_asks_others_and_leaves_the_lease(store: Store) -> None:
    job = await leased(
        store, make_admission(skills=("law",), group="risk", plan=ladder(Rung(50, skills=()))),
        until=START + HOUR, groups=frozenset({"risk"}),
    )  # fmt: skip
    (climbed,) = await store.climb_due(START + HOUR // 2, 10)
    task = climbed.job.task
    assert (task.queue, task.skills, task.group) == ("refunds", (), "risk")
    assert (task.state, task.lease, task.escalations) == (TaskState.LEASED, job.task.lease, 0)
    (entry,) = await told(store)
    assert entry.body == rung_body(skills=[])


async def test_who_was_not_fit_before_is_handed_it_then(store: Store) -> None:
    await admit(store, skills=("law",), plan=ladder(Rung(50, skills=("tax", "tax"))))
    able = frozenset({"tax"})
    now = START + HOUR // 2
    assert await store.lease_most_urgent(make_lease_request(now, skills=able)) == []
    await store.climb_due(now, 10)
    (got,) = await store.lease_most_urgent(make_lease_request(now, skills=able))
    assert got.task.skills == ("tax",)


async def test_a_rung_moves_a_task_with_its_deadline(store: Store) -> None:
    job = await admit(store, plan=ladder(MOVE, Rung(90, notify=True)))
    now = START + 3 * QUARTER
    (climbed,) = await store.climb_due(now, 10)
    task = climbed.job.task
    assert (climbed.left, task.queue, task.skills) == ("refunds", "leads", ())
    assert (task.expire_time, task.escalations, task.rung) == (job.task.expire_time, 1, 1)
    assert climbed.job.decision.queue == "leads"
    assert climbed.job == await store.job(task.id)
    (entry,) = await told(store)
    assert (entry.kind, entry.actor) == (LedgerKind.ESCALATED, DEADLINE)
    assert entry.body == {"at": 75, "holder": "", "left": "refunds", "queue": "leads"}
    assert await store.next_due(NEVER) == START + 54 * MINUTE


async def test_a_rung_that_moves_a_task_takes_it_from_its_holder(store: Store) -> None:
    await leased(store, make_admission(skills=("law",), plan=ladder(MOVE)), until=START + HOUR)
    (climbed,) = await store.climb_due(START + 3 * QUARTER, 10)
    assert (climbed.job.task.state, climbed.job.task.lease) == (TaskState.WAITING, None)
    assert climbed.job.task.skills == ("law",)
    assert await store.held_by("rita", START + 3 * QUARTER) == []
    (entry,) = await told(store)
    assert entry.body["holder"] == "rita"


async def test_what_a_moving_rung_does_besides_is_recorded_as_well(store: Store) -> None:
    rung = Rung(50, notify=True, priority=Priority.HIGH, skills=("tax",), queue="leads")
    await admit(store, plan=ladder(rung))
    (climbed,) = await store.climb_due(START + HOUR // 2, 10)
    task = climbed.job.task
    assert (task.queue, task.skills, task.urgency, task.escalations) == ("leads", ("tax",), 20, 1)
    moved, did = await told(store)
    assert (moved.kind, did.kind) == (LedgerKind.ESCALATED, LedgerKind.CLIMBED)
    assert did.body == rung_body(notify=True, priority="HIGH", queue="leads", skills=["tax"])


async def test_a_rung_to_the_queue_it_is_in_moves_nothing(store: Store) -> None:
    job = await leased(store, make_admission(plan=ladder(Rung(50, queue="refunds"))), until=START + HOUR)
    (climbed,) = await store.climb_due(START + HOUR // 2, 10)
    assert (climbed.left, climbed.job.task.escalations, climbed.job.task.lease) == ("", 0, job.task.lease)
    (entry,) = await told(store)
    assert entry.kind == LedgerKind.CLIMBED


async def test_overdue_rungs_are_climbed_one_after_the_other(store: Store) -> None:
    rungs = (Rung(10, notify=True), Rung(20, priority=Priority.HIGH), Rung(30, queue="leads"))
    await admit(store, plan=ladder(*rungs))
    now = START + HOUR // 2
    seen = [[one.rung for one in await store.climb_due(now, 10)] for _ in range(4)]
    assert seen == [[rungs[0]], [rungs[1]], [rungs[2]], []]
    assert [one.time for one in await told(store)] == [now, now, now]


async def test_rungs_are_dealt_with_in_order_and_in_parts(store: Store) -> None:
    jobs = {at: await admit(store, plan=ladder(Rung(at, notify=True))) for at in (30, 10, 20, 50, 40)}
    dealt: list[Job] = []
    while part := await store.climb_due(START + 24 * MINUTE, 3):
        assert len(part) <= 3
        dealt += [one.job for one in part]
    assert [job.task.id for job in dealt] == [jobs[at].task.id for at in (10, 20, 30, 40)]


async def test_the_ladder_belongs_to_the_first_deadline(store: Store) -> None:
    plan, leads = ladder(REMIND, Rung(90, notify=True)), Escalation("leads", 9 * HOUR)
    missed = await admit(store, escalation=leads, plan=plan, deadline=MINUTE)
    await store.expire_due(missed.task.expire_time, 10)
    held = await leased(store, make_admission(escalation=leads, plan=plan), until=START + HOUR)
    await store.escalate_if_held(make_hold(held.task, START + MINUTE), "")
    assert await store.climb_due(START + 9 * HOUR, 10) == []
    assert await told(store) == await entries(store, LedgerKind.ESCALATED)


async def test_a_missed_deadline_has_no_rungs(store: Store) -> None:
    job = await admit(store, plan=ladder(REMIND))
    assert await store.climb_due(job.task.expire_time, 10) == []
    await store.expire_due(job.task.expire_time, 10)
    assert await store.climb_due(job.task.expire_time, 10) == []
    assert await told(store) == []


async def test_a_closed_task_climbs_no_more(store: Store) -> None:
    job = await admit(store, plan=ladder(REMIND))
    await store.cancel_if_open(Cancellation(job.decision.id, job.decision.submitter, "", START))
    assert await store.climb_due(START + HOUR // 2, 10) == []
    assert await store.next_due(NEVER) is None


async def test_a_queues_history_knows_moves_and_no_change_of_skills(store: Store) -> None:
    await admit(store, skills=("law",), plan=ladder(Rung(25, skills=()), Rung(50, queue="leads")))
    await store.climb_due(START + QUARTER, 10)
    await store.climb_due(START + 2 * QUARTER, 10)
    history = await store.queue_history(Spans.one(START, START + HOUR), None)
    assert {queue: seen.flows[0] for queue, seen in history.items()} == {
        "refunds": Flow(1, 0, 1),
        "leads": Flow(1, 0, 0),
    }


async def test_a_task_that_was_moved_begins_to_wait_anew(store: Store) -> None:
    await admit(store, deadline=2 * HOUR, plan=ladder(Rung(10, queue="leads")))
    await store.climb_due(START + 12 * MINUTE, 10)
    assert await store.age_waiting(START + QUARTER, QUARTER, 10) == 0
    assert await store.age_waiting(START + 12 * MINUTE + QUARTER, QUARTER, 10) == 1


async def test_the_submission_is_told_as_it_was(store: Store) -> None:
    job = await admit(store, skills=("law",), plan=ladder(Rung(25, skills=()), REMIND))
    await store.climb_due(START + QUARTER, 10)
    first, *_ = await store.decision_events(job.decision.id, None, 10)
    assert first.details["task"] == {"kind": "GATE"}


async def test_a_rung_and_a_verdict_at_once_leave_one_end(store: Store) -> None:
    jobs = [await leased(store, make_admission(plan=ladder(MOVE)), until=START + HOUR) for _ in range(4)]
    now = START + 3 * QUARTER
    given = (store.settle_if_leased(make_verdict(job, now=now)) for job in jobs)
    verdicts = asyncio.gather(*given, return_exceptions=True)
    climbed, answers = await asyncio.gather(store.climb_due(now, 10), verdicts)
    moved = {one.job.task.id for one in [*climbed, *await store.climb_due(now, 10)]}
    for job, answer in zip(jobs, answers, strict=True):
        assert isinstance(answer, LeaseLost) == (job.task.id in moved)
        stands = await store.job(job.task.id)
        assert stands is not None
        assert (stands.task.state is TaskState.REVIEWED) == (job.task.id not in moved)
