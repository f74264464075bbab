"""How much the server takes on before it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.clock import MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one server. Spans are microseconds. Of what one principal may have, 0 is no bound.

    Without `queue_weights` the most urgent task comes first.
    """

    max_wait: int = 50 * SECOND
    lease_duration: int = MINUTE
    heartbeat_interval: int = 15 * SECOND
    aging_interval: int = 15 * MINUTE
    max_open_tasks: int = 1_000_000
    max_waiters: int = 50_000
    max_streams: int = 2_000
    stream_buffer: int = 10_000
    retrain_after: int = 500
    max_leases_per_reviewer: int = 100
    max_open_decisions_per_principal: int = 100_000
    max_waiters_per_principal: int = 25_000
    max_streams_per_principal: int = 100
    queue_weights: tuple[tuple[str, float], ...] = ()
