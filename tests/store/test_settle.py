"""Ending a task by a verdict."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.clock import HOUR
from andon.domain.decision import Model, Outcome, Resolution, Route
from andon.domain.errors import (
    ConflictOfInterest,
    LeaseLost,
    PayloadChanged,
    RequestIdReused,
    SelfReview,
    TaskClosed,
    TaskNotFound,
)
from andon.domain.review import Verdict
from andon.domain.task import TaskKind, TaskState
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Job, RetrainDue, Settled
from tests.builders import (
    LEASE,
    make_admission,
    make_decision,
    make_hold,
    make_id,
    make_lease_request,
    make_proposal,
    make_request,
    make_verdict,
)
from tests.clock import START
from tests.store.helpers import admit, entries, leased, refused


@pytest.mark.parametrize(
    ("verdict", "correction", "outcome", "override", "changed"),
    [
        (Verdict.APPROVE, None, Outcome.APPROVED, False, ()),
        (Verdict.REJECT, None, Outcome.REJECTED, True, ()),
        (Verdict.CORRECT, {"approve": True, "amount": 20}, Outcome.CORRECTED, True, ("amount",)),
        (Verdict.CORRECT, {"approve": True, "amount": 45.5}, Outcome.CORRECTED, False, ()),
    ],
)
async def test_a_verdict_ends_the_task_and_its_decision(
    store: Store,
    verdict: Verdict,
    correction: JsonObject | None,
    outcome: Outcome,
    override: bool,
    changed: tuple[str, ...],
) -> None:
    job = await leased(store)
    given = make_verdict(job, verdict, START + 7, correction=correction, comment="for \0 reasons")
    settled = await store.settle_if_leased(given)
    assert settled.review.sequence == 1
    assert (settled.review.override, settled.review.changed_fields) == (override, changed)
    assert (settled.replayed, settled.retrain) == (False, None)
    assert settled.job.task.state is TaskState.REVIEWED
    assert settled.job.task.lease is None
    expected = Resolution(outcome, "rita", START + 7, correction, "for \0 reasons")
    assert settled.job.decision.resolution == expected
    assert settled.job.decision.expire_time is None
    assert settled.job == await store.job(job.task.id)
    assert settled.job.decision == await store.decision(job.decision.id)
    assert not await store.is_open(job.decision.id)


async def test_a_verdict_is_in_the_ledger_with_what_it_ended(store: Store) -> None:
    job = await leased(store)
    correction = {"approve": False, "amount": 45.5}
    await store.settle_if_leased(make_verdict(job, Verdict.CORRECT, START + 7, correction=correction))
    (entry,) = await entries(store, LedgerKind.REVIEWED)
    assert (entry.actor, entry.time) == ("rita", START + 7)
    assert (entry.decision_id, entry.task_id) == (job.decision.id, job.task.id)
    assert entry.said == {
        "changed_fields": ["approve"],
        "comment": "seen",
        "confidence": 0.6,
        "corrected_prediction_hash": digest(canonical(correction)),
        "outcome": "CORRECTED",
        "override": True,
        "saw_prediction": True,
        "sequence": 1,
        "verdict": "CORRECT",
    }


async def test_an_event_tells_the_correction_of_which_the_ledger_has_the_hash_alone(store: Store) -> None:
    job, correction = await leased(store), {"approve": False, "amount": 45.5}
    await store.settle_if_leased(make_verdict(job, Verdict.CORRECT, START + 7, correction=correction))
    *_, event = await store.decision_events(job.decision.id, None, 10)
    assert event.details["corrected_prediction"] == correction
    assert event.details["corrected_prediction_hash"] == digest(canonical(correction))
    assert "45.5" not in canonical([dict(entry.body) for entry in await entries(store)])


async def test_verdicts_are_numbered_without_gaps(store: Store) -> None:
    jobs = [await leased(store) for _ in range(3)]
    for sequence, job in enumerate(jobs, 1):
        settled = await store.settle_if_leased(make_verdict(job))
        assert settled.review.sequence == sequence
        with pytest.raises(TaskClosed):
            await store.settle_if_leased(make_verdict(job))
    assert await store.last_sample() == 3


async def test_an_audit_does_not_change_how_the_decision_ended(store: Store) -> None:
    decision = make_decision(route=Route.AUTO_APPROVE)
    job = await leased(store, make_admission(decision, kind=TaskKind.AUDIT))
    settled = await store.settle_if_leased(make_verdict(job, Verdict.REJECT))
    assert settled.job.task.state is TaskState.REVIEWED
    assert settled.job.decision.resolution == decision.resolution
    (entry,) = await entries(store, LedgerKind.REVIEWED)
    assert entry.body["outcome"] is None


# Refusals, in the order in which they are tried: each case is at fault in all that follows, too.


async def test_an_unknown_task_is_not_found(store: Store) -> None:
    job = await leased(store)
    unknown = make_hold(job.task, task_id=make_id(), holder=job.decision.submitter)
    async with refused(store, TaskNotFound, job):
        await store.settle_if_leased(make_verdict(job, hold=unknown))


async def test_a_submitter_does_not_judge_even_what_is_closed(store: Store) -> None:
    job = await leased(store)
    own = make_hold(job.task, holder=job.decision.submitter, token="other")
    async with refused(store, SelfReview, job):
        await store.settle_if_leased(make_verdict(job, hold=own, payload_hash="0" * 64))
    await store.expire_due(job.task.expire_time, 1)
    async with refused(store, SelfReview, job):
        await store.settle_if_leased(make_verdict(job, hold=own, payload_hash="0" * 64))


async def test_a_closed_task_takes_no_verdict(store: Store) -> None:
    job = await leased(store)
    await store.expire_due(job.task.expire_time, 1)
    stranger = make_hold(job.task, holder="ben", token="other")
    async with refused(store, TaskClosed, job):
        await store.settle_if_leased(make_verdict(job, hold=stranger, payload_hash="0" * 64))


@pytest.mark.parametrize("payload_hash", [None, "0" * 64], ids=["as-seen", "changed"])
@pytest.mark.parametrize("false", [{"token": "other"}, {"holder": "ben"}, {"now": START + LEASE}], ids=str)
async def test_a_verdict_needs_the_lease(store: Store, false: dict[str, Any], payload_hash: str | None) -> None:
    job = await leased(store)
    async with refused(store, LeaseLost, job):
        await store.settle_if_leased(make_verdict(job, hold=make_hold(job.task, **false), payload_hash=payload_hash))


async def test_a_waiting_task_takes_no_verdict(store: Store) -> None:
    job = await admit(store)
    async with refused(store, LeaseLost, job):
        await store.settle_if_leased(make_verdict(job))


async def test_a_verdict_binds_to_what_was_seen(store: Store) -> None:
    job = await leased(store)
    async with refused(store, PayloadChanged, job):
        await store.settle_if_leased(make_verdict(job, payload_hash="0" * 64))
    assert (await store.settle_if_leased(make_verdict(job))).job.task.state is TaskState.REVIEWED


async def test_a_submitter_does_not_judge_even_with_a_lease(store: Store) -> None:
    job = await leased(store, make_admission(make_decision(submitter="sam")), holder="rita")
    own = make_hold(job.task, holder="sam")
    async with refused(store, SelfReview, job):
        await store.settle_if_leased(make_verdict(job, hold=own))


async def test_whom_the_submitter_acts_for_does_not_judge_even_with_a_lease(store: Store) -> None:
    decision = make_decision(make_proposal(on_behalf_of="sam"))
    job = await leased(store, make_admission(decision), holder="rita")
    for own in (make_hold(job.task, holder="sam"), make_hold(job.task, holder="sam", token="other")):
        async with refused(store, ConflictOfInterest, job):
            await store.settle_if_leased(make_verdict(job, hold=own))
    assert (await store.settle_if_leased(make_verdict(job))).review.reviewer == "rita"


async def test_a_late_verdict_after_another_lease_changes_nothing(store: Store) -> None:
    job = await leased(store)
    await store.reclaim_lapsed(START + LEASE, 10)
    (again,) = await store.lease_most_urgent(make_lease_request(START + LEASE, holder="ben"))
    async with refused(store, LeaseLost, again):
        await store.settle_if_leased(make_verdict(job, Verdict.REJECT, START + LEASE))
    settled = await store.settle_if_leased(make_verdict(again, Verdict.APPROVE, START + LEASE))
    assert settled.review.reviewer == "ben"


async def test_of_many_verdicts_at_once_one_counts(store: Store) -> None:
    job = await leased(store)
    verdicts = [make_verdict(job, verdict) for verdict in (Verdict.APPROVE, Verdict.REJECT) * 10]
    answers = await asyncio.gather(*map(store.settle_if_leased, verdicts), return_exceptions=True)
    assert sum(isinstance(answer, Settled) for answer in answers) == 1
    assert sum(isinstance(answer, TaskClosed) for answer in answers) == 19
    assert len(await entries(store, LedgerKind.REVIEWED)) == 1


# Repetition


async def test_a_repeated_verdict_gives_the_same_answer(store: Store) -> None:
    job = await leased(store)
    given = make_verdict(job, Verdict.REJECT, request=make_request("rita"))
    first = await store.settle_if_leased(given)
    again = await store.settle_if_leased(given)
    assert again.replayed
    assert (again.review, again.job) == (first.review, first.job)
    assert len(await entries(store, LedgerKind.REVIEWED)) == 1


async def test_a_repetition_is_answered_before_anything_else_is_asked(store: Store) -> None:
    job = await leased(store)
    request = make_request("rita")
    first = await store.settle_if_leased(make_verdict(job, request=request))
    lost = make_hold(job.task, START + HOUR, token="other")
    again = await store.settle_if_leased(make_verdict(job, hold=lost, request=request, payload_hash="0" * 64))
    assert again.review == first.review


async def test_a_request_id_is_not_used_for_another_verdict(store: Store) -> None:
    job, other = await leased(store), await leased(store)
    await store.settle_if_leased(make_verdict(job, request=make_request("rita", "one")))
    async with refused(store, RequestIdReused, job, other):
        await store.settle_if_leased(make_verdict(other, request=make_request("rita", "one", "b")))


async def test_request_ids_are_each_reviewers_own(store: Store) -> None:
    rita, ben = await leased(store), await leased(store, holder="ben")
    await store.settle_if_leased(make_verdict(rita, request=make_request("rita", "one")))
    settled = await store.settle_if_leased(make_verdict(ben, request=make_request("ben", "one", "b")))
    assert not settled.replayed


async def test_repetitions_at_the_same_moment_count_once(store: Store) -> None:
    job = await leased(store)
    given = make_verdict(job, request=make_request("rita"))
    answers = await asyncio.gather(*(store.settle_if_leased(given) for _ in range(10)))
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 9


async def test_a_refused_request_may_be_tried_again(store: Store) -> None:
    job = await leased(store)
    request = make_request("rita")
    with pytest.raises(PayloadChanged):
        await store.settle_if_leased(make_verdict(job, request=request, payload_hash="0" * 64))
    assert not (await store.settle_if_leased(make_verdict(job, request=request))).replayed


# Retraining


async def judge(store: Store, model: Model, action: str = "refund.issue") -> RetrainDue | None:
    """One more label for an action and model; three make a round. Each is given twice."""
    decision = make_decision(make_proposal(action, model=model))
    job: Job = await leased(store, make_admission(decision, urgency=29))
    given = make_verdict(job, request=make_request("rita"), retrain_after=3)
    settled = await store.settle_if_leased(given)
    assert (await store.settle_if_leased(given)).retrain is None
    return settled.retrain


async def test_a_round_of_labels_is_announced_once(store: Store) -> None:
    model = Model("m", "1")
    announced = [await judge(store, model) for _ in range(7)]
    first = RetrainDue("refund.issue", model, 3, 3)
    second = RetrainDue("refund.issue", model, 3, 6)
    assert announced == [None, None, first, None, None, second, None]
    due = await entries(store, LedgerKind.RETRAIN)
    assert [entry.body["cursor"] for entry in due] == [3, 6]
    assert due[0].body == {
        "action": "refund.issue",
        "cursor": 3,
        "labels": 3,
        "model": {"name": "m", "version": "1"},
    }


async def test_labels_are_counted_for_each_action_and_model_version(store: Store) -> None:
    groups = [(Model("m", "1"), "a.b"), (Model("m", "2"), "a.b"), (Model("m", "1"), "a.c")]
    for model, action in groups * 2:
        assert await judge(store, model, action) is None
    for model, action in groups:
        assert await judge(store, model, action) is not None


async def test_at_the_same_moment_a_round_is_announced_once(store: Store) -> None:
    jobs = [await leased(store) for _ in range(10)]
    given = [make_verdict(job, retrain_after=10) for job in jobs]
    answers = await asyncio.gather(*map(store.settle_if_leased, given))
    assert [answer.retrain is not None for answer in answers].count(True) == 1


async def test_zero_asks_for_no_retraining(store: Store) -> None:
    job = await leased(store)
    assert (await store.settle_if_leased(make_verdict(job, retrain_after=0))).retrain is None
