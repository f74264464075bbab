"""What the use cases share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from andon.domain.clock import Clock
from andon.domain.decision import Decision
from andon.domain.ids import Ids
from andon.domain.principal import Principal
from andon.policy.api import Coin, PolicySet
from andon.store.port import Store
from andon.store.values import Job
from andon.usecases.eligibility import Eligibility
from andon.usecases.estimates import Estimates, WaitEstimate
from andon.usecases.limits import Limits
from andon.usecases.observer import Observer
from andon.usecases.seats import Seats
from andon.usecases.turns import Turns
from andon.usecases.waiters import Waiters


@dataclass(slots=True)
class Context:
    """One server's collaborators. `open_tasks` is kept for the bound on them; the store knows the truth.

    `leading`: whether this server does the background duties.
    """

    store: Store
    policies: Callable[[], PolicySet]
    coin: Coin
    clock: Clock
    ids: Ids
    limits: Limits
    waiters: Waiters
    seats: Seats
    eligibility: Eligibility
    estimates: Estimates
    observer: Observer
    turns: Turns = field(default_factory=Turns)
    open_tasks: int = 0
    leading: bool = True

    def standing(self, decision: Decision) -> Standing:
        """A decision with the estimate of the queue it waits in."""
        return Standing(decision, self.estimates.of(decision.queue) if decision.queue else None)

    def recheck(self, current: Callable[[Principal], Principal | None]) -> None:
        """Who may call has changed: ends the waits and streams of those who are gone or have other rights."""
        self.waiters.recheck(current)
        self.seats.recheck(current)

    def closed(self, job: Job) -> None:
        """A task and its decision have ended, and that is durable: lets go of everybody who waits for it."""
        self.open_tasks -= 1
        self.waiters.resolve(job.decision)
        self.seats.changed(job)


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision as it stands, and how long it may still take."""

    decision: Decision
    estimate: WaitEstimate | None = None
