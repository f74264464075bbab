"""What a caller changes while a decision waits: who holds it is shown the new, and nothing passes that was held."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.clock import HOUR
from andon.domain.conflict import Conflict
from andon.domain.decision import Decision, Outcome, Route
from andon.domain.errors import (
    AlreadyJudged,
    DecisionNotFound,
    DecisionResolved,
    FieldInvalid,
    PayloadChanged,
    RequestIdReused,
)
from andon.domain.plan import Quorum, Term, WorkPlan
from andon.domain.principal import Principal
from andon.domain.review import Verdict
from andon.policy.api import FactsOf
from andon.store.values import Job
from andon.usecases.context import Standing
from andon.usecases.seat import EventType
from tests.unit.usecases.world import (
    ADMIN,
    OTHER_SERVICE,
    PATIENCE,
    PLAN,
    SERVICE,
    Desk,
    FakePolicies,
    RuledPolicies,
    World,
    command,
    resolution,
    reviewer,
)


async def amended(world: World, decision: Decision, by: Principal = SERVICE, **words: Any) -> Standing:
    """Puts another proposal in the place of the decision's."""
    replaces = words.pop("replaces", decision.payload_hash)
    given: dict[str, Any] = {"on_behalf_of": decision.proposal.on_behalf_of, "confidence": 0.5} | words
    action = given.pop("action", decision.proposal.action)
    return await world.amend.amend(by, decision.id, command(action, given.pop("request_id", ""), **given), replaces)


async def test_who_holds_the_task_is_shown_the_new_proposal_and_keeps_it(world: World) -> None:
    desk, watch = await world.idle_desk(), world.watch()
    await watch.until(EventType.SYNCED)
    decision = (await world.submitted(on_behalf_of="ben")).decision
    held = await desk.leased()
    standing = await amended(world, decision, confidence=0.5)
    new = await desk.leased(2)
    assert (new.task, new.decision.payload_hash) == (held.task, standing.decision.payload_hash)
    assert new.decision.proposal == standing.decision.proposal
    assert (standing.decision.amendments, standing.decision.proposal.on_behalf_of) == (1, "ben")
    assert (await watch.until(EventType.CHANGED, 2)).job == new, "that it waited was past when it was handed out"
    with pytest.raises(PayloadChanged):
        await world.settled(held)
    await world.settled(new)


async def test_a_desk_that_watches_as_well_is_told_of_it_as_its_own(world: World) -> None:
    desk = Desk(world.stream.lease_and_watch(reviewer(), frozenset(), 1))
    world.desks.append(desk)
    decision = (await world.submitted()).decision
    await desk.leased()
    await amended(world, decision)
    assert (await desk.leased(2)).decision.amendments == 1


async def test_a_task_that_nobody_holds_is_offered_to_who_is_fit_for_it(world: World) -> None:
    decision = (await world.submitted()).decision
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, skills=("law",), urgency=25))
    await amended(world, decision)
    unfit, fit = world.desk(reviewer("una")), world.desk(reviewer("lena", "law"))
    job = await fit.leased()
    assert (job.task.urgency, job.task.skills, unfit.of(EventType.LEASED)) == (25, ("law",), [])
    assert job.decision.routing.decisive_rule() == "fresh"


async def test_what_would_pass_now_stays_held(world: World) -> None:
    desk = world.desk()
    before = (await world.submitted()).decision
    await desk.leased()
    world.policies = RuledPolicies(Route.AUTO_APPROVE)
    decision = (await amended(world, before)).decision
    assert decision.resolution is None
    assert (decision.routing.route, decision.routing.decisive_rule()) == (Route.REVIEW, "andon.amended")
    assert (decision.routing.propensity, decision.routing.revision) == (before.routing.propensity, "e" * 64)
    await world.settled(await desk.leased(2))


async def test_what_is_blocked_now_has_ended_and_its_caller_is_released(world: World) -> None:
    desk = await world.idle_desk()
    caller = asyncio.create_task(world.submitted(wait=HOUR))
    job = await desk.leased()
    await world.quiet()
    world.policies = RuledPolicies(Route.BLOCK)
    standing = await amended(world, job.decision)
    assert (await asyncio.wait_for(caller, PATIENCE)).decision == standing.decision
    assert (resolution(standing.decision).outcome, resolution(standing.decision).resolved_by) == (
        Outcome.BLOCKED,
        "rule:fresh",
    )
    await desk.until(EventType.REMOVED)
    assert world.heard.of("cancelled") == [job.decision.id]


async def test_a_quorum_that_is_new_has_more_people_asked(world: World) -> None:
    first, second = world.desk(reviewer("rita")), world.desk(reviewer("olga"))
    decision = (await world.submitted()).decision
    world.policies = RuledPolicies(Route.REVIEW, replace(PLAN, work=WorkPlan(Quorum((Term(2, 2),)))))
    await amended(world, decision)
    jobs = [await desk.leased() for desk in (first, second)]
    assert len({job.task.id for job in jobs}) == world.context.open_tasks == 2


async def test_only_its_submitter_changes_a_decision(world: World) -> None:
    decision = (await world.submitted()).decision
    for other in (OTHER_SERVICE, ADMIN):
        with pytest.raises(DecisionNotFound):
            await amended(world, decision, by=other)
        with pytest.raises(DecisionNotFound):
            await world.amend.supersede(other, decision.id, command())
    with pytest.raises(DecisionNotFound):
        await amended(world, replace(decision, id="no-such"))
    assert await world.decision(decision.id) == decision


@pytest.mark.parametrize(
    ("words", "field"),
    [({"action": "refund.other"}, "decision.action"), ({"on_behalf_of": "ben"}, "decision.on_behalf_of")],
)
async def test_action_and_whom_it_is_for_stay(world: World, words: dict[str, Any], field: str) -> None:
    decision = (await world.submitted()).decision
    with pytest.raises(FieldInvalid) as refused:
        await amended(world, decision, **words)
    assert [fault.path for fault in refused.value.faults] == [field]


async def test_what_was_changed_judged_or_ended_is_not_changed(world: World) -> None:
    work = WorkPlan(Quorum((Term(2, 2),)))
    world.policies.plans = {"refund.issue": replace(PLAN, work=work)}
    decision = (await world.submitted()).decision
    with pytest.raises(PayloadChanged):
        await amended(world, decision, replaces="0" * 64)
    await world.settled(await world.desk().leased())
    with pytest.raises(AlreadyJudged):
        await amended(world, decision)
    await world.decisions.cancel(SERVICE, decision.id, "", "")
    with pytest.raises(DecisionResolved):
        await amended(world, decision)


async def test_a_repeated_amendment_is_told_again(world: World) -> None:
    decision = (await world.submitted()).decision
    first = await amended(world, decision, request_id="r1")
    assert await amended(world, decision, request_id="r1") == first
    with pytest.raises(RequestIdReused):
        await amended(world, decision, request_id="r1", confidence=0.4)


class Careful(FakePolicies):
    """Lets nobody judge what the AI is very unsure of."""

    has_conflicts = True

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        return Conflict("unsure", "because") if decision.proposal.confidence < 0.5 else None


async def test_who_is_fit_for_it_is_asked_anew(world: World) -> None:
    world.policies = Careful()
    decision = (await world.submitted(confidence=0.6)).decision
    fits = world.context.eligibility.fitness_of(reviewer())
    assert fits(await world.job(decision))
    await amended(world, decision, confidence=0.4)
    assert not fits(await world.job(decision))


async def test_an_amendment_whose_caller_goes_away_is_told_all_the_same(world: World) -> None:
    desk = world.desk()
    decision = (await world.submitted()).decision
    await desk.leased()
    done, go = world.store.pause("amend_if_open")
    call = asyncio.create_task(amended(world, decision))
    await done.wait()
    call.cancel()
    await asyncio.wait((call,))
    go.set()
    assert (await desk.leased(2)).decision.amendments == 1


async def leased(world: World) -> Job:
    await world.submitted()
    return await world.desk().leased()


async def test_one_decision_takes_the_place_of_another(world: World) -> None:
    desk = await world.idle_desk()
    caller = asyncio.create_task(world.submitted(wait=HOUR))
    job = await desk.leased()
    await world.quiet()
    standing = await world.amend.supersede(SERVICE, job.decision.id, command(confidence=0.4))
    old = (await asyncio.wait_for(caller, PATIENCE)).decision
    assert (old.superseded_by, standing.decision.supersedes) == (standing.decision.id, old.id)
    assert (resolution(old).outcome, resolution(old).comment) == (
        Outcome.CANCELLED,
        f"superseded by {standing.decision.name}",
    )
    await desk.until(EventType.REMOVED)
    assert (await desk.leased(2)).decision.id == standing.decision.id
    assert world.heard.of("cancelled") == [old.id]
    assert len(world.heard.of("submitted")) == 2


async def test_one_that_has_ended_is_superseded_by_nothing(world: World) -> None:
    job = await leased(world)
    await world.settled(job, Verdict.REJECT)
    with pytest.raises(DecisionResolved):
        await world.amend.supersede(SERVICE, job.decision.id, command())
    assert len(world.heard.of("submitted")) == 1


async def test_a_repeated_submission_supersedes_once(world: World) -> None:
    old = (await world.submitted()).decision
    first = await world.amend.supersede(SERVICE, old.id, command(request_id="r1"))
    again = await world.amend.supersede(SERVICE, old.id, command(request_id="r1"))
    assert again.decision == first.decision
    with pytest.raises(RequestIdReused):
        await world.submit.one(SERVICE, command(request_id="r1"))
    with pytest.raises(RequestIdReused):
        await world.amend.supersede(SERVICE, first.decision.id, command(request_id="r1"))
