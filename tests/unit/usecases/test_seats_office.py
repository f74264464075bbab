"""Seats under any history: no task waits beside an idle seat it fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from andon.domain.task import TaskState
from andon.store.values import Job
from andon.usecases.seat import Seat
from andon.usecases.seats import Seats
from tests.unit.usecases.seating import in_state, leased, make_job, principal
from tests.unit.usecases.world import ELIGIBILITY

STEP = st.tuples(
    st.sampled_from(["open", "close", "look", "looked", "come", "end", "give", "lapse"]), st.integers(0, 99)
)
QUEUES = ("a", "b")
SKILLS: tuple[tuple[str, ...], ...] = ((), ("law",))


class Office:
    """A model of the store and of streams that behave: each looks when it is not idle, as `Stream` does."""

    def __init__(self, *, told: bool) -> None:
        """`told`: whether this server hears who has passed on a decision. Where another did it, it does not."""
        self.told = told
        self.barred: set[tuple[str, str]] = set()
        self.seats = Seats(limit=6, buffer=10_000, eligibility=ELIGIBILITY)
        self.open: list[Seat] = []
        self.looking: dict[Seat, tuple[int, list[Job]]] = {}
        self.waiting: list[Job] = []
        self.leased: list[tuple[Seat, Job]] = []

    def step(self, what: str, number: int) -> None:
        getattr(self, f"_{what}")(number)
        self._check()

    def _open(self, number: int) -> None:
        if len(self.open) < 6:
            who = principal(f"r{number % 4}", *SKILLS[number % 2])
            self.open.append(self.seats.open(who, frozenset(QUEUES[: 1 + number // 4 % 2]), 1 + number // 8 % 2))

    def _close(self, number: int) -> None:
        if self.open:
            seat = self.open.pop(number % len(self.open))
            _, got = self.looking.pop(seat, (0, []))
            self.seats.close(seat)
            for job in got:  # a lease that came too late is given back
                self.waiting.append(job)
                self.seats.waiting(job)

    def _look(self, number: int) -> None:
        able = [seat for seat in self.open if seat not in self.looking and seat.free and not self.seats.is_idle(seat)]
        if able:
            seat = able[number % len(able)]
            self.seats.look(seat)
            fit = [job for job in reversed(self.waiting) if self._may_have(seat, job)]  # the latest is most urgent
            got = fit[: seat.free]
            self.waiting = [job for job in self.waiting if job not in got]
            self.looking[seat] = seat.free, got

    def _looked(self, number: int) -> None:
        if self.looking:
            seat = list(self.looking)[number % len(self.looking)]
            wanted, got = self.looking.pop(seat)
            for job in got:
                self.seats.hold(seat, job.task.id)
                self.seats.changed(leased(job, seat.principal.name))
                self.leased.append((seat, job))
            self.seats.looked(seat, more=len(got) == wanted)

    def _come(self, number: int) -> None:
        job = make_job(QUEUES[number % 2], *SKILLS[number // 2 % 2], submitter=f"r{number // 4 % 4}")
        self.waiting.append(job)
        self.seats.waiting(job)

    def _end(self, number: int) -> None:
        if self.leased:
            _, job = self.leased.pop(number % len(self.leased))
            self.seats.changed(in_state(job, TaskState.REVIEWED))

    def _give(self, number: int) -> None:
        self._back(number, given=True)

    def _lapse(self, number: int) -> None:
        self._back(number, given=False)

    def _back(self, number: int, given: bool) -> None:
        if self.leased:
            seat, job = self.leased.pop(number % len(self.leased))
            if given:
                self.barred.add((seat.principal.name, job.decision.id))
                if self.told:
                    self.seats.passed(seat.principal.name, job.decision.id)
            self.waiting.append(job)
            self.seats.waiting(job)

    def _check(self) -> None:
        """No task waits beside an idle seat it fits, unless somebody who is awake owes it a look."""
        owed = {seat.owed.task.id for seat in self.open if seat.owed is not None}
        for job in self.waiting:
            if job.task.id not in owed:
                assert not any(self._may_have(seat, job) for seat in self.open if self.seats.is_idle(seat))

    def _may_have(self, seat: Seat, job: Job) -> bool:
        return seat.fits(job) and (seat.principal.name, job.decision.id) not in self.barred

    def settle(self) -> None:
        """Lets everybody look until all are idle or full: then nothing may wait that fits one with a free credit."""
        for _ in range(200):
            self.step("looked", 0)
            self.step("look", 0)
        assert not self.looking
        assert all(self.seats.is_idle(seat) for seat in self.open if seat.free)
        assert not any(self._may_have(seat, job) for job in self.waiting for seat in self.open if seat.free)
        assert all(self.seats.is_idle(seat) or seat.owed is None for seat in self.open)


@given(st.lists(STEP, max_size=60), st.booleans())
def test_no_task_waits_beside_an_idle_seat_it_fits(steps: list[tuple[str, int]], told: bool) -> None:
    office = Office(told=told)
    for what, number in [("open", 0), ("open", 9), *steps]:
        office.step(what, number)
    office.settle()
