"""What a stream reports, as the contract has it: made once for all watchers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, TypeAlias

from andon.rpc.convert import Estimator, LeaseWriter, task_message
from andon.store.values import Job
from andon.usecases.estimates import WaitEstimate
from andon.usecases.seat import EventType, StreamEvent
from andon_client._gen.andon.v1 import review_service_pb2

Response: TypeAlias = review_service_pb2.StreamResponse

MOST_EVENTS: Final = 8_192
MOST_BYTES: Final = 32 << 20


class EventWriter:
    """Writes events. Without input, prediction and reasoning an event is the same for all but the lease's holder.

    So many callers may be given one message: none of them changes it. Kept are the last ones, within both bounds.
    """

    def __init__(self, leases: LeaseWriter, estimate: Estimator) -> None:
        self._leases = leases
        self._estimate = estimate
        self._kept: OrderedDict[Hashable, tuple[Response, int]] = OrderedDict()
        self._bytes = 0

    def message(self, event: StreamEvent, *, full: bool, caller: str) -> Response:
        """An event for a caller. The lease's token is shown to its holder alone."""
        job = event.job
        if job is None:
            return Response(type=int(event.type))  # type: ignore[arg-type]  # the contract's number
        estimate = self._estimate(job.task.queue)
        if full or (job.task.lease is not None and job.task.lease.holder == caller):
            return self._written(event.type, job, estimate, full=full, caller=caller)
        key = _version(event.type, job, estimate)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept[0]
        message = self._written(event.type, job, estimate, full=False, caller="")
        self._keep(key, message)
        return message

    def _written(
        self, kind: EventType, job: Job, estimate: WaitEstimate | None, *, full: bool, caller: str
    ) -> Response:
        message = Response(type=int(kind))  # type: ignore[arg-type]  # the contract's number
        task_message(job, self._leases, full=full, token_for=caller, estimate=estimate, into=message.task)
        return message

    def _keep(self, key: Hashable, message: Response) -> None:
        size = message.ByteSize()
        self._kept[key] = message, size
        self._bytes += size
        while len(self._kept) > MOST_EVENTS or self._bytes > MOST_BYTES:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed


def _version(kind: EventType, job: Job, estimate: WaitEstimate | None) -> Hashable:
    """Everything that can change in what is told of a task without its payload."""
    task, ended = job.task, job.decision.resolution
    return (
        kind,
        task.id,
        task.state,
        task.queue,
        task.urgency,
        task.skills,
        task.expire_time,
        task.escalations,
        task.lease and (task.lease.holder, task.lease.expire_time, task.lease.epoch),
        task.first_lease_time,
        task.extensions,
        job.decision.payload_hash,
        job.decision.masked,
        job.decision.erase_time,
        job.decision.expire_time,
        ended and (ended.outcome, ended.resolved_by, ended.time),
        estimate,
    )
