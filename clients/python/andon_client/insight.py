"""How queues stand, and how they went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import duration, stamp_of, time_of
from andon_client._gen.andon.v1 import insight_service_pb2


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue, now: tasks that wait and that reviewers hold.

    `oldest_create_time` is when the oldest waiting task was made. `p50` and `p90` are how long the last reviewed
    decisions took from submitted to resolved: the median, and nine in ten. None where there is nothing to tell.
    """

    queue: str
    waiting: int
    leased: int
    oldest_create_time: datetime | None
    next_expire_time: datetime | None
    p50: timedelta | None
    p90: timedelta | None


@dataclass(frozen=True, slots=True)
class QueuePoint:
    """One queue in the span that begins at `start_time`: tasks that came, ended and went elsewhere; `open` at its end.

    `wait_p50` and `wait_p90` are how long the tasks first leased in the span had waited for a reviewer: the median,
    and nine in ten; None where there were none.
    """

    queue: str
    start_time: datetime
    created: int
    closed: int
    escalated: int
    open: int
    wait_p50: timedelta | None
    wait_p90: timedelta | None


class InsightCalls:
    """Reading how queues stand and how they went."""

    _caller: Caller

    async def queues(self) -> list[Queue]:
        """The caller's queues that have open tasks or had some lately, by name."""
        response = await self._caller.call(methods.LIST_QUEUES, insight_service_pb2.ListQueuesRequest())
        return [_queue_of(message) for message in response.queues]

    async def queue_history(
        self, *, since: datetime, interval: timedelta, until: datetime | None = None, queue: str = ""
    ) -> list[QueuePoint]:
        """The caller's queues, or one, from `since` up to `until` or now, cut into spans; by queue, then by time.

        `interval` is at least a minute, and makes at most 1,000 spans. Times must be aware of their time zones.
        """
        request = insight_service_pb2.ListQueueHistoryRequest(
            queue=queue,
            start_time=stamp_of(since),
            end_time=stamp_of(until),
            interval=duration(interval.total_seconds()),
        )
        response = await self._caller.call(methods.LIST_QUEUE_HISTORY, request)
        return [_point_of(message) for message in response.points]


def _queue_of(message: insight_service_pb2.Queue) -> Queue:
    return Queue(
        queue=message.queue,
        waiting=message.waiting,
        leased=message.leased,
        oldest_create_time=_optional_time(message, "oldest_create_time"),
        next_expire_time=_optional_time(message, "next_expire_time"),
        p50=_optional_span(message, "p50"),
        p90=_optional_span(message, "p90"),
    )


def _point_of(message: insight_service_pb2.QueuePoint) -> QueuePoint:
    return QueuePoint(
        queue=message.queue,
        start_time=time_of(message.start_time),
        created=message.created,
        closed=message.closed,
        escalated=message.escalated,
        open=message.open,
        wait_p50=_optional_span(message, "wait_p50"),
        wait_p90=_optional_span(message, "wait_p90"),
    )


def _optional_time(message: Any, name: str) -> datetime | None:
    return time_of(getattr(message, name)) if message.HasField(name) else None


def _optional_span(message: Any, name: str) -> timedelta | None:
    if not message.HasField(name):
        return None
    span: timedelta = getattr(message, name).ToTimedelta()
    return span
