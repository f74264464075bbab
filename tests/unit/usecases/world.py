"""One server's use cases over a real store, with a clock, policies and an observer that belong to the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from andon.domain.appeal import AppealPlan
from andon.domain.clock import HOUR
from andon.domain.conflict import Conflict
from andon.domain.decision import Decision, Reason, Resolution, Route, Routing
from andon.domain.ids import Ids
from andon.domain.principal import Principal, Role
from andon.domain.receipt import DEFAULT, ReceiptTerms
from andon.domain.review import Verdict
from andon.domain.sensitive import NOTHING, Sensitive
from andon.domain.task import Task
from andon.keys.ring import KeyRing
from andon.policy.api import Coin, Explanation, Facts, FactsOf, RuleResult, Ruling, TaskPlan
from andon.store.port import Store
from andon.store.values import Climbed, Expired, Job, Settled, TaskQuery
from andon.usecases.amend import Amend
from andon.usecases.appeals import Appeals
from andon.usecases.context import Context, Standing
from andon.usecases.decisions import Decisions
from andon.usecases.eligibility import Eligibility
from andon.usecases.estimates import Estimates
from andon.usecases.limits import Limits
from andon.usecases.review import GiveVerdict, ReviewCommand
from andon.usecases.seat import EventType, StreamEvent
from andon.usecases.seats import Seats
from andon.usecases.stream import Stream
from andon.usecases.submit import Submit, SubmitCommand
from andon.usecases.tasks import Tasks
from andon.usecases.wait import Wait
from andon.usecases.waiters import Waiters
from tests.builders import make_proposal
from tests.clock import FakeClock

PATIENCE: Final = 5.0  # seconds after which a test has failed instead of hanging
PLAN: Final = TaskPlan("refunds", 10, (), HOUR, None, None)

SERVICE: Final = Principal("refund-service", frozenset({Role.SUBMITTER}))
OTHER_SERVICE: Final = Principal("other-service", frozenset({Role.SUBMITTER}))
ADMIN: Final = Principal("ada", frozenset({Role.ADMIN}))


def reviewer(name: str = "rita", *skills: str, queues: Sequence[str] = ("*",), role: Role = Role.REVIEWER) -> Principal:
    """A reviewer of all queues unless some are named."""
    return Principal(name, frozenset({role}), frozenset(skills), frozenset(queues))


class NoFacts:
    """Facts for rules that read none."""

    def SerializeToString(self) -> bytes:  # a message's method
        return b""


def no_facts(decision: Decision, fields: frozenset[str]) -> Facts:
    """A recorded decision for policies that read nothing of it."""
    return NoFacts()


class FakePolicies:
    """Routes by the action's first word: `auto`, `block`, else review by `plans[action]` or PLAN.

    `appeals` are the plans of actions that know appeals, `receipts` what binds those of an action, `secrets` what is
    sensitive of one. `kept_from` are the names of those who have an interest in an action's decisions. To change it,
    put another set of policies in force: see `World.keep`.
    """

    revision = "f" * 64
    policies = ("fake",)
    rules: Mapping[str, Sequence[str]] = {"fake": ("rule",)}
    actions = ("*",)

    def __init__(self) -> None:
        self.plans: dict[str, TaskPlan] = {}
        self.kept_from: dict[str, frozenset[str]] = {}
        self.appeals: dict[str, AppealPlan] = {}
        self.receipts: dict[str, ReceiptTerms] = {}
        self.secrets: dict[str, Sensitive] = {}

    def evaluate(self, action: str, facts: Facts, decision_name: str, coin: Coin | None) -> Ruling:
        if coin is not None:
            coin.draw(decision_name, "rule")
        return self._ruling(action)

    def explain(self, action: str, facts: Facts) -> tuple[Ruling, Explanation]:
        ruling = self._ruling(action)
        return ruling, Explanation((RuleResult("rule", True, ruling.routing.route, "because"),), "be surer")

    @property
    def has_conflicts(self) -> bool:
        return bool(self.kept_from)

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        barred = reviewer.name in self.kept_from.get(decision.proposal.action, ())
        return Conflict("fake", "because") if barred else None

    def appeal_plan(self, action: str) -> AppealPlan | None:
        return self.appeals.get(action)

    def sensitive(self, action: str) -> Sensitive:
        return self.secrets.get(action, NOTHING)

    @property
    def calls_sensitive(self) -> Mapping[str, Sensitive]:
        return self.secrets

    def _ruling(self, action: str) -> Ruling:
        route = {"auto": Route.AUTO_APPROVE, "block": Route.BLOCK}.get(action.partition(".")[0], Route.REVIEW)
        reasons = () if route is Route.AUTO_APPROVE else (Reason("rule", "because", route),)
        plan = self.plans.get(action, PLAN) if route is Route.REVIEW else None
        terms = self.receipts.get(action, DEFAULT)
        routing = Routing(route, reasons, "fake", self.revision, 1.0)
        return Ruling(routing, plan, receipt=terms, sensitive=self.sensitive(action))


class RuledPolicies(FakePolicies):
    """Another set of policies, which routes all alike: by the rule `fresh`, to tasks of this plan."""

    revision = "e" * 64

    def __init__(self, route: Route, plan: TaskPlan = PLAN) -> None:
        super().__init__()
        self.evaluated = 0
        self._route = route
        self._plan = plan

    def evaluate(self, action: str, facts: Facts, decision_name: str, coin: Coin | None) -> Ruling:
        self.evaluated += 1
        return super().evaluate(action, facts, decision_name, coin)

    def _ruling(self, action: str) -> Ruling:
        reasons = () if self._route is Route.AUTO_APPROVE else (Reason("fresh", "because", self._route),)
        plan = self._plan if self._route is Route.REVIEW else None
        terms = self.receipts.get(action, DEFAULT)
        return Ruling(Routing(self._route, reasons, "fake", self.revision, 0.5), plan, receipt=terms)


class FakeCoin:
    """Always tails."""

    source = "fake"

    def draw(self, decision_name: str, rule: str) -> float:
        return 0.5


class Heard:
    """An observer that writes down what it was told, as `(what, id)`."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def of(self, what: str) -> list[str]:
        """Ids of what was told by this name, in order."""
        return [identity for kind, identity in self.told if kind == what]

    def routed(self, ruling: Ruling, seconds: float) -> None:
        assert seconds >= 0
        self.told.append(("routed", ruling.routing.policy))

    def submitted(self, decision: Decision) -> None:
        self.told.append(("submitted", decision.id))

    def leased(self, job: Job, now: int) -> None:
        self.told.append(("leased", job.task.id))

    def lapsed(self, task: Task) -> None:
        self.told.append(("lapsed", task.id))

    def escalated(self, job: Job) -> None:
        self.told.append(("escalated", job.task.id))

    def climbed(self, climbed: Climbed) -> None:
        self.told.append(("climbed", climbed.job.task.id))

    def extended(self, jobs: Sequence[Job]) -> None:
        self.told.extend(("extended", job.task.id) for job in jobs)

    def expired(self, expired: Expired) -> None:
        self.told.append(("expired", expired.job.task.id))

    def reviewed(self, settled: Settled) -> None:
        self.told.append(("reviewed", settled.job.task.id))

    def closed(self, job: Job) -> None:
        """Told beside what ended it."""

    def cancelled(self, decision: Decision) -> None:
        self.told.append(("cancelled", decision.id))


class PausedStore:
    """The real store; a method named by `pause` answers only after the test lets it, though it has committed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pauses: dict[str, tuple[asyncio.Event, asyncio.Event]] = {}

    def pause(self, method: str) -> tuple[asyncio.Event, asyncio.Event]:
        """The next call of the method: `(done, go)`. It sets `done` once it is durable, and waits for `go`."""
        self._pauses[method] = asyncio.Event(), asyncio.Event()
        return self._pauses[method]

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._store, method)
        if method not in self._pauses:
            return real
        done, go = self._pauses.pop(method)

        async def paused(*args: Any, **words: Any) -> Any:
            try:
                return await real(*args, **words)
            finally:
                done.set()
                await go.wait()

        return paused


class Desk:
    """A stream that is read as fast as it sends. `events` are all it has sent."""

    def __init__(self, stream: AsyncIterator[StreamEvent]) -> None:
        self.events: list[StreamEvent] = []
        self._stream = stream
        self._news = asyncio.Condition()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for event in self._stream:
                async with self._news:
                    self.events.append(event)
                    self._news.notify_all()
        finally:
            async with self._news:
                self._news.notify_all()

    def of(self, kind: EventType) -> list[Job]:
        """The jobs of the events of this kind, in order."""
        return [event.job for event in self.events if event.type is kind and event.job is not None]

    async def until(self, kind: EventType, count: int = 1) -> StreamEvent:
        """The event that is the `count`-th of its kind, once it has come."""
        async with asyncio.timeout(PATIENCE), self._news:
            while len(found := [event for event in self.events if event.type is kind]) < count:
                assert not self.reading.done(), f"the stream ended with {self.events}"
                await self._news.wait()
        return found[count - 1]

    async def leased(self, count: int = 1) -> Job:
        """The job of the `count`-th LEASED, once it has come."""
        job = (await self.until(EventType.LEASED, count)).job
        assert job is not None
        return job

    async def close(self) -> None:
        """Hangs up."""
        self.reading.cancel()
        await asyncio.wait((self.reading,), timeout=PATIENCE)


class World:
    """All use cases of one server. `desks` are closed by the fixture."""

    def __init__(self, store: Store, clock: FakeClock, limits: Limits) -> None:
        self.real = store
        self.store = PausedStore(store)
        self.clock = clock
        self.policies = FakePolicies()
        self.heard = Heard()
        self.desks: list[Desk] = []
        eligibility = Eligibility(lambda: self.policies, no_facts)
        self.context = Context(
            store=self.store,
            policies=lambda: self.policies,
            facts=no_facts,
            coin=FakeCoin(),
            clock=clock,
            ids=Ids(clock),
            limits=limits,
            waiters=Waiters(limits.max_waiters),
            seats=Seats(limits.max_streams, limits.stream_buffer, eligibility),
            eligibility=eligibility,
            estimates=Estimates(),
            observer=self.heard,
            signer=KeyRing.fresh(clock.now()),
        )
        self.submit = Submit(self.context)
        self.wait = Wait(self.context)
        self.stream = Stream(self.context)
        self.give_verdict = GiveVerdict(self.context)
        self.tasks = Tasks(self.context)
        self.decisions = Decisions(self.context)
        self.appeals = Appeals(self.context)
        self.amend = Amend(self.context, self.submit)

    def keep(self, action: str, *names: str) -> None:
        """Puts policies in force that keep these reviewers from the decisions of an action."""
        known, self.policies = self.policies, FakePolicies()
        self.policies.plans, self.policies.appeals = known.plans, known.appeals
        self.policies.kept_from = known.kept_from | {action: frozenset(names)}

    def limit(self, **values: Any) -> None:
        """Changes limits that are read at each call."""
        self.context.limits = replace(self.context.limits, **values)

    async def submitted(
        self,
        action: str = "refund.issue",
        by: Principal = SERVICE,
        *,
        wait: int = 0,
        request_id: str = "",
        **words: Any,
    ) -> Standing:
        """Submits one decision."""
        standing = await self.submit.one(by, command(action, request_id, **words))
        if wait and standing.decision.resolution is None:
            return await self.wait.until_resolved(by, standing.decision.id, wait)
        return standing

    async def settled(self, job: Job, verdict: Verdict = Verdict.APPROVE, **fields: Any) -> Settled:
        """The holder's verdict on a leased job; `by` names another caller."""
        assert job.task.lease is not None
        by = fields.pop("by", None) or reviewer(job.task.lease.holder)
        given = {"payload_hash": job.decision.payload_hash, "lease_token": job.task.lease.token} | fields
        return await self.give_verdict(by, ReviewCommand(task_id=job.task.id, verdict=verdict, **given))

    def desk(self, principal: Principal | None = None, *queues: str, credits: int = 1) -> Desk:
        """Opens a reviewer's stream."""
        desk = Desk(self.stream.lease(principal or reviewer(), frozenset(queues), credits))
        self.desks.append(desk)
        return desk

    async def idle_desk(self, principal: Principal | None = None, *queues: str, credits: int = 1) -> Desk:
        """A reviewer's stream that has nothing to do."""
        desk = self.desk(principal, *queues, credits=credits)
        await desk.until(EventType.SYNCED)
        await self.quiet()
        return desk

    def watch(self, principal: Principal | None = None, *queues: str) -> Desk:
        """Opens a watching stream."""
        desk = Desk(self.stream.watch(principal or reviewer("wanda", role=Role.LEAD), frozenset(queues)))
        self.desks.append(desk)
        return desk

    async def quiet(self) -> None:
        """Returns when what has been asked of the store, and what followed from it, is done."""
        for _ in range(3):
            for _ in range(10):
                await asyncio.sleep(0)
            await self.real.ping()
            await self.real.last_sample()
            await self.real.list_tasks(TaskQuery(1))
        for _ in range(10):
            await asyncio.sleep(0)

    async def decision(self, decision_id: str) -> Decision:
        """One decision as it is stored."""
        decision = await self.real.decision(decision_id)
        assert decision is not None
        return decision

    async def job(self, decision: Decision) -> Job:
        """A decision with its task as they are stored."""
        job = await self.real.job(decision.task_id)
        assert job is not None
        return job


def command(action: str = "refund.issue", request_id: str = "", **words: Any) -> SubmitCommand:
    """A proposal to submit."""
    return SubmitCommand(make_proposal(action, **words), NoFacts(), request_id)


def resolution(decision: Decision) -> Resolution:
    """How a decision ended; it must have."""
    assert decision.resolution is not None
    return decision.resolution


_NOBODY: Final = FakePolicies()
ELIGIBILITY: Final = Eligibility(lambda: _NOBODY, no_facts)
"""For seats without a world: nobody has an interest in anything."""
