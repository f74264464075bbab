"""Handing out the most urgent tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from andon.domain.rota import Head, Rota
from andon.store import codec, drafts
from andon.store.postgres.session import Session
from andon.store.values import Job, LeaseRequest

ANY: Final = "*"
_LOOKS: Final = 4
_WIDER: Final = 4
_MOST: Final = (1 << 31) - 1


class _Seat(NamedTuple):
    """A task that may be handed out, and how many more leases its reviewer may have."""

    decision: str
    head: Head
    room: int


async def lease(session: Session, request: LeaseRequest) -> list[Job]:
    """Leases as many tasks as there are tokens, most urgent first. See `Store.lease_most_urgent`."""
    await session.rows("begin_leasing", {"holder": request.holder})
    look = _take(session, request, request.tokens) if request.rota is None else _in_turn(session, request, request.rota)
    taken = await look
    if not taken:
        return []
    if request.rota is None:
        taken.sort(key=lambda seat: seat.head)
    rows = await session.rows("jobs_by_ids", {"ids": [seat.head.id for seat in taken]})
    await session.append([drafts.leased(request, row) for row in rows])
    return [codec.job(row) for row in rows]


async def _in_turn(session: Session, request: LeaseRequest, rota: Rota) -> list[_Seat]:
    """One task after the other: each changes whose turn it is."""
    taken: list[_Seat] = []
    for token in request.tokens:
        seats = await _take(session, request, [token], rota, patient=not taken)
        if not seats:
            break
        taken += seats
        rota = rota.after(seats[0].head.queue)
    return taken


async def _take(
    session: Session, request: LeaseRequest, tokens: Sequence[str], rota: Rota | None = None, *, patient: bool = True
) -> list[_Seat]:
    """Takes heads that nobody else is at, of each decision one at most.

    Where others were at too many of them it looks again, further; where they were at all, it waits for them first, if
    `patient`. It looks further too where several tasks of one decision are in the way. Nobody waits here who holds a
    task: others come to the tasks of a decision in the order of their ids.
    """
    taken: list[_Seat] = []
    tried: set[str] = set()
    slack = 4 * len(tokens) + 16
    for _ in range(_LOOKS):
        seats = await _heads(session, request, slack, rota)
        heads = _of_each_decision(seats, tried)
        tokens = tokens[: seats[0].room] if seats else ()
        if not heads or not tokens:
            break
        got = await _lease(session, request, heads, tokens)
        taken, tokens = taken + got, tokens[len(got) :]
        if not tokens or (len(got) == len(heads) and len(seats) < slack):
            break
        tried |= heads.keys()
        if patient and not taken:
            await session.await_locks("await_heads", {"heads": list(heads)[: len(tokens)]})
        slack *= _WIDER
    return taken


def _of_each_decision(seats: Sequence[_Seat], tried: set[str]) -> dict[str, _Seat]:
    """The first of each decision's tasks, by id: one that nobody was at, if there is one."""
    firsts: dict[str, _Seat] = {}
    for seat in seats:
        known = firsts.get(seat.decision)
        if known is None or (known.head.id in tried and seat.head.id not in tried):
            firsts[seat.decision] = seat
    return {seat.head.id: seat for seat in firsts.values()}


async def _lease(
    session: Session, request: LeaseRequest, heads: dict[str, _Seat], tokens: Sequence[str]
) -> list[_Seat]:
    values = {"heads": list(heads), "holder": request.holder, "tokens": list(tokens)}
    rows = await session.rows("lease_if_waiting", {**values, "now": request.now, "until": request.until})
    got = {id for (id,) in rows}
    return [seat for id, seat in heads.items() if id in got]


async def _heads(session: Session, request: LeaseRequest, limit: int, rota: Rota | None) -> list[_Seat]:
    """In the order of handing out: at most so many, or so many of each lane where queues take turns."""
    values: dict[str, Any] = {
        "every_queue": ANY in request.queues,
        "every_skill": ANY in request.skills,
        "queues": list(request.queues),
        "skills": list(request.skills),
        "groups": list(request.groups),
        "holder": request.holder,
        "given_back": sorted(request.given_back),
        "now": request.now,
        "cap": _MOST if request.cap is None else request.cap,
        "limit": limit,
        "total": _MOST if rota else limit,
    }
    if request.only is None:
        rows = await session.rows("lane_heads", values)
    else:
        rows = await session.rows("heads_among", {**values, "only": sorted(request.only)})
    seats = [
        _Seat(decision, Head(rank, expire_time, id, queue), room)
        for id, decision, rank, expire_time, queue, room in rows
    ]
    return sorted(seats, key=lambda seat: rota.turn(seat.head)) if rota else seats
