"""What is told of the ledger's entries: rows to happenings and deliveries, the same for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.domain.decision import Model, Route
from andon.domain.delivery import Delivery, DeliveryState, Happening, Subject, Work
from andon.domain.task import TaskKind
from andon.store.codec import Row, json_object, reasons_of
from andon.store.ledger import LedgerKind
from andon.store.outbox import Settlement

TOLD: Final = tuple(
    kind.value
    for kind in (
        LedgerKind.SUBMITTED,
        LedgerKind.CANCELLED,
        LedgerKind.ESCALATED,
        LedgerKind.CLIMBED,
        LedgerKind.EXPIRED,
        LedgerKind.REVIEWED,
        LedgerKind.APPEALED,
        LedgerKind.AMENDED,
        LedgerKind.REEVALUATED,
        LedgerKind.RETRAIN,
        LedgerKind.REVISION,
    )
)
"""Kinds of entries that somebody may want to be told of."""


def happening(row: Row) -> Happening:
    """Reads a row of the statement `happenings`. A body that was erased says nothing."""
    sequence, time, kind, actor, body, decision_id, *rest = row
    action, submitter, route, reasons, model, version, create_time, task_id, task_kind, queue, expire_time, _ = rest
    subject = work = None
    if decision_id is not None:
        why = reasons_of(reasons)
        subject = Subject(decision_id, action, submitter, Route(route), why, Model(model, version), create_time)
    if task_id is not None:
        work = Work(task_id, TaskKind(task_kind), queue, expire_time)
    return Happening(sequence, time, kind, actor, json_object(body or "{}"), subject, work)


def delivery(row: Row) -> Delivery:
    """Reads `$columns_delivery`."""
    id, subscription, event, sequence, subject, time, state, *rest = row
    return Delivery(id, subscription, event, sequence, subject, time, DeliveryState(state), *rest)


def rows_of(deliveries: Sequence[Delivery]) -> str:
    """Deliveries as the statement `insert_deliveries` of SQLite takes them."""
    return canonical([list(_columns(each)) for each in deliveries])


def columns_of(deliveries: Sequence[Delivery]) -> dict[str, list[Any]]:
    """The same for PostgreSQL: column by column."""
    names = ("ids", "subscriptions", "events", "sequences", "subjects", "times", "due")
    return {name: [_columns(each)[place] for each in deliveries] for place, name in enumerate(names)}


def settled(settlement: Settlement) -> dict[str, Any]:
    """The values of the statement `settle_if_taken`."""
    again = settlement.state is DeliveryState.PENDING
    return {
        "id": settlement.delivery_id,
        "token": settlement.token,
        "state": settlement.state.value,
        "next_time": settlement.next_time if again else None,
        "settle_time": None if again else settlement.now,
        "error": settlement.error,
    }


def _columns(each: Delivery) -> tuple[str, str, str, int, str, int, int | None]:
    return each.id, each.subscription, each.event, each.sequence, each.subject, each.time, each.next_time
