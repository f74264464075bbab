"""FeedbackService: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.counts import Grouping, OverrideCount
from andon.domain.errors import PageTokenInvalid
from andon.domain.principal import Principal
from andon.domain.samples import Sample, SampleOrder, SampleQuery
from andon.domain.statistics import wilson
from andon.rpc.convert import model_message, sample_message
from andon.rpc.pages import FULL_STEP, action_pattern, fill_page, make_token, page_size, read_token
from andon.rpc.pipeline import Call
from andon.rpc.ranges import range_of
from andon.rpc.sizes import sample_size
from andon.rpc.times import timestamp
from andon.usecases.feedback import Feedback
from andon.usecases.masking import Masks
from andon_client._gen.andon.v1 import feedback_service_pb2

_GROUPINGS = {
    feedback_service_pb2.OVERRIDE_GROUPING_RULE: Grouping.RULE,
    feedback_service_pb2.OVERRIDE_GROUPING_MODEL: Grouping.MODEL,
}


class FeedbackEndpoints:
    """One method for each RPC of FeedbackService, named as it is."""

    def __init__(self, feedback: Feedback, masks: Masks) -> None:
        self._feedback = feedback
        self._masks = masks

    async def ListSamples(  # the contract's name
        self, call: Call, request: feedback_service_pb2.ListSamplesRequest
    ) -> feedback_service_pb2.ListSamplesResponse:
        until, offset = await self._range(call.caller, request)
        response = feedback_service_pb2.ListSamplesResponse(last_sequence=until)
        samples = response.samples

        async def fetch(_last: Sample | None, wanted: int) -> Sequence[Sample]:
            found = await self._feedback.samples(call.caller, _query(request, wanted, until, offset + len(samples)))
            await self._masks.shown(call.caller, [sample.decision for sample in found])
            return found

        def put(sample: Sample) -> int:
            samples.append(sample_message(self._masks.sample(call.caller, sample)))
            return sample_size(sample)

        if await fill_page(page_size(request.page_size), FULL_STEP, fetch, put) is not None:
            response.next_page_token = make_token(request, until, offset + len(samples))
        await self._feedback.exported(call.caller, _query(request, 0, until, offset), len(samples))
        return response

    async def ListOverrideRates(
        self, call: Call, request: feedback_service_pb2.ListOverrideRatesRequest
    ) -> feedback_service_pb2.ListOverrideRatesResponse:
        grouping = _GROUPINGS.get(request.grouping, Grouping.ACTION)
        pattern = action_pattern(request.action)
        spans, counts = await self._feedback.override_counts(call.caller, grouping, pattern, range_of(request))
        rates = [_rate_message(count) for count in counts]
        if request.HasField("interval"):
            for rate, count in zip(rates, counts, strict=True):
                rate.start_time.CopyFrom(timestamp(spans.start_of(count.span)))
        return feedback_service_pb2.ListOverrideRatesResponse(rates=rates)

    async def _range(self, caller: Principal, request: feedback_service_pb2.ListSamplesRequest) -> tuple[int, int]:
        """The newest sample the pages run to, and how many went before this page."""
        if not request.page_token:
            pattern = action_pattern(request.action)
            return await self._feedback.last_sample(caller, request.after_sequence, pattern), 0
        until, offset = read_token(request, request.page_token, int, int)
        if offset < 0:
            raise PageTokenInvalid
        return until, offset


def _query(request: feedback_service_pb2.ListSamplesRequest, limit: int, until: int, offset: int) -> SampleQuery:
    uncertain = request.order == feedback_service_pb2.SAMPLE_ORDER_UNCERTAINTY
    order = SampleOrder.UNCERTAINTY if uncertain else SampleOrder.SEQUENCE
    return SampleQuery(limit, request.after_sequence, until, action_pattern(request.action), order, offset)


def _rate_message(count: OverrideCount) -> feedback_service_pb2.OverrideRate:
    """Override counts of one group with the Wilson interval of their rate."""
    lower, upper = wilson(count.overrides, count.reviews)
    message = feedback_service_pb2.OverrideRate(
        action=count.action,
        rule=count.rule,
        reviews=count.reviews,
        overrides=count.overrides,
        rejections=count.rejections,
        corrections=count.corrections,
        rate=count.overrides / count.reviews if count.reviews else 0.0,
        lower=lower,
        upper=upper,
    )
    if count.model.name or count.model.version:
        message.model.CopyFrom(model_message(count.model))
    return message
