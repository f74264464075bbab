"""What a task's presentation asks of a verdict, and the evidence that is recorded with it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import partial
from typing import Final

import pytest

from andon.domain.clock import SECOND
from andon.domain.decision import Outcome
from andon.domain.errors import CommentRequired, FieldsNotOpened, LeaseLost, PayloadChanged, RequestIdReused
from andon.domain.presentation import FieldFormat, FieldPresentation, Presentation
from andon.domain.review import Shown, Verdict
from andon.domain.samples import SampleQuery
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Job, TaskQuery
from tests.builders import (
    make_admission,
    make_decision,
    make_hold,
    make_lease_request,
    make_proposal,
    make_request,
    make_verdict,
)
from tests.clock import START
from tests.store.helpers import admit, admitted, entries, leased, refused

ASKING: Final = Presentation(
    "Refund {prediction.amount}",
    (
        FieldPresentation("prediction.amount", "Amount", FieldFormat.NUMBER, "EUR", decisive=True),
        FieldPresentation("input.photos", format=FieldFormat.IMAGE, upsetting=True),
        FieldPresentation("input.order"),
    ),
    (Verdict.REJECT, Verdict.CORRECT),
)
SEEN: Final = Shown("5" * 64, ("input.text",), (), 4_250_000)
HASTY: Final = Shown("6" * 64, (), ("input.text", "input.photos"))


async def irreversible(store: Store) -> Job:
    decision = make_decision(make_proposal(irreversible=True))
    return await leased(store, make_admission(decision))


@pytest.mark.parametrize("presentation", [None, Presentation(), ASKING])
async def test_a_task_keeps_its_presentation(store: Store, presentation: Presentation | None) -> None:
    admission = make_admission(presentation=presentation)
    job = await admit(store, admission)
    assert job.task.presentation == presentation
    assert [listed.task for listed in await store.list_tasks(TaskQuery(10))] == [job.task]
    (held,) = await store.lease_most_urgent(make_lease_request())
    assert held.task.presentation == presentation
    assert (await store.settle_if_leased(make_verdict(held))).job.task.presentation == presentation


async def test_tasks_are_told_apart_by_their_presentations(store: Store) -> None:
    asked = [ASKING, replace(ASKING, effect="Pay"), None, ASKING]
    admissions = [make_admission(presentation=one) for one in asked]
    await store.submit(admissions)
    tasks = [admission.task for admission in admissions]
    jobs = [await store.job(task.id) for task in tasks if task]
    assert [job.task.presentation for job in jobs if job] == asked


@pytest.mark.parametrize(
    ("effect", "input", "prediction", "reasoning"),
    [
        ("", False, False, False),
        ("Pay {attributes.amount}", False, False, False),
        ("Pay {prediction.amount}", False, True, False),
        ("{prediction.amount} for {input.order}, {input.total}: {reasoning}", True, True, True),
    ],
)
async def test_a_brief_list_has_what_the_effect_is_filled_from_and_nothing_else(
    store: Store, effect: str, input: bool, prediction: bool, reasoning: bool
) -> None:
    whole = (await admit(store, presentation=Presentation(effect))).decision.proposal
    (job,) = await store.list_tasks(TaskQuery(10, brief=True))
    brief = job.decision.proposal
    assert brief.input == (whole.input if input else {})
    assert brief.prediction == (whole.prediction if prediction else {})
    assert brief.reasoning == (whole.reasoning if reasoning else "")


@pytest.mark.parametrize(
    "comment",
    ["", " \t\n ", "\u200b\u2060\u00ad", "\x00", "\u034f", "\U000e0020", "\u3164\u2800", "\u115f\u1160\uffa0"],
)
@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.CORRECT])
async def test_a_comment_that_is_asked_for_must_be_there(store: Store, verdict: Verdict, comment: str) -> None:
    job = await leased(store, make_admission(presentation=ASKING))
    correction = {"amount": 1} if verdict is Verdict.CORRECT else None
    async with refused(store, CommentRequired, job):
        await store.settle_if_leased(make_verdict(job, verdict, comment=comment, correction=correction))
    settled = await store.settle_if_leased(make_verdict(job, verdict, comment="why", correction=correction))
    assert settled.review.comment == "why"


async def test_the_refusal_names_the_verdict(store: Store) -> None:
    job = await leased(store, make_admission(presentation=ASKING))
    with pytest.raises(CommentRequired) as raised:
        await store.settle_if_leased(make_verdict(job, Verdict.REJECT, comment=""))
    assert raised.value.metadata == {"verdict": "REJECT"}


@pytest.mark.parametrize("presentation", [None, Presentation(), ASKING])
async def test_other_verdicts_need_no_comment(store: Store, presentation: Presentation | None) -> None:
    job = await leased(store, make_admission(presentation=presentation))
    await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, comment=""))


async def test_what_a_presentation_asks_is_told_to_the_holder_alone(store: Store) -> None:
    job = await leased(store, make_admission(presentation=ASKING))
    hold = make_hold(job.task, holder="rolf")
    async with refused(store, LeaseLost, job):
        await store.settle_if_leased(make_verdict(job, Verdict.REJECT, comment="", hold=hold))
    async with refused(store, PayloadChanged, job):
        await store.settle_if_leased(make_verdict(job, Verdict.REJECT, comment="", payload_hash="0" * 64))


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.CORRECT])
async def test_what_is_irreversible_is_not_released_with_fields_unopened(store: Store, verdict: Verdict) -> None:
    job = await irreversible(store)
    given = partial(make_verdict, job, verdict, correction={"amount": 1} if verdict is Verdict.CORRECT else None)
    async with refused(store, FieldsNotOpened, job):
        await store.settle_if_leased(given(shown=HASTY))
    with pytest.raises(FieldsNotOpened) as raised:
        await store.settle_if_leased(given(shown=HASTY))
    assert raised.value.metadata == {"name": job.task.name, "fields": "input.text, input.photos"}
    assert (await store.settle_if_leased(given(now=START + 10 * SECOND, shown=SEEN))).review.shown == SEEN


async def test_it_is_rejected_with_fields_unopened(store: Store) -> None:
    job = await irreversible(store)
    assert (await store.settle_if_leased(make_verdict(job, Verdict.REJECT, shown=HASTY))).review.shown == HASTY


async def test_what_can_be_undone_is_approved_with_fields_unopened(store: Store) -> None:
    job = await leased(store)
    assert (await store.settle_if_leased(make_verdict(job, shown=HASTY))).review.shown == HASTY


async def test_who_says_nothing_of_what_was_shown_may_approve(store: Store) -> None:
    assert (await store.settle_if_leased(make_verdict(await irreversible(store)))).review.shown is None


async def test_a_repetition_is_answered_before_anything_is_asked(store: Store) -> None:
    job = await leased(store, make_admission(make_decision(make_proposal(irreversible=True)), presentation=ASKING))
    request = make_request("rita")
    first = await store.settle_if_leased(make_verdict(job, comment="", shown=SEEN, request=request))
    again = await store.settle_if_leased(make_verdict(job, comment="", shown=HASTY, request=request))
    assert again.replayed
    assert again.review == first.review
    other = replace(request, body_hash="b" * 64)
    with pytest.raises(RequestIdReused):
        await store.settle_if_leased(make_verdict(job, Verdict.REJECT, comment="", request=other))


@pytest.mark.parametrize("shown", [None, SEEN, HASTY])
async def test_evidence_is_recorded_with_the_verdict(store: Store, shown: Shown | None) -> None:
    settled = await store.settle_if_leased(make_verdict(await leased(store), now=START + 10 * SECOND, shown=shown))
    (sample,) = await store.list_samples(SampleQuery(10, 0, 10))
    assert sample.review == settled.review
    assert sample.review.shown == shown
    (entry,) = await entries(store, LedgerKind.REVIEWED)
    told = shown and {name: value for name, value in asdict(shown).items() if value or name == "view_time"}
    assert entry.said.get("shown") == (told and json.loads(json.dumps(told)))
    assert settled.job.decision.resolution is not None
    assert settled.job.decision.resolution.outcome is Outcome.APPROVED


async def test_decisions_without_a_task_have_no_presentation(store: Store) -> None:
    decision = await admitted(store, make_admission(make_decision()))
    assert (await store.decision(decision.id)) == decision


@pytest.mark.parametrize(("told", "kept"), [(9, 9), (10, 10), (11, 10), (315_576_000_000_000_000, 10), (0, 0)])
async def test_nobody_views_a_task_longer_than_it_has_been_handed_out(store: Store, told: int, kept: int) -> None:
    job = await leased(store)
    assert job.task.first_lease_time is not None
    shown = replace(SEEN, view_time=told)
    given = make_verdict(job, comment="", shown=shown, now=job.task.first_lease_time + 10)
    settled = await store.settle_if_leased(given)
    assert settled.review.shown == replace(SEEN, view_time=kept)
    (sample,) = await store.list_samples(SampleQuery(10, 0, 10))
    assert sample.review.shown == settled.review.shown
    assert (await entries(store))[-1].said["shown"]["view_time"] == kept  # type: ignore[index,call-overload]
