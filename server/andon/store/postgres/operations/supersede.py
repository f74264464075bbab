"""Recording a decision in the place of another."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.errors import DecisionResolved
from andon.store import revisions
from andon.store.codec import Row
from andon.store.postgres.operations.revise import close_all, hold, open_tasks, the_end
from andon.store.postgres.operations.submit import record_one, repeated
from andon.store.postgres.session import Session
from andon.store.recorded import Answer, Entry
from andon.store.values import Cancellation, Revised


async def supersede(
    session: Session, entry: Entry, rows: Sequence[Row], wish: Cancellation
) -> tuple[Answer, Revised | None]:
    """Ends an open decision as CANCELLED and records the one that takes its place, with the rows of its tasks.

    The answer of the new one, and the end of the old; None where the request id was a repetition.
    """
    if (known := await repeated(session, entry)) is not None:
        return known, None
    try:
        revisions.check_open(await hold(session, wish.decision_id), wish.decision_id)
    except DecisionResolved:  # perhaps by a repetition at the same moment
        if (known := await repeated(session, entry)) is not None:
            return known, None
        raise
    open_, by = await open_tasks(session, wish.decision_id), entry.admission.decision.id
    await close_all(session, wish.decision_id, revisions.withdrawn(wish), open_)
    await session.rows("superseded_by", {"decision_id": wish.decision_id, "by": by})
    fresh = await record_one(session, entry, rows, revisions.cancelled(wish, open_))
    return fresh, await the_end(session, wish.decision_id, open_)
