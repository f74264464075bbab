"""What people decided: labelled samples and override rates."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import attributes_of, duration, enum_value, outcome_of, stamp_of, time_of
from andon_client._gen.andon.v1 import feedback_service_pb2, task_pb2
from andon_client._json import from_struct
from andon_client.model import Attributes, Model, Outcome


class Verdict(StrEnum):
    """What a reviewer says to a proposal."""

    UNKNOWN = "UNKNOWN"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    CORRECT = "CORRECT"


class Order(StrEnum):
    """How to order samples: as the verdicts were given, or least confident first."""

    SEQUENCE = "SEQUENCE"
    UNCERTAINTY = "UNCERTAINTY"


class Grouping(StrEnum):
    """What override rates are counted by."""

    ACTION = "ACTION"
    RULE = "RULE"
    MODEL = "MODEL"


@dataclass(frozen=True, slots=True)
class Sample:
    """One verdict as a labelled sample, beside the AI's original recommendation.

    `weight` is `1 / (confidence + 0.01)`, a priority; for unbiased estimates weigh by `1 / propensity`. `level` is 0
    for a verdict on the decision itself, else which appeal it was about. `masked_fields` are as those of a decision;
    what they say of `prediction` is masked in `human_label` as well.
    """

    sequence: int
    decision: str
    action: str
    input: dict[str, Any]
    prediction: dict[str, Any]
    human_label: dict[str, Any]
    verdict: Verdict
    outcome: Outcome
    comment: str
    confidence: float
    weight: float
    propensity: float
    policy_revision: str
    model: Model
    override: bool
    saw_prediction: bool
    reviewer: str
    review_time: datetime
    attributes: Attributes
    rules: tuple[str, ...]
    level: int = 0
    masked_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SamplePage:
    """Some samples. All pages of one listing stop at `last_sequence`: begin after it the next time."""

    samples: tuple[Sample, ...]
    last_sequence: int


@dataclass(frozen=True, slots=True)
class OverrideRate:
    """How often people overrode the AI in one group; `lower` and `upper` bound the rate with 95 % confidence.

    `start_time` is where the span begins that was counted; None where all was counted as one.
    """

    action: str
    rule: str
    model: Model
    reviews: int
    overrides: int
    rejections: int
    corrections: int
    rate: float
    lower: float
    upper: float
    start_time: datetime | None = None


class FeedbackCalls:
    """Reading what people decided."""

    _caller: Caller

    async def sample_pages(
        self, *, after: int = 0, action: str = "", order: Order = Order.SEQUENCE, page_size: int = 200
    ) -> AsyncGenerator[SamplePage, None]:
        """Labelled samples past the sequence `after`, page by page. `action` may be a pattern such as `refund.*`."""
        request = feedback_service_pb2.ListSamplesRequest(
            page_size=page_size,
            after_sequence=after,
            action=action,
            order=feedback_service_pb2.SampleOrder.Value(f"SAMPLE_ORDER_{order}"),
        )
        while True:
            page = await self._caller.call(methods.LIST_SAMPLES, request)
            yield SamplePage(tuple(sample_of(message) for message in page.samples), page.last_sequence)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def override_rates(
        self,
        *,
        by: Grouping = Grouping.ACTION,
        action: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        interval: timedelta | None = None,
    ) -> list[OverrideRate]:
        """How often people overrode the AI, most verdicts first. Times must be aware of their time zones.

        `interval` counts each such span from `since` on by itself, by time within each group; it is at least a minute,
        and makes at most 1,000 spans. Spans without verdicts are left out.
        """
        request = feedback_service_pb2.ListOverrideRatesRequest(
            action=action,
            grouping=feedback_service_pb2.OverrideGrouping.Value(f"OVERRIDE_GROUPING_{by}"),
            start_time=stamp_of(since),
            end_time=stamp_of(until),
            interval=None if interval is None else duration(interval.total_seconds()),
        )
        response = await self._caller.call(methods.LIST_OVERRIDE_RATES, request)
        return [_rate_of(message) for message in response.rates]


def sample_of(message: feedback_service_pb2.Sample) -> Sample:
    """A sample from its message."""
    return Sample(
        sequence=message.sequence,
        decision=message.decision,
        action=message.action,
        input=from_struct(message.input),
        prediction=from_struct(message.prediction),
        human_label=from_struct(message.human_label),
        verdict=verdict_of(message.verdict),
        outcome=outcome_of(message.outcome),
        comment=message.comment,
        confidence=message.confidence,
        weight=message.weight,
        propensity=message.propensity,
        policy_revision=message.policy_revision,
        model=Model(message.model.name, message.model.version),
        override=message.override,
        saw_prediction=message.saw_prediction,
        reviewer=message.reviewer,
        review_time=time_of(message.review_time),
        attributes=attributes_of(message.attributes),
        rules=tuple(message.rules),
        level=message.level,
        masked_fields=tuple(message.masked_fields),
    )


def verdict_of(number: int) -> Verdict:
    """What a reviewer said."""
    return enum_value(Verdict, task_pb2.Verdict, "VERDICT_", number)


def _rate_of(message: feedback_service_pb2.OverrideRate) -> OverrideRate:
    return OverrideRate(
        action=message.action,
        rule=message.rule,
        model=Model(message.model.name, message.model.version),
        reviews=message.reviews,
        overrides=message.overrides,
        rejections=message.rejections,
        corrections=message.corrections,
        rate=message.rate,
        lower=message.lower,
        upper=message.upper,
        start_time=time_of(message.start_time) if message.HasField("start_time") else None,
    )
