"""What is stored once and named by a number: lanes, correction schemas, presentations, plans."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, TypeAlias

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.effect import payload_reads
from andon.domain.plan import WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.task import Task
from andon.store.codec import asked_of, asked_text, plan_text, presentation_text
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session

_Values: TypeAlias = "dict[str, Any] | None"
_Named: TypeAlias = "tuple[str, str, _Values]"


class Names:
    """The numbers that are known already; the others are asked for, and made where they are new.

    Each is made in a transaction of its own: one that nobody comes to use does no harm.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool
        self._known: dict[tuple[str, str], int] = {}

    async def of(self, task: Task, session: Session | None = None) -> dict[str, int | None]:
        """The columns of a task that name something. StoreUnavailable.

        What is made by the `session` of an operation under way is not kept in mind, because it may yet be undone.
        """
        plan, lane, number = task.escalation, partial(self._lane, session), partial(self._number, session)
        return {
            "lane": await lane(task.queue, task.skills, task.group),
            "escalation_lane": None if plan is None else await lane(plan.queue, plan.skills, task.group),
            "schema": await number(*_schema(task.correction_schema)),
            "presentation": await number(*_presentation(task.presentation)),
            "plan": await number(*_plan(task.plan)),
        }

    async def lane(self, queue: str, skills: tuple[str, ...], group: str = "") -> int:
        """The number of the lane of a queue, skills and group. StoreUnavailable."""
        return await self._lane(None, queue, skills, group)

    async def lane_within(self, session: Session, queue: str, skills: tuple[str, ...], group: str = "") -> int:
        """As `lane`, for an operation under way: what it makes is not kept in mind, because it may yet be undone."""
        return await self._lane(session, queue, skills, group)

    async def _lane(self, session: Session | None, queue: str, skills: tuple[str, ...], group: str) -> int:
        text = asked_text(skills, group)
        values = {"queue": queue, "skills": text, "skill_set": list(asked_of(text)[0]), "reviewer_group": group}
        number = await self._number(session, "insert_lane", canonical([queue, text]), values)
        assert number is not None
        return number

    async def _number(self, session: Session | None, statement: str, key: str, values: _Values) -> int | None:
        """None where there are no values: nothing is named."""
        if values is None:
            return None
        known = self._known.get((statement, key))
        if known is None and session is not None:
            return int(await session.one(statement, values))
        if known is None:
            known = int(await self._pool.statement(_one, statement, values))
            self._known[statement, key] = known
        return known


def _schema(schema: JsonObject | None) -> _Named:
    if schema is None:
        return "insert_schema", "", None
    body = canonical(schema)
    return "insert_schema", body, {"hash": digest(body), "body": body}


def _presentation(presentation: Presentation | None) -> _Named:
    if presentation is None:
        return "insert_presentation", "", None
    body = presentation_text(presentation)
    return "insert_presentation", body, {"hash": digest(body), "body": body, "reads": payload_reads(presentation)}


def _plan(plan: WorkPlan | None) -> _Named:
    if plan is None:
        return "insert_plan", "", None
    body = plan_text(plan)
    return "insert_plan", body, {"hash": digest(body), "body": body}


async def _one(session: Session, statement: str, values: dict[str, Any]) -> Any:
    return await session.one(statement, values)
