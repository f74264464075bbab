"""The submitter's side, written once for the async and the blocking client."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import replace
from typing import Final, Unpack

from andon_client import _methods as methods
from andon_client._calls import ATTEMPT, Backoff, Caller, Deadline
from andon_client._convert import decision_of, duration, event_of, explanation_of
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2
from andon_client._status import from_status
from andon_client.errors import AndonError, StillPending, Unavailable
from andon_client.filters import DecisionFilters, filter_message
from andon_client.model import Appeal, Decision, DecisionEvent, Explanation
from andon_client.proposal import Proposal, ProposalFields, as_proposal

BATCH: Final = 1_000
_EARLY: Final = 0.5


class DecisionCalls:
    """Submitting decisions and waiting for them. `max_wait` bounds one call's wait, in seconds."""

    def __init__(self, caller: Caller, max_wait: float) -> None:
        self._caller = caller
        self._max_wait = max_wait

    async def decide(
        self,
        proposal: Proposal | None = None,
        /,
        *,
        timeout: float | None = None,
        **fields: Unpack[ProposalFields],
    ) -> Decision:
        """Submits a proposal and blocks until it has ended: passed, corrected or refused (see `Decision.passed`).

        Takes a Proposal, or its fields as keyword arguments. Holds through lost connections and restarts of the
        server; the decision is recorded once whatever happens. `timeout` is the caller's own time in seconds, None
        for as long as it takes; it is kept to within a second.

        Raises StillPending once the time is up: the decision stands, go on with `wait(error.name)`. Raises
        Unavailable where the time is up and the server never answered, and another AndonError where it refused.
        """
        deadline = self._caller.deadline(timeout)
        whole = as_proposal(proposal, fields)
        first = await self._submit(_request(whole), whole, deadline, min(deadline.remaining(), self._max_wait))
        if first.pending and deadline.passed:
            raise StillPending(first)
        return await self._whole(await self._until_resolved(first.name, deadline, first))

    async def submit(
        self,
        proposal: Proposal | None = None,
        /,
        *,
        timeout: float | None = None,
        supersedes: Decision | str = "",
        **fields: Unpack[ProposalFields],
    ) -> Decision:
        """Submits a proposal and returns at once: the decision may still be pending.

        `supersedes` is an open decision of the caller's, or its name: it is cancelled by the same stroke, or nothing
        is recorded. Whoever waits for it is told `superseded_by`.

        `timeout` bounds the attempts to reach the server, in seconds; default: the client's `call_timeout`. Raises
        Unavailable after that: repeat with `request_id=error.submission_id`. Raises another AndonError where the
        server refused, with the reason DECISION_RESOLVED where what it supersedes has ended.
        """
        span = self._caller.call_timeout if timeout is None else timeout
        whole = as_proposal(proposal, fields)
        request = _request(whole)
        request.supersedes = supersedes.name if isinstance(supersedes, Decision) else supersedes
        return await self._submit(request, whole, self._caller.deadline(span), 0.0)

    async def amend(
        self,
        decision: Decision | str,
        proposal: Proposal | None = None,
        /,
        *,
        payload_hash: str = "",
        **fields: Unpack[ProposalFields],
    ) -> Decision:
        """Puts a whole new proposal of the same action in the place of the one that an open decision has.

        It is routed anew, and never less strictly: it may be blocked. Takes the decision as it was last seen, or its
        name with the `payload_hash` of what is to be replaced. Who waits for it goes on waiting, and gets what was
        decided in the end.

        Raises PayloadChanged where it is not that one any more, NotFound where it is not the caller's, and AndonError
        with the reason DECISION_RESOLVED, or VERDICT_GIVEN where somebody has judged: supersede it then.
        """
        replaced = payload_hash or (decision.payload_hash if isinstance(decision, Decision) else "")
        if not replaced:
            raise ValueError("say by its payload_hash what is to be replaced")
        whole = as_proposal(proposal, fields)
        request = decision_service_pb2.AmendDecisionRequest(
            name=decision.name if isinstance(decision, Decision) else decision,
            decision=whole.to_message(),
            payload_hash=replaced,
            request_id=whole.request_id or _new_id(),
        )
        return decision_of((await self._caller.call(methods.AMEND_DECISION, request)).decision)

    async def submit_many(
        self, proposals: Iterable[Proposal], *, timeout: float | None = None
    ) -> list[Decision | AndonError]:
        """Submits any number of proposals, a thousand a call and commit; answers each in its place, or why not.

        Nothing waits. Raises AndonError where a whole call was refused.
        """
        queue, span = list(proposals), self._caller.call_timeout if timeout is None else timeout
        deadline = self._caller.deadline(span)
        answers: list[Decision | AndonError] = []
        for start in range(0, len(queue), BATCH):
            answers += await self._submit_batch(queue[start : start + BATCH], deadline)
        return answers

    async def explain(self, proposal: Proposal | None = None, /, **fields: Unpack[ProposalFields]) -> Explanation:
        """Tells how a proposal would be routed, and why. Nothing is recorded."""
        whole = as_proposal(proposal, fields)
        request = decision_service_pb2.SubmitRequest(decision=whole.to_message(), validate_only=True)
        response = await self._caller.call(methods.SUBMIT, request)
        return explanation_of(response, whole)

    async def wait(self, decision: Decision | str, *, timeout: float | None = None) -> Decision:
        """Blocks until a decision has ended; takes it, or its name. May be called from anywhere, as often as needed.

        `timeout` is in seconds, None for as long as it takes. Raises StillPending once the time is up, Unavailable
        where the server did not answer in time, NotFound.
        """
        known = decision if isinstance(decision, Decision) else None
        name = known.name if known else str(decision)
        deadline = self._caller.deadline(timeout)
        return await self._whole(await self._until_resolved(name, deadline, known))

    async def get(self, decision: Decision | str) -> Decision:
        """One decision, whole and as it stands now; takes it, or its name. Raises NotFound."""
        name = decision.name if isinstance(decision, Decision) else decision
        request = decision_service_pb2.GetDecisionRequest(name=name)
        response = await self._caller.call(methods.GET_DECISION, request)
        return decision_of(response.decision)

    async def cancel(self, decision: Decision | str, comment: str = "") -> Decision:
        """Withdraws an open decision. Raises AndonError with the reason DECISION_RESOLVED where it has ended."""
        name = decision.name if isinstance(decision, Decision) else decision
        request = decision_service_pb2.CancelDecisionRequest(name=name, comment=comment, request_id=_new_id())
        response = await self._caller.call(methods.CANCEL_DECISION, request)
        return decision_of(response.decision)

    async def appeal(self, decision: Decision | str, comment: str) -> Decision:
        """Contests the end of a decision, so that somebody else judges it anew: the last of its `appeals`.

        Raises AndonError with the reason NOT_APPEALABLE where the policy has no (further) level, or it is too late.
        """
        name = decision.name if isinstance(decision, Decision) else decision
        request = decision_service_pb2.AppealDecisionRequest(name=name, comment=comment, request_id=_new_id())
        response = await self._caller.call(methods.APPEAL_DECISION, request)
        return decision_of(response.decision)

    async def wait_for_appeal(self, decision: Decision | str, level: int, *, timeout: float | None = None) -> Appeal:
        """Blocks until the appeal of that level has ended. Raises as `wait`, and NotFound where there is none."""
        name = decision.name if isinstance(decision, Decision) else decision
        deadline, backoff = self._caller.deadline(timeout), self._caller.backoff()
        while True:
            known = await self._wait_once(name, deadline, None, backoff, level)
            appeal = known and next((one for one in known.appeals if one.level == level), None)
            if appeal and appeal.resolution is not None:
                return appeal
            if known is not None and deadline.passed:
                raise StillPending(known)

    async def decisions(
        self, *, full: bool = False, page_size: int = 0, **filters: Unpack[DecisionFilters]
    ) -> AsyncGenerator[Decision, None]:
        """Decisions, newest first, page by page: those that fit all filters (see `DecisionFilters`).

        `full` adds payloads. `page_size` is how many a call brings, 0 for the server's own number.
        """
        request = decision_service_pb2.ListDecisionsRequest(
            page_size=page_size,
            filter=filter_message(filters),
            view=decision_pb2.DECISION_VIEW_FULL if full else decision_pb2.DECISION_VIEW_BASIC,
        )
        while True:
            page = await self._caller.call(methods.LIST_DECISIONS, request)
            for message in page.decisions:
                yield decision_of(message)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def history(self, decision: Decision | str) -> AsyncGenerator[DecisionEvent, None]:
        """What has happened to a decision, oldest first. Raises NotFound."""
        name = decision.name if isinstance(decision, Decision) else decision
        request = decision_service_pb2.ListDecisionEventsRequest(name=name)
        while True:
            page = await self._caller.call(methods.LIST_DECISION_EVENTS, request)
            for message in page.events:
                yield event_of(message)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def _whole(self, decision: Decision) -> Decision:
        """The decision with what was decided on, which is not what was sent where it was amended since."""
        return decision if decision.proposed is not None else await self.get(decision.name)

    async def _submit(
        self, request: decision_service_pb2.SubmitRequest, proposal: Proposal, deadline: Deadline, wait: float
    ) -> Decision:
        backoff = self._caller.backoff()
        while True:
            request.wait.CopyFrom(duration(wait))
            try:
                response = await self._caller.attempt(methods.SUBMIT, request, wait + ATTEMPT, deadline, backoff)
            except Unavailable as error:
                error.submission_id = request.request_id
                raise
            if response is not None:
                return decision_of(response.decision, proposal)
            wait = 0.0  # a repetition fetches the name first, so that whoever runs out of time knows it

    async def _until_resolved(self, name: str, deadline: Deadline, known: Decision | None) -> Decision:
        """Waits in bounded calls. `known` is what the caller has of the decision already."""
        backoff = self._caller.backoff()
        while known is None or known.pending:
            try:
                known = await self._wait_once(name, deadline, known, backoff)
            except Unavailable as error:
                if known is None:
                    raise
                raise StillPending(known) from error
            if known is not None and known.pending and deadline.passed:
                raise StillPending(known)
        return known

    async def _wait_once(
        self, name: str, deadline: Deadline, known: Decision | None, backoff: Backoff, level: int = 0
    ) -> Decision | None:
        span = min(deadline.remaining(), self._max_wait)
        request = decision_service_pb2.WaitRequest(name=name, wait=duration(span), level=level)
        started = self._caller.transport.now()
        response = await self._caller.attempt(methods.WAIT, request, span + ATTEMPT, deadline, backoff)
        if response is None:
            return known
        decision = _keeping(decision_of(response.decision), known)
        ended = _ended(decision, level)
        if ended or self._caller.transport.now() - started >= min(span, _EARLY):
            backoff.reset()
        else:  # answered too early, as by a server that drains: never poll in a tight loop
            await self._caller.transport.sleep(min(backoff.pause(), deadline.remaining()))
        return decision

    async def _submit_batch(self, proposals: Sequence[Proposal], deadline: Deadline) -> list[Decision | AndonError]:
        request = decision_service_pb2.BatchSubmitRequest(requests=[_request(proposal) for proposal in proposals])
        response = await self._caller.call(methods.BATCH_SUBMIT, request, deadline.remaining())
        return [_batch_answer(result, proposal) for result, proposal in zip(response.results, proposals, strict=True)]


def _keeping(decision: Decision, known: Decision | None) -> Decision:
    """The newer answer with the payloads of the older one, if they are the same."""
    if known is None or known.proposed is None or known.payload_hash != decision.payload_hash:
        return decision
    return replace(decision, input=known.input, proposed=known.proposed, reasoning=known.reasoning)


def _ended(decision: Decision, level: int) -> bool:
    if not level:
        return not decision.pending
    return any(appeal.level == level and appeal.resolution is not None for appeal in decision.appeals)


def _batch_answer(result: decision_service_pb2.BatchSubmitResult, proposal: Proposal) -> Decision | AndonError:
    if result.HasField("error"):
        return from_status(result.error)
    return decision_of(result.decision, proposal)


def _request(proposal: Proposal) -> decision_service_pb2.SubmitRequest:
    return decision_service_pb2.SubmitRequest(
        decision=proposal.to_message(), request_id=proposal.request_id or _new_id()
    )


def _new_id() -> str:
    return str(uuid.uuid4())
