"""Appeals: the end of a decision, contested and judged anew by somebody else. The decision keeps its own end."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.canonical import JsonObject
from andon.domain.decision import Resolution
from andon.domain.plan import Quorum
from andon.domain.presentation import Presentation


@dataclass(frozen=True, slots=True)
class AppealPlan:
    """What a policy says of appeals: so many levels, each once, within `within` µs of the end it contests.

    `queue`, `skills`, `deadline` (µs), `correction_schema` and `presentation` are those of the appeal's tasks; `quorum`
    None: one verdict ends it.
    """

    levels: int
    queue: str
    deadline: int
    within: int
    skills: tuple[str, ...] = ()
    quorum: Quorum | None = None
    correction_schema: JsonObject | None = None
    presentation: Presentation | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal. `level` counts from 1; `resolution` is None while it is open; `task_id` is its first task."""

    decision_id: str
    level: int
    appellant: str
    comment: str
    create_time: int
    task_id: str
    resolution: Resolution | None = None
