"""Whatever happens: no verdict by somebody unfit; nothing waits that a free hand is fit for and has not passed on."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias
from unittest.mock import patch

import pytest

from andon.domain.clock import HOUR
from andon.domain.conflict import Conflict
from andon.domain.decision import Decision
from andon.domain.errors import ConflictOfInterest, LeaseLost, QueueNotAllowed, SelfReview, SkillsRequired, TaskClosed
from andon.domain.principal import Principal, Role
from andon.domain.task import TaskState
from andon.policy.api import FactsOf, TaskPlan
from andon.policy.load import CompiledSet
from andon.rpc.facts import recorded_facts
from andon.store.sqlite import open_sqlite
from andon.store.values import Job, TaskQuery
from andon.usecases import handout
from andon.usecases.limits import Limits
from andon.usecases.seat import EventType
from tests.clock import FakeClock
from tests.unit.policy.policies import load, policy, rule
from tests.unit.usecases.world import PATIENCE, Desk, FakePolicies, World

NAMES: Final = ("ann", "ben", "cas", "dee")
GROUPS: Final = ("north", "south")
QUEUES: Final = ("loans", "cars")
SKILLS: Final = ("law", "credit")
ACTIONS: Final = {
    f"{queue}.{skill or 'any'}": (queue, (skill,) if skill else ()) for queue, skill in product(QUEUES, ("", *SKILLS))
}
UNFIT: Final = (SelfReview, QueueNotAllowed, SkillsRequired, ConflictOfInterest)
Step: TypeAlias = "tuple[Any, ...]"


@dataclass(frozen=True)
class Terms:
    """What a policy says of conflicts."""

    same_group: bool
    own: bool
    large: bool

    def text(self) -> str:
        """The policy's file."""
        exclude = [
            (self.own, "own", "reviewer.name == decision.attributes.subject"),
            (self.large, "large", '"north" in reviewer.groups && decision.attributes.amount > 50.0'),
        ]
        listed = "".join(f"    - {{id: {id}, when: {when!r}, reason: so}}\n" for stated, id, when in exclude if stated)
        head = f"conflicts:\n  same_group: {str(self.same_group).lower()}\n"
        head += f"  exclude:\n{listed}" if listed else ""
        return policy(rule("all", "true"), head=head, actions='["*"]')

    def fit(self, who: Principal, job: Job) -> bool:
        """Whether somebody may judge a task: the same once more, in plain words."""
        task, decision = job.task, job.decision
        attributes, acted_for = decision.proposal.attributes, decision.proposal.on_behalf_of
        if who.name in (decision.submitter, acted_for) or task.queue not in who.queues or set(task.skills) - who.skills:
            return False
        if self.same_group and who.groups & set(decision.submitter_groups):
            return False
        if self.own and attributes.subject == who.name:
            return False
        large = attributes.amount is None or attributes.amount > 50.0  # what can't be known excludes
        return not (self.large and "north" in who.groups and large)


TERMS: Final = tuple(Terms(*flags) for flags in product((False, True), repeat=3))


class Ruled(FakePolicies):
    """Routes all to review, and leaves conflicts to compiled policies."""

    def __init__(self, compiled: CompiledSet) -> None:
        super().__init__()
        self.plans = {
            action: TaskPlan(queue, 10, skills, HOUR, None, None) for action, (queue, skills) in ACTIONS.items()
        }
        self._compiled = compiled

    @property
    def has_conflicts(self) -> bool:
        return self._compiled.has_conflicts

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        return self._compiled.conflict(reviewer, decision, recorded_facts)


def _some(dice: Random, words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in words if dice.random() < 0.5)


def _most(dice: Random, words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in words if dice.random() < 0.8)


def _people(dice: Random) -> list[Principal]:
    role = frozenset({Role.REVIEWER})
    return [Principal(name, role, _most(dice, SKILLS), _most(dice, QUEUES), _some(dice, GROUPS)) for name in NAMES]


def _step(dice: Random) -> Step:
    kind = dice.choices(("submit", "judge", "release", "policies", "open", "close"), (8, 5, 1, 3, 3, 2))[0]
    if kind == "submit":
        words = (dice.choice(sorted(ACTIONS)), dice.choice((*NAMES, "sam")), _some(dice, GROUPS))
        amount = dice.choice((None, 10.0, 90.0))
        return (kind, *words, dice.choice(("", "", *NAMES)), dice.choice(("", *NAMES)), amount)
    return (kind, dice.randrange(len(TERMS)))


class History:
    """One server, its reviewers, and what has happened so far."""

    def __init__(self, world: World, people: Sequence[Principal], force: Sequence[Ruled]) -> None:
        self._world = world
        self._people = people
        self._force = force
        self._desks: list[tuple[Principal, Desk]] = []
        self._seen: dict[Desk, int] = {}
        self._held: list[tuple[Principal, Job]] = []
        self._terms = TERMS[0]
        self._passed: set[tuple[str, str]] = set()
        world.policies = force[0]

    async def run(self, steps: Sequence[Step]) -> None:
        """Everybody comes, the steps are taken; then everybody comes once more, with both hands free."""
        for number in range(len(self._people)):
            await self._open(number)
        for name, *words in steps:
            await getattr(self, f"_{name}")(*words)
            await self._settle()
        for number in range(len(self._people)):
            await self._open(number, 99)
        await self._settle()
        for job in await self._waiting():
            fit = [who for who in self._people if self._terms.fit(who, job)]
            assert all((who.name, job.decision.id) in self._passed for who in fit), (job, self._terms)

    async def _settle(self) -> None:
        """Lets everything happen that follows. Who was handed something is fit for it; a free hand misses nothing."""
        seats = self._world.context.seats
        await self._world.quiet()
        async with asyncio.timeout(PATIENCE):
            while any(seat.free and not seats.is_idle(seat) for seat in seats._seats):
                await self._world.quiet()
        for who, desk in self._desks:
            events = desk.of(EventType.LEASED)
            for job in events[self._seen.get(desk, 0) :]:
                assert self._terms.fit(who, job), (who, job, self._terms)
                self._held.append((who, job))
            self._seen[desk] = len(events)
        for job in await self._waiting():
            for seat in seats._seats:  # what is open, whatever its desk says
                passed = (seat.principal.name, job.decision.id) in self._passed
                missed = seat.free and not passed and self._terms.fit(seat.principal, job)
                assert not missed, (seat.principal, job, self._terms)

    async def _waiting(self) -> Sequence[Job]:
        return await self._world.real.list_tasks(TaskQuery(1_000, states=frozenset({TaskState.WAITING})))

    async def _submit(
        self, action: str, by: str, groups: frozenset[str], acts_for: str, subject: str, amount: float | None
    ) -> None:
        submitter = Principal(by, frozenset({Role.SUBMITTER}), groups=groups)
        words: dict[str, Any] = {"on_behalf_of": acts_for, "subject": subject, "amount": amount}
        await self._world.submitted(action, submitter, **words)

    async def _open(self, number: int, credits: int = 2) -> None:
        who = self._people[number % len(self._people)]
        if who.queues:
            self._desks.append((who, self._world.desk(who, credits=credits)))

    async def _close(self, number: int) -> None:
        if self._desks:
            _, desk = self._desks.pop(number % len(self._desks))
            await desk.close()

    async def _judge(self, number: int) -> None:
        if not self._held:
            return
        who, job = self._held.pop(number % len(self._held))
        try:
            settled = await self._world.settled(job, by=who)
        except UNFIT:
            assert not self._terms.fit(who, job)
            assert await self._world.job(job.decision) == job
            self._held.append((who, job))
        except (TaskClosed, LeaseLost):  # another of their desks was quicker
            pass
        else:
            assert self._terms.fit(who, settled.job)

    async def _release(self, number: int) -> None:
        if self._held:
            who, job = self._held.pop(number % len(self._held))
            assert job.task.lease is not None
            with contextlib.suppress(TaskClosed, LeaseLost):  # another of their desks was quicker
                await self._world.tasks.release(who, job.task.id, job.task.lease.token, "")
                self._passed.add((who.name, job.decision.id))

    async def _policies(self, number: int) -> None:
        self._terms, self._world.policies = TERMS[number], self._force[number]
        self._world.context.seats.wake_all()  # as the server does


async def _run(folder: Path, people: Sequence[Principal], force: Sequence[Ruled], steps: Sequence[Step]) -> None:
    clock = FakeClock()
    store = await open_sqlite(folder / "andon.db")
    world = World(store, clock, replace(Limits(), max_streams=100))
    try:
        await History(world, people, force).run(steps)
    finally:
        for desk in world.desks:
            await desk.close()
        await world.quiet()
        await store.close()


def _compiled() -> tuple[Ruled, ...]:
    with tempfile.TemporaryDirectory() as folder:
        return tuple(Ruled(load(Path(folder) / str(at), all=terms.text())) for at, terms in enumerate(TERMS))


FORCE: Final = _compiled()


@pytest.mark.parametrize("seed", range(20))
def test_no_unfit_verdict_and_no_task_in_vain(seed: int) -> None:
    dice = Random(seed)
    people, steps = _people(dice), [_step(dice) for _ in range(40)]
    with tempfile.TemporaryDirectory() as folder, patch.object(handout, "PAGE", 3):
        asyncio.run(_run(Path(folder), people, FORCE, steps))
