"""The range of time that several requests ask for in the same three fields."""

from __future__ import annotations

from typing import TypeAlias

from andon.rpc.times import microseconds
from andon.usecases.spans import Range
from andon_client._gen.andon.v1 import feedback_service_pb2, insight_service_pb2

Ranged: TypeAlias = (
    feedback_service_pb2.ListOverrideRatesRequest
    | insight_service_pb2.ListQueueHistoryRequest
    | insight_service_pb2.ListReviewerActivityRequest
)


def range_of(request: Ranged) -> Range:
    """`start_time`, `end_time` and `interval` of a validated request."""
    return Range(
        microseconds(request.start_time) if request.HasField("start_time") else None,
        microseconds(request.end_time) if request.HasField("end_time") else None,
        microseconds(request.interval) if request.HasField("interval") else None,
    )
