"""What is done as the time for a task runs out: it climbs a rung of its ladder, or its holder asks for more."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.canonical import Json, canonical
from andon.store import codec, drafts
from andon.store.codec import Row
from andon.store.deadlines import Climb, climb, extension
from andon.store.guards import claim, lease_refusal
from andon.store.sqlite.operations.hold import the_job
from andon.store.sqlite.operations.requests import RequestKind, earlier, know
from andon.store.sqlite.writer import Writer
from andon.store.values import Climbed, Hold, RequestKey


@dataclass(frozen=True, slots=True)
class ClimbDue:
    """Lets tasks climb the rung that is due, earliest first."""

    now: int
    limit: int

    @property
    def rows(self) -> int:
        return 3 * self.limit

    def apply(self, writer: Writer) -> list[Climbed]:
        due = writer.rows("rungs_due", {"now": self.now, "limit": self.limit})
        if not due:
            return []
        climbs = [climb(codec.job(row[1:]).task) for row in due]
        changes = [_change(writer, row[0], climb) for row, climb in zip(due, climbs, strict=True)]
        writer.change("climb_if_due", {"climbs": canonical(changes), "now": self.now})
        rows = writer.rows("jobs_by_sequences", {"sequences": canonical([row[0] for row in due])})
        return [self._climbed(writer, climb, row) for climb, row in zip(climbs, rows, strict=True)]

    def _climbed(self, writer: Writer, climb: Climb, row: Row) -> Climbed:
        for draft in drafts.climbed(self.now, climb, row):
            writer.append(draft)
        return Climbed(codec.job(row), climb.rung, climb.left)


@dataclass(frozen=True, slots=True)
class Extend:
    """Gives a task, and all that were asked for with it, more time; nothing where its request has done so before."""

    hold: Hold
    comment: str
    request: RequestKey | None = None
    rows: int = 7

    def apply(self, writer: Writer) -> list[Row]:
        if earlier(writer, RequestKind.EXTEND, self.request) is not None:
            return []
        task = {"task_id": self.hold.task_id}
        if refused := lease_refusal(writer.row("task_guard", task), self.hold):
            raise refused
        more = extension(self.hold.task_id, writer.rows("seats_of_level", task))
        seats = canonical([[id, time] for id, time in zip(more.ids, more.climb_times, strict=True)])
        know(writer, RequestKind.EXTEND, self.request, self.hold.task_id)
        writer.change("extend_if_held", {**claim(self.hold), "by": more.by, "seats": seats})
        rows = [the_job(writer, id) for id in more.ids[: more.open]]
        for row in rows:
            writer.append(drafts.extended(self.hold, self.comment, more.by, row))
        return rows


def _change(writer: Writer, sequence: int, climb: Climb) -> list[Json]:
    """One task as the statement takes it."""
    task = climb.task
    lane = writer.lane(climb.queue, climb.skills, task.group) if climb.relaned else None
    return [sequence, task.rung, climb.rank, lane, climb.climb_time, climb.moves]
