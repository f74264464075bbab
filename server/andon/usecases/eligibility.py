"""Who may judge a task: the one place that says so, for whoever hands out work and whoever takes a verdict."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from andon.domain.conflict import ACTED_FOR, Conflict
from andon.domain.decision import Decision
from andon.domain.errors import (
    ActionNotAllowed,
    AndonError,
    Delegated,
    QueueNotAllowed,
    SelfReview,
    SkillsRequired,
    TaskNotFound,
)
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

        Delegated, SelfReview, ActionNotAllowed, QueueNotAllowed, SkillsRequired, ConflictOfInterest.
        """
        ground = _ground(principal, job, lambda decision: self._conflict(principal, decision))
        return None if ground is None else ground()

    def check_holder(self, principal: Principal, job: Job | None, token: str) -> None:
        """Raises `refusal` where the caller holds the task by this token, else as `check_known`.

        Anybody else the store refuses itself.
        """
        lease = None if job is None else job.task.lease
        if job is None or lease is None or not lease.is_held(principal.name, token):
            return self.check_known(principal, job)
        if refused := self.refusal(principal, job):
            raise refused

    @staticmethod
    def check_known(principal: Principal, job: Job | None) -> None:
        """Raises TaskNotFound where the credentials do not cover the action, unless the caller holds the task."""
        if job is None or principal.covers(job.decision.proposal.action):
            return
        if job.task.lease is None or job.task.lease.holder != principal.name:
            raise TaskNotFound(name=job.task.name)

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

    A proposal and a reviewer don't change, but a decision may be amended and a task go to another queue: its queue and
    skills are always looked at.
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
        self._known: dict[tuple[str, str], Conflict | None] = {}

    def __call__(self, job: Job) -> bool:
        """Whether nothing is against it; as `Eligibility.refusal`."""
        return _ground(self._principal, job, self._remembered) is None

    def _remembered(self, decision: Decision) -> Conflict | None:
        policies = self._policies()
        if policies is not self._judged_by:
            self._judged_by, self._known = policies, {}
        key = decision.id, decision.payload_hash
        if key in self._known:
            return self._known[key]
        if len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        conflict = self._known[key] = self._conflict(self._principal, decision)
        return conflict


def _ground(principal: Principal, job: Job, conflicts: Conflicts) -> Callable[[], AndonError] | None:
    """What makes the refusal. Who asks whether one of a thousand reviewers is fit needs no words for the others."""
    if principal.on_behalf_of:
        return Delegated
    if principal.name == job.decision.submitter:
        return partial(SelfReview, name=job.task.name)
    if lacking := _lacking(principal, job):
        return lacking
    conflict = conflicts(job.decision)
    return None if conflict is None else partial(conflict.refusal, job.task.name)


def _lacking(principal: Principal, job: Job) -> Callable[[], AndonError] | None:
    """What the caller's credentials lack for the task."""
    task, action = job.task, job.decision.proposal.action
    if not principal.covers(action):
        return partial(ActionNotAllowed, action=action)
    if not principal.serves(task.queue):
        return partial(QueueNotAllowed, queue=task.queue)
    if task.group and task.group not in principal.groups:
        return partial(SkillsRequired, name=task.name, skills=f"@{task.group}")
    if not principal.fit_for(task.skills):
        return partial(SkillsRequired, name=task.name, skills=", ".join(task.skills))
    return None
