"""What the stream has told: the tasks leased to this reviewer, and what waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from google.protobuf import timestamp_pb2

from andon_client._calls import Caller
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from andon_client.masked import is_masked
from andon_client.review_task import ReviewTask
from andon_client.task import task_of
from andon_client.terminal.formats import amount_text

_REMEMBERED: Final = 1_000
_STRICTNESS: Final = {decision_pb2.ROUTE_BLOCK: 0, decision_pb2.ROUTE_REVIEW: 1}
_OPEN: Final = frozenset({task_pb2.TASK_STATE_WAITING, task_pb2.TASK_STATE_UNSPECIFIED})


class Link(StrEnum):
    """How the connection stands."""

    CONNECTING = "connecting"
    SYNCING = "reading what waits"
    LIVE = "live"
    LOST = "connection lost, connecting again"


@dataclass(frozen=True, slots=True)
class Row:
    """A task as the inbox shows it. Times are seconds since the epoch; 0 for none."""

    name: str
    action: str
    about: str
    queue: str
    urgency: int
    created: float
    due: float
    effect: str
    """What approving does, in a sentence; empty where the server says none."""
    reason: str
    """The strictest reason why it was held, in words, and how many more there are."""
    confidence: float | None

    @property
    def order(self) -> tuple[int, float, str]:
        """Most urgent first, then oldest first."""
        return (-self.urgency, self.created, self.name)


class Board:
    """Follows the stream's events. `changed` is called whenever there is something new to draw."""

    def __init__(self, caller: Caller, wanted: Callable[[], bool]) -> None:
        self.link = Link.CONNECTING
        self.mine: dict[str, ReviewTask] = {}
        self.changed: Callable[[], None] = lambda: None
        self.lost: Callable[[ReviewTask], None] = lambda task: None
        self.amended: Callable[[ReviewTask], None] = lambda task: None
        """Told of a task of mine whose decision its caller has changed."""
        self.stale: Callable[[str], object] = lambda name: None
        """Asked to read a task of mine anew, and to tell it to `reread`."""
        self._caller = caller
        self._wanted = wanted
        self._waiting: dict[str, Row] = {}
        self._held: dict[str, Row] = {}
        self._messages: dict[str, task_pb2.Task] = {}
        self._seen: set[str] = set()
        self._settled: deque[str] = deque(maxlen=_REMEMBERED)
        self._sorted: tuple[list[Row], list[Row]] | None = None

    def rows(self) -> tuple[list[Row], list[Row]]:
        """What is mine and what waits, each most urgent first."""
        if self._sorted is None:
            mine, waiting = self._held.values(), (row for row in self._waiting.values() if row.name not in self.mine)
            self._sorted = (sorted(mine, key=_order), sorted(waiting, key=_order))
        return self._sorted

    def row(self, name: str) -> Row | None:
        """The row of a task that is mine or waits."""
        return self._held.get(name) or self._waiting.get(name)

    def message(self, name: str) -> task_pb2.Task | None:
        """A waiting task as the stream told it: without its payload."""
        return self._messages.get(name)

    def follow(self, event: review_service_pb2.StreamResponse | None) -> None:
        """Takes over one event; None where a connection begins."""
        if event is None:
            self._begin()
        elif event.type == review_service_pb2.STREAM_EVENT_TYPE_SYNCED:
            self._synced()
        else:
            self.link = Link.LIVE if self.link is Link.LIVE else Link.SYNCING
            if event.HasField("task"):
                self._task(event.type, event.task)
        self._touch()

    def drop(self, name: str) -> None:
        """The task is no longer mine."""
        self.mine.pop(name, None)
        self._held.pop(name, None)
        self._touch()

    def reread(self, message: task_pb2.Task) -> None:
        """Takes over a task that was read whole, if it is still mine."""
        task = self.mine.get(message.name)
        if task is not None and task.token == message.lease.token:
            self._update(task, message)
            self._touch()

    def _update(self, task: ReviewTask, message: task_pb2.Task) -> None:
        before = task.decision.payload_hash
        task.update(message)
        if task.decision.payload_hash != before:
            self.amended(task)

    def sweep(self) -> None:
        """Lets go of tasks whose lease is gone, and tells of each."""
        for task in [task for task in self.mine.values() if task.lost.is_set()]:
            self.drop(task.name)
            self.lost(task)

    def _begin(self) -> None:
        self.link = Link.CONNECTING if self.link is Link.CONNECTING else Link.LOST
        self._seen.clear()

    def _synced(self) -> None:
        """What was known before the connection was lost, and was not told again, has gone."""
        self.link = Link.LIVE
        for name in [name for name in self._waiting if name not in self._seen]:
            self._forget(name)
        for name, task in list(self.mine.items()):
            if name not in self._seen:
                task.verify()

    def _task(self, kind: review_service_pb2.StreamEventType.ValueType, task: task_pb2.Task) -> None:
        self._seen.add(task.name)
        if kind == review_service_pb2.STREAM_EVENT_TYPE_LEASED:
            self._leased(task)
        elif kind == review_service_pb2.STREAM_EVENT_TYPE_CHANGED:
            self._changed(task)
        elif kind == review_service_pb2.STREAM_EVENT_TYPE_REMOVED:
            self._forget(task.name)
            if task.name in self.mine:
                self.mine[task.name].lose()
                self.sweep()

    def _changed(self, task: task_pb2.Task) -> None:
        if task.name in self.mine:
            self._held[task.name] = row_of(task)
            self._told(self.mine[task.name], task)
        elif task.state in _OPEN:
            self._waiting[task.name], self._messages[task.name] = row_of(task), task
        else:
            self._forget(task.name)

    def _told(self, known: ReviewTask, task: task_pb2.Task) -> None:
        if task.decision.HasField("prediction") or task.decision.HasField("input"):
            self._update(known, task)
        elif task.decision.payload_hash != known.decision.payload_hash:
            self.stale(task.name)
        else:
            # Told without its payload, which is the same.
            known.info = replace(task_of(task), decision=known.decision, presentation=known.info.presentation)

    def _leased(self, task: task_pb2.Task) -> None:
        token, known = task.lease.token, self.mine.get(task.name)
        if token in self._settled:
            return  # sent before the server had our verdict
        self._forget(task.name)
        self._held[task.name] = row_of(task)
        if known is not None and known.token == token and known.open:
            self._update(known, task)
            return
        if known is not None:
            known.lose()
        fresh = self.link is Link.LIVE
        self.mine[task.name] = ReviewTask(self._caller, task, self._settled.append, fresh=fresh, wanted=self._wanted)

    def _forget(self, name: str) -> None:
        self._waiting.pop(name, None)
        self._messages.pop(name, None)

    def _touch(self) -> None:
        self._sorted = None
        self.changed()


def row_of(task: task_pb2.Task) -> Row:
    """A task's row."""
    decision = task.decision
    return Row(
        task.name,
        decision.action,
        _about(decision),
        task.queue,
        task.urgency,
        _seconds(task.create_time if task.HasField("create_time") else decision.create_time),
        _seconds(task.expire_time),
        task.presentation.effect,
        _reason(decision),
        decision.confidence if decision.HasField("confidence") else None,
    )


def _reason(decision: decision_pb2.Decision) -> str:
    reasons = sorted(decision.routing.reasons, key=lambda reason: _STRICTNESS.get(reason.route, 2))
    if not reasons:
        return ""
    more = f" (+{len(reasons) - 1})" if len(reasons) > 1 else ""
    return f"{reasons[0].text or reasons[0].rule}{more}"


def _about(decision: decision_pb2.Decision) -> str:
    facts = decision.attributes
    amount = amount_text(facts.amount.value, facts.currency) if facts.HasField("amount") else ""
    kept = is_masked("attributes.subject", facts.subject, decision.masked_fields)
    return " ".join(part for part in (amount, "" if kept else facts.subject) if part)


def _seconds(stamp: timestamp_pb2.Timestamp) -> float:
    return stamp.seconds + stamp.nanos / 1e9


def _order(row: Row) -> tuple[int, float, str]:
    return row.order
