"""Contesting the end of a decision."""

from __future__ import annotations

from dataclasses import dataclass

from andon.store import appeals, codec
from andon.store.sqlite.operations.hold import the_job
from andon.store.sqlite.operations.requests import RequestKind, earlier, know
from andon.store.sqlite.operations.revise import the_decision
from andon.store.sqlite.operations.submit import task_row
from andon.store.sqlite.writer import Writer
from andon.store.values import Appealed, AppealWish


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """Opens an appeal with its tasks."""

    wish: AppealWish
    rows: int = 6

    def apply(self, writer: Writer) -> Appealed:
        wish, id = self.wish, self.wish.decision_id
        known = earlier(writer, RequestKind.APPEAL, wish.request)
        if known is not None:
            return _appealed(writer, id, codec.job(the_job(writer, known)).task.level, ())
        values = appeals.conditions(wish)
        if writer.row("appeal_if_resolved", values) is None:
            raise appeals.refusal(writer.row("appeal_guard", {"decision_id": id}), wish)
        know(writer, RequestKind.APPEAL, wish.request, wish.tasks[0].id)
        writer.change("bar_appellant", values)
        writer.change("insert_appeal", values)
        decision = the_decision(writer, id)
        rows = [task_row(writer, task, decision.sequence, decision) for task in wish.tasks]
        writer.insert("task", codec.TASK_COLUMNS, rows)
        for draft in appeals.drafts(wish):
            writer.append(draft)
        return _appealed(writer, id, wish.level, [task.id for task in wish.tasks])


def _appealed(writer: Writer, decision_id: str, level: int, task_ids: list[str] | tuple[()]) -> Appealed:
    known = map(appeals.appeal, writer.rows("appeals_of_decision", {"decision_id": decision_id}))
    opened = next(appeal for appeal in known if appeal.level == level)
    jobs = tuple(codec.job(the_job(writer, id)) for id in task_ids)
    return Appealed(the_decision(writer, decision_id), opened, jobs)
