"""Counts as engines give them, row by row, to what the domain knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias, TypeVar

from andon.domain.counts import Flow, OverrideCount, QueueDepth, QueueHistory, Shares
from andon.domain.decision import Model
from andon.domain.spans import Spans
from andon.store.codec import Row

T = TypeVar("T")

BySpan: TypeAlias = Mapping[str, Mapping[int, T]]
"""By queue, and the span's number."""

_NEVER: Final = (1 << 63) - 1


def override_count(row: Row) -> OverrideCount:
    """Reads `action, rule, model_name, model_version, span, reviews, rejections, corrections`."""
    action, rule, name, version, span, reviews, rejections, corrections = row
    return OverrideCount(action, reviews, rejections, corrections, rule, Model(name, version), span)


def bounds(spans: Spans, *, after: bool = False) -> list[tuple[int, int]]:
    """Where each span begins and ends, and what came `after` the last."""
    return [*spans.bounds(), *([(spans.end, _NEVER)] if after else [])]


def by_queue(found: Iterable[Row], make: Callable[..., T]) -> BySpan[T]:
    """Rows of a queue, a span's number, and what `make` takes."""
    result: dict[str, dict[int, T]] = {}
    for queue, span, *values in found:
        result.setdefault(queue, {})[span] = make(*values)
    return result


def histories(
    flows: BySpan[Flow], waits: BySpan[Shares], depths: Mapping[str, QueueDepth], queues: frozenset[str] | None
) -> dict[str, QueueHistory]:
    """The history of every queue (None: of all) that has one, or is open."""
    opened = {queue: depth.waiting + depth.leased for queue, depth in depths.items()}
    names = flows.keys() | waits.keys() | {queue for queue in opened if queues is None or queue in queues}
    return {queue: QueueHistory(opened.get(queue, 0), flows.get(queue, {}), waits.get(queue, {})) for queue in names}
