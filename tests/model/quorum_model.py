"""Several people on one decision, said once more as simply as can be: lists, and counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from andon.domain.decision import Outcome, Resolution
from andon.domain.plan import EXTRA, TIE_BREAK, Quorum, Term
from andon.domain.review import Verdict
from andon.domain.task import OPEN, Lease, Task, TaskEvent, TaskState, next_state
from andon.store.values import Admission, AppealWish, LeaseRequest, VerdictGiven, position
from tests.model.case import Case, judged

ONE = Quorum((Term(1, 1),))


@dataclass
class Asked:
    """A decision, or an appeal against its end: its seats by their ids, and what was said on which."""

    case: Case
    level: int
    seats: dict[str, Task]
    said: list[tuple[int, Verdict]] = field(default_factory=list)

    @property
    def quorum(self) -> Quorum:
        """What it takes; one term."""
        plan = next(iter(self.seats.values())).plan
        return (plan and plan.quorum) or ONE

    @property
    def end(self) -> Resolution | None:
        """How it ended; None while it is open."""
        return self.case.ends[self.level]

    def open(self) -> list[Task]:
        """The seats that are waiting or held."""
        return [seat for seat in self.seats.values() if seat.state in OPEN]

    def move(self, id: str, event: TaskEvent, lease: Lease | None = None) -> None:
        """Something happens to a seat."""
        self.seats[id] = replace(self.seats[id], state=next_state(self.seats[id].state, event), lease=lease)

    def finish(self, end: Resolution) -> None:
        """It has ended, and nobody is asked any more."""
        self.case.end(self.level, end)
        for seat in self.open():
            self.move(seat.id, TaskEvent.CANCEL)

    def say(self, given: VerdictGiven) -> None:
        """A verdict. Where none can get enough voices any more, somebody is added, at last one who decides alone."""
        seat, quorum = self.seats[given.hold.task_id], self.quorum
        verdict, fresh_id, now = given.review.verdict, given.fresh_id, given.hold.now
        self.move(seat.id, TaskEvent.REVIEW)
        self.said.append((seat.term, verdict))
        self.case.say(self.level, given)
        voices, (term,) = Counter(verdict for _, verdict in self.said), quorum.terms
        waiting = [other.term for other in self.open()]
        added = [number for number, _ in self.said].count(EXTRA) + waiting.count(EXTRA)
        if seat.term == TIE_BREAK or voices[verdict] >= term.need:
            self.finish(judged(given))
        elif TIE_BREAK in waiting or max(voices.values()) + len(waiting) >= term.need:
            return
        elif added < quorum.extra:
            self._add(replace(seat, id=fresh_id, term=EXTRA, group=term.group), now)
        elif quorum.tie_break:
            self._add(replace(seat, id=fresh_id, term=TIE_BREAK, group=quorum.tie_break), now)
        else:
            self.finish(Resolution(Outcome.REJECTED, "policy:tie-break", now))

    def _add(self, like: Task, now: int) -> None:
        self.seats[like.id] = replace(like, state=TaskState.WAITING, lease=None, first_lease_time=None, create_time=now)


class Model:
    """All decisions, by id; and what is asked about each, by its level."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.asked: dict[tuple[str, int], Asked] = {}
        self.epochs: Counter[str] = Counter()

    def submit(self, admission: Admission) -> None:
        """A decision was recorded."""
        case = self.cases[admission.decision.id] = Case(admission.decision)
        self._ask(case, admission.tasks)

    def appeal(self, wish: AppealWish) -> None:
        """The end of a decision is contested: others are asked anew."""
        case = self.cases[wish.decision_id]
        case.appeal(wish)
        self._ask(case, wish.tasks)

    def _ask(self, case: Case, tasks: Sequence[Task]) -> None:
        level = len(case.appeals)
        self.asked[case.decision.id, level] = Asked(case, level, {task.id: task for task in tasks})

    def levels(self, decision_id: str) -> list[Asked]:
        """What is asked about a decision, by level."""
        return [self.asked[decision_id, level] for level, _ in enumerate(self.cases[decision_id].ends)]

    def about(self, seat: Task) -> Asked:
        """What a seat is one of."""
        return self.asked[seat.decision_id, seat.level]

    def in_order(self, *states: TaskState) -> list[Task]:
        """Seats in one of the states, most urgent first."""
        seats = (seat for asked in self.asked.values() for seat in asked.seats.values() if seat.state in states)
        return sorted(seats, key=position)

    def lease(self, request: LeaseRequest) -> list[Task]:
        """The seats that are handed out: to nobody two of one decision, or one they have judged or passed on."""
        given: list[Task] = []
        for seat in self.in_order(TaskState.WAITING):
            asked = self.about(seat)
            held = any(one.lease and one.lease.holder == request.holder for one in asked.seats.values())
            if held or request.holder in asked.case.barred or len(given) == len(request.tokens):
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

    def moments(self) -> dict[str, list[int]]:
        """When there is something to do, by duty."""
        seats = self.in_order(*OPEN)
        return {
            "expire": [seat.expire_time for seat in seats],
            "reclaim": [seat.lease.expire_time for seat in seats if seat.lease],
        }

    def expire(self, now: int, limit: int, revision: str) -> list[str]:
        """Seats whose deadline has passed end, the earliest first, and what they are about with them."""
        due = [seat for seat in self.in_order(*OPEN) if seat.expire_time <= now]
        due = sorted(due, key=lambda seat: (seat.expire_time, seat.id))[:limit]
        for seat in due:
            self.about(seat).move(seat.id, TaskEvent.EXPIRE)
        for seat in due:
            asked = self.about(seat)
            if asked.end is None:
                asked.finish(asked.case.missed(seat, now, revision))
        return [seat.id for seat in due]

    def lapse(self, now: int) -> list[str]:
        """Seats whose lease has lapsed wait again."""
        held = self.in_order(TaskState.LEASED)
        ids = [seat.id for seat in held if seat.lease and seat.lease.expire_time <= now]
        for seat in held:
            if seat.id in ids:
                self.about(seat).move(seat.id, TaskEvent.LAPSE)
        return sorted(ids)
