"""ReviewService: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from andon.domain.decision import Decision
from andon.domain.principal import Principal
from andon.domain.task import OPEN, TaskState
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
from andon.rpc.events import EventWriter
from andon.rpc.pages import BASIC_STEP, FULL_STEP, fill_page, make_token, page_size, read_token
from andon.rpc.pipeline import Call
from andon.rpc.presentation import shown_of
from andon.rpc.sizes import decision_size, job_size
from andon.rpc.times import microseconds, timestamp
from andon.rpc.work import availability_of
from andon.store.values import Job, TaskQuery, position
from andon.usecases.availability import Availability, Presence
from andon.usecases.masking import Masks
from andon.usecases.review import GiveVerdict, ReviewCommand
from andon.usecases.seat import EventType, StreamEvent
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
        availability: Availability,
        masks: Masks,
    ) -> None:
        self._stream = stream
        self._verdicts = verdicts
        self._tasks = tasks
        self._reader = reader
        self._leases = leases
        self._estimate = estimate
        self._availability = availability
        self._masks = masks
        self._events = EventWriter(leases, estimate)

    async def Stream(  # the contract's name
        self, call: Call, request: review_service_pb2.StreamRequest
    ) -> AsyncGenerator[review_service_pb2.StreamResponse, None]:
        brief = _brief(request)
        async with aclosing(self._opened(call.caller, request, brief=brief)) as events:
            async for event in events:
                full = not brief or event.type is EventType.LEASED
                yield self._events.message(
                    await self._shown(call.caller, event, full=full), full=full, caller=call.caller.name
                )

    async def _shown(self, caller: Principal, event: StreamEvent, *, full: bool) -> StreamEvent:
        """The event as the caller may see it. That they are given what is sensitive is recorded, unless a lease is."""
        if event.job is None:
            return event
        if event.type is not EventType.LEASED:
            await self._masks.shown_work(caller, [event.job], full=full)
        return event._replace(job=self._masks.job(caller, event.job))

    def _opened(
        self, caller: Principal, request: review_service_pb2.StreamRequest, *, brief: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        queues, credits = frozenset(request.queues), request.credits or 1
        if request.mode == review_service_pb2.STREAM_MODE_WATCH:
            return self._stream.watch(caller, queues, brief=brief)
        if request.mode == review_service_pb2.STREAM_MODE_LEASE_AND_WATCH:
            return self._stream.lease_and_watch(caller, queues, credits, brief=brief)
        return self._stream.lease(caller, queues, credits)

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
            shown=shown_of(request.shown) if request.HasField("shown") else None,
        )
        settled = await self._verdicts(call.caller, command)
        task, decision = settled.job.task, self._masks.of(call.caller, settled.job.decision)
        return review_service_pb2.ReviewResponse(
            review=review_message(self._masks.review(decision, settled.review)),
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
        skip = request.reason != review_service_pb2.RELEASE_REASON_AWAY
        task = await self._tasks.release(
            call.caller, _id(request.name), request.lease_token, request.comment, skip=skip
        )
        return review_service_pb2.ReleaseTaskResponse(task=bare_task_message(task, self._leases))

    async def EscalateTask(
        self, call: Call, request: review_service_pb2.EscalateTaskRequest
    ) -> review_service_pb2.EscalateTaskResponse:
        task = await self._tasks.escalate(call.caller, _id(request.name), request.lease_token, request.comment)
        return review_service_pb2.EscalateTaskResponse(task=bare_task_message(task, self._leases))

    async def ExtendDeadline(
        self, call: Call, request: review_service_pb2.ExtendDeadlineRequest
    ) -> review_service_pb2.ExtendDeadlineResponse:
        task = await self._tasks.extend(
            call.caller, _id(request.name), request.lease_token, request.comment, request.request_id
        )
        message = bare_task_message(task, self._leases, token_for=call.caller.name)
        return review_service_pb2.ExtendDeadlineResponse(task=message)

    async def SetAvailability(
        self, call: Call, request: review_service_pb2.SetAvailabilityRequest
    ) -> review_service_pb2.SetAvailabilityResponse:
        resume = microseconds(request.resume_time) if request.HasField("resume_time") else None
        available = request.availability == review_service_pb2.AVAILABILITY_AVAILABLE
        presence = await self._availability.set(call.caller, Presence(available, resume))
        response = review_service_pb2.SetAvailabilityResponse(availability=availability_of(presence))
        if presence.resume_time is not None:
            response.resume_time.CopyFrom(timestamp(presence.resume_time))
        return response

    async def GetTask(
        self, call: Call, request: review_service_pb2.GetTaskRequest
    ) -> review_service_pb2.GetTaskResponse:
        job = await self._tasks.open(call.caller, _id(request.name))
        lease = job.task.lease
        if lease is None or lease.holder != call.caller.name:
            await self._masks.shown_work(call.caller, [job])
        return review_service_pb2.GetTaskResponse(task=self._task(job, full=True, caller=call.caller))

    async def ListEarlierDecisions(
        self, call: Call, request: review_service_pb2.ListEarlierDecisionsRequest
    ) -> review_service_pb2.ListEarlierDecisionsResponse:
        job = await self._tasks.get(call.caller, _id(request.name))
        start = read_token(request, request.page_token, int)[0] if request.page_token else None
        response = review_service_pb2.ListEarlierDecisionsResponse()

        async def fetch(last: Decision | None, wanted: int) -> Sequence[Decision]:
            found = await self._tasks.earlier(call.caller, job, start if last is None else last.sequence, wanted)
            await self._masks.shown(call.caller, found, full=False)
            return found

        def put(decision: Decision) -> int:
            shown = self._masks.of(call.caller, decision)
            decision_message(shown, estimate=self._estimate(decision.queue), into=response.decisions.add())
            return decision_size(decision, full=False)

        if last := await fill_page(page_size(request.page_size), BASIC_STEP, fetch, put):
            response.next_page_token = make_token(request, last.sequence)
        return response

    async def ListTasks(
        self, call: Call, request: review_service_pb2.ListTasksRequest
    ) -> review_service_pb2.ListTasksResponse:
        start = _place(request) if request.page_token else None
        full = request.view == decision_pb2.DECISION_VIEW_FULL
        query = _query(request, brief=not full)
        response = review_service_pb2.ListTasksResponse()

        async def fetch(last: Job | None, wanted: int) -> Sequence[Job]:
            after = start if last is None else position(last.task)
            found = await self._tasks.list(call.caller, replace(query, limit=wanted, after=after))
            await self._masks.shown_work(call.caller, found, full=full)
            return found

        def put(job: Job) -> int:
            message = self._task(job, full=full, caller=call.caller)
            response.tasks.append(message)
            return job_size(job, full=full) + message.presentation.ByteSize()

        limit = page_size(request.page_size)
        if last := await fill_page(limit, FULL_STEP if full else BASIC_STEP, fetch, put):
            response.next_page_token = make_token(request, *position(last.task))
        return response

    def _task(self, job: Job, *, full: bool, caller: Principal) -> task_pb2.Task:
        shown, estimate = self._masks.job(caller, job), self._estimate(job.task.queue)
        return task_message(shown, self._leases, full=full, token_for=caller.name, estimate=estimate)


def _brief(request: review_service_pb2.StreamRequest) -> bool:
    """Whether changes come without what may be large."""
    if not request.view:
        return request.mode in (review_service_pb2.STREAM_MODE_WATCH, review_service_pb2.STREAM_MODE_LEASE_AND_WATCH)
    return request.view == decision_pb2.DECISION_VIEW_BASIC


def _query(request: review_service_pb2.ListTasksRequest, *, brief: bool) -> TaskQuery:
    queues = frozenset({request.filter.queue}) if request.filter.queue else None
    states = frozenset({TaskState(request.filter.state)}) if request.filter.state else OPEN
    return TaskQuery(0, queues, states, brief=brief)


def _place(request: review_service_pb2.ListTasksRequest) -> tuple[int, int, str]:
    urgency, expire_time, identity = read_token(request, request.page_token, int, int, str)
    return urgency, expire_time, identity


def _id(name: str) -> str:
    return name.partition("/")[2]
