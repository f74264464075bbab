"""What tasks ask for only ever grows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.clock import HOUR
from andon.domain.plan import EXTRA, TIE_BREAK, MoreTime, Quorum, Rung, Term, TimeoutDefault, WorkPlan
from andon.domain.task import Escalation, Lease, Task, TaskKind, TaskState
from andon.domain.terms import Terms, joined, tightened
from tests.clock import START

TWO = Quorum((Term(2, 2),))
IDS = tuple(f"new-{number}" for number in range(30))
LATER = START + HOUR


def task(name: str = "t", **fields: object) -> Task:
    """An open task on one decision."""
    base = Task(name, "d", TaskKind.GATE, "refunds", 10, (), START + HOUR, START)
    return replace(base, **fields)  # type: ignore[arg-type]  # fields of a task


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("2", "1", "2"),
        ("1", "2 of 3", "2 of 3"),
        ("2 of 3", "1 of risk", "2 of 3 and 1 of risk"),
        ("1 of risk and 1 of legal", "2 of 3 of legal", "1 of risk and 2 of 3 of legal"),
    ],
)
def test_quorums_are_joined(before: str, now: str, expected: str) -> None:
    assert str(joined(quorum(before), quorum(now))) == expected


def quorum(text: str) -> Quorum:
    """The few forms that are needed here."""
    return Quorum(tuple(_term(phrase) for phrase in text.split(" and ")))


def _term(phrase: str) -> Term:
    need, *rest = phrase.split(" of ")
    asked = next((int(word) for word in rest if word.isdigit()), int(need))
    return Term(int(need), asked, next((word for word in rest if not word.isdigit()), ""))


def test_what_goes_with_a_quorum_is_the_stricter() -> None:
    open_, strict = replace(TWO, blind=False, veto=("law",)), replace(TWO, extra=3, veto=("risk",))
    expected = replace(TWO, blind=True, veto=("law", "risk"), extra=3)
    assert joined(open_, strict) == joined(strict, open_) == expected
    assert (joined(None, TWO), joined(TWO, None), joined(None, None)) == (TWO, TWO, None)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [("", "", ""), ("", "leads", ""), ("leads", "", ""), ("leads", "board", "leads")],
)
def test_one_person_decides_alone_only_where_both_say_so(before: str, now: str, expected: str) -> None:
    both = joined(replace(TWO, tie_break=before), replace(TWO, tie_break=now))
    assert both == replace(TWO, tie_break=expected)


terms = st.builds(Term, st.integers(1, 3), st.integers(3, 5), st.sampled_from(["", "risk", "legal"]))
quorums = st.builds(Quorum, st.lists(terms, min_size=1, max_size=3, unique_by=lambda one: one.group).map(tuple))


@given(quorums, quorums)
def test_seats_are_opened_until_all_who_are_asked_have_one(before: Quorum, now: Quorum) -> None:
    seats = [
        task(f"t{number}", term=term, group=group, plan=WorkPlan(before))
        for number, (term, group) in enumerate(before.seats)
    ]
    changed, opened = tightened(seats, Terms(work=WorkPlan(now), ids=IDS), LATER)
    both = joined(before, now)
    assert both is not None
    everyone = [*({seat.id: seat for seat in seats} | {seat.id: seat for seat in changed}).values(), *opened]
    assert sorted((seat.term, seat.group) for seat in everyone) == sorted(both.seats)
    assert {seat.plan for seat in everyone} == {WorkPlan(both)}
    again = tightened(everyone, Terms(work=WorkPlan(now), ids=IDS), LATER)
    assert again == ([], [])


def test_who_has_judged_keeps_the_seat_and_added_reviewers_theirs() -> None:
    plan = WorkPlan(TWO)
    seats = [
        task("judged", state=TaskState.REVIEWED, plan=plan),
        task("open", plan=plan),
        task("extra", term=EXTRA, plan=plan),
        task("last", term=TIE_BREAK, plan=plan),
    ]
    changed, opened = tightened(seats, Terms(work=WorkPlan(quorum("3")), ids=IDS), LATER)
    assert [(seat.id, seat.term) for seat in changed] == [("open", 0), ("extra", EXTRA), ("last", TIE_BREAK)]
    assert [(seat.id, seat.term) for seat in opened] == [("new-0", 0)]


def test_a_seat_that_was_closed_is_not_opened_again_where_its_term_is_as_it_was() -> None:
    plan = WorkPlan(quorum("1 of risk and 1 of 2 of legal"))
    seats = [
        task("risk", group="risk", plan=plan),
        task("closed", term=1, group="legal", state=TaskState.CANCELLED, plan=plan),
        task("judged", term=1, group="legal", state=TaskState.REVIEWED, plan=plan),
    ]
    _, opened = tightened(seats, Terms(work=WorkPlan(quorum("2 of risk")), ids=IDS), LATER)
    assert [(seat.term, seat.group) for seat in opened] == [(0, "risk")]


def test_an_opened_seat_is_nobody_s() -> None:
    held = task(
        state=TaskState.LEASED, lease=Lease("rita", "x", LATER, 3), first_lease_time=START, rung=2, extensions=1
    )
    (kept,), (opened,) = tightened([held], Terms(work=WorkPlan(TWO), ids=IDS), LATER)
    assert (kept.lease, kept.state, kept.rung) == (held.lease, TaskState.LEASED, 2)
    assert (opened.lease, opened.state, opened.first_lease_time) == (None, TaskState.WAITING, None)
    assert (opened.rung, opened.extensions, opened.create_time, opened.expire_time) == (0, 0, LATER, held.expire_time)


@pytest.mark.parametrize(
    ("old", "new", "irreversible", "expected"),
    [
        (TimeoutDefault.APPROVE, TimeoutDefault.APPROVE, False, TimeoutDefault.APPROVE),
        (TimeoutDefault.APPROVE, TimeoutDefault.APPROVE, True, TimeoutDefault.REJECT),
        (TimeoutDefault.REJECT, TimeoutDefault.APPROVE, False, TimeoutDefault.REJECT),
        (None, TimeoutDefault.APPROVE, False, None),
        (TimeoutDefault.APPROVE, None, False, None),
    ],
)
def test_time_approves_only_what_it_always_would_have(
    old: TimeoutDefault | None, new: TimeoutDefault | None, irreversible: bool, expected: TimeoutDefault | None
) -> None:
    before = task(plan=WorkPlan(TWO, on_timeout=old))
    asked = Terms(skills=("a",), work=WorkPlan(on_timeout=new), anew=True, irreversible=irreversible)
    (changed,), _ = tightened([before], asked, LATER)
    assert changed.plan is not None
    assert changed.plan.on_timeout is expected


@pytest.mark.parametrize(
    ("old", "work", "expected"),
    [
        (TimeoutDefault.APPROVE, WorkPlan(on_timeout=TimeoutDefault.APPROVE), TimeoutDefault.APPROVE),
        (TimeoutDefault.APPROVE, WorkPlan(on_timeout=TimeoutDefault.REJECT), TimeoutDefault.REJECT),
        (TimeoutDefault.APPROVE, WorkPlan(), None),
        (TimeoutDefault.APPROVE, None, TimeoutDefault.APPROVE),
        (TimeoutDefault.REJECT, WorkPlan(on_timeout=TimeoutDefault.APPROVE), TimeoutDefault.REJECT),
        (TimeoutDefault.REJECT, WorkPlan(), TimeoutDefault.REJECT),
        (None, WorkPlan(on_timeout=TimeoutDefault.APPROVE), None),
    ],
)
def test_time_approves_no_more_what_the_policies_no_longer_let_it(
    old: TimeoutDefault | None, work: WorkPlan | None, expected: TimeoutDefault | None
) -> None:
    (changed,), _ = tightened([task(plan=WorkPlan(TWO, on_timeout=old))], Terms(skills=("a",), work=work), LATER)
    assert changed.plan == WorkPlan(TWO, on_timeout=expected)


def test_ladder_and_further_time_are_taken_over_only_with_a_new_proposal() -> None:
    old = WorkPlan(ladder=(Rung(50, notify=True),), more_time=MoreTime(HOUR))
    new = WorkPlan(TWO, ladder=(Rung(80, skills=()),))
    (kept,), _ = tightened([task(plan=old)], Terms(work=new, ids=IDS), LATER)
    (anew,), _ = tightened([task(plan=old)], Terms(work=new, anew=True, ids=IDS), LATER)
    assert (kept.plan, anew.plan) == (replace(old, quorum=TWO), new)


def test_what_has_ended_is_not_changed() -> None:
    assert tightened([task(state=TaskState.EXPIRED)], Terms(skills=("a",)), LATER) == ([], [])


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({}, ("law",)),
        ({"escalation": Escalation("leads", HOUR)}, ("law",)),
        ({"escalations": 1}, ("senior",)),
        ({"escalations": 1, "escalation": Escalation("leads", HOUR)}, ("law",)),
        ({"rung": 1}, ("law",)),
        ({"rung": 2}, ()),
        ({"rung": 3}, ()),
    ],
)
def test_what_an_escalation_or_a_rung_has_widened_is_asked_no_more_than_they_say(
    stage: dict[str, Any], expected: tuple[str, ...]
) -> None:
    work = WorkPlan(ladder=(Rung(40, notify=True), Rung(50, skills=()), Rung(60, notify=True)))
    asked = Terms(skills=("law",), work=work, escalation=Escalation("leads", HOUR, ("senior",)))
    before = task(plan=work, **stage)
    changed, _ = tightened([before], asked, LATER)
    assert (changed or [before])[0].skills == expected


def test_what_was_widened_once_is_asked_for_all_that_the_policies_no_longer_widen() -> None:
    (changed,), _ = tightened([task(rung=1, escalations=1)], Terms(skills=("law",)), LATER)
    assert changed.skills == ("law",)
