"""Several people on one decision: what ends their seats beside verdicts, what they see, and all at the same instant."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.decision import Outcome, Resolution
from andon.domain.errors import TaskClosed
from andon.domain.plan import Quorum, Term
from andon.domain.review import Verdict
from andon.domain.samples import SampleQuery
from andon.domain.spans import Spans
from andon.domain.task import Escalation, TaskState
from andon.store.ledger import DEADLINE, LedgerKind
from andon.store.port import Store
from andon.store.values import Cancellation, Settled
from tests.builders import (
    make_admission,
    make_lease_request,
    make_seats,
)
from tests.clock import START
from tests.store.engines import Engine, PostgresEngine
from tests.store.helpers import admitted, entries, refused
from tests.store.seats import OF_THREE, TWO, asked, held, resolution_of, says, states, waiting_on

pytestmark = pytest.mark.usefixtures("unrepeated")


# Deadlines and withdrawal


async def test_a_missed_deadline_ends_all_seats_once(store: Store) -> None:
    admission = await asked(store, OF_THREE)
    rita, _ = await held(store, admission, "rita", "ben")
    await says(store, rita)
    expired = await store.expire_due(START + HOUR, 10)
    assert [one.ended for one in expired] == [True, False]
    assert [one.closed for one in expired] == [(), ()]
    assert await states(store, admission) == [TaskState.REVIEWED, TaskState.EXPIRED, TaskState.EXPIRED]
    assert [entry.body["outcome"] for entry in await entries(store, LedgerKind.EXPIRED)] == ["EXPIRED", None]
    assert await resolution_of(store, admission) == Resolution(Outcome.EXPIRED, DEADLINE, START + HOUR)
    assert await store.expire_due(START + 9 * HOUR, 10) == []
    assert await store.next_due(1) is None


async def test_seats_that_are_not_due_end_with_the_one_that_is(store: Store) -> None:
    admission = await asked(store, OF_THREE)
    (expired,) = await store.expire_due(START + HOUR, 1)
    assert [job.task.state for job in expired.closed] == [TaskState.CANCELLED] * 2
    assert {job.task.id for job in expired.closed} | {expired.job.task.id} == {one.id for one in admission.tasks}
    assert all(job.decision.resolution is not None for job in expired.closed)
    assert [entry.actor for entry in await entries(store, LedgerKind.CLOSED)] == [DEADLINE] * 2
    assert await store.expire_due(START + HOUR, 10) == []


async def test_a_seat_that_would_escalate_ends_with_another_that_does_not(store: Store) -> None:
    admission = make_seats(TWO)
    assert admission.task is not None
    later = replace(admission.siblings[0], escalation=Escalation("leads", HOUR))
    await admitted(store, replace(admission, siblings=(later,)))
    (expired,) = await store.expire_due(START + HOUR, 10)
    assert expired.job.task.id == admission.task.id
    assert [(job.task.id, job.task.queue, job.task.state) for job in expired.closed] == [
        (later.id, "refunds", TaskState.CANCELLED)
    ]
    assert await entries(store, LedgerKind.ESCALATED) == []


async def test_several_decisions_end_in_one_go(store: Store) -> None:
    admissions = [await asked(store, OF_THREE) for _ in range(3)]
    expired = await store.expire_due(START + HOUR, 5)
    assert [one.ended for one in expired] == [True, False, False, True, False]
    assert [len(one.closed) for one in expired] == [0, 0, 0, 1, 0]
    (last,) = [one for one in await store.expire_due(START + HOUR, 5) if one.ended]
    assert last.job.decision.id == admissions[2].decision.id


async def test_a_withdrawn_decision_takes_all_its_seats_with_it(store: Store) -> None:
    admission = await asked(store, OF_THREE)
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    await store.cancel_if_open(Cancellation(admission.decision.id, "refund-service", "", START + 1))
    assert await states(store, admission) == [TaskState.REVIEWED, TaskState.CANCELLED, TaskState.CANCELLED]
    async with refused(store, TaskClosed, ben):
        await says(store, ben)
    closed = await entries(store, LedgerKind.CLOSED)
    assert {entry.actor for entry in closed} == {"refund-service"}
    assert [entry.task_id for entry in closed] == [task.id for task in admission.tasks[1:]]
    assert await store.next_due(1) is None


async def test_what_another_is_at_has_its_turn_later(engine: Engine, store: Store) -> None:
    """The duty waits for no lock while it holds one: a verdict may hold that, and wait for this."""
    if not isinstance(engine, PostgresEngine):
        pytest.skip("there is one writer, and nothing to wait for")
    admission, other = await asked(store), await asked(store)
    connection = await asyncpg.connect(engine.url)
    async with connection.transaction():
        await connection.execute("SELECT FROM task WHERE id = $1 FOR NO KEY UPDATE", admission.tasks[1].id)
        expired = await asyncio.wait_for(store.expire_due(START + HOUR, 10), 10)
        assert {one.job.decision.id for one in expired} == {other.decision.id}
    await connection.close()
    assert [one.ended for one in await store.expire_due(START + HOUR, 10)] == [True, False]


# Blindness


async def test_verdicts_are_kept_from_those_who_may_still_judge(store: Store) -> None:
    admission = await asked(store)
    id = admission.decision.id
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    assert await store.blind_levels(id, "ben") == {0}
    assert await store.blind_levels(id, "rita") == frozenset()
    await says(store, ben)
    assert await store.blind_levels(id, "cleo") == frozenset()


async def test_an_open_quorum_is_not_blind(store: Store) -> None:
    admission = await asked(store, Quorum((Term(2, 2),), blind=False))
    assert await store.blind_levels(admission.decision.id, "ben") == frozenset()


async def test_samples_wait_for_the_end(store: Store) -> None:
    admission, alone = await asked(store), make_admission(queue="other")
    await admitted(store, alone)
    rita, ben = await held(store, admission, "rita", "ben")
    (single,) = await store.lease_most_urgent(make_lease_request(queues=frozenset({"other"})))
    await says(store, rita)
    await says(store, single)
    every, kept = SampleQuery(10, 0, 10), SampleQuery(10, 0, 10, blind=True)
    assert [sample.review.sequence for sample in await store.list_samples(every)] == [1, 2]
    assert [sample.review.sequence for sample in await store.list_samples(kept)] == [2]
    assert await store.first_withheld(0, "") == await store.first_withheld(0, "refund.*") == 1
    assert await store.first_withheld(1, "") is await store.first_withheld(0, "loan.*") is None
    await says(store, ben)
    assert [sample.review.sequence for sample in await store.list_samples(kept)] == [1, 2, 3]
    assert await store.first_withheld(0, "") is None


async def test_counts_wait_for_the_end(store: Store) -> None:
    admission, alone = await asked(store), make_admission(queue="other")
    await admitted(store, alone)
    rita, ben = await held(store, admission, "rita", "ben")
    (single,) = await store.lease_most_urgent(make_lease_request(queues=frozenset({"other"})))
    await says(store, rita)
    await says(store, single)

    async def counted(*, blind: bool) -> list[int]:
        spans = Spans.one()
        reviewers = await store.reviewer_activity(spans, "", 9, blind=blind)
        groups = [await store.override_counts(grouping, "", spans, blind=blind) for grouping in Grouping]
        return [sum(one.reviews for one in reviewers), *(sum(one.reviews for one in group) for group in groups)]

    assert await counted(blind=False) == [2, 2, 2, 2]
    assert await counted(blind=True) == [1, 1, 1, 1]
    await says(store, ben)
    assert await counted(blind=True) == [3, 3, 3, 3]


# At the same instant


@pytest.mark.parametrize("people", [2, 3, 5, 10])
async def test_verdicts_at_the_same_instant_all_count_and_end_it_once(store: Store, people: int) -> None:
    admission = await asked(store, Quorum((Term(people, people),)))
    jobs = await held(store, admission, *(f"r{number}" for number in range(people)))
    answers = await asyncio.gather(*(says(store, job) for job in jobs))
    assert sorted(answer.ended for answer in answers) == [False] * (people - 1) + [True]
    reviewed = await entries(store, LedgerKind.REVIEWED)
    assert [entry.body["outcome"] for entry in reviewed] == [None] * (people - 1) + ["APPROVED"]
    ended = await resolution_of(store, admission)
    assert ended is not None
    assert ended.resolved_by == reviewed[-1].actor


async def test_of_more_verdicts_than_are_needed_those_count_that_came_before_the_end(store: Store) -> None:
    admission = await asked(store, Quorum((Term(2, 8),)))
    jobs = await held(store, admission, *(f"r{number}" for number in range(8)))
    answers = await asyncio.gather(*(says(store, job) for job in jobs), return_exceptions=True)
    assert sum(isinstance(answer, Settled) for answer in answers) == 2
    assert sum(isinstance(answer, TaskClosed) for answer in answers) == 6
    assert len(await entries(store, LedgerKind.CLOSED)) == 6


async def test_verdicts_that_differ_at_the_same_instant_add_one_reviewer(store: Store) -> None:
    admission = await asked(store)
    rita, ben = await held(store, admission, "rita", "ben")
    answers = await asyncio.gather(says(store, rita), says(store, ben, Verdict.REJECT))
    assert sum(len(answer.opened) for answer in answers) == 1
    assert len(await waiting_on(store, admission)) == 1


async def test_the_last_verdict_and_the_deadline_end_it_once(store: Store) -> None:
    for _ in range(5):
        admission = await asked(store, OF_THREE)
        jobs = await held(store, admission, "rita", "ben", "cleo")
        late = START + HOUR
        await asyncio.gather(
            *(says(store, job) for job in jobs[:2]),
            store.expire_due(late, 10),
            store.cancel_if_open(Cancellation(admission.decision.id, "refund-service", "", late)),
            return_exceptions=True,
        )
        await store.expire_due(late, 10)
        ends = [entry for entry in await entries(store) if entry.decision_id == admission.decision.id]
        assert sum(bool(entry.body.get("outcome")) for entry in ends) == 1
        assert await waiting_on(store, admission) == frozenset()
