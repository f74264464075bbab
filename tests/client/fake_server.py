"""The stand-in's services on a real port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import grpc
import grpc.aio

from andon_client._gen.andon.v1 import (
    decision_pb2,
    decision_service_pb2,
    decision_service_pb2_grpc,
    feedback_service_pb2,
    feedback_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
    task_pb2,
)
from tests.client.fake import LEASE, Context, Fault, State, basic, brief


class Decisions(decision_service_pb2_grpc.DecisionServiceServicer):
    def __init__(self, state: State) -> None:
        self._state = state

    async def Submit(self, request: Any, context: Any) -> decision_service_pb2.SubmitResponse:
        await self._state.begin("Submit", request, context)
        if request.validate_only:
            response = decision_service_pb2.SubmitResponse(decision=request.decision)
            response.explanation.nearest_change = "auto-approved if confidence ≥ 0.85"
            response.explanation.rules.add(
                rule="big", matched=True, route=decision_pb2.ROUTE_REVIEW, text="large amount"
            )
            return response
        decision = self._state.admit(request)
        await self._state.end("Submit", context)
        await self._held(decision, request)
        return decision_service_pb2.SubmitResponse(decision=basic(self._state.decisions[decision.name]))

    async def BatchSubmit(self, request: Any, context: Any) -> decision_service_pb2.BatchSubmitResponse:
        await self._state.begin("BatchSubmit", request, context)
        response = decision_service_pb2.BatchSubmitResponse()
        for one in request.requests:
            if one.decision.confidence > 1:
                fault = Fault(
                    grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", fields={"decision.confidence": "max 1"}
                )
                response.results.add(error=fault.status)
            else:
                response.results.add(decision=basic(self._state.admit(one)))
        return response

    async def Wait(self, request: Any, context: Any) -> decision_service_pb2.WaitResponse:
        await self._state.begin("Wait", request, context)
        decision = await self._found(request.name, context)
        await self._held(decision, request)
        await self._state.end("Wait", context)
        return decision_service_pb2.WaitResponse(decision=basic(self._state.decisions[request.name]))

    async def GetDecision(self, request: Any, context: Any) -> decision_service_pb2.GetDecisionResponse:
        await self._state.begin("GetDecision", request, context)
        return decision_service_pb2.GetDecisionResponse(decision=await self._found(request.name, context))

    async def ListDecisions(self, request: Any, context: Any) -> decision_service_pb2.ListDecisionsResponse:
        await self._state.begin("ListDecisions", request, context)
        names = list(self._state.decisions)
        at = int(request.page_token or 0)
        page = names[at : at + 2]
        more = str(at + 2) if at + 2 < len(names) else ""
        return decision_service_pb2.ListDecisionsResponse(
            decisions=[basic(self._state.decisions[name]) for name in page], next_page_token=more
        )

    async def ListDecisionEvents(self, request: Any, context: Any) -> decision_service_pb2.ListDecisionEventsResponse:
        await self._state.begin("ListDecisionEvents", request, context)
        return decision_service_pb2.ListDecisionEventsResponse(events=self._state.events)

    async def CancelDecision(self, request: Any, context: Any) -> decision_service_pb2.CancelDecisionResponse:
        await self._state.begin("CancelDecision", request, context)
        await self._state.resolve(request.name, decision_pb2.OUTCOME_CANCELLED, request.comment)
        return decision_service_pb2.CancelDecisionResponse(decision=basic(self._state.decisions[request.name]))

    async def AmendDecision(self, request: Any, context: Any) -> decision_service_pb2.AmendDecisionResponse:
        await self._state.begin("AmendDecision", request, context)
        decision = await self._found(request.name, context)
        if decision.payload_hash != request.payload_hash:
            await self._state.abort(context, Fault(grpc.StatusCode.ABORTED, "PAYLOAD_CHANGED"))
        self._state.amend(request.name, request.decision)
        await self._state.end("AmendDecision", context)
        return decision_service_pb2.AmendDecisionResponse(decision=basic(decision))

    async def AppealDecision(self, request: Any, context: Any) -> decision_service_pb2.AppealDecisionResponse:
        await self._state.begin("AppealDecision", request, context)
        decision = await self._found(request.name, context)
        decision.appeals.add(level=len(decision.appeals) + 1, appellant="refund-service", comment=request.comment)
        return decision_service_pb2.AppealDecisionResponse(decision=decision)

    async def GetReceipt(self, request: Any, context: Any) -> decision_service_pb2.GetReceiptResponse:
        await self._state.begin("GetReceipt", request, context)
        decision = await self._found(request.name, context)
        return decision_service_pb2.GetReceiptResponse(receipt=self._state.notary.receipt(decision))

    async def Redeem(self, request: Any, context: Any) -> decision_service_pb2.RedeemResponse:
        await self._state.begin("Redeem", request, context)
        decision = await self._found(request.name, context)
        first = self._state.notary.redeemed.setdefault(decision.name, request.request_id)
        if first != request.request_id:
            fault = Fault(grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_REDEEMED", message="somebody was faster")
            await self._state.abort(context, fault)
        repeated = decision.HasField("redemption")
        if not repeated:
            decision.redemption.redeemer = "service"
            decision.redemption.create_time.GetCurrentTime()
        await self._state.end("Redeem", context)
        return decision_service_pb2.RedeemResponse(redemption=decision.redemption, repeated=repeated)

    async def _found(self, name: str, context: Context) -> decision_pb2.Decision:
        if name not in self._state.decisions:
            fault = Fault(grpc.StatusCode.NOT_FOUND, "DECISION_NOT_FOUND", message=f"{name} does not exist")
            await self._state.abort(context, fault)
        return self._state.decisions[name]

    async def _held(self, decision: decision_pb2.Decision, request: Any) -> None:
        state = self._state
        span = request.wait.ToTimedelta().total_seconds()
        span = span if state.max_wait is None else min(span, state.max_wait)
        try:
            async with asyncio.timeout(span):
                await state.until(lambda: _ended(state.decisions[decision.name], getattr(request, "level", 0)))
        except TimeoutError:
            pass


def _ended(decision: decision_pb2.Decision, level: int) -> bool:
    if level:
        return any(appeal.level == level and appeal.HasField("resolution") for appeal in decision.appeals)
    return decision.state == decision_pb2.DECISION_STATE_RESOLVED


class Reviews(review_service_pb2_grpc.ReviewServiceServicer):
    def __init__(self, state: State) -> None:
        self._state = state

    async def Stream(self, request: Any, context: Any) -> AsyncGenerator[review_service_pb2.StreamResponse, None]:
        state = self._state
        await state.begin("Stream", request, context)
        queue: asyncio.Queue[review_service_pb2.StreamResponse] = asyncio.Queue()
        for event in self._standing(request.mode):
            yield event
        yield review_service_pb2.StreamResponse(type=review_service_pb2.STREAM_EVENT_TYPE_SYNCED)
        state.streams.add(queue)
        async with state.changed:
            state.changed.notify_all()
        try:
            ended = asyncio.ensure_future(state.release_streams.wait())
            while not ended.done():
                got = asyncio.ensure_future(queue.get())
                await asyncio.wait({got, ended}, return_when=asyncio.FIRST_COMPLETED)
                if got.done():
                    yield got.result()
                else:
                    got.cancel()
        finally:
            state.streams.discard(queue)

    def _standing(self, mode: int) -> list[review_service_pb2.StreamResponse]:
        watching = mode == review_service_pb2.STREAM_MODE_WATCH
        both = mode == review_service_pb2.STREAM_MODE_LEASE_AND_WATCH
        told = []
        for task in self._state.tasks.values():
            leased = task.state == task_pb2.TASK_STATE_LEASED
            if leased and not watching:
                told.append(_event(review_service_pb2.STREAM_EVENT_TYPE_LEASED, task))
            elif watching or (both and task.state == task_pb2.TASK_STATE_WAITING):
                told.append(_event(review_service_pb2.STREAM_EVENT_TYPE_CHANGED, brief(task) if both else task))
        return sorted(told, key=lambda event: event.type)

    async def Review(self, request: Any, context: Any) -> review_service_pb2.ReviewResponse:
        state = self._state
        await state.begin("Review", request, context)
        if request.request_id in state.answers:
            return state.answers[request.request_id]
        task = await self._leased(request, context)
        state.reviews.append(request)
        outcome = {
            task_pb2.VERDICT_APPROVE: decision_pb2.OUTCOME_APPROVED,
            task_pb2.VERDICT_REJECT: decision_pb2.OUTCOME_REJECTED,
            task_pb2.VERDICT_CORRECT: decision_pb2.OUTCOME_CORRECTED,
        }[request.verdict]
        corrected = request.corrected_prediction if request.HasField("corrected_prediction") else None
        if not task.HasField("quorum"):
            await state.resolve(task.decision.name, outcome, request.comment, corrected)
        task.state = task_pb2.TASK_STATE_REVIEWED
        response = review_service_pb2.ReviewResponse(decision=basic(state.decisions[task.decision.name]))
        response.review.task, response.review.verdict = task.name, request.verdict
        response.review.comment = request.comment
        state.answers[request.request_id] = response
        await state.end("Review", context)
        return response

    async def RenewLease(self, request: Any, context: Any) -> review_service_pb2.RenewLeaseResponse:
        await self._state.begin("RenewLease", request, context)
        task = await self._leased(request, context)
        task.lease.expire_time.FromDatetime(datetime.now(UTC) + LEASE)
        return review_service_pb2.RenewLeaseResponse(lease=task.lease)

    async def ExtendDeadline(self, request: Any, context: Any) -> review_service_pb2.ExtendDeadlineResponse:
        await self._state.begin("ExtendDeadline", request, context)
        task = await self._leased(request, context)
        if request.request_id not in self._state.extended:
            self._state.extended.add(request.request_id)
            task.extensions += 1
            task.ClearField("extension")
        await self._state.end("ExtendDeadline", context)
        told = task_pb2.Task()
        told.CopyFrom(task)
        told.ClearField("decision")
        return review_service_pb2.ExtendDeadlineResponse(task=told)

    async def SetAvailability(self, request: Any, context: Any) -> review_service_pb2.SetAvailabilityResponse:
        await self._state.begin("SetAvailability", request, context)
        return review_service_pb2.SetAvailabilityResponse(availability=request.availability)

    async def ReleaseTask(self, request: Any, context: Any) -> review_service_pb2.ReleaseTaskResponse:
        await self._state.begin("ReleaseTask", request, context)
        task = await self._leased(request, context)
        task.state = task_pb2.TASK_STATE_WAITING
        await self._state.end("ReleaseTask", context)
        return review_service_pb2.ReleaseTaskResponse(task=task)

    async def EscalateTask(self, request: Any, context: Any) -> review_service_pb2.EscalateTaskResponse:
        await self._state.begin("EscalateTask", request, context)
        task = await self._leased(request, context)
        task.state, task.queue = task_pb2.TASK_STATE_WAITING, "leads"
        return review_service_pb2.EscalateTaskResponse(task=task)

    async def GetTask(self, request: Any, context: Any) -> review_service_pb2.GetTaskResponse:
        await self._state.begin("GetTask", request, context)
        return review_service_pb2.GetTaskResponse(task=self._state.tasks[request.name])

    async def ListEarlierDecisions(self, request: Any, context: Any) -> review_service_pb2.ListEarlierDecisionsResponse:
        await self._state.begin("ListEarlierDecisions", request, context)
        return review_service_pb2.ListEarlierDecisionsResponse(decisions=self._state.earlier)

    async def ListTasks(self, request: Any, context: Any) -> review_service_pb2.ListTasksResponse:
        await self._state.begin("ListTasks", request, context)
        return review_service_pb2.ListTasksResponse(tasks=self._state.tasks.values())

    async def _leased(self, request: Any, context: Context) -> task_pb2.Task:
        task = self._state.tasks[request.name]
        if task.state != task_pb2.TASK_STATE_LEASED or task.lease.token != request.lease_token:
            await self._state.abort(context, Fault(grpc.StatusCode.ABORTED, "LEASE_LOST", message="lease lost"))
        return task


class Feedback(feedback_service_pb2_grpc.FeedbackServiceServicer):
    def __init__(self, state: State) -> None:
        self._state = state

    async def ListSamples(self, request: Any, context: Any) -> feedback_service_pb2.ListSamplesResponse:
        await self._state.begin("ListSamples", request, context)
        samples = [sample for sample in self._state.samples if sample.sequence > request.after_sequence]
        if request.order == feedback_service_pb2.SAMPLE_ORDER_UNCERTAINTY:
            samples.sort(key=lambda sample: sample.confidence)
        at = int(request.page_token or 0)
        return feedback_service_pb2.ListSamplesResponse(
            samples=samples[at : at + 2],
            next_page_token=str(at + 2) if at + 2 < len(samples) else "",
            last_sequence=len(self._state.samples),
        )

    async def ListOverrideRates(self, request: Any, context: Any) -> feedback_service_pb2.ListOverrideRatesResponse:
        await self._state.begin("ListOverrideRates", request, context)
        return feedback_service_pb2.ListOverrideRatesResponse(rates=self._state.rates)


class Sessions(session_service_pb2_grpc.SessionServiceServicer):
    def __init__(self, state: State) -> None:
        self._state = state

    async def GetSession(self, request: Any, context: Any) -> session_service_pb2.GetSessionResponse:
        await self._state.begin("GetSession", request, context)
        return session_service_pb2.GetSessionResponse(session=self._state.session)


def _event(
    kind: review_service_pb2.StreamEventType.ValueType, task: task_pb2.Task
) -> review_service_pb2.StreamResponse:
    return review_service_pb2.StreamResponse(type=kind, task=task)


class Ledgers(ledger_service_pb2_grpc.LedgerServiceServicer):
    def __init__(self, state: State) -> None:
        self._state = state

    async def ListSigningKeys(self, request: Any, context: Any) -> ledger_service_pb2.ListSigningKeysResponse:
        await self._state.begin("ListSigningKeys", request, context)
        response = ledger_service_pb2.ListSigningKeysResponse()
        response.jwks.update(self._state.notary.jwks())
        return response

    async def ListLedgerEntries(self, request: Any, context: Any) -> ledger_service_pb2.ListLedgerEntriesResponse:
        await self._state.begin("ListLedgerEntries", request, context)
        return ledger_service_pb2.ListLedgerEntriesResponse()

    async def GetInclusionProof(self, request: Any, context: Any) -> ledger_service_pb2.GetInclusionProofResponse:
        await self._state.begin("GetInclusionProof", request, context)
        return ledger_service_pb2.GetInclusionProofResponse()

    async def GetCheckpoint(self, request: Any, context: Any) -> ledger_service_pb2.GetCheckpointResponse:
        await self._state.begin("GetCheckpoint", request, context)
        return ledger_service_pb2.GetCheckpointResponse()


class FakeServer:
    """The stand-in on a real port. `restart` keeps what was recorded, and the port."""

    def __init__(self) -> None:
        self.state = State()
        self._port = 0
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"localhost:{self._port}"

    async def start(self) -> None:
        # Without port sharing a client's new connection can't land on the server that is going down.
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        decision_service_pb2_grpc.add_DecisionServiceServicer_to_server(Decisions(self.state), server)
        review_service_pb2_grpc.add_ReviewServiceServicer_to_server(Reviews(self.state), server)
        feedback_service_pb2_grpc.add_FeedbackServiceServicer_to_server(Feedback(self.state), server)
        ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(Ledgers(self.state), server)
        session_service_pb2_grpc.add_SessionServiceServicer_to_server(Sessions(self.state), server)
        self._port = server.add_insecure_port(f"localhost:{self._port}")
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Drops every connection."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop(None)

    async def restart(self) -> None:
        await self.stop()
        await self.start()
