"""Recording a decision in the place of another."""

from __future__ import annotations

from collections.abc import Sequence

from andon.store import revisions
from andon.store.recorded import Answer, Entry
from andon.store.sealing import KeyRow
from andon.store.sqlite.operations.revise import end, open_tasks
from andon.store.sqlite.operations.submit import record_one, repeated
from andon.store.sqlite.writer import Writer
from andon.store.values import Cancellation, Revised


class Supersede:
    """Ends an open decision as CANCELLED and records the one that takes its place."""

    def __init__(self, entry: Entry, cancellation: Cancellation, keys: Sequence[KeyRow] = ()) -> None:
        self._entry = entry
        self._keys = keys
        self._wish = cancellation
        self.rows = 8

    def apply(self, writer: Writer) -> tuple[Answer, Revised | None]:
        """The answer of the new one, and the end of the old; None where the request id was a repetition."""
        entry, wish = self._entry, self._wish
        if (known := repeated(writer, entry)) is not None:
            return known, None
        revisions.check_open(writer.row("decision_guard", {"decision_id": wish.decision_id}), wish.decision_id)
        open_, by = open_tasks(writer, wish.decision_id), entry.admission.decision.id
        writer.change("superseded_by", {"decision_id": wish.decision_id, "by": by})
        old = end(writer, wish.decision_id, revisions.withdrawn(wish), open_, revisions.cancelled(wish, open_))
        writer.keep_keys(self._keys, wish.now)
        return record_one(writer, entry), old
