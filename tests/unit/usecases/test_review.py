"""Review: a verdict counts once, binds to what was seen, and releases whoever waits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.canonical import JsonObject
from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.decision import Outcome
from andon.domain.errors import (
    AndonError,
    CorrectionInvalid,
    FieldFault,
    FieldInvalid,
    LeaseLost,
    PayloadChanged,
    RequestIdReused,
    SelfReview,
    TaskClosed,
    TaskNotFound,
)
from andon.domain.masking import LEAVE
from andon.domain.principal import Role
from andon.domain.review import Verdict
from andon.domain.sensitive import Sensitive
from andon.store.values import Job
from andon.usecases.estimates import WaitEstimate
from andon.usecases.review import ReviewCommand
from tests.unit.usecases.world import PATIENCE, PLAN, SERVICE, World, resolution, reviewer

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"amount": {"type": "number", "maximum": 50}},
    "required": ["amount"],
}


async def leased(world: World) -> Job:
    await world.submitted()
    return await world.desk().leased()


@pytest.mark.parametrize(
    ("verdict", "fields", "outcome", "override", "changed"),
    [
        (Verdict.APPROVE, {}, Outcome.APPROVED, False, ()),
        (Verdict.REJECT, {"comment": "no"}, Outcome.REJECTED, True, ()),
        (
            Verdict.CORRECT,
            {"corrected_prediction": {"approve": True, "amount": 40.0}},
            Outcome.CORRECTED,
            True,
            ("amount",),
        ),
        (Verdict.CORRECT, {"corrected_prediction": {"approve": True, "amount": 45.5}}, Outcome.CORRECTED, False, ()),
    ],
)
async def test_a_verdict_ends_the_decision(
    world: World, verdict: Verdict, fields: dict[str, Any], outcome: Outcome, override: bool, changed: tuple[str, ...]
) -> None:
    job = await leased(world)
    world.clock.advance(SECOND)
    settled = await world.settled(job, verdict, **fields)
    review = settled.review
    assert (review.reviewer, review.decision_id, review.sequence) == ("rita", job.decision.id, 1)
    assert (review.override, review.changed_fields) == (override, changed)
    ended = resolution(await world.decision(job.decision.id))
    assert (ended.outcome, ended.resolved_by, ended.time) == (outcome, "rita", world.clock.now())
    assert ended.corrected_prediction == fields.get("corrected_prediction")
    assert (world.context.open_tasks, world.heard.of("reviewed")) == (0, [job.task.id])


async def test_a_verdict_feeds_the_estimate_of_its_queue(world: World) -> None:
    job = await leased(world)
    world.clock.advance(30 * SECOND)
    await world.settled(job)
    assert world.context.estimates.of("refunds") == WaitEstimate(30 * SECOND, 30 * SECOND)


async def test_a_repetition_gives_the_same_answer_and_counts_once(world: World) -> None:
    job = await leased(world)
    first = await world.settled(job, request_id="r1")
    again = await world.settled(job, request_id="r1")
    assert (again.review, again.replayed) == (first.review, True)
    assert (world.context.open_tasks, world.heard.of("reviewed")) == (0, [job.task.id])
    for other in ({"comment": "else"}, {"verdict": Verdict.REJECT}, {"payload_hash": "0" * 64}):
        with pytest.raises(RequestIdReused):
            await world.settled(job, **({"request_id": "r1"} | other))


@pytest.mark.parametrize(
    ("verdict", "correction"), [(Verdict.CORRECT, None), (Verdict.APPROVE, {}), (Verdict.REJECT, {"a": 1})]
)
async def test_a_correction_goes_with_correct_alone(
    world: World, verdict: Verdict, correction: dict[str, int] | None
) -> None:
    job = await leased(world)
    with pytest.raises(FieldInvalid, match="corrected_prediction"):
        await world.settled(job, verdict, corrected_prediction=correction)


async def test_a_correction_must_fit_the_schema_of_its_task(world: World) -> None:
    world.policies.plans = {"refund.issue": replace(PLAN, correction_schema=SCHEMA)}
    job = await leased(world)
    for wrong in ({}, {"amount": 51}, {"amount": "40"}):
        with pytest.raises(CorrectionInvalid):
            await world.settled(job, Verdict.CORRECT, corrected_prediction=wrong)
    await world.settled(job, Verdict.CORRECT, corrected_prediction={"amount": 50})


async def test_what_was_masked_for_the_reviewer_stays_as_it_was_proposed(world: World) -> None:
    schema: JsonObject = {"type": "object", "properties": {"amount": {"type": "number"}, "iban": {"maxLength": 4}}}
    world.policies.plans = {"refund.issue": replace(PLAN, correction_schema=schema)}
    world.policies.secrets = {"refund.issue": Sensitive.of({"prediction.iban": ["lead"]})}
    await world.submitted(prediction={"amount": 45, "iban": "DE89"})
    job = await world.desk().leased()
    settled = await world.settled(job, Verdict.CORRECT, corrected_prediction={"amount": 40, "iban": "[masked]"})
    assert settled.review.corrected_prediction == {"amount": 40, "iban": "DE89"}
    assert settled.review.changed_fields == ("amount",)


@pytest.mark.parametrize("iban", ["DE89", "NL91", None])
async def test_a_guess_at_what_is_kept_is_refused_whether_right_or_wrong(world: World, iban: str | None) -> None:
    world.policies.secrets = {"refund.issue": Sensitive.of({"prediction.iban": ["lead"]})}
    await world.submitted(prediction={"amount": 45, "iban": "DE89"})
    job = await world.desk().leased()
    with pytest.raises(CorrectionInvalid) as refused:
        await world.settled(job, Verdict.CORRECT, corrected_prediction={"amount": 45, "iban": iban})
    assert refused.value.faults == (FieldFault("corrected_prediction.iban", LEAVE),)


async def test_a_mask_that_the_policies_no_longer_ask_for_is_not_recorded(world: World) -> None:
    await world.submitted(prediction={"amount": 45, "iban": "DE89"})
    job = await world.desk().leased()
    with pytest.raises(CorrectionInvalid):
        await world.settled(job, Verdict.CORRECT, corrected_prediction={"amount": 40, "iban": "[masked]"})


async def test_what_is_masked_is_not_quoted_by_what_is_wrong_with_it(world: World) -> None:
    schema: JsonObject = {"type": "object", "properties": {"amount": {"maximum": 50}, "iban": {"const": "NL91"}}}
    world.policies.plans = {"refund.issue": replace(PLAN, correction_schema=schema)}
    world.policies.secrets = {"refund.issue": Sensitive.of({"prediction.iban": ["lead"]})}
    await world.submitted(prediction={"amount": 45, "iban": "DE89"})
    job = await world.desk().leased()
    with pytest.raises(CorrectionInvalid) as refused:
        await world.settled(job, Verdict.CORRECT, corrected_prediction={"amount": 51, "iban": "[masked]"})
    assert {fault.path for fault in refused.value.faults} == {
        "corrected_prediction.amount",
        "corrected_prediction.iban",
    }
    assert "DE89" not in str(refused.value.faults)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"lease_token": "wrong"}, LeaseLost),
        ({"by": reviewer("olga")}, LeaseLost),
        ({"by": reviewer("refund-service")}, SelfReview),
        ({"payload_hash": "0" * 64}, PayloadChanged),
    ],
)
async def test_a_verdict_without_a_right_to_it_changes_nothing(
    world: World, fields: dict[str, Any], error: type[AndonError]
) -> None:
    job = await leased(world)
    with pytest.raises(error):
        await world.settled(job, **fields)
    assert await world.real.job(job.task.id) == job
    assert (world.context.open_tasks, world.heard.of("reviewed")) == (1, [])


async def test_a_verdict_on_what_is_not_there_or_over_is_refused(world: World) -> None:
    job = await leased(world)
    nothing = ReviewCommand("no-such-task", "t", "0" * 64, Verdict.APPROVE)
    correction = replace(nothing, verdict=Verdict.CORRECT, corrected_prediction={})
    for command in (nothing, correction):
        with pytest.raises(TaskNotFound):
            await world.give_verdict(reviewer(), command)
    await world.settled(job)
    with pytest.raises(TaskClosed):
        await world.settled(job)


async def test_a_verdict_after_the_lease_has_lapsed_is_refused(world: World) -> None:
    job = await leased(world)
    world.clock.advance(MINUTE)
    with pytest.raises(LeaseLost):
        await world.settled(job)


async def test_a_submitter_who_reviews_never_judges_the_own_decision(world: World) -> None:
    both = replace(reviewer("refund-service"), roles=frozenset({Role.SUBMITTER, Role.REVIEWER}))
    job = await leased(world)
    with pytest.raises(SelfReview):
        await world.settled(job, by=both)


async def test_a_reviewer_that_goes_away_while_it_commits_still_releases_the_caller(world: World) -> None:
    desk = await world.idle_desk()
    caller = asyncio.create_task(world.submitted(wait=HOUR))
    job = await desk.leased()
    await world.quiet()
    done, go = world.store.pause("settle_if_leased")
    verdict = asyncio.create_task(world.settled(job))
    await done.wait()
    verdict.cancel()
    await asyncio.wait((verdict,))
    go.set()
    standing = await asyncio.wait_for(caller, PATIENCE)
    assert resolution(standing.decision).outcome is Outcome.APPROVED
    assert (world.context.open_tasks, world.heard.of("reviewed")) == (0, [job.task.id])


async def test_a_round_of_labels_asks_for_a_retraining_once(world: World) -> None:
    world.limit(retrain_after=2)
    due = []
    for _ in range(4):
        await world.submitted()
    desk = world.desk()
    for count in range(1, 5):
        due.append((await world.settled(await desk.leased(count))).retrain)
    assert [bool(event) for event in due] == [False, True, False, True]


async def test_two_verdicts_at_once_settle_once(world: World) -> None:
    job = await leased(world)
    answers = await asyncio.gather(world.settled(job), world.settled(job, Verdict.REJECT), return_exceptions=True)
    assert [type(answer).__name__ for answer in answers] == ["Settled", "TaskClosed"]
    assert SERVICE.name == job.decision.submitter
    assert world.heard.of("reviewed") == [job.task.id]
