"""Handing out the most urgent tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from andon.domain.canonical import canonical
from andon.domain.rota import Head, Rota
from andon.store import drafts
from andon.store.codec import Row
from andon.store.sqlite.writer import Writer
from andon.store.values import LeaseRequest

ANY: Final = "*"
_WIDER: Final = 4
_ALL: Final = -1


class _Seat(NamedTuple):
    """A task that may be handed out."""

    sequence: int
    decision: int
    head: Head


@dataclass(frozen=True, slots=True)
class LeaseMostUrgent:
    """Leases as many tasks as there are tokens; gives `$columns_task, $columns_decision`, most urgent first."""

    request: LeaseRequest

    @property
    def rows(self) -> int:
        return 2 * len(self.request.tokens)

    def apply(self, writer: Writer) -> list[Row]:
        request = self.request
        sequences = _in_turn(writer, request, request.rota) if request.rota else _take(writer, request)
        if not sequences:
            return []
        rows = writer.rows("jobs_by_sequences", {"sequences": canonical(sequences)})
        for row in rows:
            writer.append(drafts.leased(request, row))
        return rows


def _in_turn(writer: Writer, request: LeaseRequest, rota: Rota) -> list[int]:
    """One task after the other: each changes whose turn it is."""
    taken: list[int] = []
    for token in request.tokens:
        seats = _chosen(writer, request, 1, rota)
        if not seats:
            break
        _grant(writer, request, seats, [token])
        taken.append(seats[0].sequence)
        rota = rota.after(seats[0].head.queue)
    return taken


def _take(writer: Writer, request: LeaseRequest) -> list[int]:
    seats = _chosen(writer, request, len(request.tokens)) if request.tokens else []
    if seats:
        _grant(writer, request, seats, request.tokens)
    return [seat.sequence for seat in seats]


def _grant(writer: Writer, request: LeaseRequest, seats: list[_Seat], tokens: Sequence[str]) -> None:
    grants = canonical([[seat.sequence, token] for seat, token in zip(seats, tokens, strict=False)])
    values = {"grants": grants, "holder": request.holder, "now": request.now, "until": request.until}
    writer.change("lease_if_waiting", values)


def _chosen(writer: Writer, request: LeaseRequest, wanted: int, rota: Rota | None = None) -> list[_Seat]:
    """Of each decision one task at most, in the order of handing out, no more than the holder may have."""
    if writer.rows("absence_of", {"principal": request.holder, "now": request.now}):
        return []
    leases = writer.rows("leases_of", {"holder": request.holder, "now": request.now})
    if request.cap is not None:
        wanted = min(wanted, request.cap - sum(in_force for _, in_force in leases))
    lanes = _lanes(writer, request)
    if wanted < 1 or not lanes:
        return []
    values = {
        "lanes": canonical(lanes),
        "holder": request.holder,
        "held": canonical([decision for decision, _ in leases]),
        "given_back": canonical(sorted(request.given_back)),
    }
    return _of_each_decision(writer, request, values, wanted, rota)


def _of_each_decision(
    writer: Writer, request: LeaseRequest, values: dict[str, Any], wanted: int, rota: Rota | None
) -> list[_Seat]:
    """Looks further as long as several tasks of one decision are in the way."""
    limit = wanted
    while True:
        seats = _heads(writer, request, {**values, "limit": limit, "total": _ALL if rota else limit})
        if rota:
            return sorted(seats, key=lambda seat: rota.turn(seat.head))[:wanted]
        firsts: dict[int, _Seat] = {}
        for seat in seats:
            firsts.setdefault(seat.decision, seat)
        if len(firsts) >= wanted or len(seats) < limit:
            return list(firsts.values())[:wanted]
        limit *= _WIDER


def _heads(writer: Writer, request: LeaseRequest, values: dict[str, Any]) -> list[_Seat]:
    """In the order of urgency: at most `limit` of each lane, and `total` in all."""
    if request.only is None:
        rows = writer.rows("lane_heads", values)
    else:
        rows = writer.rows("heads_among", {**values, "only": canonical(sorted(request.only))})
    return [
        _Seat(sequence, decision, Head(rank, expire_time, id, writer.lanes[lane].queue))
        for sequence, id, rank, expire_time, lane, decision in rows
    ]


def _lanes(writer: Writer, request: LeaseRequest) -> list[int]:
    every_queue, every_skill = ANY in request.queues, ANY in request.skills
    return [
        id
        for id, lane in writer.lanes.items()
        if (every_queue or lane.queue in request.queues)
        and (every_skill or lane.skills <= request.skills)
        and (not lane.group or lane.group in request.groups)
    ]
