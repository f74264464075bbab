"""What is stored once and named by a number: lanes, correction schemas, presentations."""

from __future__ import annotations

from typing import Any, Final

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.effect import payload_reads
from andon.domain.presentation import Presentation
from andon.domain.task import Task
from andon.store.codec import presentation_text, words_of, words_text
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session


class Names:
    """The numbers that are known already; the others are asked for, and made where they are new.

    Each is made in a transaction of its own: one that nobody comes to use does no harm.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool
        self._known: dict[tuple[str, str], int] = {}

    async def of(self, task: Task) -> dict[str, int | None]:
        """The columns of a task that name something. StoreUnavailable."""
        plan = task.escalation
        return {
            "lane": await self._lane(task.queue, task.skills),
            "escalation_lane": None if plan is None else await self._lane(plan.queue, plan.skills),
            "schema": await self._schema(task.correction_schema),
            "presentation": await self._presentation(task.presentation),
        }

    async def _lane(self, queue: str, skills: tuple[str, ...]) -> int:
        text = words_text(skills)
        values = {"queue": queue, "skills": text, "skill_set": list(words_of(text))}
        return await self._number("insert_lane", canonical([queue, text]), values)

    async def _schema(self, schema: JsonObject | None) -> int | None:
        if schema is None:
            return None
        body = canonical(schema)
        return await self._number("insert_schema", body, {"hash": digest(body), "body": body})

    async def _presentation(self, presentation: Presentation | None) -> int | None:
        if presentation is None:
            return None
        body = presentation_text(presentation)
        values = {"hash": digest(body), "body": body, "reads": payload_reads(presentation)}
        return await self._number("insert_presentation", body, values)

    async def _number(self, statement: str, key: str, values: dict[str, Any]) -> int:
        known = self._known.get((statement, key))
        if known is None:
            known = int(await self._pool.statement(_one, statement, values))
            self._known[statement, key] = known
        return known


async def _one(session: Session, statement: str, values: dict[str, Any]) -> Any:
    return await session.one(statement, values)
