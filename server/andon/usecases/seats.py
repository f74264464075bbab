"""Reviewers' open streams: who can take the next task, and who must hear of a change. Memory only."""

from __future__ import annotations

from collections.abc import Callable, Collection

from andon.domain.errors import CredentialsInvalid, QuotaExceeded, TooManyStreams
from andon.domain.principal import Principal
from andon.domain.task import OPEN, TaskState
from andon.store.values import Absence, Job
from andon.usecases.eligibility import Eligibility
from andon.usecases.hints import Hints
from andon.usecases.line import Line
from andon.usecases.quotas import Shares
from andon.usecases.seat import EventType, Seat, StreamEvent


class Seats:
    """All open streams of this process.

    A seat with free credits that has found nothing is idle; the next task that fits wakes the first in line (see
    `Line`): the one with least to do. So a thousand streams cost nothing while they wait, and one task wakes one of
    them. The one that was woken owes the task a look: where it closes or fills up with others first, or looks and does
    not get it though nobody has taken it, the task is offered to the next. `opened` is how many seats there have been.

    A task that is about to be recorded may be offered ahead: its lease is asked for right behind it, and one commit
    does both. It is offered to one seat, and to others only once it is there.
    """

    def __init__(self, limit: int, buffer: int, eligibility: Eligibility, each: int = 0) -> None:
        self._eligibility = eligibility
        self._limit = limit
        self._shares = Shares(each)
        self._buffer = buffer
        self._seats: set[Seat] = set()
        self._idle = Line()
        self._hints = Hints()
        self._owing: dict[str, set[Seat]] = {}
        self._expected: set[str] = set()
        self._watchers: set[Seat] = set()
        self._holders: dict[str, set[Seat]] = {}
        self._looking: set[Seat] = set()
        self._draining = False
        self._current: Callable[[Principal], Principal | None] | None = None
        self.opened = 0

    def __len__(self) -> int:
        return len(self._seats)

    def __contains__(self, seat: Seat) -> bool:
        return seat in self._seats

    def open(self, principal: Principal, queues: frozenset[str], credits: int, *, watching: bool = False) -> Seat:
        """Takes a seat; one that asks its stream to end where the server drains. Raises TooManyStreams, QuotaExceeded,
        and CredentialsInvalid for a principal who went between its authentication and now.

        A seat with credits leases; one that is `watching`, or has none, hears of every task of its queues.
        """
        now = principal if self._current is None else self._current(principal)
        if now is None:
            raise CredentialsInvalid
        if len(self._seats) >= self._limit:
            raise TooManyStreams(limit=self._limit)
        if not self._shares.take(principal.name):
            raise QuotaExceeded(principal=principal.name, quota="streams", limit=self._shares.each)
        self.opened += 1
        may_judge = self._eligibility.fitness_of(principal)
        seat = Seat(principal, queues, credits, self._buffer, self.opened, may_judge)
        seat.closing = self._draining
        self._seats.add(seat)
        if watching or not credits:
            self._watchers.add(seat)
        if now != principal:
            seat.end()
        return seat

    def close(self, seat: Seat) -> None:
        """Leaves a seat. A wake-up it can't follow any more goes to the others."""
        if seat in self._seats:
            self._shares.give_back(seat.principal.name)
        self._seats.discard(seat)
        self._watchers.discard(seat)
        self._looking.discard(seat)
        self.keep(seat, frozenset())
        self.busy(seat)

    def look(self, seat: Seat) -> None:
        """A seat is about to lease what it can. What has come since it was woken ahead of a task counts as missed."""
        self._looking.add(seat)
        seat.missed = seat.missed and seat.ahead

    def looked(self, seat: Seat, more: bool) -> None:
        """It has; `more`: it found as many tasks as it asked for.

        One that found less is idle, unless a task for it has come meanwhile: first among its like where it was woken
        for nothing. Who is full, or did not get what it owes, passes that on.
        """
        self._looking.discard(seat)
        ahead, seat.ahead = seat.ahead, False
        if more and seat.free:
            return
        owed = self._forgive(seat)
        missing = owed is not None and owed.task.id not in seat.held
        if not more and not seat.missed:
            self._idle.sit(seat, first=missing or seat.outrun)
        seat.outrun = False
        if owed is not None and missing and owed.task.id not in self._expected:
            if not more and not ahead:
                self._hints.in_vain(seat.principal.name, owed.task.id)
            self._offer(owed)

    def busy(self, seat: Seat) -> None:
        """A seat can't take work until it looks again: it is not idle, and passes on what it owes."""
        self._idle.rise(seat)
        owed = self._forgive(seat)
        if owed is not None and owed.task.id not in seat.held and owed.task.id not in self._expected:
            self._offer(owed)

    def is_idle(self, seat: Seat) -> bool:
        """Whether there was nothing for this seat when it last looked, and nothing has come since."""
        return seat in self._idle

    def hold(self, seat: Seat, task_id: str) -> None:
        """The seat's reviewer holds a task, and the stream says so itself: what is in line about it is older."""
        seat.forget(task_id)
        seat.held.add(task_id)
        self._idle.holds(seat.principal.name, task_id)
        self._holders.setdefault(task_id, set()).add(seat)

    def keep(self, seat: Seat, task_ids: Collection[str]) -> None:
        """The seat's reviewer holds none but these any more."""
        for task_id in seat.held.difference(task_ids):
            self._drop(seat, task_id)

    def expected(self, job: Job) -> None:
        """A task is about to be recorded: the first in line of those it fits looks at once, right behind it.

        Not one who may have to look through others: what is not committed is in no list. Follow it with `waiting`, and
        in any case with `not_expected`.
        """
        chosen = self._first(job)
        if chosen is not None and chosen.principal.covered() is None:
            self._expected.add(job.task.id)
            chosen.ahead = True
            self._wake_for(chosen, job)

    def not_expected(self, task_id: str) -> None:
        """A task was recorded, or will not be: then who looks for it does so in vain."""
        if task_id in self._expected:
            self._expected.discard(task_id)
            self._outrun(task_id)

    def waiting(self, job: Job, left: str = "") -> None:
        """A task waits: wakes the first in line of those it fits, unless somebody looks already. See `changed`."""
        self.changed(job, left)
        self._hints.anew(job.task.id)
        owing = self._ahead_of(job.task.id)
        woken = {seat for each in self._expected for seat in self._owing.get(each, ())}
        for seat in (self._looking | woken) - owing:  # none of them is idle, and may find nothing else
            seat.missed = seat.missed or self._serves(seat, job)
        if not owing:
            self._offer(job)

    def changed(self, job: Job, left: str = "", by: Seat | None = None) -> None:
        """A task is not as it was: tells who held it and who watches.

        `left` is the queue it went away from, `by` the seat that did it and needs not be told. Who held it and watches
        its queue as well is told as a watcher: one event says that it is another's now, and how it stands.
        """
        task = job.task
        holder = task.lease.holder if task.lease and task.state is TaskState.LEASED else None
        if task.state is not TaskState.WAITING:
            self._outrun(task.id)
        for seat in tuple(self._holders.get(task.id, ())):
            if seat.principal.name != holder:
                self._drop(seat, task.id)
                self._idle.rise(seat)
                seat.tell(StreamEvent(EventType.REMOVED, job))
        for seat in self._watchers:  # what they are told takes the place of what they were told as holders
            if seat is by:
                continue
            if seat.sees(job, task.queue):
                seat.tell(StreamEvent(EventType.CHANGED if task.state in OPEN else EventType.REMOVED, job))
            elif left and seat.sees(job, left):
                seat.tell(StreamEvent(EventType.REMOVED, job))

    def revised(self, job: Job) -> None:
        """What a task shows or asks for has changed. Who holds it is told all of it anew, others as by `changed`."""
        holder = job.task.lease.holder if job.task.lease else None
        holding = [seat for seat in self._holders.get(job.task.id, ()) if seat.principal.name == holder]
        if job.task.state is TaskState.WAITING:
            self.waiting(job)  # others may be fit for it now
        else:
            self.changed(job)
        for seat in holding:
            seat.tell(StreamEvent(EventType.LEASED, job))

    def handed(self, name: str, now: int) -> None:
        """A reviewer was handed a task: others come before them the next time.

        So they are not away, whatever this server was told: perhaps they have said so on another.
        """
        self._idle.handed(name, now)
        self._hints.away(name, None)

    def given_back(self, holder: str, task_id: str) -> None:
        """A reviewer who goes away gives a task back: the streams they have open now are not handed it again."""
        for seat in self._seats:
            if seat.principal.name == holder:
                seat.given_back.add(task_id)

    def passed(self, name: str, decision_id: str) -> None:
        """A reviewer has passed on a decision: they are not woken for its tasks."""
        self._hints.passed(name, decision_id)

    def away(self, name: str, absence: Absence | None) -> None:
        """A reviewer takes no work; None: they do, and their streams look at once."""
        self._hints.away(name, absence)
        if absence is None:
            for seat in self._idle.of(name):
                self._idle.rise(seat)
                seat.wake()

    def back(self, now: int) -> None:
        """Lets those look again whose absence is over."""
        for name in self._hints.due_back(now):
            self.away(name, None)

    def wake_all(self) -> None:
        """Lets every idle seat look again: the fall-back for a wake-up that went astray."""
        self._hints.forget()
        for seat in self._idle.clear():
            seat.wake()

    def recheck(self, current: Callable[[Principal], Principal | None]) -> None:
        """Cuts streams: with CredentialsInvalid where the principal is gone, without error where the rights are others.

        A caller who still has rights opens the stream anew, and has it under those. Those who open one from now on are
        asked for likewise: their call may have begun before.
        """
        self._current = current
        for seat in self._seats:
            principal = current(seat.principal)
            if principal != seat.principal:
                seat.end(CredentialsInvalid() if principal is None else None)

    def drain(self) -> None:
        """Asks every stream to end by itself."""
        self._draining = True
        for seat in self._seats:
            seat.closing = True
            seat.wake()

    def _serves(self, seat: Seat, job: Job) -> bool:
        """Whether it is of use to wake a seat for a task."""
        return not self._hints.against(seat.principal.name, job) and seat.fits(job)

    def _offer(self, job: Job) -> None:
        chosen = self._first(job)
        if chosen is not None:
            self._wake_for(chosen, job)

    def _first(self, job: Job) -> Seat | None:
        return next((seat for seat in self._idle if self._serves(seat, job)), None)

    def _wake_for(self, seat: Seat, job: Job) -> None:
        self._idle.rise(seat)
        seat.owed = job
        self._owing.setdefault(job.task.id, set()).add(seat)
        seat.wake()

    def _ahead_of(self, task_id: str) -> set[Seat]:
        """Who was woken for a task before it was there; now it is."""
        if task_id not in self._expected:
            return set()
        self._expected.discard(task_id)
        owing = set(self._owing.get(task_id, ()))
        for seat in owing - self._looking:  # who does look began before it was there
            seat.ahead = False
        return owing

    def _forgive(self, seat: Seat) -> Job | None:
        """Clears what a seat owes, and says what it was."""
        owed, seat.owed, seat.ahead = seat.owed, None, False
        if owed is not None:
            seats = self._owing.get(owed.task.id, set())
            seats.discard(seat)
            if not seats:
                self._owing.pop(owed.task.id, None)
        return owed

    def _outrun(self, task_id: str) -> None:
        """A task waits no more: nobody owes it a look. Who was woken for it in vain was outrun."""
        for seat in self._owing.pop(task_id, ()):
            seat.owed, seat.outrun = None, task_id not in seat.held

    def _drop(self, seat: Seat, task_id: str) -> None:
        seat.held.discard(task_id)
        seats = self._holders.get(task_id, set())
        seats.discard(seat)
        if not seats:
            self._holders.pop(task_id, None)
        if not any(other.principal.name == seat.principal.name for other in seats):
            self._idle.holds_no_more(seat.principal.name, task_id)
