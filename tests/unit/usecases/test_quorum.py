"""Several people on one decision, as callers, reviewers and onlookers meet it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.decision import Outcome
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.plan import Quorum, Term, WorkPlan
from andon.domain.principal import Principal, Role
from andon.domain.review import Verdict
from andon.domain.samples import SampleQuery
from andon.domain.task import Escalation, TaskState
from andon.usecases.feedback import Feedback
from andon.usecases.insight import Insight
from andon.usecases.seat import EventType
from andon.usecases.spans import Range
from andon.workers.timers import Expire
from tests.unit.usecases.world import ADMIN, PATIENCE, PLAN, SERVICE, World, resolution, reviewer

ACTION: Final = "wire.send"
LEAD: Final = reviewer("lee", role=Role.LEAD)


def ask(world: World, quorum: Quorum) -> None:
    """Has decisions of ACTION ask for that."""
    world.policies.plans = {ACTION: replace(PLAN, work=WorkPlan(quorum=quorum))}


async def told(world: World, principal: Principal, decision_id: str) -> list[DecisionEvent]:
    """What has happened, as this caller is told."""
    decision = (await world.decisions.get(principal, decision_id)).decision
    return list(await world.decisions.events(principal, decision, None, 100))


async def test_the_caller_waits_for_the_last_verdict_that_is_needed(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    decision = (await world.submitted(ACTION)).decision
    call = asyncio.create_task(world.wait(SERVICE, decision.id, HOUR))
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    await world.settled(await rita.leased())
    await world.quiet()
    assert not call.done()
    assert world.context.open_tasks == 1
    await world.settled(await ben.leased())
    ended = (await asyncio.wait_for(call, PATIENCE)).decision
    assert (resolution(ended).outcome, resolution(ended).resolved_by) == (Outcome.APPROVED, "ben")
    assert world.context.open_tasks == 0


async def test_a_seat_that_is_not_needed_is_taken_off_the_table(world: World) -> None:
    ask(world, Quorum((Term(2, 3),)))
    await world.submitted(ACTION)
    desks = [world.desk(reviewer(name)) for name in ("rita", "ben", "cleo")]
    rita, ben, cleo = [await desk.leased() for desk in desks]
    await world.settled(rita)
    await world.settled(ben)
    gone = (await desks[2].until(EventType.REMOVED)).job
    assert gone is not None
    assert (gone.task.id, gone.task.state) == (cleo.task.id, TaskState.CANCELLED)
    assert world.context.open_tasks == 0


async def test_who_sits_idle_is_asked_where_two_differ(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    await world.submitted(ACTION)
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    first, second = await rita.leased(), await ben.leased()
    cleo = await world.idle_desk(reviewer("cleo"))
    await world.settled(first)
    await world.settled(second, Verdict.REJECT)
    third = await cleo.leased()
    assert world.context.open_tasks == 1
    settled = await world.settled(third, Verdict.REJECT)
    assert resolution(settled.job.decision).outcome is Outcome.REJECTED


async def test_a_role_may_have_a_veto(world: World) -> None:
    ask(world, Quorum((Term(3, 3),), veto=("lead",)))
    await world.submitted(ACTION)
    settled = await world.settled(await world.desk(LEAD).leased(), Verdict.REJECT, by=LEAD)
    assert resolution(settled.job.decision).outcome is Outcome.REJECTED


async def test_a_deadline_ends_all_and_is_told_once(world: World) -> None:
    ask(world, Quorum((Term(2, 3),)))
    decision = (await world.submitted(ACTION)).decision
    call = asyncio.create_task(world.wait(SERVICE, decision.id, 2 * HOUR))
    await world.quiet()
    world.clock.advance(PLAN.deadline)
    await Expire(world.context).step()
    assert resolution((await asyncio.wait_for(call, PATIENCE)).decision).outcome is Outcome.EXPIRED
    assert world.context.open_tasks == 0


async def test_a_withdrawal_takes_every_seat(world: World) -> None:
    ask(world, Quorum((Term(2, 3),)))
    decision = (await world.submitted(ACTION)).decision
    desks = [world.desk(reviewer(name)) for name in ("rita", "ben")]
    jobs = [await desk.leased() for desk in desks]
    await world.settled(jobs[0])
    await world.decisions.cancel(SERVICE, decision.id, "", "")
    await desks[1].until(EventType.REMOVED)
    assert world.context.open_tasks == 0
    assert world.heard.of("cancelled") == [decision.id]


async def test_who_may_still_judge_sees_that_a_verdict_was_given_and_no_more(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    decision = (await world.submitted(ACTION)).decision
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    await world.settled(await rita.leased(), Verdict.REJECT, comment="a fraud")
    for principal in (reviewer("ben"), LEAD, reviewer("cleo")):
        (seen,) = [one for one in await told(world, principal, decision.id) if one.kind is EventKind.REVIEWED]
        assert (seen.actor, seen.details) == ("", {})
    for principal in (SERVICE, ADMIN, reviewer("rita")):
        (seen,) = [one for one in await told(world, principal, decision.id) if one.kind is EventKind.REVIEWED]
        assert (seen.actor, seen.details["verdict"]) == ("rita", "REJECT")
    await world.settled(await ben.leased(), Verdict.REJECT)
    seen, _ = [one for one in await told(world, LEAD, decision.id) if one.kind is EventKind.REVIEWED]
    assert seen.details["comment"] == "a fraud"


async def test_who_may_still_judge_is_not_told_who_looked(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    decision = (await world.submitted(ACTION)).decision
    await world.tasks.open(reviewer("rita"), decision.task_id)
    await world.context.reads.record(reviewer("cleo"), [decision])
    looks = (EventKind.VIEWED, EventKind.READ)
    for principal, names in (
        (reviewer("ben"), ["", ""]),
        (LEAD, ["", ""]),
        (SERVICE, ["rita", "cleo"]),
        (ADMIN, ["rita", "cleo"]),
    ):
        seen = [one for one in await told(world, principal, decision.id) if one.kind in looks]
        assert [one.actor for one in seen] == names
        assert all(one.details["payload_hash"] == decision.payload_hash for one in seen)


async def test_it_can_be_seen_from_the_queue_of_every_seat(world: World) -> None:
    escalation = Escalation("senior", HOUR)
    world.policies.plans = {ACTION: replace(PLAN, escalation=escalation, work=WorkPlan(quorum=Quorum((Term(2, 2),))))}
    decision = (await world.submitted(ACTION)).decision
    await world.settled(await world.desk(reviewer("rita")).leased())
    world.clock.advance(PLAN.deadline)
    await Expire(world.context).step()
    sue = reviewer("sue", queues=["senior"])
    assert (await world.decisions.get(sue, decision.id)).decision.id == decision.id


async def test_where_it_is_not_blind_all_is_seen(world: World) -> None:
    ask(world, Quorum((Term(2, 2),), blind=False))
    decision = (await world.submitted(ACTION)).decision
    await world.settled(await world.desk(reviewer("rita")).leased())
    (seen,) = [one for one in await told(world, LEAD, decision.id) if one.kind is EventKind.REVIEWED]
    assert seen.actor == "rita"


async def test_samples_are_kept_from_leads_until_the_end(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    await world.submitted(ACTION)
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    await world.settled(await rita.leased())
    feedback, every = Feedback(world.real, world.clock, world.context.reads), SampleQuery(10, 0, 10)
    assert len(await feedback.samples(ADMIN, every)) == 1
    assert await feedback.samples(LEAD, every) == []
    await world.settled(await ben.leased())
    assert len(await feedback.samples(LEAD, every)) == 2


async def test_a_lead_who_goes_on_from_sample_to_sample_misses_none(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    await world.submitted("other")
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    await world.settled(await rita.leased())
    await world.submitted(ACTION)
    await world.settled(await rita.leased(2))
    await world.submitted("other")
    held, later = await ben.leased(), await rita.leased(3)
    await world.settled(later)
    feedback = Feedback(world.real, world.clock, world.context.reads)
    assert await feedback.last_sample(ADMIN, 0, "") == 3
    assert await feedback.last_sample(LEAD, 0, "") == await feedback.last_sample(LEAD, 1, ACTION) == 1
    assert await feedback.last_sample(LEAD, 0, "other") == await feedback.last_sample(LEAD, 2, "") == 3
    await world.settled(held)
    assert await feedback.last_sample(LEAD, 1, "") == 4


async def test_verdicts_are_counted_for_leads_once_they_may_see_them(world: World) -> None:
    ask(world, Quorum((Term(2, 2),)))
    await world.submitted(ACTION)
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    await world.settled(await rita.leased())
    insight, feedback = Insight(world.context), Feedback(world.real, world.clock, world.context.reads)

    async def counted(principal: Principal) -> tuple[int, int]:
        _, activities = await insight.activity(principal, Range())
        _, overrides = await feedback.override_counts(principal, Grouping.ACTION, "", Range())
        return sum(one.reviews for one in activities), sum(one.reviews for one in overrides)

    assert (await counted(ADMIN), await counted(LEAD)) == ((1, 1), (0, 0))
    assert (await counted(reviewer("rita")))[0] == 1
    await world.settled(await ben.leased())
    assert await counted(LEAD) == (2, 2)
