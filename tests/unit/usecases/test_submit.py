"""Submit: each decision recorded once, answered in its place, and its task heard of by whoever it fits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MILLISECOND, MINUTE
from andon.domain.decision import DecisionState, Outcome, payload_hash
from andon.domain.errors import AndonError, QueueFull, RequestIdReused, TooManyWaiters
from andon.domain.plan import Quorum, Term, WorkPlan
from andon.domain.task import Escalation, TaskKind, TaskState
from andon.usecases.context import Standing
from andon.usecases.estimates import WaitEstimate
from andon.usecases.waiters import Waiters
from tests.unit.usecases.world import OTHER_SERVICE, PATIENCE, PLAN, SERVICE, World, command, resolution, reviewer


async def test_what_passes_is_over_at_once(world: World) -> None:
    standing = await world.submitted("auto.tag", wait=HOUR)
    decision = await world.decision(standing.decision.id)
    assert decision == standing.decision
    assert resolution(decision).outcome is Outcome.AUTO_APPROVED
    assert resolution(decision).resolved_by == "policy:fake"
    assert (decision.task_id, decision.expire_time, world.context.open_tasks) == ("", None, 0)


async def test_what_is_blocked_is_over_at_once_and_names_its_rule(world: World) -> None:
    decision = (await world.submitted("block.wire", wait=HOUR)).decision
    assert (resolution(decision).outcome, resolution(decision).resolved_by) == (Outcome.BLOCKED, "rule:rule")


async def test_what_needs_a_person_becomes_a_task_by_the_policy_s_plan(world: World) -> None:
    escalation = Escalation("senior", MINUTE, ("law",))
    plan = replace(PLAN, queue="legal", urgency=21, skills=("law",), escalation=escalation, correction_schema={"a": 1})
    world.policies.plans = {"contract.sign": plan}
    now = world.clock.now()
    decision = (await world.submitted("contract.sign")).decision
    task = (await world.job(decision)).task
    assert (task.kind, task.state, task.queue, task.urgency) == (TaskKind.GATE, TaskState.WAITING, "legal", 21)
    assert (task.skills, task.escalation, task.correction_schema) == (("law",), escalation, {"a": 1})
    assert (task.create_time, task.expire_time) == (now, now + HOUR)
    assert (decision.state, decision.expire_time) == (DecisionState.PENDING, now + HOUR + MINUTE)
    assert world.context.open_tasks == 1


async def test_the_submitter_is_who_called_and_the_hash_binds_it(world: World) -> None:
    decision = (await world.submitted(by=OTHER_SERVICE)).decision
    assert decision.submitter == "other-service"
    assert decision.payload_hash == payload_hash(decision.proposal, "other-service")


async def test_a_repetition_gives_the_same_decision_and_is_counted_once(world: World) -> None:
    first = await world.submitted(request_id="r1")
    world.clock.advance(MINUTE)
    again = await world.submitted(request_id="r1")
    assert again.decision == first.decision
    assert (world.context.open_tasks, world.heard.of("submitted")) == (1, [first.decision.id])
    with pytest.raises(RequestIdReused):
        await world.submitted(request_id="r1", confidence=0.1)
    other = await world.submitted(by=OTHER_SERVICE, request_id="r1")
    assert other.decision.id != first.decision.id


async def test_a_repetition_waits_for_the_decision_it_repeats(world: World) -> None:
    first = await world.submitted(request_id="r1")
    again = asyncio.create_task(world.submitted(request_id="r1", wait=HOUR))
    await world.settled(await world.desk().leased())
    standing = await asyncio.wait_for(again, PATIENCE)
    assert (standing.decision.id, resolution(standing.decision).outcome) == (first.decision.id, Outcome.APPROVED)


async def test_a_batch_answers_each_in_its_place(world: World) -> None:
    await world.submitted(request_id="used")
    commands = [
        command("auto.tag"),
        command("refund.issue", request_id="used", confidence=0.1),
        command("block.wire"),
        command("refund.issue"),
    ]
    answers = await world.submit.many(SERVICE, commands)
    assert [type(answer) for answer in answers] == [Standing, RequestIdReused, Standing, Standing]
    actions = [answer.decision.proposal.action for answer in answers if isinstance(answer, Standing)]
    assert actions == ["auto.tag", "block.wire", "refund.issue"]
    assert world.context.open_tasks == 2


async def test_a_full_queue_refuses_what_needs_a_person_and_nothing_else(world: World) -> None:
    world.limit(max_open_tasks=2)
    commands = [command(action) for action in ("a.a", "auto.a", "b.b", "c.c", "block.a", "d.d")]
    answers = await world.submit.many(SERVICE, commands)
    refused = [isinstance(answer, QueueFull) for answer in answers]
    assert refused == [False, False, False, True, False, True]
    with pytest.raises(QueueFull, match="more than 2 open tasks"):
        await world.submitted()
    await world.submitted("auto.tag")
    await world.settled(await world.desk().leased())
    await world.submitted()


async def test_a_caller_is_released_by_the_verdict(world: World) -> None:
    desk = await world.idle_desk()
    call = asyncio.create_task(world.submitted(wait=HOUR))
    await world.settled(await desk.leased())
    standing = await asyncio.wait_for(call, PATIENCE)
    assert resolution(standing.decision).outcome is Outcome.APPROVED


async def test_a_wait_that_ends_first_gives_the_pending_decision(world: World) -> None:
    standing = await world.submitted(wait=MILLISECOND)
    assert (standing.decision.state, standing.decision.sequence) == (DecisionState.PENDING, 1)


async def test_too_many_waiters_are_refused_after_recording(world: World) -> None:
    world.context.waiters = Waiters(0)
    with pytest.raises(TooManyWaiters, match="decisions/") as refusal:
        await world.submitted(wait=HOUR)
    recorded = await world.decision(refusal.value.metadata["name"].partition("/")[2])
    assert recorded.state is DecisionState.PENDING


async def test_a_caller_that_goes_away_while_it_is_recorded_leaves_its_task_to_be_found(world: World) -> None:
    desk = await world.idle_desk()
    done, go = world.store.pause("submit")
    call = asyncio.create_task(world.submitted(wait=HOUR))
    await done.wait()
    call.cancel()
    await asyncio.wait((call,))
    go.set()
    await desk.leased()
    await world.quiet()
    assert world.context.open_tasks == 1


async def test_a_caller_that_goes_away_while_it_waits_frees_its_place(world: World) -> None:
    desk = await world.idle_desk()
    call = asyncio.create_task(world.submitted(wait=HOUR))
    await desk.leased()
    await world.quiet()
    assert len(world.context.waiters) == 1
    call.cancel()
    await asyncio.wait((call,))
    assert len(world.context.waiters) == 0


async def test_each_who_is_asked_counts_for_the_bound(world: World) -> None:
    world.policies.plans["b.b"] = replace(PLAN, work=WorkPlan(Quorum((Term(2, 2),))))
    world.limit(max_open_tasks=3)
    answers = await world.submit.many(SERVICE, [command(action) for action in ("a.a", "b.b", "auto.a", "b.b")])
    assert [isinstance(answer, QueueFull) for answer in answers] == [False, False, False, True]
    assert world.context.open_tasks == 3
    world.limit(max_open_tasks=4)
    with pytest.raises(QueueFull, match="more than 4 open tasks"):
        await world.submitted("b.b")
    await world.submitted("a.a")


async def test_an_open_decision_comes_with_an_estimate(world: World) -> None:
    assert (await world.submitted()).estimate is None
    world.context.estimates.record("refunds", MINUTE)
    assert (await world.submitted()).estimate == WaitEstimate(MINUTE, MINUTE)
    assert (await world.submitted("auto.tag")).estimate is None


async def test_a_repetition_comes_with_the_estimate_of_the_queue_it_waits_in_now(world: World) -> None:
    world.policies.plans["refund.issue"] = replace(PLAN, escalation=Escalation("leads", HOUR))
    await world.submitted(request_id="r1")
    world.context.estimates.record("refunds", MINUTE)
    world.context.estimates.record("leads", HOUR)
    job = await world.desk().leased()
    assert job.task.lease is not None
    await world.tasks.escalate(reviewer(), job.task.id, job.task.lease.token, "")
    for room in (9, 0):
        world.limit(max_open_tasks=room)
        assert (await world.submitted(request_id="r1")).estimate == WaitEstimate(HOUR, HOUR)


async def test_explaining_records_nothing(world: World) -> None:
    standing, explanation = world.submit.explain(SERVICE, command())
    assert (standing.decision.id, standing.decision.task_id, standing.decision.sequence) == ("", "", 0)
    assert (explanation.nearest_change, standing.decision.submitter) == ("be surer", "refund-service")
    assert await world.real.ledger(0, 10) == []
    assert not world.heard.told


async def test_a_refusal_in_a_single_submit_is_raised(world: World) -> None:
    await world.submitted(request_id="r1")
    with pytest.raises(AndonError):
        await world.submitted("auto.tag", request_id="r1")
