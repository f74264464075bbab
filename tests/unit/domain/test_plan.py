"""What a policy says of the work on a decision: how it is stored, and when a rung is due."""

from __future__ import annotations

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.plan import MoreTime, Quorum, Rung, Term, TimeoutDefault, WorkPlan, climb_time
from andon.domain.priority import Priority
from andon.store.codec import plan_text, work_plan

LADDER = (
    Rung(20, notify=True),
    Rung(40, priority=Priority.HIGH, skills=()),
    Rung(60, skills=("law", "tax"), queue="leads"),
)


@pytest.mark.parametrize(
    "plan",
    [
        WorkPlan(),
        WorkPlan(ladder=LADDER),
        WorkPlan(more_time=MoreTime(HOUR, 3), on_timeout=TimeoutDefault.APPROVE),
        WorkPlan(Quorum((Term(1, 2, "risk"), Term(1, 1)), ("legal",), False, 2, "leads"), LADDER, MoreTime(1)),
    ],
)
def test_a_plan_is_read_as_it_was_stored(plan: WorkPlan) -> None:
    assert work_plan(plan_text(plan)) == plan


@pytest.mark.parametrize(
    ("rung", "expire_time", "due"),
    [(0, HOUR, 12 * MINUTE), (1, HOUR, 24 * MINUTE), (2, 2 * HOUR, 72 * MINUTE), (3, HOUR, None), (0, 3, 0)],
)
def test_a_rung_is_due_at_its_part_of_the_deadline(rung: int, expire_time: int, due: int | None) -> None:
    assert climb_time(WorkPlan(ladder=LADDER), rung, 0, expire_time) == due


def test_what_has_no_ladder_has_no_rung() -> None:
    assert climb_time(None, 0, 0, HOUR) is None
    assert climb_time(WorkPlan(), 0, 0, HOUR) is None
