"""Several people on one decision, said once more as simply as can be: lists, and counting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from andon.domain.decision import Outcome
from andon.domain.plan import EXTRA, TIE_BREAK, Quorum
from andon.domain.review import OUTCOMES, Verdict
from andon.domain.task import OPEN, Lease, Task, TaskEvent, TaskState, next_state
from andon.store.values import Admission, LeaseRequest, position


class End(NamedTuple):
    """How a decision ended, and by whom."""

    outcome: Outcome
    by: str


@dataclass
class Asked:
    """One decision: its seats by their ids, what was said on which, and who is asked no more."""

    admission: Admission
    seats: dict[str, Task]
    said: list[tuple[int, Verdict]] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    end: End | None = None

    @property
    def quorum(self) -> Quorum:
        """What it takes; one term."""
        first = next(iter(self.seats.values()))
        assert first.plan is not None
        assert first.plan.quorum is not None
        return first.plan.quorum

    def open(self) -> list[Task]:
        """The seats that are waiting or held."""
        return [seat for seat in self.seats.values() if seat.state in OPEN]

    def move(self, id: str, event: TaskEvent, lease: Lease | None = None) -> None:
        """Something happens to a seat."""
        self.seats[id] = replace(self.seats[id], state=next_state(self.seats[id].state, event), lease=lease)

    def finish(self, end: End) -> None:
        """It has ended, once, and nobody is asked any more."""
        assert self.end is None
        self.end = end
        for seat in self.open():
            self.move(seat.id, TaskEvent.CANCEL)

    def say(self, id: str, reviewer: str, verdict: Verdict, fresh_id: str, now: int) -> None:
        """A verdict. Where none can get enough voices any more, somebody is added, at last one who decides alone."""
        seat, quorum = self.seats[id], self.quorum
        self.move(id, TaskEvent.REVIEW)
        self.said.append((seat.term, verdict))
        self.barred.add(reviewer)
        voices, (term,) = Counter(verdict for _, verdict in self.said), quorum.terms
        waiting = [other.term for other in self.open()]
        added = [number for number, _ in self.said].count(EXTRA) + waiting.count(EXTRA)
        if seat.term == TIE_BREAK or voices[verdict] >= term.need:
            self.finish(End(OUTCOMES[verdict], reviewer))
        elif TIE_BREAK in waiting or max(voices.values()) + len(waiting) >= term.need:
            return
        elif added < quorum.extra:
            self._add(replace(seat, id=fresh_id, term=EXTRA, group=term.group), now)
        elif quorum.tie_break:
            self._add(replace(seat, id=fresh_id, term=TIE_BREAK, group=quorum.tie_break), now)
        else:
            self.finish(End(Outcome.REJECTED, "policy:tie-break"))

    def _add(self, like: Task, now: int) -> None:
        self.seats[like.id] = replace(like, state=TaskState.WAITING, lease=None, first_lease_time=None, create_time=now)


class Model:
    """All decisions, by id."""

    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}
        self.epochs: Counter[str] = Counter()

    def submit(self, admission: Admission) -> None:
        """A decision was recorded."""
        self.asked[admission.decision.id] = Asked(admission, {task.id: task for task in admission.tasks})

    def in_order(self, *states: TaskState) -> list[Task]:
        """Seats in one of the states, most urgent first."""
        seats = (seat for asked in self.asked.values() for seat in asked.seats.values() if seat.state in states)
        return sorted(seats, key=position)

    def lease(self, request: LeaseRequest) -> list[Task]:
        """The seats that are handed out: to nobody two of one decision, or one they have judged or passed on."""
        given: list[Task] = []
        for seat in self.in_order(TaskState.WAITING):
            asked = self.asked[seat.decision_id]
            held = any(one.lease and one.lease.holder == request.holder for one in asked.seats.values())
            if held or request.holder in asked.barred or len(given) == len(request.tokens):
                continue
            if seat.group and seat.group not in request.groups:
                continue
            self.epochs[seat.id] += 1
            lease = Lease(request.holder, request.tokens[len(given)], request.until, self.epochs[seat.id])
            asked.move(seat.id, TaskEvent.LEASE, lease)
            if seat.first_lease_time is None:
                asked.seats[seat.id] = replace(asked.seats[seat.id], first_lease_time=request.now)
            given.append(asked.seats[seat.id])
        return given

    def expire(self, now: int, limit: int) -> list[str]:
        """Seats whose deadline has passed end, the earliest first, and their decisions with them."""
        due = [seat for seat in self.in_order(*OPEN) if seat.expire_time <= now]
        due = sorted(due, key=lambda seat: (seat.expire_time, seat.id))[:limit]
        for seat in due:
            self.asked[seat.decision_id].move(seat.id, TaskEvent.EXPIRE)
        for seat in due:
            if self.asked[seat.decision_id].end is None:
                self.asked[seat.decision_id].finish(End(Outcome.EXPIRED, "deadline"))
        return [seat.id for seat in due]

    def lapse(self, now: int) -> list[str]:
        """Seats whose lease has lapsed wait again."""
        held = self.in_order(TaskState.LEASED)
        ids = [seat.id for seat in held if seat.lease and seat.lease.expire_time <= now]
        for seat in held:
            if seat.id in ids:
                self.asked[seat.decision_id].move(seat.id, TaskEvent.LAPSE)
        return sorted(ids)
