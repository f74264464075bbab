"""Which decisions somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from andon.domain.decision import DecisionState, Outcome, Route
from andon.domain.sensitive import SUBJECT, Sensitive


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
class View:
    """What the policies in force keep from a role: action patterns of which anything is kept, and of which the subject
    is.
    """

    role: str
    hidden: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clearance:
    """By what somebody may find decisions: by nothing that is kept from them, or a search would tell it word by word.

    What `name` submitted, or what was submitted on their behalf, is found by all of it. Other decisions are found by
    input, prediction, correction and reasoning where one of the roles alone is shown all that is sensitive of them, and
    by their subjects where one is shown these.
    """

    name: str
    views: tuple[View, ...] = ()

    def payload(self, action: str, parties: tuple[str, str], sensitive: Sensitive) -> bool:
        """Whether they may find a decision of these parties by its payload."""
        return self.name in parties or any(
            not sensitive.kept_from(frozenset({view.role})) and not _fits(action, view.hidden) for view in self.views
        )

    def subject(self, action: str, parties: tuple[str, str], sensitive: Sensitive) -> bool:
        """Whether they may find a decision of these parties by its subject."""
        return self.name in parties or any(
            SUBJECT not in sensitive.kept_from(frozenset({view.role})) and not _fits(action, view.nameless)
            for view in self.views
        )


def _fits(action: str, patterns: frozenset[str]) -> bool:
    return any(
        pattern in ("*", action) or (pattern.endswith(".*") and action.startswith(pattern[:-1])) for pattern in patterns
    )


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions to list, newest first.

    `before` is an exclusive sequence, `floor` an inclusive one. `action` may end in `.*`, `model` is a name or
    `NAME@VERSION`, each of `words` must stand somewhere in what was submitted or decided, in whatever case. Created at
    `start_time` or later, and before `end_time`. `viewer` must be allowed to see it. The action must fit one of the
    patterns `covered`; None: any does. Words and subject find what `clearance` allows; None: all.
    `brief` leaves out what may be large: input, prediction and reasoning are then empty.
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
    clearance: Clearance | None = None
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
