"""Times and spans, as the contract has them."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from andon.domain.clock import SECOND


def timestamp(moment: int) -> Timestamp:
    """Microseconds since the epoch as a Timestamp."""
    return Timestamp(seconds=moment // SECOND, nanos=moment % SECOND * 1_000)


def duration(span: int) -> Duration:
    """Microseconds as a Duration."""
    return Duration(seconds=span // SECOND, nanos=span % SECOND * 1_000)


def microseconds(message: Duration | Timestamp) -> int:
    """A Duration or Timestamp as microseconds, rounded down."""
    return message.seconds * SECOND + message.nanos // 1_000


def fill_time(message: Timestamp, moment: int) -> None:
    """Writes microseconds since the epoch into a Timestamp."""
    message.seconds = moment // SECOND
    message.nanos = moment % SECOND * 1_000
