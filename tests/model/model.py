"""What a store should do, said once more in a hundred lines: plain dictionaries, one thing after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from andon.domain.decision import Resolution
from andon.domain.errors import LeaseLost, NoEscalation, TaskClosed
from andon.domain.plan import climb_time
from andon.domain.priority import TOP, aged, urgency
from andon.domain.task import OPEN, Lease, Task, TaskEvent, TaskState, next_state
from andon.store.values import Admission, AppealWish, Hold, LeaseRequest, VerdictGiven, position
from tests.model.case import Case, judged


@dataclass
class Entry:
    """A task with what it is about, as it should stand."""

    case: Case
    sequence: int
    task: Task
    aging_time: int
    epoch: int = 0
    climbs: bool = True


class Model:
    """All that was acknowledged."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.entries: dict[str, Entry] = {}
        self.away: dict[str, int | None] = {}

    def submit(self, admission: Admission, sequence: int) -> None:
        """A decision was recorded."""
        decision, task = admission.decision, admission.task
        assert task is not None
        case = self.cases[decision.id] = Case(decision)
        self.entries[task.id] = Entry(case, sequence, task, task.create_time)

    def appeal(self, wish: AppealWish) -> None:
        """The end of a decision is contested: a task more."""
        case, (task,) = self.cases[wish.decision_id], wish.tasks
        case.appeal(wish)
        self.entries[task.id] = Entry(case, self.about(wish.decision_id).sequence, task, task.create_time)

    def about(self, decision_id: str) -> Entry:
        """The first task of a decision."""
        return next(entry for entry in self.entries.values() if entry.case.decision.id == decision_id)

    def in_state(self, *states: TaskState) -> list[Entry]:
        """Tasks in one of the states, most urgent first."""
        found = [entry for entry in self.entries.values() if entry.task.state in states]
        return sorted(found, key=lambda entry: position(entry.task))

    def lease(self, request: LeaseRequest) -> list[Task]:
        """The tasks that are to be handed out."""
        fit = [entry for entry in self.in_state(TaskState.WAITING) if _fit(entry, request)][: self._room(request)]
        for entry, token in zip(fit, request.tokens, strict=False):
            entry.epoch += 1
            self._move(entry, TaskEvent.LEASE, Lease(request.holder, token, request.until, entry.epoch))
            if entry.task.first_lease_time is None:
                entry.task = replace(entry.task, first_lease_time=request.now)
        return [entry.task for entry, _ in zip(fit, request.tokens, strict=False)]

    def _room(self, request: LeaseRequest) -> int:
        """How many more leases the holder may have."""
        if request.holder in self.away:
            back = self.away[request.holder]
            if back is None or back > request.now:
                return 0
        leases = [entry.task.lease for entry in self.in_state(TaskState.LEASED)]
        held = [one for one in leases if one and one.holder == request.holder and one.expire_time > request.now]
        return max(0, (request.cap or 1 << 30) - len(held))

    def rungs_due(self, now: int) -> list[Task]:
        """Open tasks whose next rung is due and whose deadline is not."""
        entries = self.in_state(*OPEN)
        return [one.task for one in entries if (at := _climb_time(one)) and at <= now < one.task.expire_time]

    def climb(self, task_id: str, now: int) -> str:
        """The task climbs its next rung. Returns the queue it leaves; empty where it stays."""
        entry = self.entries[task_id]
        task = entry.task
        assert task.plan is not None
        rung = task.plan.ladder[task.rung]
        moves = rung.queue not in ("", task.queue)
        if moves:
            self._move(entry, TaskEvent.ESCALATE)
            entry.aging_time = now
        entry.task = replace(
            entry.task,
            rung=task.rung + 1,
            queue=rung.queue or task.queue,
            skills=task.skills if rung.skills is None else rung.skills,
            urgency=max(task.urgency, 0 if rung.priority is None else urgency(rung.priority)),
            escalations=task.escalations + moves,
        )
        return task.queue if moves else ""

    def extend(self, task_id: str) -> bool:
        """The task has more time, if its policy gives any more."""
        entry = self.entries[task_id]
        task = entry.task
        more = None if task.plan is None else task.plan.more_time
        if more is None or task.extensions >= more.times:
            return False
        entry.task = replace(task, expire_time=task.expire_time + more.by, extensions=task.extensions + 1)
        return True

    def refusal(self, hold: Hold, escalating: bool = False) -> type[Exception] | None:
        """Why a claim does not hold; None where it does."""
        task = self.entries[hold.task_id].task
        if task.state not in OPEN:
            return TaskClosed
        lease = task.lease
        if lease is None or (lease.holder, lease.token) != (hold.holder, hold.token) or lease.expire_time <= hold.now:
            return LeaseLost
        return NoEscalation if escalating and task.escalation is None else None

    def renew(self, hold: Hold, until: int) -> None:
        """The lease is prolonged."""
        entry = self.entries[hold.task_id]
        assert entry.task.lease is not None
        self._move(entry, TaskEvent.RENEW, replace(entry.task.lease, expire_time=until))

    def release(self, task_id: str, event: TaskEvent = TaskEvent.RELEASE, by: str = "") -> None:
        """The task waits again. `by`: who has passed on it, and is not handed it again."""
        self.entries[task_id].case.barred.add(by)
        self._move(self.entries[task_id], event)

    def escalate(self, task_id: str, now: int, by: str = "") -> None:
        """The task goes where its plan says. `by`: who handed it on, and is not handed it again."""
        entry = self.entries[task_id]
        entry.case.barred.add(by)
        plan = entry.task.escalation
        assert plan is not None
        self._move(entry, TaskEvent.ESCALATE)
        entry.task = replace(
            entry.task,
            queue=plan.queue,
            skills=plan.skills,
            expire_time=now + plan.deadline,
            escalation=None,
            escalations=entry.task.escalations + 1,
        )
        entry.aging_time = now
        entry.climbs = False

    def end(self, task_id: str, event: TaskEvent, resolution: Resolution) -> None:
        """The task is closed, and its decision or appeal has ended."""
        entry = self.entries[task_id]
        self._move(entry, event)
        entry.case.end(entry.task.level, resolution)

    def judge(self, given: VerdictGiven) -> None:
        """The holder's verdict ends the task."""
        entry = self.entries[given.hold.task_id]
        entry.case.say(entry.task.level, given)
        self.end(entry.task.id, TaskEvent.REVIEW, judged(given))

    def expire(self, task_id: str, now: int, revision: str) -> None:
        """Its deadline ends the task."""
        entry = self.entries[task_id]
        self.end(task_id, TaskEvent.EXPIRE, entry.case.missed(entry.task, now, revision))

    def due(self, now: int) -> list[Task]:
        """Open tasks whose deadline has passed."""
        return [entry.task for entry in self.in_state(*OPEN) if entry.task.expire_time <= now]

    def lapsed(self, now: int) -> list[Task]:
        """Leased tasks whose lease has lapsed."""
        leased = (entry.task for entry in self.in_state(TaskState.LEASED))
        return [task for task in leased if task.lease and task.lease.expire_time <= now]

    def age(self, now: int, interval: int) -> int:
        """Raises by one step each task that has waited one more interval."""
        ripe = [
            entry
            for entry in self.in_state(TaskState.WAITING)
            if entry.task.urgency < TOP and entry.aging_time + interval <= now
        ]
        for entry in ripe:
            entry.task = replace(entry.task, urgency=aged(entry.task.urgency))
            entry.aging_time += interval
        return len(ripe)

    def moments(self, interval: int) -> dict[str, list[int]]:
        """When there is something to do, by duty."""
        opened, waiting = self.in_state(*OPEN), self.in_state(TaskState.WAITING)
        return {
            "expire": [entry.task.expire_time for entry in opened],
            "climb": [at for entry in opened if (at := _climb_time(entry))],
            "reclaim": [entry.task.lease.expire_time for entry in opened if entry.task.lease],
            "age": [entry.aging_time + interval for entry in waiting if entry.task.urgency < TOP],
        }

    def next_due(self, interval: int) -> int | None:
        """The earliest moment at which there is something to do."""
        return min((at for moments in self.moments(interval).values() for at in moments), default=None)

    def _move(self, entry: Entry, event: TaskEvent, lease: Lease | None = None) -> None:
        entry.task = replace(entry.task, state=next_state(entry.task.state, event), lease=lease)


def _climb_time(entry: Entry) -> int | None:
    task = entry.task
    return climb_time(task.plan, task.rung, task.create_time, task.expire_time) if entry.climbs else None


def _fit(entry: Entry, request: LeaseRequest) -> bool:
    task = entry.task
    served = "*" in request.queues or task.queue in request.queues
    skilled = "*" in request.skills or request.skills.issuperset(task.skills)
    own = entry.case.decision.submitter == request.holder
    return served and skilled and not own and request.holder not in entry.case.barred
