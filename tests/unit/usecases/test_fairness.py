"""Queues take turns by weight; nothing urgent waits for it, and what has waited long is handed out within a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Final

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.priority import STEP, TOP, level_of
from andon.domain.rota import Head, Rota
from andon.domain.task import Task
from andon.policy.api import TaskPlan
from andon.usecases.handout import HandOut
from andon.usecases.seat import Seat
from tests.unit.usecases.world import World, reviewer

QUEUES: Final = ("letters", "refunds", "loans")
WEIGHTS: Final = (("refunds", 4.0), ("letters", 0.25))
INTERVAL: Final = 15 * MINUTE
TICK: Final = MINUTE


def plans(deadline: int = HOUR) -> Mapping[str, TaskPlan]:
    """An action for each queue and urgency."""
    return {
        f"{queue}.{urgency}": TaskPlan(queue, urgency, (), deadline, None, None)
        for queue in QUEUES
        for urgency in range(TOP)
    }


def test_turns_follow_weights() -> None:
    rota, had = Rota({"a": 3.0, "b": 0.5}), Counter[str]()
    for _ in range(90):
        head = min((Head(-5, 1, "1", queue) for queue in "abc"), key=rota.turn)
        rota = rota.after(head.queue)
        had[head.queue] += 1
    assert had == {"a": 60, "c": 20, "b": 10}


def test_a_queue_that_was_empty_saves_up_no_turns() -> None:
    rota = Rota({})
    for _ in range(1_000):
        rota = rota.after("busy")
    had = Counter[str]()
    for _ in range(20):
        head = min((Head(-5, 1, "1", queue) for queue in ("busy", "quiet")), key=rota.turn)
        rota = rota.after(head.queue)
        had[head.queue] += 1
    assert had == {"busy": 10, "quiet": 10}


async def one(world: World, hand_out: HandOut, seat: Seat) -> Task | None:
    """The next task, judged at once."""
    jobs = await hand_out(seat, 1)
    for job in jobs:
        await world.settled(job)
    return jobs[0].task if jobs else None


@pytest.mark.parametrize("conflicts", [False, True], ids=["", "with conflicts"])
async def test_a_reviewer_is_handed_tasks_by_weight(world: World, conflicts: bool) -> None:
    world.limit(queue_weights=(("refunds", 3.0),))
    world.policies.plans = dict(plans())
    if conflicts:
        world.keep("elsewhere", "nobody")
    for number in range(80):
        await world.submitted(f"{'refunds' if number % 2 else 'letters'}.5")
    seat = world.context.seats.open(reviewer("rita"), frozenset({"*"}), 1)
    hand_out = HandOut(world.context)
    had = [await one(world, hand_out, seat) for _ in range(40)]
    world.context.seats.close(seat)
    assert Counter(task.queue for task in had if task) == {"refunds": 30, "letters": 10}


@pytest.mark.parametrize("weights", [(), WEIGHTS], ids=["by urgency", "by weight"])
@pytest.mark.parametrize("seed", range(2))
async def test_nothing_urgent_waits_and_nothing_old_is_forgotten(
    world: World, weights: tuple[tuple[str, float], ...], seed: int
) -> None:
    """More comes in than one reviewer can do, for hours. See the bound in docs/operations.md."""
    world.limit(queue_weights=weights, aging_interval=INTERVAL)
    world.policies.plans = dict(plans(100 * HOUR))
    day = Day(world, Random(seed))
    for minute in range(220):
        await day.minute(busy=minute < 120)
    assert day.judged == day.came > 150
    day.close()


class Day:
    """A reviewer who judges a task a minute, while more than one comes in."""

    def __init__(self, world: World, dice: Random) -> None:
        self._world = world
        self._dice = dice
        self._seat = world.context.seats.open(reviewer("rita"), frozenset({"*"}), 1)
        self._hand_out = HandOut(world.context)
        self._moments: list[int] = []
        self._waiting: dict[str, tuple[int, int]] = {}
        self.judged = 0

    @property
    def came(self) -> int:
        """How many came in."""
        return len(self._moments)

    def close(self) -> None:
        """The reviewer goes home."""
        self._world.context.seats.close(self._seat)

    async def minute(self, *, busy: bool) -> None:
        """Some come in where it is busy; then one is judged, and the clock goes on."""
        for _ in range(self._dice.choice((0, 1, 2, 3)) if busy else 0):
            await self._come()
        await self._judge()
        self._world.clock.advance(TICK)
        while await self._world.real.age_waiting(self._world.clock.now(), INTERVAL, 500):
            pass

    async def _come(self) -> None:
        urgency = self._dice.choice((0, 3, 9, 12, 25, 25, 29))
        standing = await self._world.submitted(f"{self._dice.choice(QUEUES)}.{urgency}")
        self._waiting[standing.decision.task_id] = (urgency, self._world.clock.now())
        self._moments.append(self._world.clock.now())

    async def _judge(self) -> None:
        task = await one(self._world, self._hand_out, self._seat)
        if task is None:
            assert not self._waiting
            return
        self._check_first(task)
        self._check_bound(task)
        del self._waiting[task.id]
        self.judged += 1

    def _check_first(self, task: Task) -> None:
        """No level above it was waiting; and at the top, no earlier deadline."""
        now = self._world.clock.now()
        urgencies = {
            id: min(TOP, urgency + (now - since) // INTERVAL * STEP) for id, (urgency, since) in self._waiting.items()
        }
        assert urgencies[task.id] == task.urgency
        assert level_of(task.urgency) == max(map(level_of, urgencies.values()))
        at_the_top = [id for id, urgency in urgencies.items() if urgency == TOP]
        assert not at_the_top or task.id == at_the_top[0]

    def _check_bound(self, task: Task) -> None:
        """Before it went none that came later than when it had aged to the top."""
        urgency, since = self._waiting[task.id]
        at_the_top = since - (urgency - TOP) // STEP * INTERVAL
        assert self.judged < sum(moment <= at_the_top for moment in self._moments)
