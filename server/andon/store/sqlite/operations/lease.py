"""Handing out the most urgent tasks."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.canonical import canonical
from andon.store import drafts
from andon.store.codec import Row
from andon.store.sqlite.writer import Writer
from andon.store.values import LeaseRequest

ANY = "*"


@dataclass(frozen=True, slots=True)
class LeaseMostUrgent:
    """Leases as many tasks as there are tokens; gives `$columns_task, $columns_decision`, most urgent first."""

    request: LeaseRequest

    @property
    def rows(self) -> int:
        return 2 * len(self.request.tokens)

    def apply(self, writer: Writer) -> list[Row]:
        request = self.request
        sequences = _heads(writer, request)
        if not sequences:
            return []
        grants = canonical(list(zip(sequences, request.tokens, strict=False)))
        values = {"grants": grants, "holder": request.holder, "now": request.now, "until": request.until}
        writer.change("lease_if_waiting", values)
        rows = writer.rows("jobs_by_sequences", {"sequences": canonical(sequences)})
        for row in rows:
            writer.append(drafts.leased(request, row))
        return rows


def _heads(writer: Writer, request: LeaseRequest) -> list[int]:
    """The most urgent tasks that may be handed out, no more than there are tokens."""
    lanes = _lanes(writer, request)
    if not lanes or not request.tokens:
        return []
    limit = len(request.tokens) + len(request.skip)
    values = {"lanes": canonical(lanes), "holder": request.holder, "limit": limit}
    if request.only is None:
        heads = writer.rows("lane_heads", values)
    else:
        heads = writer.rows("heads_among", {**values, "only": canonical(sorted(request.only))})
    return [sequence for sequence, id in heads if id not in request.skip][: len(request.tokens)]


def _lanes(writer: Writer, request: LeaseRequest) -> list[int]:
    every_queue, every_skill = ANY in request.queues, ANY in request.skills
    return [
        id
        for id, lane in writer.lanes.items()
        if (every_queue or lane.queue in request.queues) and (every_skill or lane.skills <= request.skills)
    ]
