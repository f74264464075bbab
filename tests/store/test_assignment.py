"""Who is not handed a task: those who judged or passed on its decision, who hold another of it, are away, or full."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.priority import TOP
from andon.domain.rota import Rota
from andon.domain.task import Escalation
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Absence, Admission, Job, LeaseRequest
from tests.builders import LEASE, make_admission, make_hold, make_id, make_lease_request, make_verdict
from tests.clock import START
from tests.store.engines import Engine
from tests.store.helpers import admit, check_whole, entries, leased


def seats(count: int, **task: Any) -> Admission:
    """A decision about which so many people are asked."""
    admission = make_admission(**task)
    assert admission.task is not None
    siblings = tuple(replace(admission.task, id=make_id()) for _ in range(count - 1))
    return replace(admission, siblings=siblings)


async def lease(store: Store, limit: int = 1, **request: Any) -> list[Job]:
    return list(await store.lease_most_urgent(make_lease_request(limit=limit, **request)))


def decisions(jobs: Sequence[Job]) -> list[str]:
    return [job.decision.id for job in jobs]


async def test_nobody_is_handed_what_they_have_passed_on(store: Store) -> None:
    job = await leased(store)
    await store.release_if_held(make_hold(job.task), "not mine", skip=True)
    assert await lease(store) == []
    (entry,) = await entries(store, LedgerKind.RELEASED)
    assert entry.said == {"comment": "not mine", "queue": "refunds", "skip": True}
    (got,) = await lease(store, holder="ben")
    assert got.task.id == job.task.id


@pytest.mark.parametrize("among", [False, True])
async def test_a_stream_is_not_handed_what_was_given_back_from_it(store: Store, among: bool) -> None:
    job, other = await admit(store, urgency=20), await admit(store, urgency=10)
    only = frozenset({job.task.id, other.task.id}) if among else None
    (got,) = await lease(store, only=only, given_back=frozenset({job.task.id}))
    assert got.task.id == other.task.id
    assert await lease(store, only=only, given_back=frozenset({job.task.id})) == []
    (later,) = await lease(store)
    assert later.task.id == job.task.id, "another stream is"


async def test_what_was_given_back_without_passing_on_it_comes_back(store: Store) -> None:
    job = await leased(store)
    await store.release_if_held(make_hold(job.task), "")
    (entry,) = await entries(store, LedgerKind.RELEASED)
    assert (entry.said, entry.words) == ({"queue": "refunds"}, "")
    (again,) = await lease(store)
    assert again.task.id == job.task.id


async def test_passing_on_twice_is_as_once(store: Store) -> None:
    both = seats(2)
    await store.submit([both])
    (first,) = await lease(store)
    await store.release_if_held(make_hold(first.task), "", skip=True)
    assert await lease(store) == []


async def test_who_hands_a_task_on_is_not_handed_it_in_its_next_queue(store: Store) -> None:
    job = await leased(store, make_admission(escalation=Escalation("senior", HOUR)))
    await store.escalate_if_held(make_hold(job.task), "")
    assert await lease(store) == []
    (got,) = await lease(store, holder="ben")
    assert got.task.queue == "senior"


async def test_a_refused_release_bars_nobody(store: Store) -> None:
    job = await leased(store)
    with pytest.raises(Exception, match="lease"):
        await store.release_if_held(replace(make_hold(job.task), token="stale"), "", skip=True)
    await store.release_if_held(make_hold(job.task), "")
    assert len(await lease(store)) == 1


async def test_nobody_holds_two_seats_of_one_decision(store: Store) -> None:
    await store.submit([seats(3, urgency=5)])
    other = await admit(store, urgency=1)
    got = await lease(store, limit=4)
    assert decisions(got)[1:] == [other.decision.id]
    assert await lease(store, limit=4) == []
    assert len(await lease(store, limit=4, holder="ben")) == 1


async def test_who_gave_their_seat_back_may_be_handed_another(store: Store) -> None:
    await store.submit([seats(2)])
    (first,) = await lease(store)
    await store.release_if_held(make_hold(first.task), "")
    assert len(await lease(store)) == 1


async def test_a_lapsed_seat_that_nobody_has_reclaimed_is_still_held(store: Store) -> None:
    await store.submit([seats(2)])
    await lease(store)
    assert await lease(store, now=START + LEASE) == []
    await store.reclaim_lapsed(START + LEASE, 10)
    assert len(await lease(store, now=START + LEASE)) == 1


async def test_as_many_as_are_asked_for_come_past_many_seats_of_few_decisions(store: Store) -> None:
    crowded = [seats(40, urgency=9) for _ in range(3)]
    await store.submit(crowded)
    plain = [await admit(store, urgency=1) for _ in range(3)]
    got = await lease(store, limit=5)
    expected = [admission.decision.id for admission in crowded] + decisions(plain)[:2]
    assert decisions(got) == expected
    only = frozenset(task.id for admission in crowded for task in admission.tasks) | {plain[2].task.id}
    assert len(await lease(store, limit=5, holder="ben", only=only)) == 4


async def test_no_judge_is_asked_again(store: Store) -> None:
    both = seats(2)
    await store.submit([both])
    (first,) = await lease(store)
    await store.settle_if_leased(make_verdict(first))
    assert first.decision.id not in decisions(await lease(store, limit=5))


async def test_a_cap_bounds_what_one_reviewer_holds_on_all_their_streams(store: Store) -> None:
    await store.submit([make_admission() for _ in range(9)])
    assert len(await lease(store, limit=2, cap=3)) == 2
    assert len(await lease(store, limit=2, cap=3)) == 1
    assert await lease(store, limit=2, cap=3) == []
    assert len(await lease(store, limit=2, cap=3, holder="ben")) == 2
    assert len(await lease(store, limit=9, cap=3, now=START + LEASE)) == 3  # what lapsed counts no more


async def test_who_is_away_is_handed_nothing(store: Store) -> None:
    job = await leased(store)
    await admit(store)
    assert await store.set_absence("rita", Absence(), START)
    assert await lease(store) == []
    assert await lease(store, only=frozenset({job.task.id})) == []
    assert await store.absence("rita", START) == Absence()
    assert list(await store.held_by("rita", START)) == [job], "what they hold stays theirs"
    assert await store.set_absence("rita", None, START)
    assert await store.absence("rita", START) is None
    assert len(await lease(store)) == 1


async def test_an_absence_ends_by_itself(store: Store) -> None:
    await admit(store)
    back = START + MINUTE
    await store.set_absence("rita", Absence(back), START)
    assert await lease(store, now=back - 1) == []
    assert await store.absence("rita", back) is None
    assert len(await lease(store, now=back)) == 1


async def test_who_has_come_back_stays_when_the_clock_is_set_back(store: Store) -> None:
    job = await admit(store)
    await store.set_absence("rita", Absence(START + MINUTE), START)
    assert not await store.set_absence("rita", None, START + MINUTE)
    assert await store.absence("rita", START) is None
    assert decisions(await lease(store)) == [job.decision.id]


async def test_only_news_of_an_absence_is_recorded(store: Store) -> None:
    assert not await store.set_absence("rita", None, START)
    assert await store.set_absence("rita", Absence(START + HOUR), START)
    assert not await store.set_absence("rita", Absence(START + HOUR), START + 1)
    assert await store.set_absence("rita", Absence(), START + 2)
    assert await store.set_absence("rita", None, START + 3)
    told = await entries(store, LedgerKind.AVAILABILITY)
    assert [(entry.actor, entry.time, entry.task_id) for entry in told] == [
        ("rita", START, ""),
        ("rita", START + 2, ""),
        ("rita", START + 3, ""),
    ]
    assert [entry.body for entry in told] == [
        {"availability": "AWAY", "resume_time": START + HOUR},
        {"availability": "AWAY", "resume_time": None},
        {"availability": "AVAILABLE", "resume_time": None},
    ]


async def test_a_hundred_reviewers_at_once_never_hold_two_seats_of_a_decision(store: Store) -> None:
    await store.submit([seats(2) for _ in range(60)])
    asked = [make_lease_request(holder=f"reviewer-{number}", limit=3) for number in range(100)]
    got = await asyncio.gather(*(store.lease_most_urgent(request) for request in asked))
    ids = [job.task.id for jobs in got for job in jobs]
    assert len(ids) == len(set(ids)) == 120
    for jobs in got:
        assert len(set(decisions(jobs))) == len(jobs)


async def test_one_person_on_several_servers_at_once_keeps_to_cap_and_seats(engine: Engine) -> None:
    servers = [await engine.open()]
    if servers[0].shared:
        servers += [await engine.open() for _ in range(2)]
    await servers[0].submit([seats(4) for _ in range(12)])
    asks = [servers[number % len(servers)].lease_most_urgent(_mine(number)) for number in range(12)]
    got = [job for jobs in await asyncio.gather(*asks) for job in jobs]
    assert len(got) == len(set(decisions(got))) == 10
    await check_whole(servers[0])
    for server in servers:
        await server.close()


def _mine(number: int) -> LeaseRequest:
    return make_lease_request(START + number, limit=2, cap=10)


async def test_with_weights_queues_take_turns_within_a_level(store: Store) -> None:
    for queue in ("letters", "refunds"):
        await store.submit([make_admission(queue=queue, urgency=10 + number % 5) for number in range(20)])
    got = await lease(store, limit=8, rota=Rota({"refunds": 3.0}))
    assert sorted(job.task.queue for job in got) == ["letters"] * 2 + ["refunds"] * 6
    for queue in ("letters", "refunds"):
        urgencies = [job.task.urgency for job in got if job.task.queue == queue]
        assert urgencies == sorted(urgencies, reverse=True)


async def test_with_weights_a_higher_level_comes_first_and_the_top_by_deadline(store: Store) -> None:
    await admit(store, queue="refunds", urgency=19)
    await admit(store, queue="letters", urgency=20)
    await admit(store, queue="letters", urgency=TOP, deadline=2 * HOUR)
    await admit(store, queue="refunds", urgency=TOP, deadline=3 * HOUR)
    await admit(store, queue="letters", urgency=TOP, deadline=HOUR)
    await admit(store, queue="refunds", urgency=29)
    rota = Rota({"letters": 0.5, "refunds": 50.0})
    got = await lease(store, limit=9, rota=rota)
    assert [(job.task.queue, job.task.urgency) for job in got] == [
        ("letters", TOP), ("letters", TOP), ("refunds", TOP), ("refunds", 29), ("letters", 20), ("refunds", 19),
    ]  # fmt: skip


async def test_with_weights_each_gets_what_a_slow_choice_would_give(store: Store) -> None:
    dice = Random(4711)
    queues, weights = ("a", "b", "c"), {"a": 4.0, "b": 0.5}
    waiting = []
    for _ in range(40):
        job = await admit(store, queue=dice.choice(queues), urgency=dice.choice((0, 5, 12, 25, TOP)))
        waiting.append(job.task)
    rota = Rota(weights)
    for limit in (1, 7, 2, 15, 15):
        got = await lease(store, limit=limit, rota=rota)
        for job in got:
            level = max(min(task.urgency, TOP) // 10 for task in waiting)
            assert job.task.urgency // 10 == level
            waiting = [task for task in waiting if task.id != job.task.id]
            rota = rota.after(job.task.queue)
    assert not waiting
