"""What time does to tasks: deadlines, lapsed leases, aging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from andon.domain.canonical import canonical
from andon.domain.decision import Outcome
from andon.store import codec, drafts
from andon.store.codec import Row
from andon.store.endings import expired, missed, parted
from andon.store.ledger import DEADLINE
from andon.store.sqlite.operations.close import close_beside
from andon.store.sqlite.writer import Writer
from andon.store.values import Expired

_ID: Final = 0


class Due(NamedTuple):
    """A task whose time has come, who held it (empty: nobody), its queue, whether it escalates, and what it is about:
    the decision's sequence and the level.
    """

    sequence: int
    holder: str
    queue: str = ""
    escalates: bool = False
    decision_sequence: int = 0
    level: int = 0

    @property
    def about(self) -> tuple[int, int]:
        return (self.decision_sequence, self.level)


class DueRow(NamedTuple):
    """The same after it was dealt with; the row is `$columns_task, $columns_decision`."""

    due: Due
    row: Row


@dataclass(frozen=True, slots=True)
class Expire:
    """Escalates or ends tasks whose deadline has passed, earliest first."""

    now: int
    limit: int
    revision: str

    @property
    def rows(self) -> int:
        return 3 * self.limit

    def apply(self, writer: Writer) -> list[Expired]:
        due = [Due(*row) for row in writer.rows("due_tasks", {"now": self.now, "limit": self.limit})]
        if not due:
            return []
        escalating, ending = parted(due)
        self._escalate(writer, [task.sequence for task in escalating])
        self._end(writer, ending)
        dealt = _dealt_with(writer, [task for task in due if task in escalating or task in ending])
        for draft in missed(self.now, dealt):
            writer.append(draft)
        ended = [row[_ID] for task, row in dealt if not task.escalates]
        closed = close_beside(writer, ended, self.now, DEADLINE)
        return expired(dealt, [codec.job(row) for row in closed])

    def _escalate(self, writer: Writer, sequences: list[int]) -> None:
        if sequences:
            writer.change("escalate_if_due", {"sequences": canonical(sequences), "now": self.now})

    def _end(self, writer: Writer, ending: Sequence[Due]) -> None:
        if not ending:
            return
        writer.change("expire_if_due", {"sequences": _sequences(ending), "now": self.now})
        end = {"outcome": Outcome.EXPIRED.value, "resolved_by": DEADLINE, "now": self.now, "revision": self.revision}
        decisions = _sequences(task for task in ending if not task.level)
        writer.change("resolve_expired_if_open", {**end, "sequences": decisions})
        if appeals := [task for task in ending if task.level]:
            writer.change("resolve_expired_appeals_if_open", {**end, "sequences": _sequences(appeals)})


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Gives tasks whose lease has lapsed back to their queues, earliest first."""

    now: int
    limit: int

    @property
    def rows(self) -> int:
        return 2 * self.limit

    def apply(self, writer: Writer) -> list[DueRow]:
        lapsed = [Due(*row) for row in writer.rows("lapsed_tasks", {"now": self.now, "limit": self.limit})]
        if not lapsed:
            return []
        sequences = canonical([task.sequence for task in lapsed])
        writer.change("reclaim_if_lapsed", {"sequences": sequences, "now": self.now})
        done = _dealt_with(writer, lapsed)
        for task, row in done:
            writer.append(drafts.lapsed(self.now, task.holder, row))
        return done


@dataclass(frozen=True, slots=True)
class Age:
    """Raises the urgency of tasks that have waited. Not recorded in the ledger: it changes no state."""

    now: int
    interval: int
    limit: int

    @property
    def rows(self) -> int:
        return self.limit

    def apply(self, writer: Writer) -> int:
        values = {"now": self.now, "interval": self.interval, "limit": self.limit}
        return writer.change("age_if_waiting", values)


def _sequences(due: Iterable[Due]) -> str:
    return canonical([task.sequence for task in due])


def _dealt_with(writer: Writer, due: Sequence[Due]) -> list[DueRow]:
    rows = writer.rows("jobs_by_sequences", {"sequences": canonical([task.sequence for task in due])})
    return [DueRow(task, row) for task, row in zip(due, rows, strict=True)]
