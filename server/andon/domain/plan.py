"""How people are asked about a decision: how many, whose word counts, what happens as time runs out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

from andon.domain.canonical import Json, JsonObject
from andon.domain.priority import Priority

EXTRA: Final = -1
"""The `term` of a seat that was added because verdicts differ: its verdict counts for every term."""
TIE_BREAK: Final = -2
"""The `term` of the seat whose verdict decides alone."""


class TimeoutDefault(IntEnum):
    """What a policy says of a decision that nobody judged in time. The outcome is EXPIRED whatever it says."""

    REJECT = 1
    APPROVE = 2


@dataclass(frozen=True, slots=True)
class Term:
    """So many agreeing verdicts (`need`) of so many who are asked. `group`: of its members alone; empty: of anybody."""

    need: int
    asked: int
    group: str = ""

    def __str__(self) -> str:
        asked = f" of {self.asked}" if self.asked != self.need else ""
        return f"{self.need}{asked}{f' of {self.group}' if self.group else ''}"


@dataclass(frozen=True, slots=True)
class Quorum:
    """Whose agreement ends a decision.

    All terms must be met by one and the same answer. A rejection by somebody in a group or role of `veto` ends it at
    once. `blind`: nobody who may still judge sees the verdicts of others. Where no answer can meet the terms any more,
    up to `extra` reviewers are added, one at a time; then `tie_break` names the group of which one more decides alone,
    and where it is empty the decision is rejected.
    """

    terms: tuple[Term, ...]
    veto: tuple[str, ...] = ()
    blind: bool = True
    extra: int = 1
    tie_break: str = ""

    def __str__(self) -> str:
        return " and ".join(map(str, self.terms))

    @property
    def seats(self) -> tuple[tuple[int, str], ...]:
        """The seats to begin with: the term each counts for, and the group it asks for."""
        return tuple((place, term.group) for place, term in enumerate(self.terms) for _ in range(term.asked))


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens to a waiting or held task when `at` percent of its deadline have passed (1 to 99).

    `notify`: reviewers are reminded. `priority`: it has at least this one from then on. `skills`: no others are asked
    for any more (None: as before). `queue`: it moves there, with its deadline.
    """

    at: int
    notify: bool = False
    priority: Priority | None = None
    skills: tuple[str, ...] | None = None
    queue: str = ""


@dataclass(frozen=True, slots=True)
class MoreTime:
    """A reviewer who holds the task may add `by` µs to its deadline, `times` times."""

    by: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """What the policy says of the work on one decision beside queue, skills and deadline."""

    quorum: Quorum | None = None
    ladder: tuple[Rung, ...] = ()
    more_time: MoreTime | None = None
    on_timeout: TimeoutDefault | None = None

    def as_json(self) -> JsonObject:
        """As it is stored."""
        stated: dict[str, Json] = {}
        if self.quorum is not None:
            stated["quorum"] = _quorum_json(self.quorum)
        if self.ladder:
            stated["ladder"] = [_rung_json(rung) for rung in self.ladder]
        if self.more_time is not None:
            stated["more_time"] = {"by": self.more_time.by, "times": self.more_time.times}
        if self.on_timeout is not None:
            stated["on_timeout"] = self.on_timeout.value
        return stated

    @classmethod
    def of(cls, stated: dict[str, Any]) -> WorkPlan:
        """The reverse of `as_json`."""
        timeout, more = stated.get("on_timeout"), stated.get("more_time")
        return cls(
            quorum=_quorum_of(stated["quorum"]) if "quorum" in stated else None,
            ladder=tuple(_rung_of(rung) for rung in stated.get("ladder", ())),
            more_time=None if more is None else MoreTime(more["by"], more["times"]),
            on_timeout=None if timeout is None else TimeoutDefault(timeout),
        )


def climb_time(plan: WorkPlan | None, rung: int, create_time: int, expire_time: int) -> int | None:
    """When the rung of that number (from 0) is due; None where there is none."""
    if plan is None or rung >= len(plan.ladder):
        return None
    return create_time + (expire_time - create_time) * plan.ladder[rung].at // 100


def _quorum_json(quorum: Quorum) -> JsonObject:
    return {
        "blind": quorum.blind,
        "extra": quorum.extra,
        "terms": [[term.need, term.asked, term.group] for term in quorum.terms],
        "tie_break": quorum.tie_break,
        "veto": list(quorum.veto),
    }


def _quorum_of(stated: dict[str, Any]) -> Quorum:
    terms = tuple(Term(*term) for term in stated["terms"])
    return Quorum(terms, tuple(stated["veto"]), stated["blind"], stated["extra"], stated["tie_break"])


def _rung_json(rung: Rung) -> JsonObject:
    return {
        "at": rung.at,
        "notify": rung.notify,
        "priority": None if rung.priority is None else rung.priority.value,
        "queue": rung.queue,
        "skills": None if rung.skills is None else list(rung.skills),
    }


def _rung_of(stated: dict[str, Any]) -> Rung:
    rung = Rung(**stated)
    return replace(
        rung,
        priority=None if rung.priority is None else Priority(rung.priority),
        skills=None if rung.skills is None else tuple(rung.skills),
    )
