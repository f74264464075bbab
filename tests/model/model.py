"""What a store should do, said once more in a hundred lines: plain dictionaries, one thing after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from andon.domain.decision import Outcome
from andon.domain.errors import LeaseLost, NoEscalation, TaskClosed
from andon.domain.priority import TOP, aged
from andon.domain.task import OPEN, Lease, Task, TaskEvent, TaskState, next_state
from andon.store.values import Admission, Hold, LeaseRequest, position


@dataclass
class Entry:
    """One decision with its task, as it should stand."""

    admission: Admission
    sequence: int
    task: Task
    aging_time: int
    epoch: int = 0
    outcome: Outcome | None = None


class Model:
    """All that was acknowledged."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.reviews = 0

    def submit(self, admission: Admission, sequence: int) -> None:
        """A decision was recorded."""
        assert admission.task is not None
        self.entries[admission.task.id] = Entry(admission, sequence, admission.task, admission.decision.create_time)

    def in_state(self, *states: TaskState) -> list[Entry]:
        """Tasks in one of the states, most urgent first."""
        found = [entry for entry in self.entries.values() if entry.task.state in states]
        return sorted(found, key=lambda entry: position(entry.task))

    def lease(self, request: LeaseRequest) -> list[Task]:
        """The tasks that are to be handed out."""
        fit = [entry for entry in self.in_state(TaskState.WAITING) if _fit(entry, request)]
        for entry, token in zip(fit, request.tokens, strict=False):
            entry.epoch += 1
            self._move(entry, TaskEvent.LEASE, Lease(request.holder, token, request.until, entry.epoch))
            if entry.task.first_lease_time is None:
                entry.task = replace(entry.task, first_lease_time=request.now)
        return [entry.task for entry, _ in zip(fit, request.tokens, strict=False)]

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

    def release(self, task_id: str, event: TaskEvent = TaskEvent.RELEASE) -> None:
        """The task waits again."""
        self._move(self.entries[task_id], event)

    def escalate(self, task_id: str, now: int) -> None:
        """The task goes where its plan says."""
        entry = self.entries[task_id]
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

    def end(self, task_id: str, event: TaskEvent, outcome: Outcome) -> None:
        """The task is closed and its decision has ended, once."""
        entry = self.entries[task_id]
        assert entry.outcome is None
        self._move(entry, event)
        entry.outcome = outcome

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

    def next_due(self, interval: int) -> int | None:
        """The earliest moment at which there is something to do."""
        moments = [entry.task.expire_time for entry in self.in_state(*OPEN)]
        moments += [entry.task.lease.expire_time for entry in self.in_state(TaskState.LEASED) if entry.task.lease]
        waiting = (entry for entry in self.in_state(TaskState.WAITING) if entry.task.urgency < TOP)
        moments += [entry.aging_time + interval for entry in waiting]
        return min(moments, default=None)

    def _move(self, entry: Entry, event: TaskEvent, lease: Lease | None = None) -> None:
        entry.task = replace(entry.task, state=next_state(entry.task.state, event), lease=lease)


def _fit(entry: Entry, request: LeaseRequest) -> bool:
    task = entry.task
    served = "*" in request.queues or task.queue in request.queues
    skilled = "*" in request.skills or request.skills.issuperset(task.skills)
    own = entry.admission.decision.submitter == request.holder
    return served and skilled and not own and task.id not in request.skip
