"""Handing out tasks."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.task import Lease, TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Job, position
from tests.builders import LEASE, make_admission, make_decision, make_hold, make_lease_request, make_proposal
from tests.clock import START
from tests.store.helpers import admit, entries


async def lease(store: Store, limit: int = 1, **request: Any) -> list[Job]:
    """Leases as a reviewer who is fit for all, unless `request` says otherwise."""
    return list(await store.lease_most_urgent(make_lease_request(limit=limit, **request)))


async def test_nothing_is_handed_out_where_nothing_waits(store: Store) -> None:
    assert await lease(store) == []
    assert await entries(store) == []


async def test_no_token_no_task(store: Store) -> None:
    await admit(store)
    assert await lease(store, limit=0) == []


async def test_a_lease_names_holder_token_and_end(store: Store) -> None:
    job = await admit(store)
    request = make_lease_request(START + MINUTE, holder="rita")
    (got,) = await store.lease_most_urgent(request)
    assert got.task.id == job.task.id
    assert got.task.state is TaskState.LEASED
    assert got.task.lease == Lease("rita", request.tokens[0], START + MINUTE + LEASE, 1)
    assert got.task.first_lease_time == START + MINUTE
    assert got.decision == job.decision
    assert got == await store.job(job.task.id)


async def test_a_lease_is_in_the_ledger_without_its_token(store: Store) -> None:
    job = await admit(store)
    await lease(store, holder="rita")
    (entry,) = await entries(store, LedgerKind.LEASED)
    assert (entry.actor, entry.task_id, entry.decision_id) == ("rita", job.task.id, job.decision.id)
    assert entry.body == {"epoch": 1, "queue": "refunds", "until": START + LEASE}


async def test_a_leased_task_is_not_handed_out_again(store: Store) -> None:
    await admit(store)
    assert len(await lease(store)) == 1
    assert await lease(store, holder="ben") == []


async def test_the_epoch_counts_leases_and_the_first_one_is_kept(store: Store) -> None:
    await admit(store)
    (first,) = await lease(store)
    await store.release_if_held(make_hold(first.task), "")
    (second,) = await lease(store, now=START + MINUTE)
    assert second.task.lease is not None
    assert second.task.lease.epoch == 2
    assert second.task.first_lease_time == START


async def test_the_most_urgent_comes_first_across_queues_and_skills(store: Store) -> None:
    dice = random.Random(4711)
    for _ in range(60):
        await admit(
            store,
            queue=dice.choice("abc"),
            skills=tuple(sorted(dice.sample(["law", "fraud"], dice.randint(0, 2)))),
            urgency=dice.randint(0, 3),
            deadline=dice.randint(1, 3) * HOUR,
        )
    got = await lease(store, limit=25) + [job for _ in range(35) for job in await lease(store)]
    assert [position(job.task) for job in got] == sorted(position(job.task) for job in got)
    assert len({job.task.id for job in got}) == 60


async def test_tokens_are_given_in_the_order_of_urgency(store: Store) -> None:
    for urgency in (3, 9, 6):
        await admit(store, urgency=urgency)
    request = make_lease_request(limit=5)
    got = await store.lease_most_urgent(request)
    assert [job.task.urgency for job in got] == [9, 6, 3]
    assert [job.task.lease.token for job in got if job.task.lease] == list(request.tokens[:3])


@pytest.mark.parametrize(
    ("queues", "skills", "fit"),
    [
        ({"claims"}, {"law", "fraud"}, True),
        ({"claims"}, {"law", "fraud", "more"}, True),
        ({"other", "claims"}, {"*"}, True),
        ({"*"}, {"*"}, True),
        ({"claims"}, {"law"}, False),
        ({"claims"}, set(), False),
        ({"other"}, {"*"}, False),
        (set(), {"*"}, False),
    ],
)
async def test_a_reviewer_gets_what_they_are_fit_for(
    store: Store, queues: set[str], skills: set[str], fit: bool
) -> None:
    await admit(store, queue="claims", skills=("fraud", "law"))
    got = await lease(store, queues=frozenset(queues), skills=frozenset(skills))
    assert len(got) == fit


async def test_nobody_gets_what_they_submitted(store: Store) -> None:
    await admit(store, make_admission(make_decision(submitter="rita"), urgency=20))
    other = await admit(store, urgency=1)
    assert [job.task.id for job in await lease(store, limit=5, holder="rita")] == [other.task.id]
    assert len(await lease(store, limit=5, holder="ben")) == 1


async def test_nobody_gets_what_was_submitted_on_their_behalf(store: Store) -> None:
    acting = make_decision(make_proposal(on_behalf_of="rita"))
    await admit(store, make_admission(acting, urgency=20))
    other = await admit(store, urgency=1)
    got = await lease(store, limit=5, holder="rita")
    assert [job.task.id for job in got] == [other.task.id]
    (got_by_ben,) = await lease(store, limit=5, holder="ben")
    assert got_by_ben.decision.proposal.on_behalf_of == "rita"


async def test_of_the_tasks_named_only_those_that_fit_are_leased(store: Store) -> None:
    fit, *others = [
        await admit(store, urgency=1),
        await admit(store, urgency=9, queue="claims"),
        await admit(store, urgency=8, skills=("law",)),
        await admit(store, make_admission(make_decision(submitter="rita"), urgency=7)),
        await admit(store, make_admission(make_decision(make_proposal(on_behalf_of="rita")), urgency=6)),
        await admit(store, urgency=5),
        await admit(store, urgency=4),
    ]
    *named, last, unnamed = [job.task.id for job in others]
    only = frozenset({fit.task.id, *named, last, "no-such-task"})
    mine: dict[str, Any] = {"queues": frozenset({"refunds"}), "skills": frozenset({"fraud"}), "limit": 9}
    got = await lease(store, only=only, **mine)
    assert [job.task.id for job in got] == [last, fit.task.id]
    assert await lease(store, only=only, **mine) == []
    assert await lease(store, only=frozenset(), **mine) == []
    assert [job.task.id for job in await lease(store, **mine)] == [unnamed]


async def test_of_the_tasks_named_the_most_urgent_come_first_and_no_more_than_there_are_tokens(store: Store) -> None:
    jobs = [await admit(store, urgency=urgency) for urgency in (3, 9, 6, 7)]
    only = frozenset(job.task.id for job in jobs[:3])
    got = await lease(store, limit=2, only=only)
    assert [job.task.urgency for job in got] == [9, 6]


async def test_reviewers_who_ask_for_the_same_tasks_at_once_get_each_once(store: Store) -> None:
    jobs = [await admit(store) for _ in range(12)]
    only = frozenset(job.task.id for job in jobs)
    got = await asyncio.gather(
        *(lease(store, limit=4, holder=name, only=only) for name in ("ann", "ben", "cas", "dee"))
    )
    assert sorted(job.task.id for some in got for job in some) == sorted(only)


async def test_a_hundred_reviewers_never_share_a_task(store: Store) -> None:
    await store.submit([make_admission() for _ in range(250)])
    requests = [make_lease_request(holder=f"reviewer-{number}", limit=3) for number in range(100)]
    got = await asyncio.gather(*(store.lease_most_urgent(request) for request in requests))
    ids = [job.task.id for jobs in got for job in jobs]
    assert len(ids) == len(set(ids)) == 250
    for request, jobs in zip(requests, got, strict=True):
        assert {job.task.lease.holder for job in jobs if job.task.lease} <= {request.holder}


async def test_a_lapsed_lease_must_be_reclaimed_before_it_is_handed_out(store: Store) -> None:
    await admit(store)
    await lease(store)
    assert await lease(store, now=START + LEASE) == []
    await store.reclaim_lapsed(START + LEASE, 10)
    assert len(await lease(store, now=START + LEASE)) == 1


async def test_held_are_leases_in_force_oldest_first(store: Store) -> None:
    await store.submit([make_admission(urgency=urgency) for urgency in (1, 2, 3)])
    late, soon = START + HOUR, START + LEASE
    (first,) = await lease(store, until=late)
    (second,) = await lease(store, now=START + 1, until=soon)
    await lease(store, now=START, holder="ben")
    assert list(await store.held_by("rita", START + 1)) == [first, second]
    assert list(await store.held_by("rita", soon)) == [first]
    assert list(await store.held_by("nobody", START)) == []
