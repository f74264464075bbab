"""What credentials do not cover does not exist for whoever has them: by action, and for leads by queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Final

import pytest

from andon.domain.appeal import AppealPlan
from andon.domain.clock import DAY, HOUR
from andon.domain.counts import Grouping
from andon.domain.errors import (
    ActionNotAllowed,
    AndonError,
    DecisionNotFound,
    Delegated,
    TaskNotFound,
)
from andon.domain.principal import Principal, Role
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery
from andon.policy.document import PolicyDocument
from andon.store.values import Job, TaskQuery
from andon.usecases.feedback import Feedback
from andon.usecases.insight import Insight
from andon.usecases.policies import Policies
from andon.usecases.seat import EventType
from andon.usecases.spans import Range
from andon.usecases.visibility import check_action
from tests.clock import START
from tests.unit.usecases.world import ADMIN, PLAN, SERVICE, World, reviewer

REFUNDS: Final = frozenset({"refund.*"})
RITA: Final = replace(reviewer("rita"), actions=REFUNDS)
AUDITOR: Final = replace(reviewer("anna", role=Role.AUDITOR), actions=REFUNDS)
BOUNDED: Final = replace(SERVICE, actions=REFUNDS)


@pytest.mark.parametrize(
    ("patterns", "action", "covered"),
    [
        ({"*"}, "a", True),
        ({"refund.*"}, "refund.issue", True),
        ({"refund.*"}, "refund.issue.large", True),
        ({"refund.issue.*"}, "refund.issue", False),
        ({"refund.*"}, "refund", False),
        ({"refund.*"}, "refunds.issue", False),
        ({"refund"}, "refund.issue", False),
        ({"loan.grant", "refund.issue"}, "refund.issue", True),
        (set(), "refund.issue", False),
    ],
)
def test_patterns(patterns: set[str], action: str, covered: bool) -> None:
    caller = replace(SERVICE, actions=frozenset(patterns))
    assert caller.covers(action) is covered
    if covered:
        check_action(caller, action)
        return
    with pytest.raises(ActionNotAllowed, match=action):
        check_action(caller, action)


async def both(world: World) -> tuple[Job, Job]:
    """A loan and a refund that wait, the loan being first."""
    world.policies.plans = {"loan.grant": replace(PLAN, queue="loans")}
    loan = await world.job((await world.submitted("loan.grant")).decision)
    return loan, await world.job((await world.submitted("refund.issue")).decision)


Door = Callable[[World, Job], Awaitable[object]]
DOORS: Final[dict[str, tuple[Door, type[AndonError]]]] = {
    "get": (lambda world, job: world.decisions.get(BOUNDED, job.decision.id), DecisionNotFound),
    "wait": (lambda world, job: world.wait(BOUNDED, job.decision.id, 0), DecisionNotFound),
    "cancel": (lambda world, job: world.decisions.cancel(BOUNDED, job.decision.id, "", ""), DecisionNotFound),
    "appeal": (lambda world, job: world.appeals.appeal(BOUNDED, job.decision.id, "why", ""), DecisionNotFound),
    "audit": (lambda world, job: world.decisions.get(AUDITOR, job.decision.id), DecisionNotFound),
    "task": (lambda world, job: world.tasks.get(RITA, job.task.id), TaskNotFound),
    "read": (lambda world, job: world.tasks.open(AUDITOR, job.task.id), TaskNotFound),
}


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_not_covered_does_not_exist(world: World, door: str) -> None:
    loan, refund = await both(world)
    world.policies.appeals = {"refund.issue": AppealPlan(1, "refunds", HOUR, DAY)}
    use, refusal = DOORS[door]
    before = [entry.hash for entry in await world.real.ledger(0, 100)]
    with pytest.raises(refusal):
        await use(world, loan)
    assert [entry.hash for entry in await world.real.ledger(0, 100)] == before
    if door == "appeal":
        await world.decisions.cancel(SERVICE, refund.decision.id, "", "")
        with pytest.raises(AndonError, match="cancelled"):
            await use(world, refund)
        return
    await use(world, refund)


@pytest.mark.parametrize("caller", [BOUNDED, RITA, AUDITOR], ids=lambda caller: caller.name)
async def test_lists_leave_it_out(world: World, caller: Principal) -> None:
    _, refund = await both(world)
    search = await world.decisions.search(caller, DecisionQuery(10))
    assert [each.id for each in await world.decisions.list(search, None, 10)] == [refund.decision.id]
    if caller is not BOUNDED:
        assert await world.tasks.list(caller, TaskQuery(10)) == [refund]
        assert await world.tasks.list(caller, TaskQuery(10, frozenset({"loans"}))) == []


async def test_earlier_decisions_are_those_that_are_covered(world: World) -> None:
    await world.submitted("loan.grant", subject="customers/1")
    first = (await world.submitted("refund.issue", subject="customers/1")).decision
    job = await world.job((await world.submitted("refund.issue", subject="customers/1")).decision)
    found = await world.tasks.earlier(RITA, job, None, 10)
    assert [each.id for each in found] == [first.id]


async def test_a_reviewer_is_handed_what_is_covered_and_nothing_else(world: World) -> None:
    loan, refund = await both(world)
    rita = world.desk(RITA, credits=5)
    assert (await rita.leased()).task.id == refund.task.id
    await rita.until(EventType.SYNCED)
    await world.quiet()
    assert len(rita.of(EventType.LEASED)) == 1
    assert (await world.desk(reviewer("ben")).leased()).task.id == loan.task.id


async def test_nobody_is_woken_for_what_they_are_not_covered_for(world: World) -> None:
    rita = await world.idle_desk(RITA)
    ben = await world.idle_desk(reviewer("ben"))
    for action in ("loan.grant", "refund.issue"):
        await world.submitted(action)
    assert (await rita.leased()).decision.proposal.action == "refund.issue"
    assert (await ben.leased()).decision.proposal.action == "loan.grant"


async def test_a_watching_stream_tells_of_nothing_else(world: World) -> None:
    loan, refund = await both(world)
    told = []
    stream = world.stream.watch(AUDITOR, frozenset())
    async for event in stream:
        if event.type is EventType.SYNCED:
            break
        told.append(event.job)
    assert told == [refund]
    await world.decisions.cancel(SERVICE, loan.decision.id, "", "")
    await world.submitted("loan.grant")
    await world.decisions.cancel(SERVICE, refund.decision.id, "", "")
    event = await anext(stream)
    assert event.type is EventType.REMOVED
    assert event.job is not None
    assert event.job.task.id == refund.task.id
    await stream.aclose()


async def test_who_is_not_covered_any_more_can_not_judge_what_they_hold(world: World) -> None:
    await both(world)
    job = await world.desk(reviewer("rita"), "loans").leased()
    with pytest.raises(ActionNotAllowed, match=r"loan\.grant"):
        await world.settled(job, by=RITA)
    assert job.task.lease is not None
    with pytest.raises(ActionNotAllowed):
        await world.tasks.renew(RITA, job.task.id, job.task.lease.token)
    await world.settled(job, by=reviewer("rita"))


async def test_to_who_does_not_hold_it_a_task_that_is_not_covered_does_not_exist(world: World) -> None:
    loan, _ = await both(world)
    held = await world.desk(reviewer("ben"), "loans").leased()
    assert held.task.lease is not None
    token = held.task.lease.token
    for use in (
        world.tasks.renew(RITA, loan.task.id, token),
        world.tasks.release(RITA, loan.task.id, token, ""),
        world.tasks.escalate(RITA, loan.task.id, token, ""),
        world.tasks.extend(RITA, loan.task.id, token, ""),
        world.settled(held, by=RITA),
    ):
        with pytest.raises(TaskNotFound):
            await use
    await world.desk(replace(reviewer("rita"), actions=REFUNDS)).leased()
    await world.tasks.release(replace(reviewer("ben"), actions=REFUNDS), loan.task.id, token, "given back")


async def test_who_acts_for_somebody_else_gives_no_verdict(world: World) -> None:
    await both(world)
    deputy = replace(reviewer("rita"), on_behalf_of="boss")
    with pytest.raises(Delegated):
        await anext(world.stream.lease(deputy, frozenset(), 1))
    job = await world.desk(reviewer("rita")).leased()
    with pytest.raises(Delegated):
        await world.settled(job, by=deputy)
    assert job.task.lease is not None
    with pytest.raises(Delegated):
        await world.tasks.renew(deputy, job.task.id, job.task.lease.token)


async def test_labels_and_figures_are_of_what_is_covered_and_served(world: World) -> None:
    await both(world)
    desk = world.desk(reviewer("rita"))
    for number in (1, 2):
        await world.settled(await desk.leased(number))
    feedback = Feedback(world.context.store, world.clock, world.context.reads)
    insight = Insight(world.context)
    lead = reviewer("lea", role=Role.LEAD, queues=["loans"])
    world.clock.advance(HOUR)
    asked = Range(START, world.clock.now(), None)
    for caller, seen in (
        (AUDITOR, ["refund.issue"]),
        (lead, ["loan.grant"]),
        (replace(lead, actions=REFUNDS), []),
        (reviewer("lea", role=Role.LEAD), ["loan.grant", "refund.issue"]),
        (ADMIN, ["loan.grant", "refund.issue"]),
    ):
        samples = await feedback.samples(caller, SampleQuery(10, 0, 100))
        assert sorted(sample.decision.proposal.action for sample in samples) == seen
        _, rates = await feedback.override_counts(caller, Grouping.ACTION, "", asked)
        assert sorted(rate.action for rate in rates) == seen
        _, activity = await insight.activity(caller, asked)
        assert sum(each.reviews for each in activity) == len(seen)
    owner = Principal("otto", frozenset({Role.POLICY_OWNER}))
    _, rates = await feedback.override_counts(owner, Grouping.ACTION, "", asked)
    assert len(rates) == 2
    assert {point.queue for point in await insight.queue_history(owner, "", asked)} == {"loans", "refunds"}
    _, own = await insight.activity(replace(RITA, actions=frozenset({"loan.*"})), asked)
    assert sum(each.reviews for each in own) == 2


class Folder:
    """Policies of these actions, in force."""

    since = 0
    faults = ("loans.yaml: no",)

    def __init__(self, *actions: str) -> None:
        self.current = self
        self.revision, self.warnings = "r", ("refunds.yaml: hm",)
        self.documents = tuple(
            PolicyDocument(f"{action}.yaml", "", SimpleNamespace(policy=action, actions=(action,)))  # type: ignore[arg-type]  # what is read
            for action in actions
        )


@pytest.mark.parametrize(
    ("patterns", "seen"),
    [
        ({"*"}, ["refund.*", "refund.issue", "loan.*", "*"]),
        ({"refund.*"}, ["refund.*", "refund.issue", "*"]),
        ({"refund.issue"}, ["refund.*", "refund.issue", "*"]),
        ({"refund.void"}, ["refund.*", "*"]),
        ({"refund.issue.*"}, ["refund.*", "*"]),
        ({"loan"}, ["*"]),
        (set(), []),
    ],
)
def test_policies_are_those_that_govern_what_is_covered(patterns: set[str], seen: list[str]) -> None:
    policies = Policies(Folder("refund.*", "refund.issue", "loan.*", "*"))  # type: ignore[arg-type]  # what it reads
    found = policies.in_force(replace(SERVICE, actions=frozenset(patterns)))
    assert [each.model.policy for each in found.documents] == seen
    assert bool(found.faults) is bool(found.warnings) is (patterns == {"*"})
