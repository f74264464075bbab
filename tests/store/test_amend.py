"""Changing what an open decision proposes: what is decided is what was seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.canonical import canonical
from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import Decision, Outcome, Proposal, Resolution, Route, payload_hash
from andon.domain.errors import (
    AlreadyJudged,
    AndonError,
    DecisionNotFound,
    DecisionResolved,
    PayloadChanged,
    RequestIdReused,
    TaskClosed,
)
from andon.domain.event import EventKind
from andon.domain.plan import Quorum, Rung, Term, TimeoutDefault, WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.review import Verdict
from andon.domain.task import Escalation, TaskState
from andon.domain.terms import Shows, Terms
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admission, Amendment, RequestKey, TaskQuery
from tests.builders import (
    make_admission,
    make_decision,
    make_id,
    make_lease_request,
    make_proposal,
    make_request,
    make_routing,
    make_task,
    make_verdict,
)
from tests.clock import START
from tests.store.helpers import admit, entries, leased, refused, seated, the_job

LATER = START + MINUTE
ALIKE = Terms()


def amendment(
    before: Decision,
    terms: Terms | None = ALIKE,
    *,
    proposal: Proposal | None = None,
    route: Route = Route.REVIEW,
    rule: str = "amended",
    request: RequestKey | None = None,
    replaces: str = "",
) -> Amendment:
    """The submitter's wish to propose something else: a refund of less."""
    proposal = proposal or make_proposal(confidence=0.7, prediction={"approve": True, "amount": 40})
    blocked = Resolution(Outcome.BLOCKED, f"rule:{rule}", LATER) if route is Route.BLOCK else None
    decision = replace(
        before,
        proposal=proposal,
        payload_hash=payload_hash(proposal, before.submitter),
        routing=make_routing(route, rule),
        resolution=blocked,
    )
    return Amendment(decision, replaces or before.payload_hash, terms, LATER, request)


async def test_an_amended_decision_proposes_something_else(store: Store) -> None:
    job = await admit(store)
    wish = amendment(
        job.decision, proposal=make_proposal(confidence=0.3, reasoning="a part of it", amount=12, subject="s")
    )
    revised = await store.amend_if_open(wish)
    expected = replace(
        job.decision,
        proposal=wish.decision.proposal,
        payload_hash=wish.decision.payload_hash,
        routing=wish.decision.routing,
        amendments=1,
    )
    assert revised.decision == expected == await store.decision(job.decision.id)
    assert [changed.task for changed in revised.changed] == [job.task]
    assert (revised.opened, revised.closed, revised.replayed) == ((), (), False)
    assert (await the_job(store, job.task.id)).decision == expected


async def test_a_second_amendment_takes_the_place_of_the_first(store: Store) -> None:
    job = await admit(store)
    first = await store.amend_if_open(amendment(job.decision))
    second = await store.amend_if_open(amendment(first.decision, proposal=make_proposal(confidence=0.2)))
    assert (second.decision.amendments, second.decision.proposal.confidence) == (2, 0.2)
    async with refused(store, PayloadChanged, job):
        await store.amend_if_open(amendment(job.decision))


async def test_a_verdict_on_what_was_amended_is_refused_and_one_on_the_new_counts(store: Store) -> None:
    job = await leased(store)
    revised = await store.amend_if_open(amendment(job.decision))
    (held,) = revised.changed
    assert held.task == job.task  # the lease too
    async with refused(store, PayloadChanged, job):
        await store.settle_if_leased(make_verdict(job))
    settled = await store.settle_if_leased(
        make_verdict(held, Verdict.CORRECT, correction={"approve": True, "amount": 1})
    )
    assert settled.job.decision.resolution is not None
    assert settled.job.decision.payload_hash == revised.decision.payload_hash


async def test_tasks_ask_for_what_the_new_proposal_asks(store: Store) -> None:
    before = WorkPlan(ladder=(Rung(50, notify=True),), on_timeout=TimeoutDefault.APPROVE)
    decision = make_decision()
    plain = make_task(decision, skills=("a", "c"), urgency=12, escalation=Escalation("leads", HOUR, ("c",)))
    await store.submit([Admission(decision, replace(plain, plan=before))])
    shows = Shows({"type": "object"}, Presentation("new"))
    work = WorkPlan(ladder=(Rung(80, notify=True),), on_timeout=TimeoutDefault.APPROVE)
    terms = Terms(25, ("b",), work, anew=True, shows=shows, irreversible=True)
    await store.amend_if_open(amendment(decision, terms))
    task = (await the_job(store, plain.id)).task
    assert (task.urgency, task.skills, task.queue) == (25, ("a", "b", "c"), plain.queue)
    assert (task.expire_time, task.escalation) == (plain.expire_time, Escalation("leads", HOUR, ("b", "c")))
    assert (task.correction_schema, task.presentation) == shows
    assert task.plan == replace(work, on_timeout=TimeoutDefault.REJECT)
    assert await store.lease_most_urgent(make_lease_request(LATER, skills=frozenset({"a", "c"}))) == []
    (got,) = await store.lease_most_urgent(make_lease_request(LATER, skills=frozenset({"a", "b", "c"})))
    assert got.task.id == plain.id


async def test_tasks_never_ask_for_less(store: Store) -> None:
    job = await admit(store, skills=("a",), urgency=25)
    await store.amend_if_open(amendment(job.decision, Terms(3, (), anew=True)))
    task = (await the_job(store, job.task.id)).task
    assert (task.urgency, task.skills) == (25, ("a",))


async def test_a_quorum_opens_the_seats_that_are_missing(store: Store) -> None:
    job = await leased(store, make_admission(skills=("a",)))
    quorum = Quorum((Term(1, 1, "risk"), Term(1, 2, "legal")))
    ids = tuple(make_id() for _ in quorum.seats)
    revised = await store.amend_if_open(amendment(job.decision, Terms(1, ("b",), WorkPlan(quorum), anew=True, ids=ids)))
    (held,), opened = revised.changed, revised.opened
    assert (held.task.group, held.task.term, held.task.lease) == ("risk", 0, job.task.lease)
    assert [(one.task.id, one.task.term, one.task.group) for one in opened] == [
        (ids[0], 1, "legal"),
        (ids[1], 1, "legal"),
    ]
    for one in opened:
        assert (one.task.state, one.task.skills, one.task.create_time) == (TaskState.WAITING, ("a", "b"), LATER)
        assert (one.task.expire_time, one.task.plan, one.decision) == (
            job.task.expire_time,
            WorkPlan(quorum),
            revised.decision,
        )
    assert [(one.kind, one.task_id) for one in await entries(store) if one.time == LATER] == [
        (LedgerKind.AMENDED, job.task.id),
        (LedgerKind.OPENED, ids[0]),
        (LedgerKind.OPENED, ids[1]),
    ]


async def test_a_larger_quorum_adds_to_the_seats_there_are(store: Store) -> None:
    seats = await seated(store, Quorum((Term(2, 2),)))
    larger = Quorum((Term(1, 1, "legal"), Term(3, 3)))
    ids = tuple(make_id() for _ in larger.seats)
    revised = await store.amend_if_open(amendment(seats[0].decision, Terms(work=WorkPlan(larger), anew=True, ids=ids)))
    assert [(one.task.term, one.task.group) for one in revised.opened] == [(0, ""), (1, "legal")]
    plan = (await the_job(store, seats[1].task.id)).task.plan
    assert plan is not None
    assert plan.quorum is not None
    assert str(plan.quorum) == "3 and 1 of legal"
    tasks = await store.list_tasks(TaskQuery(100))
    assert len(tasks) == 4


async def test_every_seat_has_the_amendment_in_the_ledger(store: Store) -> None:
    seats = await seated(store, Quorum((Term(2, 2),)))
    wish = amendment(seats[0].decision)
    await store.amend_if_open(wish)
    first, second = await entries(store, LedgerKind.AMENDED)
    assert {first.task_id, second.task_id} == {seat.task.id for seat in seats}
    assert first.actor == "refund-service"
    assert first.body["replaces"] == seats[0].decision.payload_hash
    assert first.body["payload_hash"] == second.body["payload_hash"] == wish.decision.payload_hash
    assert (first.body["route"], first.body["reasons"]) == ("REVIEW", [{"route": "REVIEW", "rule": "amended"}])
    assert (first.body["revision"], first.body["amendment"]) == ("f" * 64, 1)


async def test_what_the_policies_block_has_ended(store: Store) -> None:
    seats = await seated(store, Quorum((Term(2, 2),)))
    (held,) = await store.lease_most_urgent(make_lease_request(START))
    revised = await store.amend_if_open(amendment(held.decision, None, route=Route.BLOCK))
    assert revised.decision.resolution == Resolution(Outcome.BLOCKED, "rule:amended", LATER)
    assert {job.task.id for job in revised.closed} == {seat.task.id for seat in seats}
    assert {job.task.state for job in revised.closed} == {TaskState.CANCELLED}
    assert (revised.decision.routing.route, revised.decision.expire_time) == (Route.BLOCK, None)
    told = [(one.kind, one.body.get("outcome")) for one in await entries(store) if one.time == LATER]
    assert told == [(LedgerKind.AMENDED, "BLOCKED"), (LedgerKind.CLOSED, None)]
    async with refused(store, TaskClosed, *seats):
        await store.settle_if_leased(make_verdict(held, payload_hash=revised.decision.payload_hash))


async def test_a_repetition_changes_nothing(store: Store) -> None:
    job, request = await admit(store), make_request()
    wish = amendment(job.decision, request=request)
    first = await store.amend_if_open(wish)
    again = await store.amend_if_open(wish)
    assert (again.decision, again.replayed, again.changed) == (first.decision, True, ())
    async with refused(store, RequestIdReused, job):
        await store.amend_if_open(replace(wish, request=replace(request, body_hash="b" * 64)))
    assert len(await entries(store, LedgerKind.AMENDED)) == 1


async def test_one_request_id_is_for_each_kind_of_call(store: Store) -> None:
    request = make_request()
    job = await admit(store, make_admission(request=request))
    assert (await store.amend_if_open(amendment(job.decision, request=request))).decision.amendments == 1


async def test_a_refused_amendment_keeps_no_request_id(store: Store) -> None:
    job, request = await admit(store), make_request()
    async with refused(store, PayloadChanged, job):
        await store.amend_if_open(amendment(job.decision, request=request, replaces="0" * 64))
    assert not (await store.amend_if_open(amendment(job.decision, request=request))).replayed


async def test_guards_come_in_order(store: Store) -> None:
    with pytest.raises(DecisionNotFound):
        await store.amend_if_open(amendment(make_decision()))
    seats = await seated(store, Quorum((Term(2, 2),)))
    (held,) = await store.lease_most_urgent(make_lease_request(START))
    await store.settle_if_leased(make_verdict(held))
    async with refused(store, AlreadyJudged, *seats):
        await store.amend_if_open(amendment(held.decision))
    async with refused(store, PayloadChanged, *seats):
        await store.amend_if_open(amendment(held.decision, replaces="0" * 64))
    (other,) = await store.lease_most_urgent(make_lease_request(START, holder="olga"))
    await store.settle_if_leased(make_verdict(other))
    async with refused(store, DecisionResolved, *seats):
        await store.amend_if_open(amendment(held.decision, replaces="0" * 64))


async def test_the_history_begins_with_what_was_submitted(store: Store) -> None:
    job = await admit(store)
    (before,) = await store.decision_events(job.decision.id, None, 10)
    first = await store.amend_if_open(amendment(job.decision, route=Route.REVIEW))
    await store.amend_if_open(
        amendment(first.decision, None, proposal=make_proposal(confidence=0.1), route=Route.BLOCK)
    )
    begun, *amended = await store.decision_events(job.decision.id, None, 10)
    assert {**begun.details, "task": None} == {**before.details, "task": None}
    assert [event.kind for event in amended] == [EventKind.AMENDED, EventKind.AMENDED]


async def test_words_of_any_kind_are_kept(store: Store) -> None:
    job = await admit(store)
    words = make_proposal(reasoning="a\0b\x10c \N{WHALE}", subject="\0", input={"k\0": "\x10"}, prediction={"p": "\0"})
    revised = await store.amend_if_open(amendment(job.decision, proposal=words))
    assert revised.decision.proposal == words
    assert canonical(revised.decision.proposal.input) == canonical(words.input)


async def test_an_amendment_and_a_verdict_at_once_never_release_what_was_not_seen(store: Store) -> None:
    for _ in range(12):
        job = await leased(store)
        wish = amendment(job.decision)
        answers = await asyncio.gather(
            store.amend_if_open(wish), store.settle_if_leased(make_verdict(job)), return_exceptions=True
        )
        refusals = [type(answer) for answer in answers if isinstance(answer, AndonError)]
        decision = await store.decision(job.decision.id)
        assert decision is not None
        if decision.resolution is None:
            assert (refusals, decision.payload_hash) == ([PayloadChanged], wish.decision.payload_hash)
            await store.settle_if_leased(make_verdict(job, payload_hash=decision.payload_hash))
        else:
            assert (refusals, decision.payload_hash) == ([DecisionResolved], job.decision.payload_hash)
