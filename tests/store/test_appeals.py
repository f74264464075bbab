"""Contesting the end of a decision."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.appeal import Appeal
from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.decision import Decision, Outcome, Route
from andon.domain.errors import DecisionNotFound, NotAppealable, RequestIdReused
from andon.domain.event import EventKind
from andon.domain.plan import Quorum, Term, WorkPlan
from andon.domain.review import Verdict
from andon.domain.samples import SampleQuery
from andon.domain.spans import Spans
from andon.domain.task import Task, TaskKind, TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Appealed, AppealWish, Cancellation, Job, RequestKey
from tests.builders import make_admission, make_decision, make_id, make_lease_request, make_request, make_verdict
from tests.builders import make_task as a_task
from tests.clock import START
from tests.store.helpers import admit, admitted, entries, leased, refused

BOTH = WorkPlan(Quorum((Term(1, 1, "risk"), Term(1, 1))))


def seat(decision: Decision, level: int = 1, **words: Any) -> Task:
    """A task of an appeal."""
    task = a_task(decision, kind=TaskKind.APPEAL, queue="appeals", **words)
    return replace(task, level=level, note="it was intact", create_time=START + 20, expire_time=START + HOUR)


def wish(decision: Decision, *tasks: Task, by: str = "refund-service", request: RequestKey | None = None) -> AppealWish:
    """An appeal against the end of a decision."""
    return AppealWish(decision.id, by, "it was intact", START + 20, tasks or (seat(decision),), request)


async def resolved(store: Store, verdict: Verdict = Verdict.REJECT) -> Decision:
    """A decision that rita has ended."""
    job = await leased(store)
    return (await store.settle_if_leased(make_verdict(job, verdict, START + 10))).job.decision


async def appealed(store: Store, decision: Decision | None = None, **words: Any) -> Appealed:
    """An appeal that is open."""
    decision = decision or await resolved(store)
    return await store.appeal_if_resolved(wish(decision, **words))


async def taken(store: Store, holder: str = "lena", limit: int = 1, **words: Any) -> list[Job]:
    """What is handed out to somebody then."""
    request = make_lease_request(START + 30, holder=holder, limit=limit, **words)
    return list(await store.lease_most_urgent(request))


async def judged(store: Store, verdict: Verdict, holder: str = "lena", **words: Any) -> Decision:
    """The most urgent task is judged by somebody."""
    (job,) = await taken(store, holder)
    settled = await store.settle_if_leased(make_verdict(job, verdict, START + 40, **words))
    return settled.job.decision


async def test_an_appeal_is_a_task_for_somebody_else_and_the_end_stays(store: Store) -> None:
    decision = await resolved(store)
    answer = await appealed(store, decision)
    (job,) = answer.jobs
    assert answer.decision == replace(decision, appeals=1) == await store.decision(decision.id)
    assert answer.appeal == Appeal(decision.id, 1, "refund-service", "it was intact", START + 20, job.task.id)
    assert await store.appeals(decision.id) == [answer.appeal]
    assert job == await store.job(job.task.id)
    assert (job.task.kind, job.task.level, job.task.note) == (TaskKind.APPEAL, 1, "it was intact")
    assert (job.task.queue, job.task.state) == ("appeals", TaskState.WAITING)
    assert job.decision == answer.decision


async def test_it_is_recorded(store: Store) -> None:
    decision = await resolved(store)
    await appealed(store, decision)
    (entry,) = await entries(store, LedgerKind.APPEALED)
    assert (entry.actor, entry.decision_id, entry.time) == ("refund-service", decision.id, START + 20)
    assert entry.said == {
        "comment": "it was intact",
        "level": 1,
        "task": {"expire_time": START + HOUR, "kind": "APPEAL", "queue": "appeals", "skills": []},
    }
    events = await store.decision_events(decision.id, None, 10)
    assert [event.kind for event in events][-1] is EventKind.APPEALED


async def test_each_seat_is_a_task(store: Store) -> None:
    decision = await resolved(store)
    seats = (seat(decision, plan=BOTH, group="risk"), seat(decision, plan=BOTH, term=1))
    answer = await store.appeal_if_resolved(wish(decision, *seats))
    assert [job.task for job in answer.jobs] == list(seats)
    assert answer.appeal.task_id == seats[0].id
    (entry,) = await entries(store, LedgerKind.APPEALED)
    (further,) = await entries(store, LedgerKind.OPENED)
    assert (entry.task_id, further.task_id, further.actor) == (seats[0].id, seats[1].id, "refund-service")
    assert isinstance(entry.body["task"], dict)
    assert entry.body["task"]["quorum"] == "1 of risk and 1"


@pytest.mark.parametrize("route", [Route.AUTO_APPROVE, Route.BLOCK])
async def test_what_a_policy_ended_can_be_appealed(store: Store, route: Route) -> None:
    decision = await admitted(store, make_admission(make_decision(route=route)))
    assert (await appealed(store, decision)).decision.appeals == 1
    assert (await judged(store, Verdict.REJECT)).resolution == decision.resolution


async def test_what_nobody_judged_in_time_can_be_appealed(store: Store) -> None:
    job = await admit(store, deadline=10)
    await store.expire_due(START + 10, 10)
    assert (await appealed(store, job.decision)).decision.appeals == 1


async def test_what_has_not_ended_cant_be_appealed(store: Store) -> None:
    job = await admit(store)
    async with refused(store, NotAppealable, job) as raised:
        await appealed(store, job.decision)
    assert raised.value.metadata["why"] == "it has not ended"
    assert await store.appeals(job.decision.id) == []


async def test_what_was_withdrawn_cant_be_appealed(store: Store) -> None:
    job = await admit(store)
    await store.cancel_if_open(Cancellation(job.decision.id, "refund-service", "", START + 5))
    async with refused(store, NotAppealable, job) as raised:
        await appealed(store, job.decision)
    assert raised.value.metadata["why"] == "it was cancelled"


async def test_an_unknown_decision_is_not_found(store: Store) -> None:
    async with refused(store, DecisionNotFound):
        await appealed(store, replace(make_decision(), id=make_id()))


@pytest.mark.parametrize(("level", "why"), [(1, "an appeal is open"), (2, "an appeal is open")])
async def test_one_appeal_is_open_at_a_time(store: Store, level: int, why: str) -> None:
    first = await appealed(store)
    async with refused(store, NotAppealable, *first.jobs) as raised:
        await store.appeal_if_resolved(wish(first.decision, seat(first.decision, level)))
    assert raised.value.metadata["why"] == why


@pytest.mark.parametrize("level", [1, 3])
async def test_levels_come_one_after_the_other(store: Store, level: int) -> None:
    first = await appealed(store)
    await judged(store, Verdict.APPROVE)
    async with refused(store, NotAppealable, *first.jobs) as raised:
        await store.appeal_if_resolved(wish(first.decision, seat(first.decision, level)))
    assert raised.value.metadata["why"] == "it has been appealed meanwhile"


async def test_of_two_at_the_same_moment_one_is_opened(store: Store) -> None:
    decision = await resolved(store)
    answers = await asyncio.gather(
        *(store.appeal_if_resolved(wish(decision, by=name)) for name in ("a", "b", "c")), return_exceptions=True
    )
    opened = [answer for answer in answers if isinstance(answer, Appealed)]
    assert len(opened) == 1
    assert sum(isinstance(answer, NotAppealable) for answer in answers) == 2
    assert await store.appeals(decision.id) == [opened[0].appeal]
    assert (await store.queue_depths())["appeals"].waiting == 1


async def test_a_repeated_request_gives_the_appeal_again(store: Store) -> None:
    decision = await resolved(store)
    request = make_request()
    assert not await store.appealed(request)
    first = await appealed(store, decision, request=request)
    again = await appealed(store, decision, request=request)
    assert (again.decision, again.appeal, again.jobs) == (first.decision, first.appeal, ())
    assert await store.appealed(request)
    assert len(await entries(store, LedgerKind.APPEALED)) == 1
    await judged(store, Verdict.APPROVE)
    assert (await appealed(store, decision, request=request)).appeal.resolution is not None


async def test_a_request_repeated_at_the_same_moment_opens_one_appeal(store: Store) -> None:
    decision, request = await resolved(store), make_request()
    seats = [seat(decision), seat(decision)]
    answers = await asyncio.gather(*(store.appeal_if_resolved(wish(decision, one, request=request)) for one in seats))
    assert answers[0].appeal == answers[1].appeal
    assert sorted(len(answer.jobs) for answer in answers) == [0, 1]
    assert (await store.queue_depths())["appeals"].waiting == 1


async def test_a_request_id_is_not_used_for_another_appeal(store: Store) -> None:
    first, other = await resolved(store), await resolved(store)
    await appealed(store, first, request=make_request(request_id="one"))
    another = make_request(request_id="one", body="b")
    async with refused(store, RequestIdReused):
        await appealed(store, other, request=another)
    async with refused(store, RequestIdReused):
        await store.appealed(another)


async def test_a_refused_request_leaves_its_id_free(store: Store) -> None:
    job, request = await leased(store), make_request()
    async with refused(store, NotAppealable, job):
        await appealed(store, job.decision, request=request)
    await store.settle_if_leased(make_verdict(job, now=START + 10))
    assert (await appealed(store, job.decision, request=request)).jobs


async def test_neither_who_judged_it_nor_who_appealed_is_asked(store: Store) -> None:
    await appealed(store, by="lars")
    for name in ("rita", "lars", "refund-service"):
        assert await taken(store, name) == []
    assert len(await taken(store, "lena")) == 1


async def test_the_earlier_reviewers_of_all_levels_are_left_out(store: Store) -> None:
    first = await appealed(store)
    await judged(store, Verdict.APPROVE, "lena")
    second = await store.appeal_if_resolved(wish(first.decision, seat(first.decision, 2)))
    assert second.decision.appeals == 2
    assert await taken(store, "rita") == await taken(store, "lena") == []
    (job,) = await taken(store, "mona")
    assert (job.task.level, job.task.id) == (2, second.appeal.task_id)


async def test_who_held_it_before_they_appealed_gets_no_further(store: Store) -> None:
    decision = await resolved(store)
    await appealed(store, decision)
    (job,) = await taken(store, "lena")
    await judged_and_appealed_again(store, job, decision)


async def judged_and_appealed_again(store: Store, job: Job, decision: Decision) -> None:
    """lena judges the first level and appeals; she can't be handed the second."""
    await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, START + 40))
    seats = (seat(decision, 2, plan=BOTH), seat(decision, 2, plan=BOTH, term=1))
    await store.appeal_if_resolved(wish(decision, *seats, by="lena"))
    assert await taken(store, "lena", limit=2) == []


@pytest.mark.parametrize(
    ("verdict", "outcome", "correction"),
    [
        (Verdict.APPROVE, Outcome.APPROVED, None),
        (Verdict.REJECT, Outcome.REJECTED, None),
        (Verdict.CORRECT, Outcome.CORRECTED, {"approve": True, "amount": 5}),
    ],
)
async def test_an_appeal_has_an_end_of_its_own(
    store: Store, verdict: Verdict, outcome: Outcome, correction: dict[str, Any] | None
) -> None:
    first = await resolved(store)
    await appealed(store, first)
    decision = await judged(store, verdict, correction=correction)
    assert decision == replace(first, appeals=1)
    (appeal,) = await store.appeals(decision.id)
    end = appeal.resolution
    assert end is not None
    assert (end.outcome, end.resolved_by, end.time, end.comment) == (outcome, "lena", START + 40, "seen")
    assert end.corrected_prediction == correction
    (_, entry) = await entries(store, LedgerKind.REVIEWED)
    assert (entry.body["level"], entry.body["outcome"]) == (1, outcome.name)


async def test_a_missed_deadline_ends_the_appeal_alone(store: Store) -> None:
    answer = await appealed(store)
    (expired,) = await store.expire_due(START + HOUR, 10)
    assert expired.job.task.id == answer.appeal.task_id
    assert expired.job.decision == answer.decision
    (appeal,) = await store.appeals(answer.decision.id)
    assert appeal.resolution is not None
    assert (appeal.resolution.outcome, appeal.resolution.time) == (Outcome.EXPIRED, START + HOUR)


async def test_the_appeals_of_a_decision_come_by_level(store: Store) -> None:
    first = await appealed(store)
    await judged(store, Verdict.APPROVE)
    await store.appeal_if_resolved(wish(first.decision, seat(first.decision, 2), by="lars"))
    found = await store.appeals(first.decision.id)
    assert [(appeal.level, appeal.appellant, appeal.resolution is None) for appeal in found] == [
        (1, "refund-service", False),
        (2, "lars", True),
    ]
    assert await store.appeals(make_id()) == []


async def test_the_verdict_of_an_appeal_is_a_label_and_no_override_of_the_ai(store: Store) -> None:
    await appealed(store, await resolved(store, Verdict.APPROVE))
    await judged(store, Verdict.REJECT)
    samples = await store.list_samples(SampleQuery(10, 0, 100))
    assert [(sample.review.level, sample.review.verdict) for sample in samples] == [
        (0, Verdict.APPROVE),
        (1, Verdict.REJECT),
    ]
    spans = Spans.one(START, START + HOUR)
    for grouping in Grouping:
        (count,) = await store.override_counts(grouping, "", spans)
        assert (count.reviews, count.rejections, count.corrections) == (1, 0, 0), grouping


async def test_who_is_added_reads_why_it_is_contested(store: Store) -> None:
    decision, plan = await resolved(store), WorkPlan(Quorum((Term(2, 2),)))
    await store.appeal_if_resolved(wish(decision, seat(decision, plan=plan), seat(decision, plan=plan)))
    (lena,), (olga,) = await taken(store, "lena"), await taken(store, "olga")
    await store.settle_if_leased(make_verdict(lena, Verdict.APPROVE, START + 40))
    settled = await store.settle_if_leased(make_verdict(olga, Verdict.REJECT, START + 40))
    assert [job.task.note for job in settled.opened] == ["it was intact"]
