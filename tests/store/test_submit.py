"""Recording decisions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR
from andon.domain.decision import Decision, DecisionState, Outcome, Route
from andon.domain.errors import RequestIdReused
from andon.domain.search import DecisionQuery
from andon.domain.task import Escalation, TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admitted, TaskQuery
from tests.builders import (
    make_admission,
    make_decision,
    make_lease_request,
    make_proposal,
    make_request,
    make_routing,
)
from tests.clock import START
from tests.store.helpers import admit, admitted, entries


async def test_nothing_is_recorded_for_nothing(store: Store) -> None:
    assert list(await store.submit([])) == []
    assert await entries(store) == []


async def test_a_decision_is_given_back_as_it_was_submitted(store: Store) -> None:
    decision = make_decision(
        make_proposal(
            confidence=0.1 + 0.2,
            input={"text": "a\0b \u2028 ☃ \U0001f600 \\u0000", "numbers": [1, 1.5, -0.25, 1e21, 5e-324], "none": None},
            prediction={"nested": {"deep": [{"er": True}]}},
            reasoning="zero\0byte, 'quotes' \"both\"",
            amount=19.99,
            currency="EUR",
            irreversible=True,
            subject="customers/4711",
            extra={"region": "EU"},
        ),
        routing=make_routing(Route.REVIEW, "a", "b", propensity=0.05, sampled=True, coin_source="hmac-sha256:3f9a01"),
    )
    recorded = await admitted(store, make_admission(decision))
    assert recorded.proposal == decision.proposal
    assert recorded.routing == decision.routing
    assert await store.decision(decision.id) == recorded


async def test_an_open_decision_expires_with_its_task(store: Store) -> None:
    plan = Escalation("leads", 2 * HOUR, ("fraud",))
    admission = make_admission(make_decision(), deadline=HOUR, escalation=plan)
    recorded = await admitted(store, admission)
    assert recorded.state is DecisionState.PENDING
    assert recorded.expire_time == admission.decision.create_time + 3 * HOUR
    assert admission.task is not None
    assert (recorded.task_id, recorded.queue) == (admission.task.id, "refunds")
    assert await store.decision(recorded.id) == recorded


async def test_an_open_decision_names_the_queue_it_waits_in_however_it_is_read(store: Store) -> None:
    request = make_request()
    admission = make_admission(request=request, queue="claims", escalation=Escalation("leads", HOUR))
    fresh = await admitted(store, admission)
    (again,) = await store.submit([admission])
    assert isinstance(again, Admitted)
    (listed,) = await store.list_decisions(DecisionQuery(9))
    (job,) = await store.list_tasks(TaskQuery(9))
    found = await store.submitted(request)
    seen = (fresh, again.decision, listed, job.decision, found, await store.decision(fresh.id))
    assert [decision.queue for decision in seen if decision] == ["claims"] * 6
    (leased,) = await store.lease_most_urgent(make_lease_request())
    (held,) = await store.held_by("rita", START)
    assert [leased.decision.queue, held.decision.queue] == ["claims"] * 2


async def test_a_task_is_given_back_as_it_was_made(store: Store) -> None:
    plan = Escalation("leads", HOUR, ("fraud", "law"))
    admission = make_admission(
        queue="claims", urgency=29, skills=("a", "b"), escalation=plan, correction_schema={"type": "object"}
    )
    job = await admit(store, admission)
    assert job.task == admission.task
    assert job.task.state is TaskState.WAITING
    assert job.decision == await store.decision(admission.decision.id)


@pytest.mark.parametrize("route", [Route.AUTO_APPROVE, Route.BLOCK])
async def test_a_decision_that_ended_at_once_has_no_task(store: Store, route: Route) -> None:
    recorded = await admitted(store, make_admission(make_decision(route=route)))
    assert recorded.state is DecisionState.RESOLVED
    assert (recorded.task_id, recorded.expire_time) == ("", None)
    assert await store.decision(recorded.id) == recorded
    assert not await store.is_open(recorded.id)


async def test_the_ledger_tells_how_it_was_routed(store: Store) -> None:
    decision = make_decision(route=Route.AUTO_APPROVE)
    await store.submit([make_admission(decision)])
    (entry,) = await entries(store)
    assert (entry.kind, entry.actor, entry.decision_id) == (LedgerKind.SUBMITTED, decision.submitter, decision.id)
    assert entry.time == decision.create_time
    assert entry.body == {
        "action": "refund.issue",
        "coin_source": "",
        "confidence": 0.6,
        "model": {"name": "refund-bot", "version": "2026-08-01"},
        "outcome": "AUTO_APPROVED",
        "payload_hash": decision.payload_hash,
        "policy": "refunds",
        "propensity": 0,
        "reasons": [],
        "resolved_by": "policy:refunds",
        "revision": "f" * 64,
        "route": "AUTO_APPROVE",
        "sampled": False,
        "threshold": 0.85,
    }


async def test_the_ledger_names_the_task(store: Store) -> None:
    job = await admit(store, queue="claims", urgency=7, skills=("law",))
    (entry,) = await entries(store, LedgerKind.SUBMITTED)
    assert entry.task_id == job.task.id
    assert entry.body["reasons"] == [{"route": "REVIEW", "rule": "confidence"}]
    assert entry.body["task"] == {
        "expire_time": job.task.expire_time,
        "kind": "GATE",
        "queue": "claims",
        "skills": ["law"],
        "urgency": 7,
    }


async def test_sequences_have_no_gaps_and_follow_the_order(store: Store) -> None:
    answers = await store.submit([make_admission() for _ in range(300)])
    assert [answer.decision.sequence for answer in answers if isinstance(answer, Admitted)] == list(range(1, 301))
    assert (await admitted(store)).sequence == 301


async def test_concurrent_submissions_each_get_their_own(store: Store) -> None:
    admissions = [make_admission(request=make_request()) for _ in range(200)]
    answers = await asyncio.gather(*(store.submit([admission]) for admission in admissions))
    recorded = [answer[0].decision for answer in answers if isinstance(answer[0], Admitted)]
    assert [decision.id for decision in recorded] == [admission.decision.id for admission in admissions]
    assert sorted(decision.sequence for decision in recorded) == list(range(1, 201))


async def test_a_repeated_request_gives_the_same_decision(store: Store) -> None:
    request = make_request()
    first = await admitted(store, make_admission(request=request))
    (again,) = await store.submit([make_admission(request=request)])
    assert again == Admitted(first, replayed=True)
    assert len(await entries(store)) == 1


async def test_a_repeated_request_gives_the_decision_as_it_stands_now(store: Store) -> None:
    request = make_request()
    first = await admitted(store, make_admission(request=request))
    await store.expire_due(first.create_time + HOUR, 10)
    (again,) = await store.submit([make_admission(request=request)])
    assert isinstance(again, Admitted)
    assert again.decision.resolution is not None
    assert again.decision.resolution.outcome is Outcome.EXPIRED


async def test_a_request_id_is_not_used_for_another_body(store: Store) -> None:
    request = make_request(request_id="one")
    await store.submit([make_admission(request=request)])
    (answer,) = await store.submit([make_admission(request=make_request(request_id="one", body="b"))])
    assert isinstance(answer, RequestIdReused)
    assert len(await entries(store)) == 1


async def test_request_ids_are_each_submitters_own(store: Store) -> None:
    for submitter in ("a", "b"):
        request = make_request(submitter, "one", submitter)
        answer = await admitted(store, make_admission(make_decision(submitter=submitter), request=request))
        assert answer.submitter == submitter
    assert len(await entries(store)) == 2


async def test_repetitions_within_one_call_stand_in_their_places(store: Store) -> None:
    known, fresh = make_request(), make_request()
    other = make_request(request_id=fresh.request_id, body="b")
    first = await admitted(store, make_admission(request=known))
    requests = (fresh, known, None, fresh, other, None)
    one, two, three, four, five, six = await store.submit([make_admission(request=request) for request in requests])
    assert two == Admitted(first, replayed=True)
    assert isinstance(five, RequestIdReused)
    new = [answer.decision for answer in (one, three, six) if isinstance(answer, Admitted) and not answer.replayed]
    assert [decision.sequence for decision in new] == [2, 3, 4]
    assert four == Admitted(new[0], replayed=True)
    assert len(await entries(store)) == 4


async def test_repetitions_at_the_same_moment_are_recorded_once(store: Store) -> None:
    request = make_request()
    answers = await asyncio.gather(*(store.submit([make_admission(request=request)]) for _ in range(20)))
    admitted_ones = [answer[0] for answer in answers if isinstance(answer[0], Admitted)]
    assert len({answer.decision.id for answer in admitted_ones}) == 1
    assert sorted(answer.replayed for answer in admitted_ones) == [False] + [True] * 19


async def test_a_large_batch_with_a_repetition_is_recorded_around_it(store: Store) -> None:
    request = make_request()
    await store.submit([make_admission(request=request)])
    admissions = [make_admission(request=make_request()) for _ in range(400)]
    admissions.insert(390, make_admission(request=request))
    answers = [answer for answer in await store.submit(admissions) if isinstance(answer, Admitted)]
    assert [answer.replayed for answer in answers].index(True) == 390
    assert sorted({answer.decision.sequence for answer in answers}) == list(range(1, 402))


async def test_an_unknown_decision_is_none(store: Store) -> None:
    decision: Decision | None = await store.decision("01990000-0000-7000-8000-ffffffffffff")
    assert decision is None
    assert await store.job("01990000-0000-7000-8000-ffffffffffff") is None
    assert not await store.is_open("01990000-0000-7000-8000-ffffffffffff")


async def test_a_decision_is_open_until_it_ends(store: Store) -> None:
    job = await admit(store)
    assert await store.is_open(job.decision.id)
    await store.expire_due(job.task.expire_time, 1)
    assert not await store.is_open(job.decision.id)


async def test_what_a_request_has_made_is_found_and_bound_to_its_body(store: Store) -> None:
    admission = make_admission(request=make_request())
    assert admission.request is not None
    assert await store.submitted(admission.request) is None
    await store.submit([admission])
    found = await store.submitted(admission.request)
    assert found is not None
    assert found.id == admission.decision.id
    with pytest.raises(RequestIdReused):
        await store.submitted(replace(admission.request, body_hash="other"))
    assert await store.submitted(replace(admission.request, principal="somebody else")) is None
