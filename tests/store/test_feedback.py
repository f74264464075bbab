"""Samples and override counts: what people decided."""

from __future__ import annotations

import pytest

from andon.domain.canonical import JsonObject
from andon.domain.counts import Grouping, OverrideCount
from andon.domain.decision import Model, Route
from andon.domain.review import Verdict
from andon.domain.samples import Sample, SampleOrder, SampleQuery
from andon.domain.spans import Spans
from andon.store.port import Store
from andon.store.values import Settled
from tests.builders import make_admission, make_decision, make_proposal, make_routing, make_verdict
from tests.clock import START
from tests.store.helpers import admit, leased


async def judged(
    store: Store,
    verdict: Verdict = Verdict.APPROVE,
    *,
    action: str = "refund.issue",
    confidence: float = 0.6,
    version: str = "1",
    rules: tuple[str, ...] = ("confidence",),
    correction: JsonObject | None = None,
    now: int = START,
) -> Settled:
    """One verdict on a fresh decision."""
    proposal = make_proposal(action, confidence, model=Model("m", version))
    decision = make_decision(proposal, routing=make_routing(Route.REVIEW, *rules))
    job = await leased(store, make_admission(decision))
    return await store.settle_if_leased(make_verdict(job, verdict, now, correction=correction))


async def test_a_sample_is_a_verdict_beside_its_decision(store: Store) -> None:
    settled = await judged(store, Verdict.CORRECT, correction={"approve": False, "lines": [1]})
    (sample,) = await store.list_samples(SampleQuery(10, 0, 1))
    assert sample == Sample(settled.review, settled.job.decision)


async def test_samples_are_a_resumable_range(store: Store) -> None:
    await admit(store, urgency=0)
    assert await store.last_sample() == 0
    assert await store.list_samples(SampleQuery(10, 0, 0)) == []
    for _ in range(5):
        await judged(store)
    assert await store.last_sample() == 5

    async def found(query: SampleQuery) -> list[int]:
        return [sample.review.sequence for sample in await store.list_samples(query)]

    assert await found(SampleQuery(10, 0, 5)) == [1, 2, 3, 4, 5]
    assert await found(SampleQuery(10, 1, 4)) == [2, 3, 4]
    assert await found(SampleQuery(2, 1, 4)) == [2, 3]
    assert await found(SampleQuery(2, 1, 4, offset=2)) == [4]
    assert await found(SampleQuery(2, 5, 5)) == []


async def test_samples_are_ordered_by_uncertainty(store: Store) -> None:
    for confidence in (0.9, 0.2, 0.5, 0.2):
        await judged(store, confidence=confidence)
    samples = await store.list_samples(SampleQuery(3, 0, 4, order=SampleOrder.UNCERTAINTY))
    assert [sample.review.sequence for sample in samples] == [2, 4, 3]
    samples = await store.list_samples(SampleQuery(3, 0, 3, order=SampleOrder.UNCERTAINTY, offset=1))
    assert [sample.review.sequence for sample in samples] == [3, 1]


@pytest.mark.parametrize(
    ("action", "expected"), [("", [1, 2, 3]), ("refund.issue", [1]), ("refund.*", [1, 2]), ("none", [])]
)
async def test_samples_are_filtered_by_action(store: Store, action: str, expected: list[int]) -> None:
    for one in ("refund.issue", "refund.issue.large", "refunds.issue"):
        await judged(store, action=one)
    samples = await store.list_samples(SampleQuery(10, 0, 3, action))
    assert [sample.review.sequence for sample in samples] == expected


async def test_agreement_is_no_override(store: Store) -> None:
    await judged(store, Verdict.APPROVE)
    await judged(store, Verdict.REJECT)
    await judged(store, Verdict.CORRECT, correction={"approve": False})
    await judged(store, Verdict.CORRECT, correction={"approve": True, "amount": 45.5})
    (count,) = await store.override_counts(Grouping.ACTION, "", Spans.one())
    assert count == OverrideCount("refund.issue", 4, 1, 1)
    assert count.overrides == 2


async def test_a_deadline_is_no_verdict(store: Store) -> None:
    job = await admit(store)
    await store.expire_due(job.task.expire_time, 1)
    for grouping in Grouping:
        assert await store.override_counts(grouping, "", Spans.one()) == []


async def test_overrides_are_counted_by_action_most_verdicts_first(store: Store) -> None:
    for action, verdict in (("a.b", Verdict.APPROVE), ("a.c", Verdict.REJECT), ("a.c", Verdict.APPROVE)):
        await judged(store, verdict, action=action)
    expected = [OverrideCount("a.c", 2, 1, 0), OverrideCount("a.b", 1, 0, 0)]
    assert await store.override_counts(Grouping.ACTION, "", Spans.one()) == expected
    assert await store.override_counts(Grouping.ACTION, "a.*", Spans.one()) == expected
    assert await store.override_counts(Grouping.ACTION, "a.b", Spans.one()) == expected[1:]
    assert await store.override_counts(Grouping.ACTION, "b.*", Spans.one()) == []


async def test_overrides_are_counted_by_model_version(store: Store) -> None:
    for version, verdict in (("1", Verdict.APPROVE), ("2", Verdict.REJECT), ("2", Verdict.REJECT)):
        await judged(store, verdict, version=version)
    assert await store.override_counts(Grouping.MODEL, "", Spans.one()) == [
        OverrideCount("refund.issue", 2, 2, 0, model=Model("m", "2")),
        OverrideCount("refund.issue", 1, 0, 0, model=Model("m", "1")),
    ]


async def test_a_verdict_counts_for_every_rule_that_held_it(store: Store) -> None:
    await judged(store, Verdict.REJECT, rules=("confidence", "amount"))
    await judged(store, Verdict.APPROVE, rules=("amount",))
    assert await store.override_counts(Grouping.RULE, "", Spans.one()) == [
        OverrideCount("refund.issue", 2, 1, 0, rule="amount"),
        OverrideCount("refund.issue", 1, 1, 0, rule="confidence"),
    ]


async def test_only_verdicts_since_a_moment_count(store: Store) -> None:
    await judged(store, now=START)
    await judged(store, Verdict.REJECT, now=START + 10)
    for grouping in Grouping:
        (count,) = await store.override_counts(grouping, "", Spans.one(START + 10))
        assert (count.reviews, count.rejections) == (1, 1)
