"""Who may judge a task: the one place that says so, for whoever hands out work and whoever takes a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from andon.domain.conflict import ACTED_FOR, Conflict
from andon.domain.decision import Decision
from andon.domain.errors import AndonError, QueueNotAllowed, SelfReview, SkillsRequired
from andon.domain.principal import Principal
from andon.policy.api import FactsOf, PolicySet
from andon.store.values import Job

MOST_REMEMBERED: Final = 4096

Conflicts: TypeAlias = Callable[[Decision], Conflict | None]
"""What keeps one reviewer from a decision."""


class Eligibility:
    """Decides by the rights of the caller and the policies that are in force now, whatever was in force before."""

    def __init__(self, policies: Callable[[], PolicySet], facts: FactsOf) -> None:
        self._policies = policies
        self._facts = facts

    def refusal(self, principal: Principal, job: Job) -> AndonError | None:
        """Why this caller must not judge the task; None where nothing is against it.

        SelfReview, QueueNotAllowed, SkillsRequired, ConflictOfInterest.
        """
        return _refusal(principal, job, lambda decision: self._conflict(principal, decision))

    def check_holder(self, principal: Principal, job: Job | None, token: str) -> None:
        """Raises `refusal` where the caller holds the task by this token. Anybody else the store refuses itself."""
        lease = None if job is None else job.task.lease
        if job is None or lease is None or (lease.holder, lease.token) != (principal.name, token):
            return
        if refused := self.refusal(principal, job):
            raise refused

    def fitness_of(self, principal: Principal) -> Fitness:
        """The same for one reviewer who is asked about many tasks, again and again."""
        return Fitness(principal, self._policies, self._conflict)

    def _conflict(self, principal: Principal, decision: Decision) -> Conflict | None:
        """Every ground there is, in turn. One that needs more than the decision takes its place here as well."""
        if principal.name == decision.proposal.on_behalf_of:
            return ACTED_FOR
        return self._policies().conflict(principal, decision, self._facts)


class Fitness:
    """Whether one reviewer may judge a task. Remembers conflicts for as long as the same policies are in force.

    A decision and a reviewer don't change, but a task may go to another queue: its queue and skills are always looked
    at.
    """

    def __init__(
        self,
        principal: Principal,
        policies: Callable[[], PolicySet],
        conflict: Callable[[Principal, Decision], Conflict | None],
    ) -> None:
        self._principal = principal
        self._policies = policies
        self._conflict = conflict
        self._judged_by: PolicySet | None = None
        self._known: dict[str, Conflict | None] = {}

    def __call__(self, job: Job) -> bool:
        """Whether nothing is against it; as `Eligibility.refusal`."""
        return _refusal(self._principal, job, self._remembered) is None

    def _remembered(self, decision: Decision) -> Conflict | None:
        policies = self._policies()
        if policies is not self._judged_by:
            self._judged_by, self._known = policies, {}
        if decision.id in self._known:
            return self._known[decision.id]
        if len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        conflict = self._known[decision.id] = self._conflict(self._principal, decision)
        return conflict


def _refusal(principal: Principal, job: Job, conflicts: Conflicts) -> AndonError | None:
    task, decision = job.task, job.decision
    if principal.name == decision.submitter:
        return SelfReview(name=task.name)
    if not principal.serves(task.queue):
        return QueueNotAllowed(queue=task.queue)
    if not principal.fit_for(task.skills):
        return SkillsRequired(name=task.name, skills=", ".join(task.skills))
    conflict = conflicts(decision)
    return None if conflict is None else conflict.refusal(task.name)
