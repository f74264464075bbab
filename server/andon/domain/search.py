"""Which decisions somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from andon.domain.decision import DecisionState, Outcome, Route


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who may see what they submitted, and what was held for a queue they serve; `*` serves all."""

    name: str
    queues: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of all records that somebody may know of; None: no bound.

    `actions` are patterns as policies name them: whole, `refund.*`, or `*` for all. `queues` are names.
    """

    actions: frozenset[str] | None = None
    queues: frozenset[str] | None = None


EVERYTHING: Final = Scope()


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions to list, newest first.

    `before` is an exclusive sequence, `floor` an inclusive one. `action` may end in `.*`, `model` is a name or
    `NAME@VERSION`, each of `words` must stand somewhere in what was submitted or decided, in whatever case. Created at
    `start_time` or later, and before `end_time`. `viewer` must be allowed to see it. The action must fit one of the
    patterns `covered`; None: any does. `brief` leaves out what may be large: input, prediction and reasoning are then
    empty.
    """

    limit: int
    before: int | None = None
    action: str = ""
    state: DecisionState | None = None
    outcome: Outcome | None = None
    route: Route | None = None
    subject: str = ""
    submitter: str = ""
    model: str = ""
    rule: str = ""
    resolved_by: str = ""
    words: tuple[str, ...] = ()
    start_time: int | None = None
    end_time: int | None = None
    viewer: Viewer | None = None
    covered: frozenset[str] | None = None
    floor: int = 0
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The sequences to read for a query: `floor <= sequence < before`.

    `floor_time` is when the decision at the floor was made, where there may be matches below it; else None.
    """

    floor: int
    before: int
    floor_time: int | None = None

    @property
    def more(self) -> bool:
        """Whether there may be matches below the floor."""
        return self.floor_time is not None
