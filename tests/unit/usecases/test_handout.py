"""Handing out where policies keep some reviewers from some decisions."""

from __future__ import annotations

from typing import Any

import pytest

from andon.domain.clock import HOUR
from andon.domain.errors import ConflictOfInterest, StoreUnavailable
from andon.domain.review import Verdict
from andon.policy.api import TaskPlan
from andon.store.values import LeaseRequest
from andon.usecases import handout
from andon.usecases.seat import EventType
from tests.unit.usecases.world import World, reviewer


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three, so that a few tasks fill several."""
    monkeypatch.setattr(handout, "PAGE", 3)


async def test_without_conflicts_no_task_is_looked_at_before_it_is_leased(world: World) -> None:
    world.store.list_tasks = None  # type: ignore[attr-defined]  # nobody may call it
    await world.submitted()
    assert (await world.desk().leased()).task.lease is not None


async def test_what_a_reviewer_is_kept_from_goes_to_others_in_the_order_of_urgency(world: World) -> None:
    world.keep("theirs", "rita")
    kept = [(await world.submitted("theirs")).decision.task_id for _ in range(7)]
    free = [(await world.submitted("free")).decision.task_id for _ in range(2)]
    rita, ben = world.desk(reviewer("rita"), credits=9), world.desk(reviewer("ben"), credits=5)
    await rita.until(EventType.SYNCED)
    await ben.leased(5)
    await world.quiet()
    assert [job.task.id for job in rita.of(EventType.LEASED)] == free
    assert [job.task.id for job in ben.of(EventType.LEASED)] == kept[:5]


async def test_a_reviewer_of_one_queue_is_shown_no_other(world: World) -> None:
    world.keep("elsewhere", "nobody")
    world.policies.plans = {"loan.grant": TaskPlan("loans", 90, (), HOUR, None, None)}
    for _ in range(4):
        await world.submitted("loan.grant")
    mine = (await world.submitted()).decision.task_id
    desk = await world.idle_desk(reviewer("rita"), "refunds", credits=9)
    assert [job.task.id for job in desk.of(EventType.LEASED)] == [mine]


async def test_what_another_takes_meanwhile_is_made_up_for(world: World) -> None:
    world.keep("elsewhere", "nobody")
    ids = [(await world.submitted()).decision.task_id for _ in range(5)]
    done, go = world.store.pause("list_tasks")
    desk = world.desk(reviewer("rita"), credits=2)
    await done.wait()
    tokens = ["a", "b", "c"]
    now = world.clock.now()
    await world.real.lease_most_urgent(LeaseRequest("ben", frozenset({"*"}), frozenset({"*"}), tokens, now, now + HOUR))
    go.set()
    await desk.leased(2)
    assert [job.task.id for job in desk.of(EventType.LEASED)] == ids[3:]


async def test_who_is_kept_away_is_not_woken_and_who_is_fit_is(world: World) -> None:
    world.keep("theirs", "rita", "rosa")
    rita, rosa = await world.idle_desk(reviewer("rita")), await world.idle_desk(reviewer("rosa"))
    ben = await world.idle_desk(reviewer("ben"))
    asked: list[str] = []
    lease = world.real.lease_most_urgent

    async def noted(request: LeaseRequest) -> Any:
        asked.append(request.holder)
        return await lease(request)

    world.store.lease_most_urgent = noted  # type: ignore[attr-defined]  # in the place of the store's own
    await world.submitted("theirs")
    await ben.leased()
    await world.quiet()
    assert set(asked) == {"ben"}
    await world.submitted("free")
    await rita.leased()
    assert not rosa.of(EventType.LEASED)


async def test_a_task_that_waits_is_handed_out_once_the_policies_allow_it(world: World) -> None:
    world.keep("theirs", "rita")
    await world.submitted("theirs")
    desk = await world.idle_desk(reviewer("rita"))
    assert not desk.of(EventType.LEASED)
    world.keep("theirs")
    world.context.seats.wake_all()
    await desk.leased()


async def test_who_holds_what_they_may_not_judge_any_more_gets_nothing_of_it(world: World) -> None:
    await world.submitted("theirs")
    desk = world.desk(reviewer("rita"))
    job = await desk.leased()
    await desk.close()
    world.keep("theirs", "rita")
    again = await world.idle_desk(reviewer("rita"))
    assert not again.of(EventType.LEASED)
    assert job.task.lease is not None
    with pytest.raises(ConflictOfInterest):
        await world.settled(job)
    with pytest.raises(ConflictOfInterest):
        await world.tasks.renew(reviewer("rita"), job.task.id, job.task.lease.token)
    assert await world.job(job.decision) == job
    await world.tasks.release(reviewer("rita"), job.task.id, job.task.lease.token, "")
    ben = world.desk(reviewer("ben"))
    assert (await world.settled(await ben.leased())).review.verdict is Verdict.APPROVE


@pytest.mark.parametrize(("after", "leased"), [(0, 0), (1, 3)])
async def test_what_was_leased_before_the_store_failed_is_told(world: World, after: int, leased: int) -> None:
    world.keep("elsewhere", "nobody")
    for _ in range(5):
        await world.submitted()
    pages = 0
    listed = world.real.list_tasks

    async def failing(query: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages > after:
            raise StoreUnavailable
        return await listed(query)

    world.store.list_tasks = failing  # type: ignore[attr-defined]  # in the place of the store's own
    desk = world.desk(reviewer("rita"), credits=3 + (after > 0))
    if leased:
        await desk.leased(leased)
    await desk.close() if leased else await _ended(desk)
    assert len(desk.of(EventType.LEASED)) == leased


async def _ended(desk: Any) -> None:
    with pytest.raises(StoreUnavailable):
        await desk.reading
