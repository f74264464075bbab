"""Recording a decision in the place of another: both or neither."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.decision import Outcome, Resolution, Route
from andon.domain.errors import AndonError, DecisionNotFound, DecisionResolved, RequestIdReused, TaskClosed
from andon.domain.plan import Quorum, Term
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admission, Cancellation, RequestKey
from tests.builders import make_admission, make_decision, make_id, make_lease_request, make_request, make_verdict
from tests.clock import START
from tests.store.helpers import admit, entries, leased, refused, seated, the_job


def in_place_of(decision_id: str, *, request: RequestKey | None = None, route: Route = Route.REVIEW) -> Admission:
    """A decision that is to take the place of another."""
    return make_admission(replace(make_decision(route=route), supersedes=decision_id), request=request)


def withdrawal(decision_id: str, admission: Admission) -> Cancellation:
    """The end of the one it takes the place of."""
    return Cancellation(decision_id, "refund-service", f"superseded by {admission.decision.name}", START + 5)


async def test_the_new_is_recorded_and_the_old_has_ended(store: Store) -> None:
    job = await leased(store)
    new = in_place_of(job.decision.id)
    wish = withdrawal(job.decision.id, new)
    superseded = await store.supersede_if_open(new, wish)
    recorded = superseded.admitted.decision
    assert (recorded.id, recorded.supersedes, recorded.sequence) == (new.decision.id, job.decision.id, 2)
    assert not superseded.admitted.replayed
    assert recorded == await store.decision(recorded.id)
    old = superseded.old
    assert old is not None
    assert old == await store.decision(old.id)
    assert (old.superseded_by, old.expire_time) == (recorded.id, None)
    assert old.resolution == Resolution(Outcome.CANCELLED, "refund-service", START + 5, None, wish.comment)
    assert [closed.task.state for closed in superseded.closed] == [TaskState.CANCELLED]
    async with refused(store, TaskClosed, job):
        await store.settle_if_leased(make_verdict(job))
    (waiting,) = await store.lease_most_urgent(make_lease_request(START))
    assert waiting.decision == recorded


async def test_all_seats_of_the_old_end_and_the_ledger_says_so(store: Store) -> None:
    seats = await seated(store, Quorum((Term(2, 2),)))
    old = seats[0].decision
    new = in_place_of(old.id)
    await store.supersede_if_open(new, withdrawal(old.id, new))
    states = [(await the_job(store, seat.task.id)).task.state for seat in seats]
    assert states == [TaskState.CANCELLED] * 2
    first, second, third = (await entries(store))[1:]
    assert (first.kind, first.decision_id, first.actor) == (LedgerKind.CANCELLED, old.id, "refund-service")
    assert first.said["comment"] == f"superseded by {new.decision.name}"
    assert (second.kind, second.decision_id) == (LedgerKind.CLOSED, old.id)
    assert (third.kind, third.decision_id, third.body["supersedes"]) == (
        LedgerKind.SUBMITTED,
        new.decision.id,
        old.id,
    )
    assert {first.task_id, second.task_id} == {seat.task.id for seat in seats}


async def test_one_that_needs_nobody_supersedes_as_well(store: Store) -> None:
    job = await admit(store)
    new = in_place_of(job.decision.id, route=Route.AUTO_APPROVE)
    superseded = await store.supersede_if_open(new, withdrawal(job.decision.id, new))
    assert superseded.admitted.decision.resolution is not None
    assert superseded.admitted.decision.resolution.outcome is Outcome.AUTO_APPROVED


async def test_nothing_is_recorded_where_the_old_has_ended(store: Store) -> None:
    job = await leased(store)
    await store.settle_if_leased(make_verdict(job))
    new = in_place_of(job.decision.id, request=make_request())
    for _ in range(2):
        async with refused(store, DecisionResolved, job):
            await store.supersede_if_open(new, withdrawal(job.decision.id, new))
    unknown = in_place_of(make_id())
    with pytest.raises(DecisionNotFound):
        await store.supersede_if_open(unknown, withdrawal(unknown.decision.supersedes, unknown))
    assert len(await store.list_decisions(DecisionQuery(10))) == 1


async def test_a_repetition_gives_what_it_recorded(store: Store) -> None:
    job, request = await admit(store), make_request()
    new = in_place_of(job.decision.id, request=request)
    first = await store.supersede_if_open(new, withdrawal(job.decision.id, new))
    anew = in_place_of(job.decision.id, request=request)
    again = await store.supersede_if_open(anew, withdrawal(job.decision.id, anew))
    assert (again.admitted.decision, again.admitted.replayed) == (first.admitted.decision, True)
    assert (again.old, again.closed) == (None, ())
    other = in_place_of(job.decision.id, request=replace(request, body_hash="b" * 64))
    async with refused(store, RequestIdReused, job):
        await store.supersede_if_open(other, withdrawal(job.decision.id, other))


async def test_a_request_id_of_another_submission_is_refused(store: Store) -> None:
    request = make_request()
    await admit(store, make_admission(request=request))
    job = await admit(store)
    new = in_place_of(job.decision.id, request=replace(request, body_hash="b" * 64))
    async with refused(store, RequestIdReused, job):
        await store.supersede_if_open(new, withdrawal(job.decision.id, new))


async def test_repetitions_at_once_supersede_once(store: Store) -> None:
    for _ in range(5):
        job, request = await admit(store), make_request()
        made = [in_place_of(job.decision.id, request=request) for _ in range(3)]
        answers = await asyncio.gather(
            *(store.supersede_if_open(new, withdrawal(job.decision.id, new)) for new in made)
        )
        assert len({answer.admitted.decision.id for answer in answers}) == 1
        assert sorted(answer.admitted.replayed for answer in answers) == [False, True, True]


async def test_a_verdict_and_a_successor_at_once_end_it_once(store: Store) -> None:
    for _ in range(8):
        job = await leased(store)
        new = in_place_of(job.decision.id)
        answers = await asyncio.gather(
            store.settle_if_leased(make_verdict(job)),
            store.supersede_if_open(new, withdrawal(job.decision.id, new)),
            return_exceptions=True,
        )
        assert sum(isinstance(answer, AndonError) for answer in answers) == 1
        old, recorded = await store.decision(job.decision.id), await store.decision(new.decision.id)
        assert old is not None
        assert old.resolution is not None
        superseded = old.resolution.outcome is Outcome.CANCELLED
        assert (recorded is not None, old.superseded_by) == (superseded, new.decision.id if superseded else "")
        for waiting in await store.lease_most_urgent(make_lease_request(START, limit=9)):
            await store.settle_if_leased(make_verdict(waiting))
