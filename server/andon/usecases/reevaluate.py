"""The policies may have changed while a decision was parked: they are asked again before a verdict releases it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from andon.domain.decision import Route
from andon.domain.errors import AndonError, DecisionNotFound, DecisionResolved, PayloadChanged, PolicyStricter
from andon.domain.plan import WorkPlan
from andon.domain.principal import Principal
from andon.domain.review import RELEASING, Verdict
from andon.domain.terms import Terms
from andon.policy.api import Ruling
from andon.store.values import Hold, Job, Reevaluation
from andon.usecases.completed import completed
from andon.usecases.context import Context

MOST_REMEMBERED: Final = 4096
_ALL: Final = frozenset({"input", "prediction", "reasoning"})
_GONE: Final = (DecisionNotFound, DecisionResolved, PayloadChanged)


class Reevaluate:
    """Evaluates recorded decisions by the policies in force, as their submitters sent them. The stricter answer wins.

    Each once for a revision: what was found no stricter is remembered, within a bound.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    async def __call__(self, principal: Principal, job: Job | None, token: str, verdict: Verdict) -> None:
        """Where the caller's verdict would let the effect happen, by policies that are not those it was routed by.

        Raises PolicyStricter (the decision has ended as BLOCKED), and SkillsRequired where the task asks for more than
        the caller has by now (it is back in its queue). Whatever else is against the verdict, the store finds.
        """
        if job is None or verdict not in RELEASING or not _holds(principal, job, token):
            return
        decision, policies = job.decision, self._context.policies()
        key = decision.id, decision.payload_hash, policies.revision
        if decision.routing.revision == policies.revision or key in self._known:
            return
        facts = self._context.facts(decision, _ALL)
        ruling = policies.evaluate(decision.proposal.action, facts, decision.name, None)
        if ruling.routing.route is Route.BLOCK:
            await completed(self._block(self._found(principal, job, verdict, ruling)))
        elif ruling.routing.route is Route.REVIEW or decision.receipt.joined(ruling.receipt) != decision.receipt:
            await completed(self._tighten(principal, job, self._found(principal, job, verdict, ruling)))
        self._remember(key)

    async def _block(self, found: Reevaluation) -> None:
        try:
            revised = await self._context.store.block_if_open(found)
        except _GONE:
            return
        self._context.revised(revised)
        routing = found.routing
        raise PolicyStricter(name=revised.decision.name, route=routing.route.name, rule=routing.decisive_rule())

    async def _tighten(self, principal: Principal, job: Job, found: Reevaluation) -> None:
        context = self._context
        try:
            revised = await context.store.tighten_if_open(found)
        except _GONE:
            return
        mine = next((one for one in revised.changed if one.task.id == job.task.id), None)
        if mine is None or (refused := context.eligibility.refusal(principal, mine)) is None:
            context.revised(revised)
            return
        context.revised(replace(revised, changed=tuple(one for one in revised.changed if one is not mine)))
        context.seats.revised(await self._given_back(mine))
        raise refused

    async def _given_back(self, job: Job) -> Job:
        """The task in its queue again, for somebody else; as it was where the lease is not in force any more."""
        context, lease = self._context, job.task.lease
        if lease is None:
            return job
        hold = Hold(job.task.id, lease.holder, lease.token, context.clock.now())
        try:
            task = await context.store.release_if_held(hold, "by the policies in force now it needs somebody else")
        except AndonError:
            return job
        return Job(task, job.decision)

    def _found(self, principal: Principal, job: Job, verdict: Verdict, ruling: Ruling) -> Reevaluation:
        plan, decision = ruling.plan, job.decision
        terms = Terms(work=WorkPlan()) if ruling.routing.route is not Route.AUTO_APPROVE else Terms()
        if plan is not None:
            terms = Terms(
                skills=plan.skills,
                work=plan.work or WorkPlan(),
                ids=self._context.seat_ids(plan),
                groups=principal.groups,
                escalation=plan.escalation,
            )
        return Reevaluation(
            decision_id=decision.id,
            payload_hash=decision.payload_hash,
            task_id=job.task.id,
            reviewer=principal.name,
            verdict=verdict,
            routing=ruling.routing,
            terms=terms,
            now=self._context.clock.now(),
            receipt=ruling.receipt,
        )

    def _remember(self, key: tuple[str, str, str]) -> None:
        self._known[key] = None
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)


def _holds(principal: Principal, job: Job, token: str) -> bool:
    """Whether the verdict is about an open decision itself, and of the one who holds its task."""
    task, lease = job.task, job.task.lease
    return (
        job.decision.resolution is None
        and task.level == 0
        and lease is not None
        and (lease.holder, lease.token) == (principal.name, token)
    )
