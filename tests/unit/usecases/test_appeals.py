"""Appeals: who may, when, and who hears of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from andon.domain.appeal import AppealPlan
from andon.domain.clock import DAY, HOUR, MINUTE
from andon.domain.decision import Decision, Outcome
from andon.domain.errors import (
    AndonError,
    DecisionNotFound,
    FieldInvalid,
    NotAppealable,
    QueueFull,
    RequestIdReused,
    TooManyWaiters,
)
from andon.domain.plan import Quorum, Term
from andon.domain.principal import Principal, Role
from andon.domain.priority import Priority
from andon.domain.review import Verdict
from andon.domain.task import TaskKind
from andon.usecases.context import Standing
from andon.usecases.seat import EventType
from andon.usecases.waiters import Waiters
from tests.unit.usecases.world import ADMIN, OTHER_SERVICE, PATIENCE, SERVICE, World, resolution, reviewer

ACTION: Final = "refund.issue"
PLAN: Final = AppealPlan(1, "appeals", 2 * HOUR, DAY, ("law",))
LEAD: Final = Principal("lars", frozenset({Role.LEAD}), queues=frozenset({"*"}))
CUSTOMER: Final = Principal("carla", frozenset({Role.SUBMITTER}))
OFFICER: Final = reviewer("olga", "law", queues=("appeals",))


async def ended(world: World, plan: AppealPlan | None = PLAN, on_behalf_of: str = "") -> Decision:
    """A decision that rita has rejected, of an action with appeals."""
    if plan is not None:
        world.policies.appeals[ACTION] = plan
    await world.submitted(ACTION, on_behalf_of=on_behalf_of)
    desk = world.desk(reviewer("rita"), "refunds")
    settled = await world.settled(await desk.leased(), Verdict.REJECT)
    await desk.close()
    return settled.job.decision


async def appealed(world: World, decision: Decision, by: Principal = SERVICE, request_id: str = "") -> Decision:
    """The decision with one more appeal."""
    return await world.appeals.appeal(by, decision.id, "it was intact", request_id)


async def judged(world: World, by: Principal = OFFICER, verdict: Verdict = Verdict.APPROVE) -> None:
    """An appeal is judged."""
    desk = world.desk(by, "appeals")
    await world.settled(await desk.leased(), verdict, by=by)
    await desk.close()


async def refused(world: World, decision: Decision, error: type[AndonError], by: Principal = SERVICE) -> AndonError:
    """The refusal of an appeal, which changes nothing."""
    before = await world.decision(decision.id), await world.real.ledger(0, 1_000)
    with pytest.raises(error) as raised:
        await appealed(world, decision, by)
    assert (await world.decision(decision.id), await world.real.ledger(0, 1_000)) == before
    return raised.value


async def test_the_task_is_as_the_policy_in_force_says(world: World) -> None:
    schema = {"type": "object"}
    decision = await ended(world, replace(PLAN, correction_schema=schema))
    world.clock.advance(HOUR)
    answer = await appealed(world, decision)
    assert answer == replace(decision, appeals=1)
    (appeal,) = await world.appeals.of(answer)
    assert (appeal.appellant, appeal.comment, appeal.level) == ("refund-service", "it was intact", 1)
    job = await world.real.job(appeal.task_id)
    assert job is not None
    task, now = job.task, world.clock.now()
    assert (task.kind, task.queue, task.skills, task.level) == (TaskKind.APPEAL, "appeals", ("law",), 1)
    assert (task.expire_time, task.create_time) == (now + 2 * HOUR, now)
    assert (task.note, task.priority, task.correction_schema) == ("it was intact", Priority.MEDIUM, schema)
    assert task.plan is None


async def test_a_decision_without_appeals_has_none(world: World) -> None:
    assert await world.appeals.of(await ended(world)) == ()


@pytest.mark.parametrize("by", [SERVICE, CUSTOMER, LEAD, ADMIN], ids=lambda principal: principal.name)
async def test_who_may_appeal(world: World, by: Principal) -> None:
    decision = await ended(world, on_behalf_of="carla")
    assert (await appealed(world, decision, by)).appeals == 1


@pytest.mark.parametrize("by", [OTHER_SERVICE, CUSTOMER, reviewer("rita")], ids=lambda principal: principal.name)
async def test_whose_it_is_not_hears_of_nothing(world: World, by: Principal) -> None:
    await refused(world, await ended(world), DecisionNotFound, by)


async def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(DecisionNotFound):
        await world.appeals.appeal(ADMIN, "0195d3a0-0000-7000-8000-000000000001", "", "")


async def test_a_policy_without_appeals_knows_none(world: World) -> None:
    error = await refused(world, await ended(world, None), NotAppealable)
    assert error.metadata["why"] == "its policy knows no appeals"


async def test_what_is_open_or_withdrawn_has_no_end_to_contest(world: World) -> None:
    world.policies.appeals[ACTION] = PLAN
    decision = (await world.submitted(ACTION)).decision
    error = await refused(world, decision, NotAppealable)
    assert error.metadata["why"] == "it has not ended"
    await world.decisions.cancel(SERVICE, decision.id, "", "")
    error = await refused(world, decision, NotAppealable)
    assert error.metadata["why"] == "it was cancelled"


async def test_levels_are_as_many_as_the_policy_has(world: World) -> None:
    decision = await ended(world, replace(PLAN, levels=2))
    await appealed(world, decision)
    error = await refused(world, decision, NotAppealable)
    assert error.metadata["why"] == "an appeal is open"
    await judged(world)
    assert (await appealed(world, decision)).appeals == 2
    await judged(world, reviewer("otto", "law", queues=("appeals",)))
    error = await refused(world, decision, NotAppealable)
    assert error.metadata["why"] == "its policy has no further level"


async def test_it_is_too_late_some_time_after_the_end_that_is_contested(world: World) -> None:
    decision = await ended(world, replace(PLAN, levels=3, deadline=DAY))
    world.clock.advance(DAY)
    await appealed(world, decision)
    await judged(world)
    world.clock.advance(DAY)
    assert (await appealed(world, decision)).appeals == 2
    await judged(world, reviewer("otto", "law", queues=("appeals",)))
    world.clock.advance(DAY + 1)
    error = await refused(world, decision, NotAppealable)
    assert error.metadata["why"] == "it is too late"


async def test_a_repeated_request_opens_one_appeal(world: World) -> None:
    decision = await ended(world)
    answers = [await appealed(world, decision, request_id="one") for _ in range(2)]
    assert [answer.appeals for answer in answers] == [1, 1]
    await judged(world)
    assert (await appealed(world, decision, request_id="one")).appeals == 1
    with pytest.raises(RequestIdReused):
        await world.appeals.appeal(SERVICE, decision.id, "something else", "one")
    with pytest.raises(NotAppealable):
        await appealed(world, decision, request_id="another")


async def test_an_appeal_counts_against_the_bound_on_open_tasks(world: World) -> None:
    decision = await ended(world)
    world.limit(max_open_tasks=0)
    await refused(world, decision, QueueFull)
    world.limit(max_open_tasks=1)
    await appealed(world, decision, request_id="one")
    assert (await appealed(world, decision, request_id="one")).appeals == 1


async def test_reviewers_are_told_at_once_and_neither_who_judged_nor_who_appealed_is_asked(world: World) -> None:
    decision = await ended(world)
    both = [await world.idle_desk(reviewer(name, "law"), "appeals") for name in ("rita", "lars")]
    officer, watch = await world.idle_desk(OFFICER, "appeals"), world.watch()
    await watch.until(EventType.SYNCED)
    await appealed(world, decision, reviewer("lars", role=Role.LEAD))
    job = await officer.leased()
    assert (job.task.kind, job.decision.id) == (TaskKind.APPEAL, decision.id)
    assert (await watch.until(EventType.CHANGED)).job is not None
    await world.quiet()
    assert not any(desk.of(EventType.LEASED) for desk in both)


async def test_each_who_is_asked_has_a_seat(world: World) -> None:
    decision = await ended(world, replace(PLAN, skills=(), quorum=Quorum((Term(2, 2),))))
    before = world.context.open_tasks
    await appealed(world, decision)
    assert world.context.open_tasks == before + 2
    desks = [world.desk(reviewer(name), "appeals") for name in ("olga", "otto")]
    jobs = [await desk.leased() for desk in desks]
    assert len({job.task.id for job in jobs}) == 2
    for job in jobs:
        await world.settled(job)
    (appeal,) = await world.appeals.of(await world.decision(decision.id))
    assert appeal.resolution is not None
    assert appeal.resolution.outcome is Outcome.APPROVED


def waiting(world: World, decision: Decision, level: int = 1, span: int = HOUR) -> asyncio.Task[Standing]:
    return asyncio.create_task(world.wait(SERVICE, decision.id, span, level))


async def test_the_end_of_an_appeal_can_be_waited_for(world: World) -> None:
    decision = await ended(world)
    await appealed(world, decision)
    calls = [waiting(world, decision) for _ in range(2)]
    await world.quiet()
    assert not any(call.done() for call in calls)
    await judged(world)
    for call in calls:
        standing = await asyncio.wait_for(call, PATIENCE)
        assert resolution(standing.decision) == resolution(decision)
        (appeal,) = await world.appeals.of(standing.decision)
        assert appeal.resolution is not None
    assert (await asyncio.wait_for(waiting(world, decision), PATIENCE)).decision.appeals == 1


async def test_who_waits_for_the_decision_is_not_held_by_its_appeal(world: World) -> None:
    decision = await ended(world)
    await appealed(world, decision)
    standing = await asyncio.wait_for(waiting(world, decision, 0), PATIENCE)
    assert resolution(standing.decision).outcome is Outcome.REJECTED
    assert (await world.wait(SERVICE, decision.id, 0, 1)).decision.appeals == 1


async def test_an_appeal_judged_before_the_caller_takes_its_place_is_seen(world: World) -> None:
    decision = await ended(world)
    await appealed(world, decision)
    done, go = world.store.pause("appeals")
    call = waiting(world, decision)
    await done.wait()
    await judged(world)
    go.set()
    standing = await asyncio.wait_for(call, PATIENCE)
    assert (await world.appeals.of(standing.decision))[0].resolution is not None


async def test_an_appeal_that_nobody_judges_in_time_ends(world: World) -> None:
    decision = await ended(world)
    await appealed(world, decision)
    call = waiting(world, decision)
    await world.quiet()
    world.clock.advance(3 * HOUR)
    for expired in await world.real.expire_due(world.clock.now(), 10):
        world.context.closed(expired.job)
    standing = await asyncio.wait_for(call, PATIENCE)
    (appeal,) = await world.appeals.of(standing.decision)
    assert appeal.resolution is not None
    assert appeal.resolution.outcome is Outcome.EXPIRED
    assert resolution(standing.decision) == resolution(decision)


async def test_there_must_be_such_an_appeal(world: World) -> None:
    decision = await ended(world)
    with pytest.raises(FieldInvalid, match="level: must be at most 0"):
        await world.wait(SERVICE, decision.id, HOUR, 1)


async def test_waits_for_appeals_are_bounded_too(world: World) -> None:
    decision = await ended(world)
    await appealed(world, decision)
    world.context.waiters = Waiters(0)
    with pytest.raises(TooManyWaiters):
        await world.wait(SERVICE, decision.id, MINUTE, 1)


async def test_who_serves_the_queue_of_an_appeal_may_see_the_decision(world: World) -> None:
    decision = await ended(world, on_behalf_of="carla")
    with pytest.raises(DecisionNotFound):
        await world.decisions.get(OFFICER, decision.id)
    await appealed(world, decision)
    for by in (OFFICER, CUSTOMER):
        assert (await world.decisions.get(by, decision.id)).decision.appeals == 1
    with pytest.raises(DecisionNotFound):
        await world.decisions.get(reviewer("otto", queues=("loans",)), decision.id)
