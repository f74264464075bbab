"""ReviewService: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from andon.domain.task import TaskState
from andon.rpc.convert import (
    Estimator,
    LeaseWriter,
    ProposalReader,
    bare_task_message,
    decision_message,
    review_message,
    task_message,
    verdict_of,
)
from andon.rpc.pages import BASIC_STEP, FULL_STEP, fill_page, make_token, page_size, read_token
from andon.rpc.pipeline import Call
from andon.rpc.sizes import job_size
from andon.store.port import Job, TaskQuery, position
from andon.usecases.review import GiveVerdict, ReviewCommand
from andon.usecases.seats import StreamEvent
from andon.usecases.stream import Stream
from andon.usecases.tasks import Tasks
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2


class ReviewEndpoints:
    """One method for each RPC of ReviewService, named as it is."""

    def __init__(
        self,
        stream: Stream,
        verdicts: GiveVerdict,
        tasks: Tasks,
        reader: ProposalReader,
        leases: LeaseWriter,
        estimate: Estimator,
    ) -> None:
        self._stream = stream
        self._verdicts = verdicts
        self._tasks = tasks
        self._reader = reader
        self._leases = leases
        self._estimate = estimate

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
                yield self._event(event, full=not watching, caller=call.caller.name)

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
        task, decision = settled.job.task, settled.job.decision
        return review_service_pb2.ReviewResponse(
            review=review_message(settled.review),
            decision=decision_message(decision, estimate=self._estimate(task.queue)),
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
        start = _place(request) if request.page_token else None
        full = request.view == decision_pb2.DECISION_VIEW_FULL
        response = review_service_pb2.ListTasksResponse()

        async def fetch(last: Job | None, wanted: int) -> Sequence[Job]:
            after = start if last is None else position(last.task)
            return await self._tasks.list(call.caller, _query(request, wanted, after))

        def put(job: Job) -> int:
            response.tasks.append(self._task(job, full=full, caller=call.caller.name))
            return job_size(job, full=full)

        limit = page_size(request.page_size)
        if last := await fill_page(limit, FULL_STEP if full else BASIC_STEP, fetch, put):
            response.next_page_token = make_token(request, *position(last.task))
        return response

    def _task(self, job: Job, *, full: bool, caller: str) -> task_pb2.Task:
        estimate = self._estimate(job.task.queue)
        return task_message(job, self._leases, full=full, token_for=caller, estimate=estimate)

    def _event(self, event: StreamEvent, *, full: bool, caller: str) -> review_service_pb2.StreamResponse:
        kind = int(event.type)
        message = review_service_pb2.StreamResponse(type=kind)  # type: ignore[arg-type]  # the contract's number
        if event.job is not None:
            message.task.CopyFrom(self._task(event.job, full=full, caller=caller))
        return message


def _query(request: review_service_pb2.ListTasksRequest, limit: int, after: tuple[int, int, str] | None) -> TaskQuery:
    query = TaskQuery(
        limit=limit,
        queues=frozenset({request.filter.queue}) if request.filter.queue else None,
        after=after,
    )
    if not request.filter.state:
        return query
    return TaskQuery(limit, query.queues, frozenset({TaskState(request.filter.state)}), query.after)


def _place(request: review_service_pb2.ListTasksRequest) -> tuple[int, int, str]:
    urgency, expire_time, identity = read_token(request, request.page_token, int, int, str)
    return urgency, expire_time, identity


def _id(name: str) -> str:
    return name.partition("/")[2]
