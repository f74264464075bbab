"""Renewing, releasing and escalating what one holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.errors import LeaseLost, NoEscalation, TaskClosed, TaskNotFound
from andon.domain.task import Escalation, TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Hold
from tests.builders import LEASE, make_admission, make_hold, make_id, make_lease_request
from tests.clock import START
from tests.store.helpers import admit, entries, leased, refused

PLAN: Final = Escalation("leads", 2 * HOUR, ("law",))
CLAIMS: Final[Mapping[str, Callable[[Store, Hold], Awaitable[Any]]]] = {
    "renew": lambda store, hold: store.renew_if_held(hold, hold.now + HOUR),
    "release": lambda store, hold: store.release_if_held(hold, ""),
    "escalate": lambda store, hold: store.escalate_if_held(hold, ""),
}
every_claim = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())


async def test_a_renewed_lease_ends_later(store: Store) -> None:
    job = await leased(store)
    task = await store.renew_if_held(make_hold(job.task, START + 1), START + HOUR)
    assert task.lease is not None
    assert job.task.lease is not None
    assert task.lease.expire_time == START + HOUR
    assert (task.lease.token, task.lease.epoch) == (job.task.lease.token, 1)
    assert (await store.reclaim_lapsed(START + HOUR - 1, 10)) == []
    assert len(await store.reclaim_lapsed(START + HOUR, 10)) == 1


async def test_renewing_is_not_in_the_ledger(store: Store) -> None:
    job = await leased(store)
    before = await entries(store)
    await store.renew_if_held(make_hold(job.task), START + HOUR)
    assert await entries(store) == before


async def test_a_released_task_waits_again_in_its_place(store: Store) -> None:
    job = await leased(store)
    task = await store.release_if_held(make_hold(job.task), "not mine to say")
    assert (task.state, task.lease, task.queue) == (TaskState.WAITING, None, job.task.queue)
    stored = await store.job(task.id)
    assert stored is not None
    assert stored.task == task
    (entry,) = await entries(store, LedgerKind.RELEASED)
    assert (entry.actor, entry.task_id) == ("rita", task.id)
    assert entry.said == {"comment": "not mine to say", "queue": "refunds"}


async def test_an_escalated_task_starts_anew_in_its_next_queue(store: Store) -> None:
    job = await leased(store, make_admission(escalation=PLAN, skills=("refunds",)))
    moved = await store.escalate_if_held(make_hold(job.task, START + MINUTE - 1), "above my limit")
    task = moved.task
    assert (task.state, task.lease, task.queue, task.skills) == (TaskState.WAITING, None, "leads", ("law",))
    assert task.expire_time == START + MINUTE - 1 + 2 * HOUR
    assert (task.escalation, task.escalations) == (None, 1)
    assert (moved.decision.expire_time, moved.decision.queue) == (task.expire_time, "leads")
    assert moved == await store.job(task.id)
    (entry,) = await entries(store, LedgerKind.ESCALATED)
    assert (entry.actor, entry.said) == ("rita", {"comment": "above my limit", "left": "refunds", "queue": "leads"})


async def test_an_escalated_task_goes_to_those_fit_for_it_now(store: Store) -> None:
    job = await leased(store, make_admission(escalation=PLAN))
    await store.escalate_if_held(make_hold(job.task), "")
    assert await store.lease_most_urgent(make_lease_request(queues=frozenset({"refunds"}))) == []
    (got,) = await store.lease_most_urgent(
        make_lease_request(holder="ben", queues=frozenset({"leads"}), skills=frozenset({"law"}))
    )
    assert got.task.id == job.task.id


async def test_the_plan_is_used_up_after_one_escalation(store: Store) -> None:
    job = await leased(store, make_admission(escalation=PLAN))
    await store.escalate_if_held(make_hold(job.task), "")
    (again,) = await store.lease_most_urgent(make_lease_request(holder="ben"))
    async with refused(store, NoEscalation, again):
        await store.escalate_if_held(make_hold(again.task), "")


async def test_without_a_plan_there_is_no_escalation(store: Store) -> None:
    job = await leased(store)
    async with refused(store, NoEscalation, job):
        await store.escalate_if_held(make_hold(job.task), "")


@every_claim
async def test_an_unknown_task_can_not_be_held(store: Store, claim: Callable[[Store, Hold], Awaitable[Any]]) -> None:
    async with refused(store, TaskNotFound):
        await claim(store, Hold(make_id(), "rita", "token", START))


@every_claim
@pytest.mark.parametrize("false", [{"token": "other"}, {"holder": "ben"}, {"now": START + LEASE}], ids=str)
async def test_a_false_claim_changes_nothing(
    store: Store, claim: Callable[[Store, Hold], Awaitable[Any]], false: dict[str, Any]
) -> None:
    job = await leased(store, make_admission(escalation=PLAN))
    async with refused(store, LeaseLost, job):
        await claim(store, make_hold(job.task, **false))


@every_claim
async def test_a_waiting_task_is_nobodys(store: Store, claim: Callable[[Store, Hold], Awaitable[Any]]) -> None:
    job = await admit(store, make_admission(escalation=PLAN))
    async with refused(store, LeaseLost, job):
        await claim(store, make_hold(job.task))


@every_claim
async def test_a_lease_is_good_until_the_moment_it_lapses(
    store: Store, claim: Callable[[Store, Hold], Awaitable[Any]]
) -> None:
    job = await leased(store, make_admission(escalation=PLAN))
    await claim(store, make_hold(job.task, START + LEASE - 1))


@every_claim
async def test_an_old_token_does_not_hold_a_task_leased_anew(
    store: Store, claim: Callable[[Store, Hold], Awaitable[Any]]
) -> None:
    job = await leased(store, make_admission(escalation=PLAN))
    await store.reclaim_lapsed(START + LEASE, 10)
    (again,) = await store.lease_most_urgent(make_lease_request(START + LEASE))
    async with refused(store, LeaseLost, again):
        await claim(store, make_hold(job.task, START + LEASE))


@every_claim
async def test_a_closed_task_is_closed_before_the_lease_is_lost(
    store: Store, claim: Callable[[Store, Hold], Awaitable[Any]]
) -> None:
    job = await leased(store)
    await store.expire_due(job.task.expire_time, 10)
    async with refused(store, TaskClosed, job):
        await claim(store, make_hold(job.task, token="other"))
