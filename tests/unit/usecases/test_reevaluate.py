"""The policies changed while a decision was parked: they are asked again before a verdict releases it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.canonical import JsonObject
from andon.domain.clock import HOUR
from andon.domain.decision import Outcome, Route
from andon.domain.errors import PolicyStricter, SkillsRequired
from andon.domain.event import EventKind
from andon.domain.plan import Quorum, Term, TimeoutDefault, WorkPlan
from andon.domain.principal import Principal
from andon.domain.review import Verdict
from andon.domain.task import TaskState
from andon.store.ledger import LedgerKind
from andon.store.values import Job
from andon.usecases.seat import EventType
from andon.workers.timers import Expire
from tests.store.helpers import entries
from tests.unit.usecases.world import PATIENCE, PLAN, SERVICE, RuledPolicies, World, resolution, reviewer

CORRECTION: JsonObject = {"approve": False}


async def leased(world: World, by: Principal | None = None) -> Job:
    await world.submitted()
    return await world.desk(by).leased()


async def reevaluations(world: World) -> int:
    """How often a stricter answer was recorded."""
    return len(await entries(world.real, LedgerKind.REEVALUATED))


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.CORRECT])
async def test_what_is_blocked_now_is_not_released(world: World, verdict: Verdict) -> None:
    desk = await world.idle_desk()
    caller = asyncio.create_task(world.submitted(wait=HOUR))
    job = await desk.leased()
    await world.quiet()
    world.policies = RuledPolicies(Route.BLOCK)
    with pytest.raises(PolicyStricter, match=r"BLOCK \(rule fresh\)"):
        await world.settled(job, verdict, corrected_prediction=CORRECTION if verdict is Verdict.CORRECT else None)
    ended = resolution((await asyncio.wait_for(caller, PATIENCE)).decision)
    assert (ended.outcome, ended.resolved_by) == (Outcome.BLOCKED, "rule:fresh")
    await desk.until(EventType.REMOVED)
    assert await reevaluations(world) == 1
    assert world.heard.of("reviewed") == []


async def test_a_rejection_needs_no_policy(world: World) -> None:
    job = await leased(world)
    policies = world.policies = RuledPolicies(Route.BLOCK)
    settled = await world.settled(job, Verdict.REJECT)
    assert resolution(settled.job.decision).outcome is Outcome.REJECTED
    assert policies.evaluated == 0


@pytest.mark.parametrize("route", [Route.AUTO_APPROVE, Route.REVIEW])
async def test_what_is_no_stricter_changes_nothing(world: World, route: Route) -> None:
    job = await leased(world)
    world.policies = RuledPolicies(route)
    settled = await world.settled(job)
    assert resolution(settled.job.decision).outcome is Outcome.APPROVED
    assert await reevaluations(world) == 0


async def test_the_policies_it_was_routed_by_are_not_asked_again(world: World) -> None:
    world.policies = RuledPolicies(Route.REVIEW)
    job = await leased(world)
    policies = world.policies = RuledPolicies(Route.BLOCK)  # of the same revision
    await world.settled(job)
    assert policies.evaluated == 0


async def test_who_lacks_what_it_asks_now_gives_it_back(world: World) -> None:
    desk = world.desk(reviewer("rita"))
    await world.submitted()
    job = await desk.leased()
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, skills=("law",)))
    with pytest.raises(SkillsRequired):
        await world.settled(job)
    await desk.until(EventType.REMOVED)
    stored = await world.job(job.decision)
    assert (stored.task.state, stored.task.skills) == (TaskState.WAITING, ("law",))
    mine = await world.desk(reviewer("lena", "law")).leased()
    settled = await world.settled(mine, by=reviewer("lena", "law"))
    assert resolution(settled.job.decision).outcome is Outcome.APPROVED
    assert await reevaluations(world) == 1


async def test_who_has_what_it_asks_now_judges_it(world: World) -> None:
    lena = reviewer("lena", "law")
    job = await leased(world, lena)
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, skills=("law",)))
    settled = await world.settled(job, by=lena)
    assert resolution(settled.job.decision).outcome is Outcome.APPROVED
    assert await reevaluations(world) == 1


async def test_a_larger_quorum_counts_the_verdict_and_asks_for_another(world: World) -> None:
    first, second = world.desk(reviewer("rita")), world.desk(reviewer("olga"))
    decision = (await world.submitted()).decision
    job = await first.leased()
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, work=WorkPlan(Quorum((Term(2, 2),)))))
    settled = await world.settled(job)
    assert settled.job.decision.resolution is None
    other = await second.leased()
    assert other.task.id != job.task.id
    await world.settled(other)
    assert resolution(await world.decision(decision.id)).outcome is Outcome.APPROVED
    assert await reevaluations(world) == 1


@pytest.mark.parametrize("now", [None, TimeoutDefault.REJECT])
async def test_what_time_may_no_longer_approve_is_found_before_a_verdict(
    world: World, now: TimeoutDefault | None
) -> None:
    quorum = Quorum((Term(2, 2),))
    approves = WorkPlan(quorum, on_timeout=TimeoutDefault.APPROVE)
    world.policies.plans = {"refund.issue": replace(PLAN, work=approves)}
    decision = (await world.submitted()).decision
    job = await world.desk().leased()
    work = None if now is None else WorkPlan(on_timeout=now)
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, work=work))
    await world.settled(job)
    (other,) = [one for one in await world.real.jobs_of(decision.id) if one.task.state is TaskState.WAITING]
    assert other.task.plan == WorkPlan(quorum, on_timeout=now)
    assert await reevaluations(world) == 2  # an entry for each of the two tasks


@pytest.mark.parametrize("changed", [False, True])
async def test_time_approves_by_the_policies_in_force_alone(world: World, changed: bool) -> None:
    plan = replace(PLAN, work=WorkPlan(on_timeout=TimeoutDefault.APPROVE))
    world.policies.plans = {"refund.issue": plan}
    decision = (await world.submitted()).decision
    if changed:
        world.policies = RuledPolicies(Route.REVIEW, plan)
    world.clock.advance(PLAN.deadline)
    await Expire(world.context).step()
    ended = resolution(await world.decision(decision.id))
    expected = TimeoutDefault.REJECT if changed else TimeoutDefault.APPROVE
    assert (ended.outcome, ended.timeout_default) == (Outcome.EXPIRED, expected)


async def test_each_decision_is_evaluated_once_for_a_revision(world: World) -> None:
    work = WorkPlan(Quorum((Term(3, 3),)))
    world.policies.plans = {"refund.issue": replace(PLAN, work=work)}
    names = ("rita", "olga", "uma")
    await world.submitted()
    jobs = [await world.desk(reviewer(name)).leased() for name in names]
    policies = world.policies = RuledPolicies(Route.REVIEW)
    for job in jobs:
        await world.settled(job)
    assert policies.evaluated == 1


async def test_a_stranger_has_nothing_evaluated(world: World) -> None:
    job = await leased(world)
    policies = world.policies = RuledPolicies(Route.BLOCK)
    for fields in ({"by": reviewer("olga")}, {"lease_token": "guess"}):
        with pytest.raises(Exception, match="lease"):
            await world.settled(job, **fields)
    assert (policies.evaluated, (await world.job(job.decision)).decision.resolution) == (0, None)


async def test_what_ends_meanwhile_has_ended(world: World) -> None:
    job = await leased(world)
    world.policies = RuledPolicies(Route.BLOCK)
    answers = await asyncio.gather(*(world.settled(job) for _ in range(2)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["PolicyStricter", "TaskClosed"]
    assert await reevaluations(world) == 1


async def test_who_may_still_judge_blindly_is_not_told_by_whom_it_was_found(world: World) -> None:
    world.policies.plans = {"refund.issue": replace(PLAN, work=WorkPlan(Quorum((Term(2, 2),))))}
    decision = (await world.submitted()).decision
    lena, olga = reviewer("lena", "law"), reviewer("olga", "law")
    job = await world.desk(lena).leased()
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, skills=("law",)))
    await world.settled(job, by=lena)
    for caller, told in ((SERVICE, ("lena", "APPROVE")), (olga, ("", "")), (lena, ("lena", "APPROVE"))):
        events = await world.decisions.events(caller, decision, None, 20)
        first = next(event for event in events if event.kind is EventKind.REEVALUATED)
        assert (first.actor, first.details["verdict"]) == told
