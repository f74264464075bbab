"""A stricter answer of the policies, recorded while a decision is parked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.decision import Outcome, Resolution, Route
from andon.domain.errors import DecisionNotFound, DecisionResolved, PayloadChanged, TaskClosed
from andon.domain.plan import Quorum, Rung, Term, WorkPlan
from andon.domain.review import Verdict
from andon.domain.task import Escalation, TaskState
from andon.domain.terms import Terms
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admission, Job, Reevaluation
from tests.builders import (
    make_admission,
    make_decision,
    make_id,
    make_lease_request,
    make_routing,
    make_task,
    make_verdict,
)
from tests.clock import START
from tests.store.helpers import admit, entries, leased, refused, seated, the_job

LATER = START + MINUTE


def found(job: Job, terms: Terms | None = None, route: Route = Route.REVIEW) -> Reevaluation:
    """What the policies say now of a decision that rita is about to approve."""
    return Reevaluation(
        decision_id=job.decision.id,
        payload_hash=job.decision.payload_hash,
        task_id=job.task.id,
        reviewer="rita",
        verdict=Verdict.APPROVE,
        routing=replace(make_routing(route, "fresh"), revision="e" * 64),
        terms=terms or Terms(),
        now=LATER,
    )


async def test_skills_are_added_and_the_lease_stays(store: Store) -> None:
    job = await leased(store, make_admission(skills=("a",), escalation=Escalation("leads", HOUR, ())))
    revised = await store.tighten_if_open(found(job, Terms(skills=("b",))))
    (changed,) = revised.changed
    assert (changed.task.skills, changed.task.escalation) == (("a", "b"), Escalation("leads", HOUR, ("b",)))
    assert changed.task.lease == job.task.lease
    assert revised.decision == job.decision  # it keeps the routing it was recorded with
    (entry,) = await entries(store, LedgerKind.REEVALUATED)
    assert (entry.actor, entry.task_id, entry.time) == ("rita", job.task.id, LATER)
    assert (entry.body["revision"], entry.body["replaces_revision"]) == ("e" * 64, "f" * 64)
    assert (entry.body["route"], entry.body["verdict"]) == ("REVIEW", "APPROVE")
    assert entry.body["reasons"] == [{"route": "REVIEW", "rule": "fresh"}]


async def test_what_is_asked_already_is_not_recorded(store: Store) -> None:
    job = await leased(store, make_admission(skills=("a", "b")))
    revised = await store.tighten_if_open(found(job, Terms(skills=("b",))))
    assert (revised.changed, revised.opened) == ((), ())
    assert await entries(store, LedgerKind.REEVALUATED) == []


async def test_a_quorum_is_replaced_by_the_larger(store: Store) -> None:
    job = await leased(store)
    quorum = Quorum((Term(1, 1, "risk"), Term(1, 1, "legal")))
    ids = tuple(make_id() for _ in quorum.seats)
    terms = Terms(work=WorkPlan(quorum), ids=ids, groups=frozenset({"legal", "staff"}))
    revised = await store.tighten_if_open(found(job, terms))
    (mine,), (other,) = revised.changed, revised.opened
    assert (mine.task.group, mine.task.term) == ("legal", 1)  # the seat that its holder is fit for
    assert (other.task.group, other.task.term, other.task.state) == ("risk", 0, TaskState.WAITING)
    told = [(entry.kind, entry.task_id) for entry in await entries(store) if entry.time == LATER]
    assert told == [(LedgerKind.REEVALUATED, job.task.id), (LedgerKind.OPENED, other.task.id)]
    again = await store.tighten_if_open(found(mine, replace(terms, ids=(make_id(), make_id()))))
    assert (again.changed, again.opened) == ((), ())


async def test_a_ladder_lets_nobody_in_who_lacks_what_was_added(store: Store) -> None:
    decision = make_decision()
    ladder = (Rung(50, skills=()), Rung(75, notify=True))
    await store.submit([Admission(decision, replace(make_task(decision, skills=("a",)), plan=WorkPlan(ladder=ladder)))])
    (job,) = await store.lease_most_urgent(make_lease_request(START))
    (changed,) = (await store.tighten_if_open(found(job, Terms(skills=("b",))))).changed
    assert changed.task.plan is not None
    assert [rung.skills for rung in changed.task.plan.ladder] == [("b",), None]


async def test_what_is_blocked_now_has_ended(store: Store) -> None:
    seats = await seated(store, Quorum((Term(2, 2),)))
    (held,) = await store.lease_most_urgent(make_lease_request(START))
    revised = await store.block_if_open(found(held, route=Route.BLOCK))
    assert revised.decision.resolution == Resolution(Outcome.BLOCKED, "rule:fresh", LATER, comment="because of fresh")
    assert {job.task.id for job in revised.closed} == {seat.task.id for seat in seats}
    told = [(entry.kind, entry.task_id == held.task.id) for entry in await entries(store) if entry.time == LATER]
    assert told == [(LedgerKind.REEVALUATED, True), (LedgerKind.CLOSED, False)]
    (entry,) = await entries(store, LedgerKind.REEVALUATED)
    assert (entry.body["outcome"], entry.body["resolved_by"]) == ("BLOCKED", "rule:fresh")
    async with refused(store, TaskClosed, *seats):
        await store.settle_if_leased(make_verdict(held))


@pytest.mark.parametrize("method", ["tighten_if_open", "block_if_open"])
async def test_it_concerns_what_was_evaluated(store: Store, method: str) -> None:
    job = await leased(store)
    call = getattr(store, method)
    now = found(job, Terms(skills=("b",)), Route.BLOCK)
    async with refused(store, PayloadChanged, job):
        await call(replace(now, payload_hash="0" * 64))
    with pytest.raises(DecisionNotFound):
        await call(replace(now, decision_id=make_id()))
    await store.settle_if_leased(make_verdict(job))
    async with refused(store, DecisionResolved, job):
        await call(now)


async def test_who_waits_for_work_is_handed_it_by_what_it_asks_now(store: Store) -> None:
    job = await admit(store)
    await store.tighten_if_open(found(job, Terms(skills=("b",))))
    assert await store.lease_most_urgent(make_lease_request(LATER, skills=frozenset())) == []
    (got,) = await store.lease_most_urgent(make_lease_request(LATER, skills=frozenset({"b"})))
    assert got.task.id == (await the_job(store, job.task.id)).task.id


async def test_a_seat_beside_what_was_escalated_climbs_no_ladder(store: Store) -> None:
    """As all that was escalated: the ladder is of the first deadline."""
    plan = WorkPlan(ladder=(Rung(50, queue="seniors"),))
    job = await admit(store, plan=plan, escalation=Escalation("leads", HOUR))
    await store.climb_due(START + HOUR // 2, 10)
    await store.expire_due(job.task.expire_time, 10)
    terms = Terms(work=WorkPlan(Quorum((Term(2, 2),))), ids=(make_id(), make_id()))
    revised = await store.tighten_if_open(found(job, terms))
    (opened,) = revised.opened
    assert (opened.task.queue, opened.task.rung) == ("leads", 0)
    assert await store.climb_due(opened.task.expire_time - 1, 10) == []
