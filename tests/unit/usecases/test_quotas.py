"""What one principal may take: calls in a second, decisions that wait, calls that are blocked, streams."""

from __future__ import annotations

import asyncio

import pytest

from andon.domain.clock import HOUR, MILLISECOND, SECOND
from andon.domain.errors import AndonError, QuotaExceeded, RateExceeded
from andon.domain.review import Verdict
from andon.usecases.context import Standing
from andon.usecases.quotas import BURST, OpenDecisions, Rates
from andon.usecases.seat import EventType
from andon.usecases.seats import Seats
from andon.usecases.waiters import Waiters
from tests.clock import FakeClock
from tests.unit.usecases.world import ELIGIBILITY, OTHER_SERVICE, PATIENCE, SERVICE, World, command, reviewer

START = 1_000_000 * SECOND


class Settable:
    """A clock that may be set back."""

    def __init__(self, time: int) -> None:
        self.time = time

    def now(self) -> int:
        return self.time


def refused(rates: Rates, principal: str) -> int:
    """The delay that a call is refused with (µs); 0 where it is allowed."""
    try:
        rates.take(principal)
    except RateExceeded as error:
        return error.delay or -1
    return 0


def test_five_seconds_of_calls_may_come_at_once_and_no_more() -> None:
    rates = Rates(FakeClock(START), 10)
    assert [refused(rates, "a") for _ in range(51)] == [0] * 50 + [100 * MILLISECOND]


def test_the_delay_is_when_the_next_call_is_allowed_and_not_before() -> None:
    clock = FakeClock(START)
    rates = Rates(clock, 4)
    while not (delay := refused(rates, "a")):
        pass
    clock.advance(delay - 1)
    assert refused(rates, "a") == 1
    clock.advance(1)
    assert refused(rates, "a") == 0
    assert refused(rates, "a") == 250 * MILLISECOND


def test_what_is_refused_does_not_count_and_what_is_checked_neither() -> None:
    clock = FakeClock(START)
    rates = Rates(clock, 1)
    for _ in range(100):
        rates.check("a")
    for _ in range(5):
        assert refused(rates, "a") == 0
    for _ in range(100):
        refused(rates, "a")
        with pytest.raises(RateExceeded):
            rates.check("a")
    clock.advance(SECOND)
    assert refused(rates, "a") == 0


def test_one_who_calls_too_often_takes_nothing_from_another() -> None:
    rates = Rates(FakeClock(START), 1)
    while not refused(rates, "a"):
        pass
    assert refused(rates, "b") == 0


def test_without_a_limit_nobody_is_counted() -> None:
    rates = Rates(FakeClock(START), 0)
    assert [refused(rates, "a") for _ in range(1_000)] == [0] * 1_000
    assert len(rates) == 0


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = Settable(START)
    rates = Rates(clock, 1)
    for _ in range(5):
        rates.take("a")
    clock.time -= HOUR
    assert refused(rates, "a") == SECOND
    clock.time += SECOND
    assert refused(rates, "a") == 0


def test_buckets_are_bounded_and_full_ones_go_first() -> None:
    clock = FakeClock(START)
    rates = Rates(clock, 1, most=3)
    rates.take("early")
    clock.advance(BURST)
    for _ in range(5):
        rates.take("busy")
    for name in ("x", "y"):
        rates.take(name)
    assert len(rates) == 3
    assert refused(rates, "busy") == SECOND
    for number in range(100):
        rates.take(f"p{number}")
        assert len(rates) <= 3


async def test_a_submitter_has_so_many_open_decisions_and_others_have_theirs(world: World) -> None:
    world.limit(max_open_decisions_per_principal=2)
    commands = [command(action) for action in ("a.a", "auto.a", "b.b", "c.c", "block.a")]
    answers = await world.submit.many(SERVICE, commands)
    assert [type(answer) for answer in answers] == [Standing, Standing, Standing, QuotaExceeded, Standing]
    with pytest.raises(QuotaExceeded) as refusal:
        await world.submitted()
    words = {"principal": SERVICE.name, "quota": "open_decisions", "limit": "2", "hint": "try again"}
    assert refusal.value.metadata == words
    await world.submitted(by=OTHER_SERVICE)
    await world.settled(await world.desk().leased())
    await world.submitted()
    with pytest.raises(QuotaExceeded):
        await world.submitted()


async def test_a_repetition_is_answered_also_where_its_submitter_has_no_more_room(world: World) -> None:
    world.limit(max_open_decisions_per_principal=1)
    first = await world.submitted(request_id="a")
    assert (await world.submitted(request_id="a")).decision.id == first.decision.id
    assert world.context.open_decisions.of(SERVICE.name) == 1


async def test_what_is_open_is_counted_by_decisions_however_it_ends(world: World) -> None:
    open_ = world.context.open_decisions
    for _ in range(3):
        await world.submitted()
    standing = await world.submitted()
    await world.decisions.cancel(SERVICE, standing.decision.id, "", "")
    assert open_.of(SERVICE.name) == 3
    desk = world.desk()
    await world.settled(await desk.leased(), Verdict.REJECT)
    assert open_.of(SERVICE.name) == 2
    counted = OpenDecisions()
    counted.recount(await world.real.open_decisions())
    assert counted.of(SERVICE.name) == open_.of(SERVICE.name)


async def test_waits_of_one_are_bounded_after_recording_and_others_may_wait(world: World) -> None:
    world.context.waiters = waiters = Waiters(10, 1)
    first = asyncio.create_task(world.submitted(wait=HOUR))
    await world.desk().leased()
    with pytest.raises(QuotaExceeded, match=r"refund-service has more than 1 waiters; decisions/") as refusal:
        await world.submitted(wait=HOUR)
    assert (await world.decision(refusal.value.metadata["name"].partition("/")[2])).resolution is None
    other = asyncio.create_task(world.submitted(by=OTHER_SERVICE, wait=HOUR))
    await asyncio.wait_for(_has(waiters, 2), PATIENCE)
    for call in (first, other):
        call.cancel()
    await asyncio.wait((first, other))
    assert len(waiters) == 0
    waiters.forget("a", waiters.register("a", SERVICE))


async def test_streams_of_one_are_bounded_and_a_closed_one_makes_room(world: World) -> None:
    world.context.seats = Seats(10, 10, ELIGIBILITY, 1)
    desk = world.desk()
    await desk.until(EventType.SYNCED)
    refusals: list[AndonError] = []
    try:
        await anext(world.stream.watch(reviewer(), frozenset()))
    except QuotaExceeded as error:
        refusals.append(error)
    assert [error.metadata["quota"] for error in refusals] == ["streams"]
    await world.desk(reviewer("rolf")).until(EventType.SYNCED)
    await desk.close()
    await world.desk().until(EventType.SYNCED)


async def _has(waiters: Waiters, wanted: int) -> None:
    while len(waiters) != wanted:  # noqa: ASYNC110  # nobody tells that a caller has begun to wait
        await asyncio.sleep(0)


def test_who_has_not_called_for_longest_makes_room() -> None:
    rates = Rates(FakeClock(START), 1, most=3)
    for name in ("busy", "x", "y", "busy", "busy", "busy", "busy", "z"):
        rates.take(name)
    assert refused(rates, "busy") == SECOND
    assert len(rates) == 3
