"""What the tasks of a decision ask for, made stricter while it waits. Nothing here ever asks for less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from andon.domain.canonical import JsonObject
from andon.domain.plan import Quorum, Rung, Term, TimeoutDefault, WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.task import OPEN, Escalation, Task, TaskState

_SEATED = OPEN | {TaskState.REVIEWED}


class Shows(NamedTuple):
    """What a reviewer is shown beside the proposal, and held to."""

    correction_schema: JsonObject | None
    presentation: Presentation | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked from now on, beside what was asked before: at least this urgency, these skills, this quorum.

    `work` as the policies have it now; None: they say nothing of it. Its ladder and its further time are taken over
    where `anew`, else those of the tasks stay. `shows` takes the place of what was shown; None leaves it.
    `irreversible`: no timeout approves it. `ids` are fresh ones for seats that must be opened: one for each seat of the
    plan's quorum is enough. Where one task becomes a quorum's seat, it is for one of these `groups` if there is such a
    seat. `escalation` is that of the policies: what has been escalated is asked its skills instead.
    """

    urgency: int = 0
    skills: tuple[str, ...] = ()
    work: WorkPlan | None = None
    anew: bool = False
    shows: Shows | None = None
    irreversible: bool = False
    ids: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    escalation: Escalation | None = None

    def skills_for(self, task: Task) -> tuple[str, ...]:
        """What is asked of a task that has come as far: a rung or an escalation may have said that less is enough."""
        if self.escalation is not None and task.escalations and task.escalation is None:
            return self.escalation.skills
        ladder = self.work.ladder[: task.rung] if self.work else ()
        return next((rung.skills for rung in reversed(ladder) if rung.skills is not None), self.skills)


def joined(before: Quorum | None, now: Quorum | None) -> Quorum | None:
    """Both at once. The terms of the one before keep their numbers: each is for what it was, or more.

    One person decides alone only where both say so.
    """
    if before is None or now is None:
        return before or now
    terms, further = list(before.terms), list(now.terms)
    for place, term in enumerate(terms):
        if (more := next((one for one in further if one.group == term.group), None)) is not None:
            further.remove(more)
            terms[place] = Term(max(term.need, more.need), max(term.asked, more.asked), term.group)
    return Quorum(
        (*terms, *further),
        tuple(sorted({*before.veto, *now.veto})),
        before.blind or now.blind,
        max(before.extra, now.extra),
        before.tie_break if now.tie_break else "",
    )


def tightened(tasks: Sequence[Task], terms: Terms, now: int) -> tuple[list[Task], list[Task]]:
    """The open ones of a decision's tasks that change, as they are then; and those to open beside them.

    `tasks` are all on the decision itself, open or not, oldest first. Nothing changes where they ask for as much.
    """
    open_ = [task for task in tasks if task.state in OPEN]
    if not open_:
        return [], []
    before = open_[0].plan
    plan = _plan(before, terms, _added(open_[0].skills, terms.skills_for(open_[0])))
    was, will = before and before.quorum, plan and plan.quorum
    seated = [_tightened(task, terms, plan) for task in open_]
    if not was and will:
        seated[0] = _seat(seated[0], will, terms.groups)
    ended = [task for task in tasks if task.state is TaskState.REVIEWED]
    missing = _missing((*seated, *ended), was or None, will or None)
    opened = [_opened(seated[0], id, seat, now) for id, seat in zip(terms.ids, missing, strict=False)]
    return [task for task, old in zip(seated, open_, strict=True) if task != old], opened


def _tightened(task: Task, terms: Terms, plan: WorkPlan | None) -> Task:
    added, escalation = _added(task.skills, terms.skills_for(task)), task.escalation
    if added and escalation is not None:
        escalation = replace(escalation, skills=_united(escalation.skills, added))
    schema, presentation = terms.shows or (task.correction_schema, task.presentation)
    return replace(
        task,
        urgency=max(task.urgency, terms.urgency),
        skills=_united(task.skills, added),
        escalation=escalation,
        correction_schema=schema,
        presentation=presentation,
        plan=plan,
    )


def _plan(before: WorkPlan | None, terms: Terms, added: Collection[str]) -> WorkPlan | None:
    old, new = before or WorkPlan(), terms.work or WorkPlan()
    kept = new if terms.anew else old
    ladder = kept.ladder if terms.anew else tuple(_rung(rung, added) for rung in kept.ladder)
    on_timeout = _on_timeout(old, terms)
    plan = WorkPlan(joined(old.quorum, new.quorum), ladder, kept.more_time, on_timeout)
    return None if before is None and plan == WorkPlan() else plan


def _rung(rung: Rung, added: Collection[str]) -> Rung:
    return rung if rung.skills is None else replace(rung, skills=_united(rung.skills, added))


def _on_timeout(old: WorkPlan, terms: Terms) -> TimeoutDefault | None:
    """What time approves it must always have approved, and approve by the policies now; never what can't be undone."""
    new = terms.work or (WorkPlan() if terms.anew else old)
    kept, other = (new, old) if terms.anew else (old, new)
    if kept.on_timeout is not TimeoutDefault.APPROVE:
        return kept.on_timeout
    return TimeoutDefault.REJECT if terms.irreversible else other.on_timeout


def _seat(task: Task, quorum: Quorum, groups: frozenset[str]) -> Task:
    """The one task there was, as a seat of the quorum."""
    term, group = next((seat for seat in quorum.seats if seat[1] in groups), quorum.seats[0])
    return replace(task, term=term, group=group)


def _missing(seated: Sequence[Task], was: Quorum | None, will: Quorum | None) -> list[tuple[int, str]]:
    """The seats that nobody has, of terms that ask for more than before."""
    if will is None:
        return []
    known = was.terms if was else ()
    there = Counter(task.term for task in seated)
    return [
        (place, term.group)
        for place, term in enumerate(will.terms)
        if place >= len(known) or term.asked > known[place].asked
        for _ in range(term.asked - there[place])
    ]


def _opened(beside: Task, id: str, seat: tuple[int, str], now: int) -> Task:
    term, group = seat
    return replace(
        beside,
        id=id,
        term=term,
        group=group,
        state=TaskState.WAITING,
        lease=None,
        first_lease_time=None,
        create_time=now,
        rung=0,
        extensions=0,
    )


def _added(known: Collection[str], skills: Collection[str]) -> set[str]:
    return {*skills} - {*known}


def _united(skills: tuple[str, ...], added: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({*skills, *added}))
