"""What time does to tasks: deadlines, lapsed leases, aging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from andon.domain.canonical import canonical
from andon.domain.decision import Outcome
from andon.store import drafts
from andon.store.codec import Row
from andon.store.ledger import DEADLINE
from andon.store.sqlite.writer import Writer


class Due(NamedTuple):
    """A task whose time has come, who held it (empty: nobody), its queue, and whether it escalates."""

    sequence: int
    holder: str
    queue: str = ""
    escalates: bool = False


class DueRow(NamedTuple):
    """The same after it was dealt with; the row is `$columns_task, $columns_decision`."""

    due: Due
    row: Row


@dataclass(frozen=True, slots=True)
class Expire:
    """Escalates or ends tasks whose deadline has passed, earliest first."""

    now: int
    limit: int

    @property
    def rows(self) -> int:
        return 3 * self.limit

    def apply(self, writer: Writer) -> list[DueRow]:
        due = [Due(*row) for row in writer.rows("due_tasks", {"now": self.now, "limit": self.limit})]
        if not due:
            return []
        self._escalate(writer, [task.sequence for task in due if task.escalates])
        self._end(writer, [task.sequence for task in due if not task.escalates])
        done = _dealt_with(writer, due)
        for task, row in done:
            writer.append(drafts.missed(self.now, task.holder, task.queue, task.escalates, row))
        return done

    def _escalate(self, writer: Writer, sequences: list[int]) -> None:
        if sequences:
            writer.change("escalate_if_due", {"sequences": canonical(sequences), "now": self.now})

    def _end(self, writer: Writer, sequences: list[int]) -> None:
        if not sequences:
            return
        values: dict[str, Any] = {"sequences": canonical(sequences), "now": self.now}
        writer.change("expire_if_due", values)
        ended = {**values, "outcome": Outcome.EXPIRED.value, "resolved_by": DEADLINE}
        writer.change("resolve_expired_if_open", ended)


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


def _dealt_with(writer: Writer, due: Sequence[Due]) -> list[DueRow]:
    rows = writer.rows("jobs_by_sequences", {"sequences": canonical([task.sequence for task in due])})
    return [DueRow(task, row) for task, row in zip(due, rows, strict=True)]
