"""What came of an admission, the same for every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from andon.domain.decision import Decision
from andon.domain.errors import AndonError, RequestIdReused
from andon.store import codec, ledger
from andon.store.codec import Row
from andon.store.values import Admission, Admitted, Revised, Superseded

_AT_ONCE: Final = 32

Key: TypeAlias = tuple[str, str]
"""A submitter, and the id of one of their requests."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A decision was recorded under this sequence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The request id is known; the row is `$columns_decision`."""

    row: Row


Answer: TypeAlias = "Fresh | Replay | RequestIdReused"


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


EntryT = TypeVar("EntryT", bound=Entry)


def keys_of(entries: Sequence[Entry]) -> list[Key]:
    """The keys of requests, in order; one that is repeated stands there as often."""
    return [entry.key for entry in entries if entry.key is not None]


def new_among(entries: Sequence[EntryT], known: Collection[Key]) -> list[EntryT]:
    """What is to be recorded: what has no key, and the first of each key that is not known."""
    first = {entry.key: entry for entry in reversed(entries) if entry.key is not None and entry.key not in known}
    return [entry for entry in entries if entry.key is None or first.get(entry.key) is entry]


def by_key(rows: Sequence[Row]) -> dict[Key, Row]:
    """The rows of the statement `decisions_by_request`, each without its key: a hash, then `$columns_decision`."""
    return {(submitter, request_id): tuple(row) for submitter, request_id, *row in rows}


def repetition(entry: Entry, known: Mapping[Key, Row]) -> Answer:
    """The answer to one whose key is known (see `by_key`)."""
    request = entry.admission.request
    assert request is not None
    assert entry.key is not None
    body_hash, *row = known[entry.key]
    if body_hash != request.body_hash:
        return RequestIdReused(request_id=request.request_id)
    return Replay(tuple(row))


def admitted(admission: Admission, answer: Answer) -> Admitted | AndonError:
    """The answer to one admission, as the port gives it."""
    if isinstance(answer, AndonError):
        return answer
    if isinstance(answer, Fresh):
        return Admitted(_recorded(admission, answer.sequence))
    return Admitted(codec.decision(answer.row), replayed=True)


def superseded(admission: Admission, answer: Answer, old: Revised | None) -> Superseded:
    """The answer to an admission in the place of another decision, which `old` is the end of."""
    result = admitted(admission, answer)
    if isinstance(result, AndonError):
        raise result
    return Superseded(result) if old is None else Superseded(result, old.decision, old.closed)


def _recorded(admission: Admission, sequence: int) -> Decision:
    """The decision as a reading would give it. Not by `replace`: every submission pays for it."""
    given, task = admission.decision, admission.task
    task_id, expire_time, queue = given.task_id, given.expire_time, ""
    if task is not None:
        task_id, expire_time = task.id, None
        if given.resolution is None:
            queue = task.queue
            expire_time = task.expire_time + (0 if task.escalation is None else task.escalation.deadline)
    return Decision(
        given.id,
        given.proposal,
        given.submitter,
        given.payload_hash,
        given.routing,
        given.create_time,
        given.resolution,
        expire_time,
        task_id,
        sequence,
        queue,
        given.submitter_groups,
        given.supersedes,
        receipt=given.receipt,
        sensitive=given.sensitive,
    )
