"""DecisionService: convert, call one use case, convert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from andon.domain.clock import DAY, MILLISECOND, SECOND
from andon.domain.decision import Decision
from andon.domain.errors import AndonError, FieldFault, FieldInvalid
from andon.domain.event import DecisionEvent
from andon.domain.principal import Principal
from andon.rpc.aside import LARGE, aside
from andon.rpc.changes import ChangeEndpoints
from andon.rpc.convert import (
    Estimator,
    ProposalReader,
    decision_message,
    explanation_message,
    fill_event,
    standing_message,
)
from andon.rpc.errors import status_of
from andon.rpc.pages import BASIC_STEP, FULL_STEP, fill_page, make_token, page_size, read_token
from andon.rpc.pipeline import Call, Later
from andon.rpc.receipts import ReceiptEndpoints, fill_redemption
from andon.rpc.search import decision_query
from andon.rpc.sizes import decision_size, event_size
from andon.rpc.times import microseconds, timestamp
from andon.rpc.validation import compile_rules
from andon.rpc.work import fill_appeals
from andon.telemetry.logs import get_logger
from andon.usecases.amend import Amend
from andon.usecases.appeals import Appeals
from andon.usecases.context import Standing
from andon.usecases.decisions import Decisions
from andon.usecases.masking import Masks
from andon.usecases.receipts import Receipts
from andon.usecases.redeem import Redeem
from andon.usecases.submit import Submit, SubmitCommand, acting_for
from andon.usecases.turns import Turn, Turns
from andon.usecases.visibility import check_action
from andon.usecases.wait import Wait
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2

_MARGIN: Final = 100 * MILLISECOND
_OUTPUT_ONLY: Final = tuple(
    field.name for field in decision_pb2.Decision.DESCRIPTOR.fields if field.number >= 20 or field.name == "name"
)
_check_item: Final = compile_rules(decision_service_pb2.SubmitRequest.DESCRIPTOR)
_BATCH: Final = "/andon.v1.DecisionService/BatchSubmit"
_log = get_logger("andon.rpc")


class DecisionEndpoints(ChangeEndpoints, ReceiptEndpoints):
    """One method for each RPC of DecisionService, named as it is.

    `refused` is told the method and the reason of every refusal within a batch. Batches are read and answered in
    `turns`.
    """

    def __init__(
        self,
        submit: Submit,
        wait: Wait,
        decisions: Decisions,
        reader: ProposalReader,
        estimate: Estimator,
        refused: Callable[[str, str], None],
        turns: Turns,
        amend: Amend,
        appeals: Appeals,
        receipts: Receipts,
        redeem: Redeem,
        masks: Masks,
    ) -> None:
        ChangeEndpoints.__init__(self, amend, appeals, masks, self._proposed)
        ReceiptEndpoints.__init__(self, receipts, redeem)
        self._submit = submit
        self._wait = wait
        self._decisions = decisions
        self._reader = reader
        self._estimate = estimate
        self._refused = refused
        self._turns = turns
        self._masks = masks

    async def Submit(  # the contract's name
        self, call: Call, request: decision_service_pb2.SubmitRequest
    ) -> decision_service_pb2.SubmitResponse | Later:
        large = call.size >= LARGE
        command = await aside(self._command, call, request) if large else self._command(call, request)
        if request.validate_only:
            standing, explanation = self._submit.explain(call.caller, command)
            return decision_service_pb2.SubmitResponse(
                decision=standing_message(standing), explanation=explanation_message(explanation)
            )
        span = microseconds(request.wait) if request.HasField("wait") else 0
        if request.supersedes:
            standing = await self._amend.supersede(call.caller, _id(request.supersedes), command)
        else:
            standing = await self._submit.one(call.caller, command)
        if span > 0 and standing.decision.resolution is None:
            return Later(partial(self._resolved, call.caller, standing.decision.id, _bounded(span, call)))
        response = decision_service_pb2.SubmitResponse()
        standing_message(standing, into=response.decision)
        return response

    async def _resolved(self, caller: Principal, decision_id: str, span: int) -> decision_service_pb2.SubmitResponse:
        standing = await self._wait.until_resolved(caller, decision_id, span)
        return decision_service_pb2.SubmitResponse(decision=standing_message(standing))

    async def BatchSubmit(
        self, call: Call, request: decision_service_pb2.BatchSubmitRequest
    ) -> decision_service_pb2.BatchSubmitResponse:
        turn = Turn(self._turns)
        items: list[SubmitCommand | AndonError] = []
        for item in request.requests:
            await turn.go_on()
            large = call.size >= LARGE and item.ByteSize() >= LARGE
            items.append(await aside(self._batch_item, call, item) if large else self._batch_item(call, item))
        commands = [item for item in items if isinstance(item, SubmitCommand)]
        answers = iter(await self._submit.many(call.caller, commands, turn) if commands else ())
        results = [next(answers) if isinstance(item, SubmitCommand) else item for item in items]
        self._tell_refusals(call, [result.reason for result in results if isinstance(result, AndonError)])
        response = decision_service_pb2.BatchSubmitResponse()
        for result in results:
            await turn.go_on()
            _fill(response.results.add(), result, call)
        return response

    async def Wait(self, call: Call, request: decision_service_pb2.WaitRequest) -> decision_service_pb2.WaitResponse:
        span = microseconds(request.wait) if request.HasField("wait") else DAY
        standing = await self._wait(call.caller, _id(request.name), _bounded(span, call), request.level)
        shown = await self._shown(call.caller, standing, full=False)
        response = decision_service_pb2.WaitResponse(decision=standing_message(shown))
        await self._fill_appeals(response.decision, shown.decision)
        return response

    async def _shown(self, caller: Principal, standing: Standing, *, full: bool) -> Standing:
        """The decision as the caller may see it, once it is recorded that they are given what is sensitive of it."""
        await self._masks.shown(caller, [standing.decision], full=full)
        return replace(standing, decision=self._masks.of(caller, standing.decision))

    async def _fill_appeals(self, message: decision_pb2.Decision, shown: Decision) -> None:
        if shown.appeals:
            fill_appeals(message, self._masks.appeals(shown, await self._appeals.of(shown)))

    async def GetDecision(
        self, call: Call, request: decision_service_pb2.GetDecisionRequest
    ) -> decision_service_pb2.GetDecisionResponse:
        full = request.view != decision_pb2.DECISION_VIEW_BASIC
        standing = await self._decisions.get(call.caller, _id(request.name))
        shown = await self._shown(call.caller, standing, full=full)
        response = decision_service_pb2.GetDecisionResponse(decision=standing_message(shown, full=full))
        await self._fill_appeals(response.decision, shown.decision)
        if (redemption := await self._redeem.of(standing.decision)) is not None:
            fill_redemption(response.decision.redemption, redemption)
        return response

    async def ListDecisions(
        self, call: Call, request: decision_service_pb2.ListDecisionsRequest
    ) -> decision_service_pb2.ListDecisionsResponse:
        start = read_token(request, request.page_token, int)[0] if request.page_token else None
        full = request.view == decision_pb2.DECISION_VIEW_FULL
        response = decision_service_pb2.ListDecisionsResponse()
        search = await self._decisions.search(call.caller, decision_query(request.filter, start, brief=not full))

        async def fetch(last: Decision | None, wanted: int) -> Sequence[Decision]:
            found = await self._decisions.list(search, last, wanted)
            await self._masks.shown(call.caller, found, full=full)
            return found

        def put(decision: Decision) -> int:
            shown, estimate = self._masks.of(call.caller, decision), self._estimate(decision.queue)
            decision_message(shown, full=full, estimate=estimate, into=response.decisions.add())
            return decision_size(decision, full=full)

        limit = page_size(request.page_size)
        if last := await fill_page(limit, FULL_STEP if full else BASIC_STEP, fetch, put):
            sequence, time = last.sequence, last.create_time
        elif search.rest is not None and search.rest_time is not None:
            sequence, time = search.rest, search.rest_time
        else:
            return response
        response.next_page_token = make_token(request, sequence)
        response.searched_time.CopyFrom(timestamp(time))
        return response

    async def ListDecisionEvents(
        self, call: Call, request: decision_service_pb2.ListDecisionEventsRequest
    ) -> decision_service_pb2.ListDecisionEventsResponse:
        decision = (await self._decisions.get(call.caller, _id(request.name))).decision
        start = read_token(request, request.page_token, int)[0] if request.page_token else None
        response = decision_service_pb2.ListDecisionEventsResponse()

        async def fetch(last: DecisionEvent | None, wanted: int) -> Sequence[DecisionEvent]:
            after = start if last is None else last.sequence
            found = await self._decisions.events(call.caller, decision, after, wanted)
            return await self._masks.events(call.caller, decision, found)

        def put(event: DecisionEvent) -> int:
            fill_event(response.events.add(), event)
            return event_size(event)

        if last := await fill_page(page_size(request.page_size), BASIC_STEP, fetch, put):
            response.next_page_token = make_token(request, last.sequence)
        return response

    async def CancelDecision(
        self, call: Call, request: decision_service_pb2.CancelDecisionRequest
    ) -> decision_service_pb2.CancelDecisionResponse:
        decision = await self._decisions.cancel(call.caller, _id(request.name), request.comment, request.request_id)
        shown = await self._shown(call.caller, Standing(decision), full=False)
        return decision_service_pb2.CancelDecisionResponse(decision=standing_message(shown))

    def _tell_refusals(self, call: Call, reasons: Sequence[str]) -> None:
        """Counts every refusal within a batch, and logs them as one."""
        for reason in reasons:
            self._refused(_BATCH, reason)
        if reasons:
            _log.info("refused in a batch", method=_BATCH, principal=call.caller.name, reasons=dict(Counter(reasons)))

    def _command(self, call: Call, request: decision_service_pb2.SubmitRequest) -> SubmitCommand:
        return self._proposed(call, request.decision, request.request_id)

    def _proposed(self, call: Call, message: decision_pb2.Decision, request_id: str) -> SubmitCommand:
        check_action(call.caller, message.action)
        proposal = self._reader.proposal(message, call.size)
        clear = message.ClearField
        for name in _OUTPUT_ONLY:
            clear(name)  # type: ignore[arg-type]  # a name of the descriptor's
        message.submitter = call.caller.name
        if behalf := call.caller.on_behalf_of:
            proposal, message.on_behalf_of = acting_for(behalf, proposal), behalf
        return SubmitCommand(proposal, message, request_id)

    def _batch_item(self, call: Call, request: decision_service_pb2.SubmitRequest) -> SubmitCommand | AndonError:
        faults = (*_check_item(request), *_batch_faults(request))
        if faults:
            return FieldInvalid(faults)
        try:
            return self._command(call, request)
        except AndonError as error:
            return error


def _batch_faults(request: decision_service_pb2.SubmitRequest) -> list[FieldFault]:
    faults = []
    if request.HasField("wait"):
        faults.append(FieldFault("wait", "must be unset in a batch"))
    if request.validate_only:
        faults.append(FieldFault("validate_only", "must be unset in a batch"))
    if request.supersedes:
        faults.append(FieldFault("supersedes", "must be unset in a batch"))
    return faults


def _fill(message: decision_service_pb2.BatchSubmitResult, result: Standing | AndonError, call: Call) -> None:
    if isinstance(result, AndonError):
        message.error.CopyFrom(status_of(result, call.request_id))
    else:
        standing_message(result, into=message.decision)


def _bounded(span: int, call: Call) -> int:
    """A wait that answers before the caller's own deadline does. The server's own bound is the use case's."""
    return span if call.remaining is None else min(span, max(0, int(call.remaining * SECOND) - _MARGIN))


def _id(name: str) -> str:
    return name.partition("/")[2]
