"""What the use cases share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from andon.domain.clock import Clock
from andon.domain.decision import Decision
from andon.domain.ids import Ids
from andon.domain.principal import Principal
from andon.keys.signer import Signer
from andon.policy.api import Coin, FactsOf, PolicySet, TaskPlan
from andon.store.port import Store
from andon.store.values import Job, Revised
from andon.usecases.eligibility import Eligibility
from andon.usecases.estimates import Estimates, WaitEstimate
from andon.usecases.limits import Limits
from andon.usecases.masking import Masks
from andon.usecases.observer import Observer
from andon.usecases.quotas import OpenDecisions
from andon.usecases.reads import Reads
from andon.usecases.seats import Seats
from andon.usecases.turns import Turns
from andon.usecases.waiters import Waiters


@dataclass(slots=True)
class Context:
    """One server's collaborators. `open_tasks` and `open_decisions` are kept for the bounds on them; the store knows.

    `leading`: whether this server does the background duties. `origin`: the ledger's name, and so who issues receipts.
    """

    store: Store
    policies: Callable[[], PolicySet]
    facts: FactsOf
    coin: Coin
    clock: Clock
    ids: Ids
    limits: Limits
    waiters: Waiters
    seats: Seats
    eligibility: Eligibility
    estimates: Estimates
    observer: Observer
    signer: Signer
    origin: str = "andon.dev"
    turns: Turns = field(default_factory=Turns)
    reads: Reads = field(init=False)
    masks: Masks = field(init=False)
    open_tasks: int = 0
    open_decisions: OpenDecisions = field(default_factory=OpenDecisions)
    leading: bool = True

    def __post_init__(self) -> None:
        self.reads = Reads(self.store, self.clock)
        self.masks = Masks(self.policies, self.reads)

    def standing(self, decision: Decision) -> Standing:
        """A decision with the estimate of the queue it waits in."""
        return Standing(decision, self.estimates.of(decision.queue) if decision.queue else None)

    def recheck(self, current: Callable[[Principal], Principal | None]) -> None:
        """Who may call has changed: ends the waits and streams of those who are gone or have other rights."""
        self.waiters.recheck(current)
        self.seats.recheck(current)

    def seat_ids(self, plan: TaskPlan) -> tuple[str, ...]:
        """Fresh ids, one for each seat that a plan asks for."""
        quorum = plan.work and plan.work.quorum
        return tuple(self.ids.next() for _ in quorum.seats) if quorum else ()

    def revised(self, revised: Revised) -> None:
        """A decision was changed or ended while it was open, and that is durable: tells everybody who waits for it."""
        if revised.closed:
            self.observer.cancelled(revised.decision)
        for job in revised.closed:
            self.closed(job)
        for job in revised.changed:
            self.seats.revised(job)
        for job in revised.opened:
            self.opened(job)

    def opened(self, job: Job) -> None:
        """A task waits that was not there before, and that is durable."""
        self.open_tasks += 1
        self.seats.waiting(job)

    def closed(self, job: Job, *, ended: bool = True) -> None:
        """A task has ended, and that is durable: tells who held it, and where its decision or appeal has `ended` with
        it, everybody who waits for that.
        """
        self.open_tasks -= 1
        self.open_decisions.closed(job.task, job.decision)
        self.observer.closed(job)
        if ended:
            self.waiters.resolve(job.decision, job.task.level)
        self.seats.changed(job)


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision as it stands, and how long it may still take."""

    decision: Decision
    estimate: WaitEstimate | None = None
