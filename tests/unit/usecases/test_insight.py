"""Queues and reviewers over time, as the caller may see them."""

from __future__ import annotations

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.errors import FieldInvalid
from andon.domain.principal import Principal, Role
from andon.domain.spans import Spans
from andon.policy.api import TaskPlan
from andon.usecases.insight import Insight
from andon.usecases.spans import MAX_POINTS, MAX_SPANS, Range, check_points
from tests.clock import START
from tests.unit.usecases.world import World, reviewer

NOW = START + 10 * HOUR
LEAD = Principal("lea", frozenset({Role.LEAD}), queues=frozenset({"*"}))
HOURLY = Range(START, START + 3 * HOUR, HOUR)


def faults(asked: Range) -> list[str]:
    """The fields a range is refused for."""
    with pytest.raises(FieldInvalid) as refusal:
        asked.spans(NOW)
    return [fault.path for fault in refusal.value.faults]


def test_all_is_one_span_where_no_interval_is_asked_for() -> None:
    assert Range().spans(NOW) == Spans.one()
    assert Range(start=START).spans(NOW) == Spans.one(START)
    assert Range(end=START).spans(NOW) == Spans.one(0, START)
    assert Range(START, NOW).spans(NOW) == Spans(START, NOW, NOW - START, 1)
    assert Range(end=-1).spans(NOW).count == 1


def test_spans_go_from_the_start_to_the_end() -> None:
    assert HOURLY.spans(NOW) == Spans(START, START + 3 * HOUR, HOUR, 3)
    spans = Range(START, START + 3 * HOUR + 1, HOUR).spans(NOW)
    assert (spans.count, spans.start_of(3)) == (4, START + 3 * HOUR)
    assert list(spans.bounds())[3] == (START + 3 * HOUR, START + 3 * HOUR + 1)


def test_without_an_end_the_last_span_holds_this_very_moment() -> None:
    spans = Range(NOW - 2 * HOUR, None, HOUR).spans(NOW)
    assert list(spans.bounds()) == [(NOW - 2 * HOUR, NOW - HOUR), (NOW - HOUR, NOW + 1)]


def test_spans_that_are_still_to_come_are_left_out() -> None:
    assert Range(NOW - HOUR, NOW + 5 * HOUR, HOUR).spans(NOW).count == 1
    assert Range(NOW + HOUR, NOW + 5 * HOUR, HOUR).spans(NOW).count == 0


def test_a_range_is_refused_that_has_no_bounds_or_too_many_spans() -> None:
    assert faults(Range(interval=HOUR)) == ["start_time"]
    assert faults(Range(START, START)) == ["start_time"]
    assert faults(Range(NOW, None, HOUR)) == ["start_time"]
    assert faults(Range(START, NOW, MINUTE - 1)) == ["interval"]
    assert faults(Range(START, START + MAX_SPANS * MINUTE + 1, MINUTE)) == ["interval"]
    assert Range(START, START + MAX_SPANS * MINUTE, MINUTE).spans(NOW + 99 * HOUR).count == MAX_SPANS


def test_an_answer_has_a_bound() -> None:
    check_points(MAX_POINTS)
    with pytest.raises(FieldInvalid, match="interval"):
        check_points(MAX_POINTS + 1)


async def test_a_queue_is_told_to_those_who_may_see_it(world: World) -> None:
    insight = Insight(world.context)
    for queue in ("a", "b"):
        world.policies.plans[f"review.{queue}"] = TaskPlan(queue, 10, (), HOUR, None, None)
        await world.submitted(f"review.{queue}")
    assert [standing.queue for standing in await insight.queues(LEAD)] == ["a", "b"]
    assert [standing.queue for standing in await insight.queues(reviewer())] == ["a", "b"]
    assert [standing.queue for standing in await insight.queues(reviewer(queues=("b", "c")))] == ["b"]

    async def told(caller: Principal, queue: str = "") -> set[str]:
        world.clock.advance(HOUR)
        return {point.queue for point in await insight.queue_history(caller, queue, Range(START, None, HOUR))}

    assert await told(LEAD) == await told(reviewer()) == {"a", "b"}
    assert await told(reviewer(queues=("b", "c"))) == {"b"}
    assert await told(reviewer(queues=("b", "c")), "c") == {"c"}
    assert await told(reviewer(queues=("b", "c")), "a") == set()
    assert await told(reviewer(queues=())) == set()
    assert await told(LEAD, "nothing-there") == {"nothing-there"}


async def test_too_many_points_are_refused(world: World) -> None:
    for number in range(11):
        world.policies.plans[f"review.q{number}"] = TaskPlan(f"q{number}", 10, (), HOUR, None, None)
        await world.submitted(f"review.q{number}")
    world.clock.advance(1000 * MINUTE)
    with pytest.raises(FieldInvalid, match="10000 points"):
        await Insight(world.context).queue_history(LEAD, "", Range(START, None, MINUTE))
