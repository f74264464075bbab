"""Closing what nobody has to judge any more."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.canonical import canonical
from andon.store import codec
from andon.store.codec import Row
from andon.store.revisions import closed
from andon.store.sqlite.operations.hold import the_job
from andon.store.sqlite.writer import Writer


def close_beside(writer: Writer, task_ids: Sequence[str], now: int, actor: str) -> tuple[Row, ...]:
    """Closes the open tasks of the decisions and levels of these tasks; gives them as they are then."""
    ids = [row[0] for row in writer.rows("open_seats", {"task_ids": canonical(task_ids)})] if task_ids else []
    if not ids:
        return ()
    writer.change("close_tasks_if_open", {"ids": canonical(ids), "now": now})
    rows = tuple(the_job(writer, id) for id in ids)
    for draft in closed(now, actor, [codec.job(row).task for row in rows]):
        writer.append(draft)
    return rows
