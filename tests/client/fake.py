"""A small stand-in for the server: the contract's behaviour on dictionaries, with faults on demand."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import grpc
import grpc.aio
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from andon_client._gen.andon.v1 import (
    decision_pb2,
    decision_service_pb2,
    feedback_service_pb2,
    review_service_pb2,
    session_service_pb2,
    task_pb2,
)
from tests.client.notary import Notary

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

LEASE = timedelta(seconds=60)
START = datetime(2026, 11, 1, tzinfo=UTC)


class Fault(Exception):
    """What the next call of a method fails with."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str = "",
        *,
        message: str = "fault",
        retry: float | None = None,
        metadata: dict[str, str] | None = None,
        fields: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status_pb2.Status(code=code.value[0], message=message)
        if reason:
            self._add(error_details_pb2.ErrorInfo(reason=reason, domain="andon.dev", metadata=metadata or {}))
        if retry is not None:
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(round(retry * 1000))
            self._add(error_details_pb2.RetryInfo(retry_delay=delay))
        if fields:
            faults = error_details_pb2.BadRequest()
            for path, text in fields.items():
                faults.field_violations.add(field=path, description=text)
            self._add(faults)

    def _add(self, detail: Any) -> None:
        packed = any_pb2.Any()
        packed.Pack(detail)
        self.status.details.append(packed)


def unavailable() -> Fault:
    return Fault(grpc.StatusCode.UNAVAILABLE, "DRAINING")


class State:
    """What outlives a restart, and what was seen."""

    def __init__(self) -> None:
        self.decisions: dict[str, decision_pb2.Decision] = {}
        self.by_request: dict[str, str] = {}
        self.tasks: dict[str, task_pb2.Task] = {}
        self.samples: list[feedback_service_pb2.Sample] = []
        self.rates: list[feedback_service_pb2.OverrideRate] = []
        self.reviews: list[review_service_pb2.ReviewRequest] = []
        self.answers: dict[str, review_service_pb2.ReviewResponse] = {}
        self.calls: list[tuple[str, Any]] = []
        self.metadata: list[dict[str, Any]] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.lose_answer: deque[str] = deque()
        self.hold = 0
        self.max_wait: float | None = None
        self.schema: dict[str, Any] | None = None
        self.presentation: task_pb2.Presentation | None = None
        self.earlier: list[decision_pb2.Decision] = []
        self.events: list[decision_service_pb2.DecisionEvent] = []
        self.notary = Notary()
        self.changed = asyncio.Condition()
        self.called: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.extended: set[str] = set()
        self.session = session_service_pb2.Session(principal="anna")
        self.release_streams = asyncio.Event()
        self.streams: set[asyncio.Queue[review_service_pb2.StreamResponse]] = set()

    def count(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)

    def fail(self, method: str, *faults: Fault) -> None:
        self.faults[method].extend(faults)

    async def begin(self, method: str, request: Any, context: Context) -> None:
        """Notes the call; fails it where a fault is waiting."""
        self.calls.append((method, request))
        self.metadata.append(dict(context.invocation_metadata() or ()))
        self.called[method].set()
        async with self.changed:
            self.changed.notify_all()
        if self.faults[method]:
            await self.abort(context, self.faults[method].popleft())

    async def abort(self, context: Context, fault: Fault) -> None:
        trailing = (("grpc-status-details-bin", fault.status.SerializeToString()), ("x-request-id", "log-1"))
        await context.abort(fault.code, fault.status.message, trailing)

    async def end(self, method: str, context: Context) -> None:
        """Loses the answer of a call that was carried out, where asked to."""
        if self.lose_answer and self.lose_answer[0] == method:
            self.lose_answer.popleft()
            await self.abort(context, unavailable())

    def amend(self, name: str, proposed: decision_pb2.Decision) -> None:
        """Puts another prediction in the place of a decision's."""
        decision = self.decisions[name]
        decision.prediction.CopyFrom(proposed.prediction)
        decision.payload_hash = self.notary.payload_hash(decision)
        decision.amendments += 1

    async def resolve(
        self,
        name: str,
        outcome: decision_pb2.Outcome.ValueType,
        comment: str = "",
        corrected: Any = None,
        default: decision_pb2.TimeoutDefault.ValueType = decision_pb2.TIMEOUT_DEFAULT_UNSPECIFIED,
    ) -> None:
        decision = self.decisions[name]
        decision.state = decision_pb2.DECISION_STATE_RESOLVED
        decision.resolution.outcome = outcome
        decision.resolution.comment = comment
        decision.resolution.timeout_default = default
        decision.resolution.resolved_by = "reviewer"
        decision.resolution.resolve_time.FromDatetime(START)
        if corrected is not None:
            decision.resolution.corrected_prediction.CopyFrom(corrected)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, predicate: Callable[[], bool]) -> None:
        async with self.changed:
            await self.changed.wait_for(predicate)

    def admit(self, request: decision_service_pb2.SubmitRequest) -> decision_pb2.Decision:
        """Routes by confidence: from 0.85 it passes; actions that begin with `blocked` are refused."""
        if request.request_id in self.by_request:
            return self.decisions[self.by_request[request.request_id]]
        number = len(self.decisions) + 1
        decision = decision_pb2.Decision()
        decision.CopyFrom(request.decision)
        decision.name = f"decisions/00000000-0000-7000-8000-{number:012d}"
        decision.sequence = number
        decision.submitter = "service"
        decision.state = decision_pb2.DECISION_STATE_PENDING
        decision.payload_hash = self.notary.payload_hash(decision)
        decision.create_time.FromDatetime(START)
        self._route(decision)
        self.decisions[decision.name] = decision
        self.by_request[request.request_id] = decision.name
        return decision

    def _route(self, decision: decision_pb2.Decision) -> None:
        routing, resolution = decision.routing, decision.resolution
        if decision.action.startswith("blocked"):
            routing.route = decision_pb2.ROUTE_BLOCK
            routing.reasons.add(rule="never", text="never do this", route=decision_pb2.ROUTE_BLOCK)
            resolution.outcome = decision_pb2.OUTCOME_BLOCKED
        elif decision.confidence >= 0.85:
            routing.route = decision_pb2.ROUTE_AUTO_APPROVE
            resolution.outcome = decision_pb2.OUTCOME_AUTO_APPROVED
        else:
            routing.route = decision_pb2.ROUTE_REVIEW
            routing.reasons.add(rule="confidence", text="low confidence", route=decision_pb2.ROUTE_REVIEW)
            decision.ClearField("resolution")
            decision.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
            self._hold(decision)
            return
        decision.state = decision_pb2.DECISION_STATE_RESOLVED

    def _hold(self, decision: decision_pb2.Decision) -> None:
        task = task_pb2.Task(
            name=decision.name.replace("decisions/", "tasks/"),
            kind=task_pb2.TASK_KIND_GATE,
            state=task_pb2.TASK_STATE_WAITING,
            decision=decision,
            queue="default",
            priority=task_pb2.PRIORITY_HIGH,
            urgency=20,
        )
        task.expire_time.CopyFrom(decision.expire_time)
        if self.schema is not None:
            task.correction_schema.update(self.schema)
        if self.presentation is not None:
            task.presentation.CopyFrom(self.presentation)
        task.create_time.CopyFrom(decision.create_time)
        decision.task = task.name
        self.tasks[task.name] = task

    def lease(self, name: str) -> task_pb2.Task:
        """Leases a task to the one reviewer, as of now."""
        task = self.tasks[name]
        now = datetime.now(UTC)
        task.state = task_pb2.TASK_STATE_LEASED
        task.lease.holder = "reviewer"
        task.lease.epoch += 1
        task.lease.token = f"{name}#{task.lease.epoch}"
        task.lease.expire_time.FromDatetime(now + LEASE)
        task.lease.duration.FromTimedelta(LEASE)
        if not task.HasField("first_lease_time"):
            task.first_lease_time.FromDatetime(now)
        return task

    def send(self, kind: review_service_pb2.StreamEventType.ValueType, task: task_pb2.Task | None = None) -> None:
        """Sends an event on every open stream."""
        for stream in self.streams:
            stream.put_nowait(review_service_pb2.StreamResponse(type=kind, task=task))

    def event(self, kind: str, actor: str) -> decision_service_pb2.DecisionEvent:
        """Something that happened to a decision."""
        event = decision_service_pb2.DecisionEvent(
            type=decision_service_pb2.DecisionEventType.Value(f"DECISION_EVENT_TYPE_{kind}"), actor=actor
        )
        event.create_time.FromDatetime(START)
        return event

    def remove(self, name: str) -> None:
        """Tells the reviewer that a task is not theirs any more."""
        self.tasks[name].ClearField("lease")
        self.send(review_service_pb2.STREAM_EVENT_TYPE_REMOVED, self.tasks[name])


def basic(decision: decision_pb2.Decision) -> decision_pb2.Decision:
    """Without what answers leave out."""
    copy = decision_pb2.Decision()
    copy.CopyFrom(decision)
    for field in ("input", "prediction", "reasoning"):
        copy.ClearField(field)
    return copy


def brief(task: task_pb2.Task) -> task_pb2.Task:
    """A task as a watcher of long queues gets it."""
    copy = task_pb2.Task()
    copy.CopyFrom(task)
    copy.decision.CopyFrom(basic(task.decision))
    return copy
