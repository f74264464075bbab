"""Who may judge: one question, asked of rights and policies in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from andon.domain.conflict import ACTED_FOR, Conflict
from andon.domain.decision import Decision
from andon.domain.errors import AndonError, ConflictOfInterest, QueueNotAllowed, SelfReview, SkillsRequired
from andon.domain.principal import Principal
from andon.domain.task import Lease, TaskState
from andon.policy.api import FactsOf
from andon.store.values import Job
from andon.usecases.eligibility import MOST_REMEMBERED, Eligibility
from tests.builders import make_decision, make_proposal, make_task
from tests.unit.usecases.world import FakePolicies, no_facts, reviewer


class Asked(FakePolicies):
    """Policies that count what they are asked, and have something against everybody if told so."""

    def __init__(self, conflict: Conflict | None = None) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._conflict = conflict

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        self.asked.append(decision.id)
        return self._conflict


def job(on_behalf_of: str = "", *skills: str, submitter: str = "sam", queue: str = "refunds") -> Job:
    decision = make_decision(make_proposal(on_behalf_of=on_behalf_of), submitter=submitter)
    return Job(make_task(decision, queue=queue, skills=skills), decision)


AGAINST = Conflict("theirs", "It is theirs")
GROUNDS: dict[str, tuple[Principal, Job, Conflict | None, type[AndonError] | None]] = {
    "nothing": (reviewer(), job(), None, None),
    "all skills": (reviewer("rita", "*"), job("", "law", "credit"), None, None),
    "the skills": (reviewer("rita", "law", "credit", "more"), job("", "law", "credit"), None, None),
    "its queue": (reviewer(queues=["loans", "refunds"]), job(), None, None),
    "another acted for": (reviewer(), job("ben"), None, None),
    "submitter": (reviewer("sam", "*"), job(), None, SelfReview),
    "queue": (reviewer(queues=["loans"]), job(), None, QueueNotAllowed),
    "no queue": (reviewer(queues=[]), job(), None, QueueNotAllowed),
    "a skill": (reviewer("rita", "law"), job("", "law", "credit"), None, SkillsRequired),
    "acted for": (reviewer(), job("rita"), None, ConflictOfInterest),
    "policy": (reviewer(), job(), AGAINST, ConflictOfInterest),
}


@pytest.mark.parametrize("ground", GROUNDS)
def test_each_ground_refuses(ground: str) -> None:
    principal, about, conflict, expected = GROUNDS[ground]
    policies = Asked(conflict)
    eligibility = Eligibility(lambda: policies, no_facts)
    refused = eligibility.refusal(principal, about)
    assert type(refused) is (type(None) if expected is None else expected)
    assert eligibility.fitness_of(principal)(about) is (expected is None)


@pytest.mark.parametrize(("about", "conflict"), [(job("rita"), ACTED_FOR), (job(), AGAINST)])
def test_a_conflict_names_task_ground_and_reason(about: Job, conflict: Conflict) -> None:
    refused = Eligibility(lambda: Asked(AGAINST), no_facts).refusal(reviewer(), about)
    assert refused is not None
    assert refused.metadata == {"name": about.task.name, "conflict": conflict.id, "reason": conflict.reason}


@pytest.mark.parametrize(
    ("changed", "raises"),
    [
        (lambda held: held, True),
        (lambda held: None, False),
        (lambda held: replace(held, task=replace(held.task, lease=None)), False),
        (lambda held: replace(held, task=replace(held.task, lease=replace(held.task.lease, token="other"))), False),
        (lambda held: replace(held, task=replace(held.task, lease=replace(held.task.lease, holder="ben"))), False),
    ],
    ids=["holder", "no task", "no lease", "another token", "another holder"],
)
def test_the_holder_alone_is_told(changed: Callable[[Job], Job | None], raises: bool) -> None:
    about = job()
    held = replace(about, task=replace(about.task, state=TaskState.LEASED, lease=Lease("rita", "token", 7, 1)))
    eligibility = Eligibility(lambda: Asked(AGAINST), no_facts)
    if raises:
        with pytest.raises(ConflictOfInterest):
            eligibility.check_holder(reviewer(), changed(held), "token")
    else:
        eligibility.check_holder(reviewer(), changed(held), "token")


def test_policies_are_asked_once_for_each_decision_until_others_are_in_force() -> None:
    force = [Asked()]
    fits = Eligibility(lambda: force[-1], no_facts).fitness_of(reviewer())
    one, other = job(), job()
    assert [fits(about) for about in (one, other, one, one)] == [True] * 4
    assert force[0].asked == [one.decision.id, other.decision.id]
    force.append(Asked(AGAINST))
    assert [fits(about) for about in (one, one, other)] == [False] * 3
    assert force[1].asked == [one.decision.id, other.decision.id]
    force.append(Asked())
    assert fits(one)


def test_where_a_task_has_gone_is_never_remembered() -> None:
    policies = Asked()
    fits = Eligibility(lambda: policies, no_facts).fitness_of(reviewer("rita", "law", queues=["refunds"]))
    about = job()
    assert fits(about)
    assert not fits(replace(about, task=replace(about.task, queue="leads")))
    assert not fits(replace(about, task=replace(about.task, skills=("credit",))))
    assert fits(replace(about, task=replace(about.task, skills=("law",))))


def test_what_is_remembered_is_bounded() -> None:
    policies = Asked()
    fits = Eligibility(lambda: policies, no_facts).fitness_of(reviewer())
    about = job()
    jobs = [replace(about, decision=replace(about.decision, id=str(number))) for number in range(MOST_REMEMBERED + 1)]
    assert all(fits(one) for one in jobs)
    assert fits(jobs[-1])
    assert len(policies.asked) == MOST_REMEMBERED + 1
    assert fits(jobs[0])
    assert len(policies.asked) == MOST_REMEMBERED + 2
