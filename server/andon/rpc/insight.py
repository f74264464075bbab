"""InsightService: convert, call one use case, convert."""

from __future__ import annotations

from andon.domain.counts import Activity
from andon.domain.spans import Spans
from andon.rpc.pipeline import Call
from andon.rpc.ranges import range_of
from andon.rpc.times import duration, timestamp
from andon.usecases.insight import Insight, QueuePoint, QueueStanding
from andon_client._gen.andon.v1 import insight_service_pb2


class InsightEndpoints:
    """One method for each RPC of InsightService, named as it is."""

    def __init__(self, insight: Insight) -> None:
        self._insight = insight

    async def ListQueues(  # the contract's name
        self, call: Call, request: insight_service_pb2.ListQueuesRequest
    ) -> insight_service_pb2.ListQueuesResponse:
        found = await self._insight.queues(call.caller)
        return insight_service_pb2.ListQueuesResponse(queues=map(_queue_message, found))

    async def ListQueueHistory(
        self, call: Call, request: insight_service_pb2.ListQueueHistoryRequest
    ) -> insight_service_pb2.ListQueueHistoryResponse:
        points = await self._insight.queue_history(call.caller, request.queue, range_of(request))
        return insight_service_pb2.ListQueueHistoryResponse(points=map(_point_message, points))

    async def ListReviewerActivity(
        self, call: Call, request: insight_service_pb2.ListReviewerActivityRequest
    ) -> insight_service_pb2.ListReviewerActivityResponse:
        spans, found = await self._insight.activity(call.caller, range_of(request))
        activities = [_activity_message(activity, spans) for activity in found]
        return insight_service_pb2.ListReviewerActivityResponse(activities=activities)


def _queue_message(standing: QueueStanding) -> insight_service_pb2.Queue:
    depth, estimate = standing.depth, standing.estimate
    message = insight_service_pb2.Queue(queue=standing.queue, waiting=depth.waiting, leased=depth.leased)
    if depth.oldest is not None:
        message.oldest_create_time.CopyFrom(timestamp(depth.oldest))
    if depth.next_expire is not None:
        message.next_expire_time.CopyFrom(timestamp(depth.next_expire))
    if estimate is not None:
        message.p50.CopyFrom(duration(estimate.p50))
        message.p90.CopyFrom(duration(estimate.p90))
    return message


def _point_message(point: QueuePoint) -> insight_service_pb2.QueuePoint:
    message = insight_service_pb2.QueuePoint(
        queue=point.queue,
        start_time=timestamp(point.start),
        created=point.flow.created,
        closed=point.flow.closed,
        open=point.open,
        escalated=point.flow.escalated,
    )
    if point.wait is not None:
        message.wait_p50.CopyFrom(duration(point.wait.p50))
        message.wait_p90.CopyFrom(duration(point.wait.p90))
    return message


def _activity_message(activity: Activity, spans: Spans) -> insight_service_pb2.ReviewerActivity:
    message = insight_service_pb2.ReviewerActivity(
        reviewer=activity.reviewer,
        start_time=timestamp(spans.start_of(activity.span)),
        reviews=activity.reviews,
        approvals=activity.approvals,
        rejections=activity.rejections,
        corrections=activity.corrections,
        overrides=activity.overrides,
    )
    if activity.view_time is not None:
        message.view_time_p50.CopyFrom(duration(activity.view_time))
    return message
