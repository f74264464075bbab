"""Recording decisions: the hot path. A group of submissions is one statement, and so one journey to the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import asyncpg

from andon.store import codec
from andon.store.codec import Row
from andon.store.postgres.names import Names
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session, entries
from andon.store.recorded import Answer, Entry, Fresh, Key, by_key, keys_of, new_among, repetition
from andon.store.values import Admission

_OF_REQUESTS: Final = frozenset({"request_id", "request_hash"})
_COLUMNS: Final = tuple(codec.DECISION_COLUMNS.split(", ")[1:])
_TASK_COLUMNS: Final = (
    "id", "decision_id", "submitter", "kind", "state", "rank", "expire_time", "create_time", "escalation_deadline",
    "escalations", "on_behalf_of",
)  # fmt: skip
_NAMED: Final = ("lane", "escalation_lane", "schema", "presentation")


Tasks: TypeAlias = Mapping[Entry, Row]
"""The rows of tasks, of _TASK_COLUMNS and _NAMED, by the entry that brings one."""


class Submit:
    """Decisions to record, with their tasks."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries: Final = entries
        self.rows: Final = len(entries)


async def record(pool: Pool, names: Names, made: Sequence[Entry]) -> list[Answer]:
    """Records them in one commit and answers in order. StoreUnavailable.

    Goes on the assumption that all request ids are new; looks for the known ones only where that fails.
    """
    tasks = {entry: row for entry in made if (row := await _task_row(names, entry.admission)) is not None}
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


async def _insert(session: Session, made: Sequence[Entry], tasks: Tasks) -> int:
    """Writes decisions, tasks, request ids and ledger entries; gives the sequence before the first."""
    columns = zip(_COLUMNS, zip(*(entry.values for entry in made), strict=True), strict=True)
    values: dict[str, Any] = {name: column for name, column in columns if name not in _OF_REQUESTS}
    rows = _columns([tasks[entry] for entry in made if entry in tasks], len(_TASK_COLUMNS) + len(_NAMED))
    values |= {f"t_{name}": column for name, column in zip((*_TASK_COLUMNS, *_NAMED), rows, strict=True)}
    requests = _columns([_request_row(entry) for entry in made if entry.key is not None], 5)
    names = ("r_principal", "r_request_id", "r_hash", "r_subject", "r_time")
    values |= dict(zip(names, requests, strict=True))
    values |= entries([entry.draft for entry in made])
    ((base, first),) = await session.rows("insert_decisions", values)
    session.appended = range(first, first + len(made))
    return int(base)


def _columns(rows: Iterable[Row], width: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * width


async def _task_row(names: Names, admission: Admission) -> Row | None:
    task = admission.task
    if task is None:
        return None
    plan, named = task.escalation, await names.of(task)
    own = (
        task.id,
        task.decision_id,
        admission.decision.submitter,
        int(task.kind),
        int(task.state),
        -task.urgency,
        task.expire_time,
        task.create_time,
        None if plan is None else plan.deadline,
        task.escalations,
        admission.decision.proposal.on_behalf_of,
    )
    return (*own, *(named[name] for name in _NAMED))


def _request_row(entry: Entry) -> Row:
    decision, request = entry.admission.decision, entry.admission.request
    assert request is not None
    return (decision.submitter, request.request_id, request.body_hash, decision.id, decision.create_time)


async def _known(session: Session, made: Sequence[Entry]) -> dict[Key, Row]:
    keys = sorted(set(keys_of(made)))
    values = {"principals": [key[0] for key in keys], "request_ids": [key[1] for key in keys]}
    return by_key(await session.rows("decisions_by_request", values))
