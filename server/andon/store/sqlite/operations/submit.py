"""Recording decisions: the hot path."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import islice

from andon.domain.canonical import canonical
from andon.domain.decision import Decision
from andon.domain.errors import RequestIdReused
from andon.domain.plan import climb_time
from andon.domain.task import Task
from andon.store import codec
from andon.store.codec import Row
from andon.store.recorded import Answer, Entry, Fresh, Key, Replay, by_key, keys_of, new_among, repetition
from andon.store.sealing import KeyGone, KeyRow
from andon.store.sqlite.writer import Writer


class Submit:
    """Records decisions with their tasks. Neighbours in a batch are written with one statement for each table."""

    def __init__(self, entries: list[Entry], keys: Sequence[KeyRow] = ()) -> None:
        """`keys` are those of subjects that had none, which the entries are sealed with."""
        self._entries = entries
        self._keys = keys
        self.rows = len(entries)

    def apply(self, writer: Writer) -> list[Answer]:
        return self.apply_all(writer, (self,))[0]

    @staticmethod
    def apply_all(writer: Writer, operations: Sequence[Submit]) -> list[list[Answer]]:
        """Does the work of several at once, in order."""
        entries = [entry for operation in operations for entry in operation._entries]
        for operation in operations:
            if operation._keys:
                writer.keep_keys(operation._keys, operation._entries[0].admission.decision.create_time)
        answers = iter(_record(writer, entries))
        return [list(islice(answers, operation.rows)) for operation in operations]


def _record(writer: Writer, entries: list[Entry]) -> list[Answer]:
    """Inserts on the assumption that all request ids are new; looks for the known ones only where that fails."""
    keys = keys_of(entries)
    if len(set(keys)) == len(keys):
        try:
            return _insert(writer, entries)
        except sqlite3.IntegrityError:
            pass
    return _record_new(writer, entries, keys)


def _record_new(writer: Writer, entries: list[Entry], keys: list[Key]) -> list[Answer]:
    fresh = new_among(entries, _known(writer, keys))
    answers = dict(zip(fresh, _insert(writer, fresh), strict=True))
    known = _known(writer, keys)
    return [answers[entry] if entry in answers else repetition(entry, known) for entry in entries]


def _insert(writer: Writer, entries: list[Entry]) -> list[Answer]:
    """Writes decisions, tasks and ledger entries. An IntegrityError from the decisions leaves nothing behind."""
    start = writer.last_decision + 1
    decisions = [(sequence, *entry.values) for sequence, entry in enumerate(entries, start)]
    try:
        writer.insert("decision", codec.DECISION_COLUMNS, decisions)
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            raise KeyGone from error
        raise
    writer.last_decision += len(entries)
    tasks = [
        task_row(writer, task, sequence, entry.admission.decision)
        for sequence, entry in enumerate(entries, start)
        for task in entry.admission.tasks
    ]
    writer.insert("task", codec.TASK_COLUMNS, tasks)
    for entry in entries:
        writer.append(entry.draft)
    return [Fresh(start + place) for place in range(len(entries))]


def task_row(writer: Writer, task: Task, sequence: int, decision: Decision) -> Row:
    """The values of TASK_COLUMNS of a task on the decision of that sequence."""
    plan = task.escalation
    return (
        task.id,
        sequence,
        decision.submitter,
        task.kind.value,
        task.state.value,
        writer.lane(task.queue, task.skills, task.group),
        -task.urgency,
        task.expire_time,
        task.create_time,
        task.create_time,
        task.create_time,
        None if plan is None else writer.lane(plan.queue, plan.skills, task.group),
        None if plan is None else plan.deadline,
        task.escalations,
        writer.schema(task.correction_schema),
        writer.presentation(task.presentation),
        decision.proposal.on_behalf_of,
        task.level,
        task.term,
        writer.plan(task.plan),
        None if task.escalations else climb_time(task.plan, task.rung, task.create_time, task.expire_time),
        writer.seal(decision.id, "note", task.note, task.level),
    )


def record_one(writer: Writer, entry: Entry) -> Fresh:
    """Records one whose request id is new."""
    (answer,) = _insert(writer, [entry])
    assert isinstance(answer, Fresh)
    return answer


def repeated(writer: Writer, entry: Entry) -> Replay | None:
    """What its request id has made already; None where that is new. RequestIdReused."""
    known = _known(writer, keys_of([entry]))
    answer = repetition(entry, known) if known else None
    if isinstance(answer, RequestIdReused):
        raise answer
    assert not isinstance(answer, Fresh)
    return answer


def _known(writer: Writer, keys: list[Key]) -> dict[Key, Row]:
    return by_key(writer.rows("decisions_by_request", {"keys": canonical(sorted(set(keys)))}))
