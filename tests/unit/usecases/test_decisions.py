"""GetDecision, ListDecisions, CancelDecision."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.decision import Decision, DecisionState, Outcome
from andon.domain.errors import DecisionNotFound, DecisionResolved, RequestIdReused
from andon.domain.event import EventKind
from andon.domain.principal import Principal, Role
from andon.domain.search import DecisionQuery
from andon.domain.task import Escalation, TaskState
from andon.store.values import Cancellation
from andon.usecases.estimates import WaitEstimate
from tests.unit.usecases.world import ADMIN, OTHER_SERVICE, PATIENCE, PLAN, SERVICE, World, resolution, reviewer


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (SERVICE, True),
        (OTHER_SERVICE, False),
        (ADMIN, True),
        (reviewer("a", role=Role.LEAD), True),
        (reviewer("a", role=Role.LEAD, queues=["refunds"]), True),
        (reviewer("a", role=Role.LEAD, queues=["legal"]), False),
        (reviewer("a", role=Role.LEAD, queues=[]), False),
        (reviewer("a", role=Role.AUDITOR, queues=[]), True),
        (reviewer("a", queues=["refunds"]), True),
        (reviewer("a", queues=["*"]), True),
        (reviewer("a", queues=["legal"]), False),
        (Principal("a", frozenset({Role.SUBMITTER}), queues=frozenset({"*"})), False),
    ],
)
async def test_who_sees_a_decision(world: World, caller: Principal, sees: bool) -> None:
    decision = (await world.submitted()).decision
    if sees:
        assert (await world.decisions.get(caller, decision.id)).decision == decision
        return
    with pytest.raises(DecisionNotFound):
        await world.decisions.get(caller, decision.id)


async def test_a_reviewer_sees_no_decision_that_nobody_is_asked_about(world: World) -> None:
    decision = (await world.submitted("auto.tag")).decision
    with pytest.raises(DecisionNotFound):
        await world.decisions.get(reviewer(), decision.id)
    with pytest.raises(DecisionNotFound):
        await world.decisions.get(ADMIN, "no-such-decision")


async def test_an_open_decision_comes_with_an_estimate(world: World) -> None:
    decision = (await world.submitted()).decision
    world.context.estimates.record("refunds", MINUTE)
    assert (await world.decisions.get(SERVICE, decision.id)).estimate == WaitEstimate(MINUTE, MINUTE)


async def test_who_may_not_see_all_lists_the_own_ones(world: World) -> None:
    own = (await world.submitted()).decision
    other = (await world.submitted(by=OTHER_SERVICE)).decision
    everything = DecisionQuery(10)
    theirs = replace(everything, submitter="other-service")

    async def listed(caller: Principal, query: DecisionQuery) -> list[str]:
        search = await world.decisions.search(caller, query)
        assert search.rest is None
        return [decision.id for decision in await world.decisions.list(search, None, 10)]

    assert await listed(SERVICE, everything) == [own.id]
    assert await listed(SERVICE, theirs) == []
    assert await listed(SERVICE, replace(everything, submitter="refund-service")) == [own.id]
    assert await listed(ADMIN, everything) == [other.id, own.id]
    assert await listed(ADMIN, theirs) == [other.id]


async def test_a_reviewer_lists_what_get_would_show(world: World) -> None:
    world.policies.plans = {"legal": replace(PLAN, queue="legal", escalation=Escalation("court", HOUR))}
    both = Principal("refund-service", frozenset({Role.SUBMITTER, Role.REVIEWER}), queues=frozenset({"legal"}))
    made = [
        (await world.submitted(action, by)).decision
        for action, by in (
            ("refund.issue", SERVICE),
            ("auto.tag", SERVICE),
            ("legal", OTHER_SERVICE),
            ("refund.issue", OTHER_SERVICE),
        )
    ]
    await world.settled(await world.desk(reviewer("a", queues=["refunds"])).leased())
    clerk, nobody = reviewer("b", queues=["legal", "refunds"]), reviewer("c", queues=[])
    for caller in (reviewer(), clerk, both, nobody, reviewer("d", queues=["court"]), ADMIN, SERVICE):
        seen = []
        for decision in made:
            with contextlib.suppress(DecisionNotFound):
                seen.append((await world.decisions.get(caller, decision.id)).decision.id)
        search = await world.decisions.search(caller, DecisionQuery(10))
        listed = [decision.id for decision in await world.decisions.list(search, None, 10)]
        assert listed == seen[::-1], caller
    theirs = await world.decisions.search(clerk, DecisionQuery(10, submitter="other-service"))
    assert len(await world.decisions.list(theirs, None, 10)) == 2


async def test_a_long_history_is_looked_through_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.usecases.decisions.REACH", 4)
    for number in range(10):
        await world.submitted("refund.issue", subject="customers/1" if number % 2 else "customers/2")
        world.clock.advance(SECOND)
    end = world.clock.now()
    wanted = DecisionQuery(10, words=("customers/2",))
    found, before, pages, times = [], None, 0, []
    while True:
        search = await world.decisions.search(ADMIN, replace(wanted, before=before))
        found += [decision.sequence for decision in await world.decisions.list(search, None, 10)]
        pages, before = pages + 1, search.rest
        times.append(search.rest_time)
        if before is None:
            break
    assert (found, pages) == ([9, 7, 5, 3, 1], 3)
    assert times == [end - 4 * SECOND, end - 8 * SECOND, None]


async def test_what_has_happened_is_for_those_who_may_see_the_decision(world: World) -> None:
    decision = (await world.submitted()).decision
    job = await world.desk().leased()
    await world.settled(job)
    events = await world.decisions.events(SERVICE, (await world.decisions.get(SERVICE, decision.id)).decision, None, 10)
    assert [event.kind for event in events] == [EventKind.SUBMITTED, EventKind.LEASED, EventKind.REVIEWED]
    assert [event.actor for event in events] == ["refund-service", "rita", "rita"]


async def test_a_submitter_withdraws_and_everybody_hears(world: World) -> None:
    decision = (await world.submitted()).decision
    call = asyncio.create_task(world.wait(ADMIN, decision.id, HOUR))
    await world.quiet()
    world.clock.advance(SECOND)
    cancelled = await world.decisions.cancel(SERVICE, decision.id, "not needed", "")
    assert resolution(cancelled).outcome is Outcome.CANCELLED
    assert (resolution(cancelled).resolved_by, resolution(cancelled).comment) == ("refund-service", "not needed")
    assert (await asyncio.wait_for(call, PATIENCE)).decision.state is DecisionState.RESOLVED
    assert (await world.job(cancelled)).task.state is TaskState.CANCELLED
    assert (world.context.open_tasks, world.heard.of("cancelled")) == (0, [decision.id])


async def test_what_a_withdrawal_is_known_by_does_not_say_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = (await world.submitted()).decision
    wishes, cancel = list[Cancellation](), world.real.cancel_if_open

    async def noted(wish: Cancellation) -> Decision:
        wishes.append(wish)
        return await cancel(wish)

    monkeypatch.setattr(world.real, "cancel_if_open", noted)
    await world.decisions.cancel(SERVICE, decision.id, "Ottilie asked", "call-1")
    assert wishes[0].request is not None
    assert len(wishes[0].request.body_hash) == 64


async def test_only_the_submitter_or_an_admin_withdraws(world: World) -> None:
    decision = (await world.submitted()).decision
    for caller in (OTHER_SERVICE, reviewer(role=Role.LEAD)):
        with pytest.raises(DecisionNotFound):
            await world.decisions.cancel(caller, decision.id, "", "")
    with pytest.raises(DecisionNotFound):
        await world.decisions.cancel(ADMIN, "no-such-decision", "", "")
    assert resolution(await world.decisions.cancel(ADMIN, decision.id, "", "")).resolved_by == "ada"


async def test_what_has_ended_is_not_withdrawn(world: World) -> None:
    passed = (await world.submitted("auto.tag")).decision
    judged = (await world.submitted()).decision
    await world.settled(await world.desk().leased())
    for decision in (passed, judged):
        with pytest.raises(DecisionResolved):
            await world.decisions.cancel(SERVICE, decision.id, "", "")
    assert (world.context.open_tasks, world.heard.of("cancelled")) == (0, [])


async def test_a_repeated_cancellation_gives_the_same_answer_and_counts_once(world: World) -> None:
    decision = (await world.submitted()).decision
    first = await world.decisions.cancel(SERVICE, decision.id, "a", "r1")
    assert await world.decisions.cancel(SERVICE, decision.id, "a", "r1") == first
    with pytest.raises(RequestIdReused):
        await world.decisions.cancel(SERVICE, decision.id, "b", "r1")
    with pytest.raises(DecisionResolved):
        await world.decisions.cancel(SERVICE, decision.id, "a", "r2")
    assert (world.context.open_tasks, world.heard.of("cancelled")) == (0, [decision.id])


async def test_a_repetition_beside_the_first_counts_once(world: World) -> None:
    decision = (await world.submitted()).decision
    done, go = world.store.pause("decision")
    late = asyncio.create_task(world.decisions.cancel(SERVICE, decision.id, "a", "r1"))
    await done.wait()  # it has seen an open decision
    first = await world.decisions.cancel(SERVICE, decision.id, "a", "r1")
    world.clock.advance(1)
    go.set()
    assert await asyncio.wait_for(late, PATIENCE) == first
    assert (world.context.open_tasks, world.heard.of("cancelled")) == (0, [decision.id])


async def test_a_caller_that_goes_away_while_it_withdraws_still_frees_the_reviewer(world: World) -> None:
    decision = (await world.submitted()).decision
    call = asyncio.create_task(world.wait(ADMIN, decision.id, HOUR))
    await world.quiet()
    done, go = world.store.pause("cancel_if_open")
    cancellation = asyncio.create_task(world.decisions.cancel(SERVICE, decision.id, "", ""))
    await done.wait()
    cancellation.cancel()
    await asyncio.wait((cancellation,))
    go.set()
    assert resolution((await asyncio.wait_for(call, PATIENCE)).decision).outcome is Outcome.CANCELLED


async def test_a_reviewer_of_the_next_queue_sees_it_after_an_escalation(world: World) -> None:
    world.policies.plans = {"legal": replace(PLAN, queue="legal")}
    decision = (await world.submitted("legal")).decision
    assert (await world.decisions.get(reviewer("l", queues=["legal"]), decision.id)).decision == decision
