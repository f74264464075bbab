"""Withdrawing decisions."""

from __future__ import annotations

import pytest

from andon.domain.decision import Outcome, Resolution, Route
from andon.domain.errors import DecisionNotFound, DecisionResolved, RequestIdReused, TaskClosed
from andon.domain.task import TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Cancellation, RequestKey
from tests.builders import make_admission, make_decision, make_hold, make_id, make_request, make_verdict
from tests.clock import START
from tests.store.helpers import admit, admitted, entries, leased, refused


def cancellation(decision_id: str, request: RequestKey | None = None) -> Cancellation:
    """The submitter's wish to withdraw a decision."""
    return Cancellation(decision_id, "refund-service", "not needed", START + 5, request)


async def test_a_cancelled_decision_has_ended(store: Store) -> None:
    job = await admit(store)
    decision = await store.cancel_if_open(cancellation(job.decision.id))
    assert decision.resolution == Resolution(Outcome.CANCELLED, "refund-service", START + 5, None, "not needed")
    assert decision.expire_time is None
    assert await store.decision(decision.id) == decision
    closed = await store.job(job.task.id)
    assert closed is not None
    assert closed.task.state is TaskState.CANCELLED
    (entry,) = await entries(store, LedgerKind.CANCELLED)
    assert (entry.actor, entry.decision_id, entry.task_id) == ("refund-service", decision.id, job.task.id)
    assert entry.said == {"comment": "not needed", "outcome": "CANCELLED"}


async def test_a_task_is_closed_under_its_holders_hands(store: Store) -> None:
    job = await leased(store)
    await store.cancel_if_open(cancellation(job.decision.id))
    async with refused(store, TaskClosed, job):
        await store.settle_if_leased(make_verdict(job))
    async with refused(store, TaskClosed, job):
        await store.renew_if_held(make_hold(job.task), START + 100)
    assert await store.held_by("rita", START) == []


async def test_an_unknown_decision_is_not_found(store: Store) -> None:
    async with refused(store, DecisionNotFound):
        await store.cancel_if_open(cancellation(make_id(), make_request()))


async def test_what_has_ended_is_not_cancelled(store: Store) -> None:
    decision = await admitted(store, make_admission(make_decision(route=Route.AUTO_APPROVE)))
    async with refused(store, DecisionResolved):
        await store.cancel_if_open(cancellation(decision.id))
    assert await store.decision(decision.id) == decision


async def test_a_second_cancellation_is_told_how_it_ended(store: Store) -> None:
    job = await admit(store)
    await store.cancel_if_open(cancellation(job.decision.id))
    with pytest.raises(DecisionResolved, match="CANCELLED"):
        await store.cancel_if_open(cancellation(job.decision.id))


async def test_a_repeated_request_gives_the_cancelled_decision_again(store: Store) -> None:
    job = await admit(store)
    wish = cancellation(job.decision.id, make_request())
    first = await store.cancel_if_open(wish)
    assert await store.cancel_if_open(wish) == first
    assert len(await entries(store, LedgerKind.CANCELLED)) == 1


async def test_a_request_id_is_not_used_for_another_cancellation(store: Store) -> None:
    job, other = await admit(store), await admit(store)
    await store.cancel_if_open(cancellation(job.decision.id, make_request(request_id="one")))
    async with refused(store, RequestIdReused, other):
        await store.cancel_if_open(cancellation(other.decision.id, make_request(request_id="one", body="b")))


async def test_a_cancelled_task_is_due_for_nothing(store: Store) -> None:
    job = await leased(store)
    await store.cancel_if_open(cancellation(job.decision.id))
    assert await store.next_due(1) is None
    assert await store.expire_due(job.task.expire_time, 10) == []
    assert await store.reclaim_lapsed(job.task.expire_time, 10) == []
