"""ReviewService: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from andon.domain.task import TaskState
from andon.rpc.convert import (
    LeaseWriter,
    ProposalReader,
    bare_task_message,
    decision_message,
    review_message,
    task_message,
    verdict_of,
)
from andon.rpc.pages import make_token, page_size, read_token
from andon.rpc.pipeline import Call
from andon.store.port import TaskQuery, position
from andon.usecases.review import GiveVerdict, ReviewCommand
from andon.usecases.seats import StreamEvent
from andon.usecases.stream import Stream
from andon.usecases.tasks import Tasks
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2


class ReviewEndpoints:
    """One method for each RPC of ReviewService, named as it is."""

    def __init__(
        self, stream: Stream, verdicts: GiveVerdict, tasks: Tasks, reader: ProposalReader, leases: LeaseWriter
    ) -> None:
        self._stream = stream
        self._verdicts = verdicts
        self._tasks = tasks
        self._reader = reader
        self._leases = leases

    async def Stream(  # the contract's name
        self, call: Call, request: review_service_pb2.StreamRequest
    ) -> AsyncGenerator[review_service_pb2.StreamResponse, None]:
        queues = frozenset(request.queues)
        watching = request.mode == review_service_pb2.STREAM_MODE_WATCH
        events = (
            self._stream.watch(call.caller, queues)
            if watching
            else self._stream.lease(call.caller, queues, request.credits or 1)
        )
        async with aclosing(events):
            async for event in events:
                yield _event(event, self._leases, full=not watching, holder=call.caller.name)

    async def Review(self, call: Call, request: review_service_pb2.ReviewRequest) -> review_service_pb2.ReviewResponse:
        correction = None
        if request.HasField("corrected_prediction"):
            correction = self._reader.correction(request.corrected_prediction)
        command = ReviewCommand(
            task_id=_id(request.name),
            lease_token=request.lease_token,
            payload_hash=request.payload_hash,
            verdict=verdict_of(request.verdict),
            corrected_prediction=correction,
            comment=request.comment,
            request_id=request.request_id,
        )
        settled = await self._verdicts(call.caller, command)
        return review_service_pb2.ReviewResponse(
            review=review_message(settled.review), decision=decision_message(settled.job.decision)
        )

    async def RenewLease(
        self, call: Call, request: review_service_pb2.RenewLeaseRequest
    ) -> review_service_pb2.RenewLeaseResponse:
        task = await self._tasks.renew(call.caller, _id(request.name), request.lease_token)
        assert task.lease is not None
        return review_service_pb2.RenewLeaseResponse(lease=self._leases.message(task.lease, token_for=call.caller.name))

    async def ReleaseTask(
        self, call: Call, request: review_service_pb2.ReleaseTaskRequest
    ) -> review_service_pb2.ReleaseTaskResponse:
        task = await self._tasks.release(call.caller, _id(request.name), request.lease_token, request.comment)
        return review_service_pb2.ReleaseTaskResponse(task=bare_task_message(task, self._leases))

    async def EscalateTask(
        self, call: Call, request: review_service_pb2.EscalateTaskRequest
    ) -> review_service_pb2.EscalateTaskResponse:
        task = await self._tasks.escalate(call.caller, _id(request.name), request.lease_token, request.comment)
        return review_service_pb2.EscalateTaskResponse(task=bare_task_message(task, self._leases))

    async def ListTasks(
        self, call: Call, request: review_service_pb2.ListTasksRequest
    ) -> review_service_pb2.ListTasksResponse:
        limit = page_size(request.page_size)
        found = await self._tasks.list(call.caller, _query(request, limit + 1))
        full = request.view == decision_pb2.DECISION_VIEW_FULL
        more = len(found) > limit
        return review_service_pb2.ListTasksResponse(
            tasks=[task_message(job, self._leases, full=full, token_for=call.caller.name) for job in found[:limit]],
            next_page_token=make_token(request, *position(found[limit - 1].task)) if more else "",
        )


def _event(event: StreamEvent, leases: LeaseWriter, *, full: bool, holder: str) -> review_service_pb2.StreamResponse:
    message = review_service_pb2.StreamResponse(type=int(event.type))  # type: ignore[arg-type]  # the contract's number
    if event.job is not None:
        message.task.CopyFrom(task_message(event.job, leases, full=full, token_for=holder))
    return message


def _query(request: review_service_pb2.ListTasksRequest, limit: int) -> TaskQuery:
    query = TaskQuery(
        limit=limit,
        queues=frozenset({request.filter.queue}) if request.filter.queue else None,
        after=_place(request) if request.page_token else None,
    )
    if not request.filter.state:
        return query
    return TaskQuery(limit, query.queues, frozenset({TaskState(request.filter.state)}), query.after)


def _place(request: review_service_pb2.ListTasksRequest) -> tuple[int, int, str]:
    urgency, expire_time, identity = read_token(request, request.page_token, int, int, str)
    return urgency, expire_time, identity


def _id(name: str) -> str:
    return name.partition("/")[2]
