"""Recording decisions: the hot path. A group of submissions is one statement, and so one journey to the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import asyncpg

from andon.domain.decision import Decision
from andon.domain.errors import RequestIdReused
from andon.domain.plan import climb_time
from andon.domain.task import Task
from andon.store import codec
from andon.store.codec import Row
from andon.store.ledger import Draft
from andon.store.postgres.names import Names
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session, entries
from andon.store.recorded import Answer, Entry, Fresh, Key, Replay, by_key, keys_of, new_among, repetition
from andon.store.sealing import KeyGone
from andon.store.values import Admission

_OF_REQUESTS: Final = frozenset({"request_id", "request_hash"})
_COLUMNS: Final = tuple(codec.DECISION_COLUMNS.split(", ")[1:])
_TASK_COLUMNS: Final = (
    "id", "decision_id", "submitter", "kind", "state", "rank", "expire_time", "create_time", "escalation_deadline",
    "escalations", "on_behalf_of", "level", "term", "climb_time", "note",
)  # fmt: skip
_NAMED: Final = ("lane", "escalation_lane", "schema", "presentation", "plan")


Tasks: TypeAlias = Mapping[Entry, Sequence[Row]]
"""The rows of tasks, of _TASK_COLUMNS and _NAMED, by the entry that brings them."""


class Submit:
    """Decisions to record, with their tasks."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries: Final = entries
        self.rows: Final = len(entries)


async def record(pool: Pool, names: Names, made: Sequence[Entry]) -> list[Answer]:
    """Records them in one commit and answers in order. StoreUnavailable.

    Goes on the assumption that all request ids are new; looks for the known ones only where that fails.
    """
    tasks = {entry: await task_rows(names, entry.admission) for entry in made if entry.admission.task is not None}
    keys = keys_of(made)
    if len(set(keys)) == len(keys):
        base = await pool.statement(_insert_new, made, tasks)
        if base is not None:
            return [Fresh(base + place) for place in range(1, len(made) + 1)]
    return await pool.write(_record_new, made, tasks)


async def _insert_new(session: Session, made: Sequence[Entry], tasks: Tasks) -> int | None:
    """As `_insert`; None where one of the request ids is known, and then nothing is written."""
    try:
        return await _insert(session, made, tasks)
    except asyncpg.UniqueViolationError:
        return None


async def _record_new(session: Session, made: Sequence[Entry], tasks: Tasks) -> list[Answer]:
    """With the head held nobody else records, so what is not known now will not be known before the commit."""
    await session.rows("hold_decisions")
    fresh = new_among(made, await _known(session, made))
    base = await _insert(session, fresh, tasks) if fresh else 0
    places = {entry: base + place for place, entry in enumerate(fresh, 1)}
    known = await _known(session, made)
    return [Fresh(places[entry]) if entry in places else repetition(entry, known) for entry in made]


async def _insert(session: Session, made: Sequence[Entry], tasks: Tasks, before: Sequence[Draft] = ()) -> int:
    """Writes decisions, tasks, request ids and ledger entries; gives the sequence before the first.

    The drafts `before` come first in the ledger.
    """
    columns = zip(_COLUMNS, zip(*(entry.values for entry in made), strict=True), strict=True)
    values: dict[str, Any] = {name: column for name, column in columns if name not in _OF_REQUESTS}
    values |= task_columns([row for entry in made if entry in tasks for row in tasks[entry]])
    requests = _columns([_request_row(entry) for entry in made if entry.key is not None], 5)
    names = ("r_principal", "r_request_id", "r_hash", "r_subject", "r_time")
    values |= dict(zip(names, requests, strict=True))
    drafts = [*before, *(entry.draft for entry in made)]
    values |= entries(drafts, await session.words(before))
    try:
        ((base, first),) = await session.rows("insert_decisions", values)
    except asyncpg.ForeignKeyViolationError as error:
        raise KeyGone from error
    session.appended = range(first, first + len(drafts))
    return int(base)


def _columns(rows: Iterable[Row], width: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * width


def task_columns(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows of tasks as statements take them: column by column."""
    names = (*_TASK_COLUMNS, *_NAMED)
    return {f"t_{name}": column for name, column in zip(names, _columns(rows, len(names)), strict=True)}


async def task_rows(names: Names, admission: Admission) -> list[Row]:
    """The values of all its tasks. StoreUnavailable."""
    return [await task_row(names, task, admission.decision) for task in admission.tasks]


async def task_row(names: Names, task: Task, decision: Decision, session: Session | None = None) -> Row:
    """The values of a task on the decision, for `task_columns`. `session` as in `Names.of`. StoreUnavailable."""
    plan, named = task.escalation, await names.of(task, session)
    own = (
        task.id,
        task.decision_id,
        decision.submitter,
        int(task.kind),
        int(task.state),
        -task.urgency,
        task.expire_time,
        task.create_time,
        None if plan is None else plan.deadline,
        task.escalations,
        decision.proposal.on_behalf_of,
        task.level,
        task.term,
        None if task.escalations else climb_time(task.plan, task.rung, task.create_time, task.expire_time),
        task.note if session is None else await session.seal(decision.id, "note", task.note, task.level),
    )
    return (*own, *(named[name] for name in _NAMED))


def _request_row(entry: Entry) -> Row:
    decision, request = entry.admission.decision, entry.admission.request
    assert request is not None
    return (decision.submitter, request.request_id, request.body_hash, decision.id, decision.create_time)


async def record_one(session: Session, entry: Entry, rows: Sequence[Row], before: Sequence[Draft]) -> Fresh:
    """Records one, with the rows of its tasks, behind the drafts of what it takes the place of. RequestIdReused."""
    await session.rows("hold_decisions")
    if await repeated(session, entry) is not None:
        raise RequestIdReused(request_id=entry.key[1] if entry.key else "")
    return Fresh(await _insert(session, [entry], {entry: rows}, before) + 1)


async def repeated(session: Session, entry: Entry) -> Replay | None:
    """What its request id has made already; None where that is new. RequestIdReused."""
    known = await _known(session, [entry]) if entry.key is not None else None
    answer = repetition(entry, known) if known else None
    if isinstance(answer, RequestIdReused):
        raise answer
    assert not isinstance(answer, Fresh)
    return answer


async def _known(session: Session, made: Sequence[Entry]) -> dict[Key, Row]:
    keys = sorted(set(keys_of(made)))
    values = {"principals": [key[0] for key in keys], "request_ids": [key[1] for key in keys]}
    return by_key(await session.rows("decisions_by_request", values))
