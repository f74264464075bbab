"""What changes an open decision before anybody has ended it: amendments, and stricter answers of the policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from andon.domain.canonical import canonical
from andon.domain.decision import Decision, Resolution
from andon.domain.task import Task
from andon.domain.terms import Terms, tightened
from andon.store import codec, revisions
from andon.store.ledger import SERVER, Draft
from andon.store.sqlite.operations.requests import RequestKind, earlier, know
from andon.store.sqlite.operations.submit import task_row
from andon.store.sqlite.writer import Writer
from andon.store.values import Amendment, Job, Reevaluation, Revised
from andon.store.verdicts import resolution_values


@dataclass(frozen=True, slots=True)
class Amend:
    """Puts a new proposal in the place of an open decision's."""

    amendment: Amendment
    rows: int = 8

    def apply(self, writer: Writer) -> Revised:
        wish, decision = self.amendment, self.amendment.decision
        if earlier(writer, RequestKind.AMEND, wish.request) is not None:
            return Revised(the_decision(writer, decision.id), replayed=True)
        revisions.check_amendable(writer.row("decision_guard", {"decision_id": decision.id}), wish)
        before, open_ = the_decision(writer, decision.id), open_tasks(writer, decision.id)
        writer.change("keep_earlier_proposal", revisions.earlier(before, wish.now))
        wish = revisions.bound(wish, before)
        values = {**revisions.proposed(wish.decision), "replaces": wish.replaces, "now": wish.now}
        writer.change("amend_if_open", values)
        wish = replace(wish, decision=replace(wish.decision, amendments=before.amendments + 1))
        know(writer, RequestKind.AMEND, wish.request, decision.id)
        return _end(writer, wish, open_) if decision.resolution else _go_on(writer, wish, open_)


def _end(writer: Writer, wish: Amendment, open_: Sequence[Task]) -> Revised:
    assert wish.decision.resolution is not None
    drafts = revisions.amended(wish, open_[:1]) + revisions.closed(wish.now, wish.decision.submitter, open_[1:])
    return end(writer, wish.decision.id, wish.decision.resolution, open_, drafts)


def _go_on(writer: Writer, wish: Amendment, open_: Sequence[Task]) -> Revised:
    id = wish.decision.id
    _, opened = ((), ()) if wish.terms is None else revise(writer, id, wish.terms, wish.now)
    drafts = revisions.amended(wish, [job.task for job in _jobs(writer, id, [task.id for task in open_])])
    for draft in (*drafts, *revisions.opened(wish.now, SERVER, opened)):
        writer.append(draft)
    ids = [task.id for task in open_]
    return Revised(the_decision(writer, id), _jobs(writer, id, ids), _jobs(writer, id, [task.id for task in opened]))


@dataclass(frozen=True, slots=True)
class Tighten:
    """Has the tasks of an open decision ask for what the policies ask for now as well."""

    found: Reevaluation
    rows: int = 6

    def apply(self, writer: Writer) -> Revised:
        found, id = self.found, self.found.decision_id
        revisions.check_same(writer.row("decision_guard", {"decision_id": id}), found)
        changed, opened = revise(writer, id, found.terms, found.now)
        bound = bind(writer, found)
        changed = changed or bound
        decision = the_decision(writer, id)
        jobs = _jobs(writer, id, [task.id for task in changed]), _jobs(writer, id, [task.id for task in opened])
        if changed:
            before = decision.routing.revision
            drafts = revisions.reevaluated(found, before, changed)
            for draft in (*drafts, *revisions.opened(found.now, SERVER, opened)):
                writer.append(draft)
        return Revised(decision, *jobs)


@dataclass(frozen=True, slots=True)
class Block:
    """Ends an open decision as BLOCKED."""

    found: Reevaluation
    rows: int = 6

    def apply(self, writer: Writer) -> Revised:
        found, id = self.found, self.found.decision_id
        revisions.check_same(writer.row("decision_guard", {"decision_id": id}), found)
        open_, ended = open_tasks(writer, id), revisions.blocked(found)
        first, others = revisions.parted(open_, found.task_id)
        drafts = revisions.reevaluated(found, the_decision(writer, id).routing.revision, first, ended)
        return end(writer, id, ended, open_, drafts + revisions.closed(found.now, SERVER, others))


def revise(writer: Writer, decision_id: str, terms: Terms, now: int) -> tuple[list[Task], list[Task]]:
    """Has a decision's tasks ask for what the terms say, and opens those that are missing; gives both."""
    rows = writer.rows("tasks_of_decision", {"decision_id": decision_id})
    jobs = [codec.job(row) for row in rows]
    changed, opened = tightened([job.task for job in jobs], terms, now)
    climbed = {job.task.id: revisions.climbs(job.task) for job in jobs}
    for task in changed:
        values = {**_asks(writer, task), "climbed": climbed[task.id], "now": now}
        writer.change("revise_task_if_open", values)
    if opened:
        decision = jobs[0].decision
        new = [task_row(writer, task, decision.sequence, decision) for task in opened]
        writer.insert("task", codec.TASK_COLUMNS, new)
    return changed, opened


def bind(writer: Writer, found: Reevaluation) -> list[Task]:
    """Has what binds a decision's receipts be stricter; gives the task with which that is recorded, if it is."""
    values = revisions.binding(found, the_decision(writer, found.decision_id))
    if values is None:
        return []
    writer.change("bind_receipt_if_open", values)
    return revisions.parted(open_tasks(writer, found.decision_id), found.task_id)[0]


def end(
    writer: Writer, decision_id: str, resolution: Resolution, open_: Sequence[Task], drafts: Sequence[Draft]
) -> Revised:
    """Ends a decision that is open, and all of its tasks. The drafts say so."""
    sequence = the_decision(writer, decision_id).sequence
    writer.change("resolve_if_open", {**resolution_values(resolution), "decision_sequence": sequence})
    ids = [task.id for task in open_]
    writer.change("close_tasks_if_open", {"ids": canonical(ids), "now": resolution.time})
    for draft in drafts:
        writer.append(draft)
    return Revised(the_decision(writer, decision_id), closed=_jobs(writer, decision_id, ids))


def open_tasks(writer: Writer, decision_id: str) -> list[Task]:
    """The open tasks on a decision itself."""
    rows = writer.rows("tasks_of_decision", {"decision_id": decision_id})
    return revisions.open_among([codec.job(row).task for row in rows])


def the_decision(writer: Writer, decision_id: str) -> Decision:
    """A decision that is there."""
    return codec.decision(writer.rows("decision_by_id", {"decision_id": decision_id})[0])


def _jobs(writer: Writer, decision_id: str, ids: Sequence[str]) -> tuple[Job, ...]:
    jobs = map(codec.job, writer.rows("tasks_of_decision", {"decision_id": decision_id}) if ids else ())
    return tuple(job for job in jobs if job.task.id in ids)


def _asks(writer: Writer, task: Task) -> dict[str, int | str | None]:
    plan = task.escalation
    return {
        "task_id": task.id,
        "lane": writer.lane(task.queue, task.skills, task.group),
        "rank": -task.urgency,
        "escalation_lane": None if plan is None else writer.lane(plan.queue, plan.skills, task.group),
        "schema": writer.schema(task.correction_schema),
        "presentation": writer.presentation(task.presentation),
        "plan": writer.plan(task.plan),
        "climb_time": revisions.next_climb(task),
        "term": task.term,
    }
