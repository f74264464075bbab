"""Recording decisions: the hot path."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from andon.domain.canonical import canonical
from andon.domain.errors import RequestIdReused
from andon.domain.task import Task
from andon.store import ledger
from andon.store.port import Admission
from andon.store.sqlite import codec
from andon.store.sqlite.codec import Row
from andon.store.sqlite.writer import Writer


@dataclass(frozen=True, slots=True)
class Fresh:
    """A decision was recorded under this sequence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The request id is known; the row is `$columns_decision`."""

    row: Row


Key: TypeAlias = tuple[str, str]
Answer: TypeAlias = "Fresh | Replay | RequestIdReused"

_AT_ONCE: Final = 32


class Entry:
    """One admission, rendered before it is queued, so that the open transaction is short."""

    __slots__ = ("admission", "draft", "key", "values")

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.values = codec.decision_values(admission)
        self.draft = ledger.submitted(admission.decision, admission.task)
        request = admission.request
        self.key = None if request is None else (admission.decision.submitter, request.request_id)


async def rendered(admissions: Sequence[Admission]) -> list[Entry]:
    """The admissions as they are written. Between so many of them others have the event loop."""
    if len(admissions) <= _AT_ONCE:
        return [Entry(admission) for admission in admissions]
    entries: list[Entry] = []
    for start in range(0, len(admissions), _AT_ONCE):
        entries += [Entry(admission) for admission in admissions[start : start + _AT_ONCE]]
        await asyncio.sleep(0)
    return entries


class Submit:
    """Records decisions with their tasks. Neighbours in a batch are written with one statement for each table."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self.rows = len(entries)

    def apply(self, writer: Writer) -> list[Answer]:
        return _record(writer, self._entries)

    @staticmethod
    def apply_all(writer: Writer, operations: Sequence[Submit]) -> list[list[Answer]]:
        """Does the work of several at once, in order."""
        entries = [entry for operation in operations for entry in operation._entries]
        answers = iter(_record(writer, entries))
        return [list(islice(answers, operation.rows)) for operation in operations]


def _record(writer: Writer, entries: list[Entry]) -> list[Answer]:
    """Inserts on the assumption that all request ids are new; looks for the known ones only where that fails."""
    keys = {entry.key for entry in entries if entry.key is not None}
    repeated = len(keys) < sum(entry.key is not None for entry in entries)
    if not repeated:
        try:
            return _insert(writer, entries)
        except sqlite3.IntegrityError:
            pass
    return _record_new(writer, entries, keys)


def _record_new(writer: Writer, entries: list[Entry], keys: set[Key]) -> list[Answer]:
    known = _known(writer, keys)
    first = {entry.key: entry for entry in reversed(entries) if entry.key is not None and entry.key not in known}
    fresh = [entry for entry in entries if entry.key is None or first.get(entry.key) is entry]
    answers = dict(zip(fresh, _insert(writer, fresh), strict=True))
    known = _known(writer, keys)
    return [answers[entry] if entry in answers else _replay(entry, known) for entry in entries]


def _insert(writer: Writer, entries: list[Entry]) -> list[Answer]:
    """Writes decisions, tasks and ledger entries. An IntegrityError from the decisions leaves nothing behind."""
    start = writer.last_decision + 1
    decisions = [(sequence, *entry.values) for sequence, entry in enumerate(entries, start)]
    writer.insert("decision", codec.DECISION_COLUMNS, decisions)
    writer.last_decision += len(entries)
    tasks = [
        _task_row(writer, entry.admission.task, sequence, entry.admission.decision.submitter)
        for sequence, entry in enumerate(entries, start)
        if entry.admission.task is not None
    ]
    writer.insert("task", codec.TASK_COLUMNS, tasks)
    for entry in entries:
        writer.append(entry.draft)
    return [Fresh(start + place) for place in range(len(entries))]


def _task_row(writer: Writer, task: Task, sequence: int, submitter: str) -> Row:
    plan = task.escalation
    return (
        task.id,
        sequence,
        submitter,
        task.kind.value,
        task.state.value,
        writer.lane(task.queue, task.skills),
        -task.urgency,
        task.expire_time,
        task.create_time,
        task.create_time,
        task.create_time,
        None if plan is None else writer.lane(plan.queue, plan.skills),
        None if plan is None else plan.deadline,
        task.escalations,
        writer.schema(task.correction_schema),
        writer.presentation(task.presentation),
    )


def _known(writer: Writer, keys: set[Key]) -> dict[Key, Row]:
    rows = writer.rows("decisions_by_request", {"keys": canonical(sorted(keys))})
    return {(submitter, request_id): tuple(row) for submitter, request_id, *row in rows}


def _replay(entry: Entry, known: dict[Key, Row]) -> Answer:
    request = entry.admission.request
    assert request is not None
    assert entry.key is not None
    body_hash, *row = known[entry.key]
    if body_hash != request.body_hash:
        return RequestIdReused(request_id=request.request_id)
    return Replay(tuple(row))
