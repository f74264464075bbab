"""What has happened to a decision, as the ledger has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.canonical import canonical
from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import Route
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.task import Escalation
from andon.store.history import KINDS
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Cancellation
from tests.builders import make_admission, make_decision, make_hold, make_lease_request, make_verdict
from tests.clock import START
from tests.store.helpers import admit, admitted, entries, leased

NO_DECISION = {
    LedgerKind.RETRAIN, LedgerKind.REVISION, LedgerKind.AVAILABILITY, LedgerKind.RETIRED, LedgerKind.EXPORTED,
    LedgerKind.ACCESS, LedgerKind.KEYS, LedgerKind.HELD, LedgerKind.FREED,
}  # fmt: skip


async def events(store: Store, decision_id: str, after: int | None = None, limit: int = 100) -> list[DecisionEvent]:
    return list(await store.decision_events(decision_id, after, limit))


def test_every_kind_of_entry_on_a_decision_is_an_event() -> None:
    assert set(KINDS) == set(LedgerKind) - NO_DECISION - {LedgerKind.SUBMITTED}
    assert set(KINDS.values()) == set(EventKind) - {EventKind.SUBMITTED}


async def test_a_life_is_told_in_order_and_is_the_ledgers(store: Store) -> None:
    other = await leased(store)
    job = await leased(store, make_admission(urgency=29, escalation=Escalation("senior", HOUR), deadline=MINUTE))
    await store.release_if_held(make_hold(job.task), "not mine")
    (again,) = await store.lease_most_urgent(make_lease_request(START + 1))
    await store.reclaim_lapsed(START + 2 * HOUR, 9)
    await store.expire_due(START + 2 * HOUR, 9)
    (last,) = await store.lease_most_urgent(make_lease_request(START + 2 * HOUR, queues=frozenset({"senior"})))
    await store.settle_if_leased(make_verdict(last, now=START + 2 * HOUR))
    told = await events(store, job.decision.id)
    assert [event.kind for event in told] == [
        EventKind.SUBMITTED,
        EventKind.LEASED,
        EventKind.RELEASED,
        EventKind.LEASED,
        EventKind.LAPSED,
        EventKind.ESCALATED,
        EventKind.LEASED,
        EventKind.REVIEWED,
    ]
    ledger = [entry for entry in await entries(store) if entry.decision_id == job.decision.id]
    assert [(event.time, event.actor, event.task_id) for event in told] == [
        (entry.time, entry.actor, entry.task_id) for entry in ledger
    ]
    assert [(event.sequence, event.details) for event in told[1:]] == [(one.sequence, one.said) for one in ledger[1:]]
    tokens = [one.task.lease.token for one in (other, job, again, last) if one.task.lease]
    assert len(tokens) == 4
    assert not [token for token in tokens for event in told if token in canonical(event.details)]


@pytest.mark.parametrize("route", list(Route))
async def test_a_submission_is_told_as_the_ledger_has_it(store: Store, route: Route) -> None:
    decision = await admitted(store, make_admission(make_decision(route=route)))
    (entry,) = await entries(store)
    (event,) = await events(store, decision.id)
    facts = {key: value for key, value in entry.body.items() if key != "task"}
    assert {key: value for key, value in event.details.items() if key != "task"} == facts
    assert (event.kind, event.sequence) == (EventKind.SUBMITTED, 0)
    assert (event.time, event.actor, event.task_id) == (entry.time, entry.actor, entry.task_id)
    if route is Route.REVIEW:
        task = entry.body["task"]
        assert isinstance(task, dict)
        assert event.details["task"] == {key: value for key, value in task.items() if key != "urgency"}


async def test_a_submission_is_told_the_same_after_the_end(store: Store) -> None:
    job = await admit(store, make_admission(escalation=Escalation("senior", HOUR)))
    (before,) = await events(store, job.decision.id)
    await store.cancel_if_open(Cancellation(job.decision.id, "refund-service", "no more", START + 1))
    first, ended = await events(store, job.decision.id)
    assert first == before
    assert (ended.kind, ended.details) == (EventKind.CANCELLED, {"comment": "no more", "outcome": "CANCELLED"})


async def test_an_escalated_task_is_not_told_as_submitted_where_it_is_now(store: Store) -> None:
    job = await leased(store, make_admission(escalation=Escalation("senior", HOUR)))
    await store.escalate_if_held(make_hold(job.task), "too hard")
    first, *_ = await events(store, job.decision.id)
    assert first.details["task"] == {"kind": "GATE"}


async def test_an_end_by_the_deadline(store: Store) -> None:
    job = await admit(store, deadline=MINUTE)
    await store.expire_due(START + MINUTE, 9)
    assert [(event.kind, event.actor) for event in await events(store, job.decision.id)] == [
        (EventKind.SUBMITTED, "refund-service"),
        (EventKind.EXPIRED, "deadline"),
    ]


async def test_events_are_paged_by_sequence(store: Store) -> None:
    job = await leased(store)
    await store.release_if_held(make_hold(job.task), "")
    whole = await events(store, job.decision.id)
    paged, after = [], None
    while page := await events(store, job.decision.id, after, 1):
        paged += page
        after = page[-1].sequence
    assert paged == whole
    assert len(whole) == 3
    assert await events(store, job.decision.id, limit=2) == whole[:2]


async def test_a_decision_that_there_is_not_has_no_events(store: Store) -> None:
    assert await events(store, "no-such-decision") == []


async def test_a_brief_list_of_tasks_reads_no_payload(store: Store) -> None:
    from andon.store.values import TaskQuery

    job = await leased(store)
    (brief,) = await store.list_tasks(TaskQuery(9, brief=True))
    proposal = replace(job.decision.proposal, input={}, prediction={}, reasoning="")
    assert brief == replace(job, decision=replace(job.decision, proposal=proposal))
