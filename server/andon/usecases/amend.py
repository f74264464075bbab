"""AmendDecision, and submissions that take the place of another decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from andon.domain.canonical import canonical, digest
from andon.domain.decision import Decision, Proposal, Reason, Route, payload_hash
from andon.domain.errors import DecisionNotFound, FieldFault, FieldInvalid
from andon.domain.principal import Principal
from andon.domain.terms import Shows, Terms
from andon.policy.api import Ruling
from andon.policy.compiled import AMENDED
from andon.store.values import Admission, Amendment, Cancellation, RequestKey, Revised
from andon.usecases.completed import completed
from andon.usecases.context import Context, Standing
from andon.usecases.submit import Submit, SubmitCommand, resolution_of
from andon.usecases.visibility import known_decision

_HELD: Final = Reason(AMENDED, "It was held before it was amended", Route.REVIEW)


class Amend:
    """What a caller changes while a decision waits."""

    def __init__(self, context: Context, submit: Submit) -> None:
        self._context = context
        self._submit = submit

    async def amend(
        self, principal: Principal, decision_id: str, command: SubmitCommand, payload_hash: str
    ) -> Standing:
        """Puts a new proposal in the place of the one with that hash. It is routed anew, and never less strictly.

        Whoever holds one of its tasks keeps it and is shown the new proposal. Raises DecisionNotFound also where it is
        not the caller's, FieldInvalid, DecisionResolved, PayloadChanged, AlreadyJudged, RequestIdReused.
        """
        before = await self._own(principal, decision_id)
        _check_same(before.proposal, command.proposal)
        wish = self._amendment(principal, before, command, payload_hash)
        return await completed(self._amended(wish))

    async def supersede(self, principal: Principal, decision_id: str, command: SubmitCommand) -> Standing:
        """Records a decision and cancels the open one it takes the place of, both or neither.

        The bound on open tasks is not asked: one place is given back. Raises DecisionNotFound also where the other is
        not the caller's, DecisionResolved, RequestIdReused.
        """
        await self._own(principal, decision_id)
        admission = self._in_place_of(decision_id, self._submit.admit(principal, command))
        decision = admission.decision
        wish = Cancellation(decision_id, principal.name, f"superseded by {decision.name}", decision.create_time)
        return await completed(self._superseded(admission, wish))

    async def _own(self, principal: Principal, decision_id: str) -> Decision:
        decision = await known_decision(self._context, principal, decision_id)
        if decision.submitter != principal.name:
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        return decision

    def _amendment(self, principal: Principal, before: Decision, command: SubmitCommand, replaces: str) -> Amendment:
        context, proposal, now = self._context, command.proposal, self._context.clock.now()
        ruling = self._never_less(
            context.policies().evaluate(proposal.action, command.facts, before.name, context.coin), before
        )
        decision = replace(
            before,
            proposal=proposal,
            payload_hash=payload_hash(proposal, principal.name),
            routing=ruling.routing,
            resolution=resolution_of(ruling, now),
            receipt=ruling.receipt,
            sensitive=ruling.sensitive,
        )
        request = None
        if command.request_id:
            body = digest(canonical([before.id, replaces, decision.payload_hash]))
            request = RequestKey(principal.name, command.request_id, body)
        return Amendment(decision, replaces, self._terms(ruling, proposal), now, request)

    @staticmethod
    def _never_less(ruling: Ruling, before: Decision) -> Ruling:
        """What would pass now stays held, with the chance by which it came to be held."""
        routing, held = ruling.routing, before.routing
        if routing.route is not Route.AUTO_APPROVE:
            return ruling
        routing = replace(
            routing,
            route=Route.REVIEW,
            reasons=(*routing.reasons, _HELD),
            propensity=held.propensity,
            sampled=held.sampled,
            coin_source=held.coin_source,
        )
        return replace(ruling, routing=routing)

    def _terms(self, ruling: Ruling, proposal: Proposal) -> Terms | None:
        """What its tasks ask for from now on; None where it has ended."""
        irreversible, plan = proposal.attributes.irreversible, ruling.plan
        if ruling.routing.route is Route.BLOCK:
            return None
        if plan is None:
            return Terms(irreversible=irreversible)
        return Terms(
            urgency=plan.urgency,
            skills=plan.skills,
            work=plan.work,
            anew=True,
            shows=Shows(plan.correction_schema, plan.presentation),
            irreversible=irreversible,
            ids=self._context.seat_ids(plan),
            escalation=plan.escalation,
        )

    def _in_place_of(self, decision_id: str, admission: Admission) -> Admission:
        request = admission.request
        if request is not None:
            request = replace(request, body_hash=digest(canonical([decision_id, request.body_hash])))
        return replace(admission, decision=replace(admission.decision, supersedes=decision_id), request=request)

    async def _amended(self, wish: Amendment) -> Standing:
        context = self._context
        revised = await context.store.amend_if_open(wish)
        context.revised(revised)
        return context.standing(revised.decision)

    async def _superseded(self, admission: Admission, wish: Cancellation) -> Standing:
        context = self._context
        superseded = await context.store.supersede_if_open(admission, wish)
        if superseded.old is not None:
            context.revised(Revised(superseded.old, closed=superseded.closed))
        return self._submit.recorded(admission, superseded.admitted)


def _check_same(before: Proposal, now: Proposal) -> None:
    """What an amendment can't change. Raises FieldInvalid."""
    faults = [
        FieldFault(f"decision.{field}", "must be as it was submitted")
        for field in ("action", "on_behalf_of")
        if getattr(before, field) != getattr(now, field)
    ]
    if faults:
        raise FieldInvalid(tuple(faults))
