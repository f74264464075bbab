"""Withdrawing a decision."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.decision import Outcome
from andon.domain.errors import DecisionNotFound, DecisionResolved, RequestIdReused
from andon.store import drafts
from andon.store.codec import Row
from andon.store.sqlite.operations.close import close_beside
from andon.store.sqlite.writer import Writer
from andon.store.values import Cancellation, RequestKey


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ends an open decision as CANCELLED and closes its tasks; gives `$columns_decision`."""

    cancellation: Cancellation
    rows: int = 6

    def apply(self, writer: Writer) -> Row:
        wish = self.cancellation
        if wish.request is not None and (known := _replay(writer, wish.request)) is not None:
            return known
        values = {"decision_id": wish.decision_id, "principal": wish.principal, "now": wish.now}
        outcome = Outcome.CANCELLED.value
        cancelled = writer.row("cancel_if_open", {**values, "outcome": outcome, "comment": wish.comment})
        if cancelled is None:
            raise _refusal(writer, wish.decision_id)
        writer.change("close_task_if_open", {"task_id": cancelled[0], "now": wish.now})
        _record(writer, wish, task_id=cancelled[0])
        close_beside(writer, cancelled, wish.now, wish.principal)
        return writer.rows("decision_by_id", {"decision_id": wish.decision_id})[0]


def _replay(writer: Writer, request: RequestKey) -> Row | None:
    key = {"principal": request.principal, "request_id": request.request_id}
    row = writer.row("cancellation_by_request", key)
    if row is None:
        return None
    request_hash, decision_id = row
    if request_hash != request.body_hash:
        raise RequestIdReused(request_id=request.request_id)
    return writer.row("decision_by_id", {"decision_id": decision_id})


def _refusal(writer: Writer, decision_id: str) -> DecisionNotFound | DecisionResolved:
    name = f"decisions/{decision_id}"
    row = writer.row("decision_outcome", {"decision_id": decision_id})
    return DecisionNotFound(name=name) if row is None else DecisionResolved(name=name, outcome=Outcome(row[0]).name)


def _record(writer: Writer, wish: Cancellation, task_id: str) -> None:
    if wish.request is not None:
        values = {
            "principal": wish.request.principal,
            "request_id": wish.request.request_id,
            "request_hash": wish.request.body_hash,
            "decision_id": wish.decision_id,
        }
        writer.change("insert_cancellation", values)
    writer.append(drafts.cancelled(wish, task_id))
