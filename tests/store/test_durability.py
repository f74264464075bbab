"""What is acknowledged stays, whatever happens to the server."""

from __future__ import annotations

import asyncio

import pytest

from andon.domain.errors import StoreUnavailable
from andon.domain.search import DecisionQuery
from andon.store.ledger import first_fault
from andon.store.port import Store
from andon.store.values import Admitted
from tests.builders import make_admission, make_hold, make_lease_request, make_request, make_verdict
from tests.clock import START
from tests.store.engines import ORDER, PLAIN, Engine
from tests.store.helpers import admit, admitted, entries, leased


async def everything(store: Store) -> tuple[object, ...]:
    """All that can be read, to be compared."""
    decisions = await store.list_decisions(DecisionQuery(1_000))
    jobs = [await store.job(decision.task_id) for decision in decisions]
    return decisions, jobs, await entries(store), await store.last_sample(), await store.recent_waits(9)


async def live(store: Store) -> None:
    """A little of everything."""
    jobs = [await leased(store, make_admission(queue=f"queue-{number}")) for number in range(4)]
    await store.settle_if_leased(make_verdict(jobs[0], request=make_request("rita", "one")))
    await store.release_if_held(make_hold(jobs[1].task), "")
    await store.secret("coin", b"secret")


async def test_reopening_keeps_everything(engine: Engine) -> None:
    store = await engine.open()
    await live(store)
    before = await everything(store)
    await store.close()
    store = await engine.open()
    assert await everything(store) == before
    assert await store.secret("coin", b"other") == b"secret"
    assert (await admitted(store)).sequence == 5
    assert first_fault(await entries(store)) is None
    await store.close()


async def test_a_crash_keeps_all_that_was_acknowledged(engine: Engine, store: Store) -> None:
    await live(store)
    rest = await (await engine.crash()).open()
    assert await everything(rest) == await everything(store)
    await rest.close()


async def test_request_ids_are_known_after_a_crash(engine: Engine, store: Store) -> None:
    request = make_request()
    first = await admitted(store, make_admission(request=request))
    rest = await (await engine.crash()).open()
    (again,) = await rest.submit([make_admission(request=request)])
    assert again == Admitted(first, replayed=True)
    await rest.close()


async def test_what_was_closed_can_be_opened(engine: Engine) -> None:
    for _ in range(2):
        store = await engine.open()
        await admitted(store)
        await store.close()


@pytest.mark.needs(PLAIN)
async def test_closing_finishes_what_was_accepted(engine: Engine) -> None:
    store = await engine.open()
    waiting = [asyncio.create_task(store.submit([make_admission()])) for _ in range(50)]
    await asyncio.sleep(0)
    await store.close()
    answers = await asyncio.gather(*waiting)
    assert all(isinstance(answer, Admitted) for (answer,) in answers)
    store = await engine.open()
    assert len(await store.list_decisions(DecisionQuery(100))) == 50
    await store.close()


async def test_a_closed_store_accepts_nothing(engine: Engine) -> None:
    store = await engine.open()
    for _ in range(2):
        await store.close()
    with pytest.raises(StoreUnavailable):
        await store.submit([make_admission()])
    with pytest.raises(StoreUnavailable):
        await store.decision("any")
    with pytest.raises(StoreUnavailable):
        await store.ping()


async def test_a_caller_that_goes_away_disturbs_nobody(store: Store) -> None:
    tasks = [asyncio.create_task(store.submit([make_admission()])) for _ in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False, False] * 10
    recorded = await store.list_decisions(DecisionQuery(100))
    acknowledged = {one.decision.id for answer in answers if isinstance(answer, list) for one in answer}
    assert acknowledged <= {decision.id for decision in recorded}
    assert (await admitted(store)).sequence == len(recorded) + 1


@pytest.mark.needs(ORDER)
async def test_a_refusal_disturbs_nobody_in_its_group(store: Store) -> None:
    job = await leased(store)
    false = make_verdict(job, hold=make_hold(job.task, token="other"))
    work = (
        store.submit([make_admission()]),
        store.settle_if_leased(false),
        store.submit([make_admission()]),
        store.settle_if_leased(make_verdict(job)),
        store.lease_most_urgent(make_lease_request(START, limit=5)),
    )
    answers = await asyncio.gather(*work, return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False, False, False]
    assert len(await entries(store)) == 2 + 2 + 1 + 2


@pytest.mark.needs(ORDER)
async def test_what_comes_together_is_seen_in_its_order(store: Store) -> None:
    first = asyncio.create_task(admit(store))
    second = asyncio.create_task(store.lease_most_urgent(make_lease_request(limit=5)))
    third = asyncio.create_task(admit(store))
    got = await second
    assert [job.task.id for job in got] == [(await first).task.id]
    await third
