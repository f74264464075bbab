"""What somebody may not know of is left out by the store itself, so that pages are full and counts are right."""

from __future__ import annotations

from typing import Final

import pytest

from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.decision import Route
from andon.domain.event import EventKind
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery, Scope, Viewer
from andon.domain.spans import Spans
from andon.domain.task import TaskState
from andon.store.ledger import LedgerKind, first_fault
from andon.store.port import Store
from andon.store.values import Job, Sighting, SightKind, TaskQuery, position
from tests.builders import make_admission, make_decision, make_lease_request, make_proposal, make_verdict
from tests.clock import START
from tests.store.helpers import admit, admitted, entries

ACTIONS: Final = ("refund.issue", "refund.issue.large", "refund", "refunds.issue", "loan.grant", "re%und.x", "a_b.c")
PATTERNS: Final = [
    ({"*"}, set(ACTIONS)),
    ({"loan.*", "*"}, set(ACTIONS)),
    ({"refund.*"}, {"refund.issue", "refund.issue.large"}),
    ({"refund.issue.*"}, {"refund.issue.large"}),
    ({"refund.issue"}, {"refund.issue"}),
    ({"refund"}, {"refund"}),
    ({"refund.*", "loan.grant"}, {"refund.issue", "refund.issue.large", "loan.grant"}),
    ({"re%und.*"}, {"re%und.x"}),
    ({"a_b.*"}, {"a_b.c"}),
    ({"axb.*", "r%.*", "[r]efund.*", "?efund.*", "REFUND.*"}, set()),
    (set(), set()),
]
DAY_ONE: Final = Spans(START, START + HOUR, HOUR, 1)


@pytest.fixture
async def of_each(store: Store) -> None:
    """A waiting task of each action, one queue for every two of them."""
    for number, action in enumerate(ACTIONS):
        decision = make_decision(make_proposal(action, subject="customers/1"))
        await admit(store, make_admission(decision, queue=f"q{number // 2}"))


@pytest.mark.usefixtures("of_each")
@pytest.mark.parametrize(("patterns", "seen"), PATTERNS)
async def test_decisions_and_tasks_of_covered_actions(store: Store, patterns: set[str], seen: set[str]) -> None:
    covered = frozenset(patterns)
    for query in (
        DecisionQuery(100, covered=covered),
        DecisionQuery(100, covered=covered, subject="customers/1"),
        DecisionQuery(100, covered=covered, submitter="refund-service"),
        DecisionQuery(100, covered=covered, viewer=Viewer("x", frozenset({"q0", "q1", "q2", "q3"}))),
    ):
        assert {each.proposal.action for each in await store.list_decisions(query)} == seen
    tasks = await store.list_tasks(TaskQuery(100, covered=covered))
    assert {job.decision.proposal.action for job in tasks} == seen


@pytest.mark.usefixtures("of_each")
async def test_pages_are_full_whatever_is_left_out(store: Store) -> None:
    covered, states = frozenset({"loan.grant", "a_b.*", "refund.*"}), frozenset(TaskState)
    await store.lease_most_urgent(make_lease_request(START, queues=frozenset({"q2"})))
    whole = await store.list_tasks(TaskQuery(100, states=states, covered=covered))
    assert len(whole) == 4
    found: list[Job] = []
    query = TaskQuery(1, states=states, covered=covered)
    while page := await store.list_tasks(query):
        assert len(page) == 1
        found += page
        query = TaskQuery(1, states=states, covered=covered, after=position(page[-1].task))
    assert found == list(whole)


@pytest.mark.usefixtures("of_each")
async def test_closed_tasks_are_bounded_as_well(store: Store) -> None:
    for job in await store.lease_most_urgent(make_lease_request(START, limit=6)):
        await store.settle_if_leased(make_verdict(job))
    closed = frozenset({TaskState.REVIEWED})
    found = await store.list_tasks(TaskQuery(100, states=closed, covered=frozenset({"refund.*"})))
    assert {job.decision.proposal.action for job in found} == {"refund.issue", "refund.issue.large"}


async def test_a_look_is_bounded_where_little_is_covered(store: Store) -> None:
    for _ in range(10):
        await admitted(store, make_admission(make_decision(make_proposal("loan.grant"), route=Route.AUTO_APPROVE)))
    window = await store.window(DecisionQuery(1, covered=frozenset({"refund.*"})), 4)
    assert (window.floor, window.more) == (7, True)
    assert not (await store.window(DecisionQuery(1), 4)).more


@pytest.mark.usefixtures("of_each")
@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), set(ACTIONS)),
        (Scope(queues=frozenset({"q0", "q2"})), {"refund.issue", "refund.issue.large", "loan.grant", "re%und.x"}),
        (Scope(frozenset({"refund.*"}), frozenset({"q0"})), {"refund.issue", "refund.issue.large"}),
        (Scope(frozenset({"loan.*"}), frozenset({"q0"})), set()),
        (Scope(queues=frozenset()), set()),
        *((Scope(frozenset(patterns)), seen) for patterns, seen in PATTERNS),
    ],
)
async def test_labels_and_figures_of_a_scope(store: Store, scope: Scope, seen: set[str]) -> None:
    for job in await store.lease_most_urgent(make_lease_request(START, limit=len(ACTIONS))):
        await store.settle_if_leased(make_verdict(job))
    samples = await store.list_samples(SampleQuery(100, 0, 100, scope=scope))
    assert {sample.decision.proposal.action for sample in samples} == seen
    counts = await store.override_counts(Grouping.ACTION, "", DAY_ONE, scope=scope)
    assert {count.action for count in counts} == seen
    for grouping in Grouping:
        found = await store.override_counts(grouping, "", DAY_ONE, blind=True, scope=scope)
        assert sum(count.reviews for count in found) == len(seen)
    activity = await store.reviewer_activity(DAY_ONE, "", 100, scope=scope)
    assert sum(each.reviews for each in activity) == len(seen)
    some = await store.list_samples(SampleQuery(100, 0, 100, "refund.*", scope=scope))
    assert {sample.decision.proposal.action for sample in some} == {each for each in seen if each.startswith("refund.")}


async def test_what_somebody_saw_is_in_the_chain_and_in_the_decisions_history(store: Store) -> None:
    job = await admit(store)
    body = {"payload_hash": job.decision.payload_hash}
    seen = [
        Sighting(SightKind.VIEWED, "anna", START + 1, body, job.decision.id, job.task.id),
        Sighting(SightKind.READ, "adam", START + 2, body, job.decision.id),
        Sighting(SightKind.EXPORTED, "ada", START + 3, {"records": "samples", "count": 2}, words={"action": "a"}),
    ]
    await store.witness(seen)
    told = await entries(store)
    assert first_fault(told) is None
    assert [(one.kind, one.actor, one.time, one.said, one.decision_id, one.task_id) for one in told[1:]] == [
        (one.kind.value, one.actor, one.time, {**one.body, **one.words}, one.decision_id, one.task_id) for one in seen
    ]
    events = await store.decision_events(job.decision.id, 0, 10)
    assert [(event.kind, event.actor, event.task_id, event.details) for event in events] == [
        (EventKind.VIEWED, "anna", job.task.id, body),
        (EventKind.READ, "adam", "", body),
    ]


def test_kinds_are_the_ledgers() -> None:
    assert {kind.value for kind in SightKind} <= {kind.value for kind in LedgerKind}
