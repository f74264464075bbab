"""What a store does: the one port that every engine fills, and the one suite in tests/store holds it to.

Guarantees of every method that writes:

- It returns after its transaction is durable, and not before. State change and ledger entry are one transaction.
- It is guarded: where its guard does not hold, nothing is changed and the documented error is raised.
- Time comes in as `now` (microseconds since the epoch); a store never reads a clock.
- StoreUnavailable means that nothing was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from andon.domain.appeal import Appeal
from andon.domain.counts import Activity, Grouping, OverrideCount, QueueDepth, QueueHistory
from andon.domain.decision import Decision
from andon.domain.errors import AndonError
from andon.domain.event import DecisionEvent
from andon.domain.samples import Sample, SampleQuery
from andon.domain.search import EVERYTHING, DecisionQuery, Scope, Window
from andon.domain.spans import Spans
from andon.domain.task import Task
from andon.store.evidence import Evidence
from andon.store.outbox import Outbox
from andon.store.own import Own
from andon.store.privacy import Privacy
from andon.store.proofs import Proofs
from andon.store.values import (
    Absence,
    Admission,
    Admitted,
    Amendment,
    Appealed,
    AppealWish,
    Cancellation,
    Change,
    Climbed,
    Expired,
    Hold,
    Job,
    LeaseRequest,
    LedgerEntry,
    Reevaluation,
    RequestKey,
    Revised,
    Settled,
    Superseded,
    TaskQuery,
    VerdictGiven,
)


class Store(Own, Protocol):
    """A durable store. See the module's guarantees."""

    @property
    def outbox(self) -> Outbox:
        """Notifications on their way."""
        ...

    @property
    def proofs(self) -> Proofs:
        """What receipts need."""
        ...

    @property
    def evidence(self) -> Evidence:
        """The ledger as it is proved."""
        ...

    @property
    def privacy(self) -> Privacy:
        """Erasure and legal holds."""
        ...

    # Submission

    async def submit(self, admissions: Sequence[Admission]) -> Sequence[Admitted | AndonError]:
        """Records decisions in one transaction, each with its task and ledger entry; answers in order.

        A repeated request key gives the recorded decision, also within one call; another body gives RequestIdReused
        in that place. Sequences are assigned in order and leave no gaps.
        """
        ...

    async def submitted(self, request: RequestKey) -> Decision | None:
        """The decision this request key has made, as it stands; None where it has made none. RequestIdReused."""
        ...

    async def cancel_if_open(self, cancellation: Cancellation) -> Decision:
        """Ends an open decision as CANCELLED and closes its tasks. DecisionNotFound, DecisionResolved, RequestIdReused.

        A repeated request key gives the cancelled decision again.
        """
        ...

    async def amend_if_open(self, amendment: Amendment) -> Revised:
        """Puts a new proposal in the place of an open decision's, and has its tasks ask for what `terms` say.

        A repeated request key gives the decision as it stands (RequestIdReused for another body); then, in this order,
        DecisionNotFound, DecisionResolved, PayloadChanged (it is not the one to be replaced), AlreadyJudged. A lease
        stays with its holder.
        """
        ...

    async def supersede_if_open(self, admission: Admission, cancellation: Cancellation) -> Superseded:
        """Records a decision and ends the open one it takes the place of as CANCELLED, in one transaction.

        A repeated request key of the admission gives what it recorded. DecisionNotFound, DecisionResolved (nothing is
        recorded), RequestIdReused.
        """
        ...

    async def appeal_if_resolved(self, wish: AppealWish) -> Appealed:
        """Opens the next appeal against the end of a decision. Who appeals is not handed its tasks.

        A repeated request key gives the appeal it has opened (RequestIdReused for another body); then DecisionNotFound,
        NotAppealable (the decision is open or CANCELLED, an appeal is open, or the level is not the next one).
        """
        ...

    async def tighten_if_open(self, reevaluation: Reevaluation) -> Revised:
        """Has an open decision's tasks ask for what the terms say as well; opens seats that are missing.

        Nothing is recorded where they ask for it already. DecisionNotFound, DecisionResolved, PayloadChanged.
        """
        ...

    async def block_if_open(self, reevaluation: Reevaluation) -> Revised:
        """Ends an open decision as BLOCKED by the routing's rule, and its tasks. Errors as in `tighten_if_open`."""
        ...

    # Human work

    async def lease_most_urgent(self, request: LeaseRequest) -> Sequence[Job]:
        """Leases the most urgent waiting tasks the holder is fit for; fewer than asked for where there are fewer."""
        ...

    async def renew_if_held(self, hold: Hold, until: int) -> Task:
        """Prolongs a lease. LeaseLost, TaskNotFound, TaskClosed."""
        ...

    async def release_if_held(self, hold: Hold, comment: str, *, skip: bool = False) -> Task:
        """Gives a task back to its queue. `skip`: the holder is not handed the decision's tasks any more.

        LeaseLost, TaskNotFound, TaskClosed.
        """
        ...

    async def escalate_if_held(self, hold: Hold, comment: str) -> Job:
        """Hands a task to the queue of its escalation. Its holder is not handed the decision's tasks any more.

        NoEscalation, LeaseLost, TaskNotFound, TaskClosed.
        """
        ...

    async def extend_if_held(self, hold: Hold, comment: str, request: RequestKey | None = None) -> Sequence[Job]:
        """Gives all open tasks of the decision, and of the same level, what the task's policy allows of more time.

        In the order of their ids. The decision's deadline moves with them, and so do the rungs they have not climbed.
        Gives none, and does nothing, where this request has brought more time before.
        TaskNotFound, TaskClosed, LeaseLost, NoMoreTime, RequestIdReused.
        """
        ...

    async def settle_if_leased(self, verdict: VerdictGiven) -> Settled:
        """Ends a task by a verdict, and its decision or the appeal it is about with it unless its quorum asks for more.

        What has ended takes its other open tasks with it; where verdicts differ one more task may be opened. The
        reviewer is handed no task of the decision any more.

        In this order: a repeated request key gives the same answer again (RequestIdReused for another body), then
        TaskNotFound, SelfReview, ConflictOfInterest (the submitter acted for the reviewer), TaskClosed, LeaseLost,
        ConflictOfInterest (the reviewer has judged the decision, or passed on it), PayloadChanged, CommentRequired (the
        task's presentation asks for one and it says nothing), FieldsNotOpened (APPROVE or CORRECT of what
        can't be undone, with fields left unopened).
        """
        ...

    async def set_absence(self, principal: str, absence: Absence | None, now: int) -> bool:
        """Whether somebody takes work from now on; None: they do. False where that is as it was.

        Once it has returned, no task is leased to somebody who is away.
        """
        ...

    # Duties. Each does at most `limit` units and returns what it did; call again until it returns none.

    async def expire_due(self, now: int, limit: int, revision: str = "") -> Sequence[Expired]:
        """Escalates or ends tasks whose deadline has passed. An escalated one starts anew in its next queue.

        One that ends takes its decision with it, or the appeal it is about, and the other open tasks of that.
        `revision` is that of the policies in force: what was routed by others is not approved by time.
        """
        ...

    async def climb_due(self, now: int, limit: int) -> Sequence[Climbed]:
        """Lets tasks climb the rung that is due, one each, earliest first. Whose deadline has passed climbs no more.

        A rung that moves a task takes it from its holder; any other leaves the lease. The ladder belongs to the first
        deadline: who comes to another by an escalation has no rungs any more.
        """
        ...

    async def reclaim_lapsed(self, now: int, limit: int) -> Sequence[Job]:
        """Gives tasks whose lease has lapsed back to their queues."""
        ...

    async def age_waiting(self, now: int, interval: int, limit: int) -> int:
        """Raises the urgency of tasks that have waited one more `interval`, up to the top. Returns how many."""
        ...

    async def next_due(self, interval: int) -> int | None:
        """The earliest moment at which one of the duties has something to do; None where nothing is open."""
        ...

    async def make_room(self, now: int) -> None:
        """Prepares for what will be recorded from `now` on, a month ahead at least, and takes up what was said of the
        store beside it. Cheap where that is done.
        """
        ...

    # Several servers on one store. Where there can be one only, these do nothing.

    @property
    def shared(self) -> bool:
        """Whether other servers may work on the same store."""
        ...

    async def changes(self, patience: float) -> Sequence[Change]:
        """What other servers have done to tasks since the last call, in the order of their commits.

        Waits up to `patience` seconds where there is nothing yet. At least once: after a fault some of this server's
        own may be among them. StoreUnavailable; then the next call begins where this one did.
        """
        ...

    async def lead(self, now: int, until: int) -> bool:
        """Whether this server does the background duties until then; it becomes the one where no other is."""
        ...

    async def resign(self) -> None:
        """Lets another server lead at once. Harmless where this one does not."""
        ...

    async def ahead(self, now: int) -> int:
        """By how many µs the store's clock is ahead of `now`; negative where it is behind, 0 where it has none."""
        ...

    # Reading. Readers see committed state only and never block the writer.

    async def decision(self, decision_id: str) -> Decision | None:
        """One decision, whole."""
        ...

    async def is_open(self, decision_id: str) -> bool:
        """Whether a decision exists and has not ended. Cheap: nothing else is read."""
        ...

    async def job(self, task_id: str) -> Job | None:
        """One task with its decision, whole."""
        ...

    async def appeals(self, decision_id: str) -> Sequence[Appeal]:
        """The appeals against the end of a decision, by level."""
        ...

    async def jobs_of(self, decision_id: str) -> Sequence[Job]:
        """All tasks of a decision and of the appeals against it, oldest first, with the decision."""
        ...

    async def blind_levels(self, decision_id: str, principal: str) -> frozenset[int]:
        """The levels (0: the decision itself, else which appeal) of which verdicts are kept from somebody.

        Those where a blind quorum is at work; none where they have judged the decision themselves.
        """
        ...

    async def appealed(self, request: RequestKey) -> bool:
        """Whether this request key has opened an appeal. RequestIdReused."""
        ...

    async def extended(self, request: RequestKey) -> bool:
        """Whether this request has brought more time. RequestIdReused."""
        ...

    async def held_by(self, holder: str, now: int) -> Sequence[Job]:
        """The tasks whose lease is in force and is the holder's, oldest lease first."""
        ...

    async def absence(self, principal: str, now: int) -> Absence | None:
        """Until when somebody takes no work; None where they do."""
        ...

    async def list_decisions(self, query: DecisionQuery) -> Sequence[Decision]:
        """Decisions, newest first. Reads on until it has found enough: bound it by a `window` first."""
        ...

    async def window(self, query: DecisionQuery, reach: int) -> Window:
        """Where to look for a query, so that no more than `reach` decisions are looked at that need not match.

        Cheap, however many decisions there are. Where an index answers the whole query there is no such bound.
        """
        ...

    async def decision_events(self, decision_id: str, after: int | None, limit: int) -> Sequence[DecisionEvent]:
        """What the ledger has on a decision past a sequence, in order.

        None begins with the submission, whose sequence is 0 here: it is told from the decision (`store.history`).
        """
        ...

    async def list_tasks(self, query: TaskQuery) -> Sequence[Job]:
        """Tasks with their decisions, most urgent first (see `position`)."""
        ...

    async def queue_depths(self) -> Mapping[str, QueueDepth]:
        """Every queue that has open tasks."""
        ...

    async def open_decisions(self) -> Mapping[str, int]:
        """How many decisions wait for people, by submitter."""
        ...

    async def recent_waits(self, limit: int) -> Mapping[str, Sequence[int]]:
        """For each queue the spans (µs, created to resolved) of its last `limit` reviewed tasks, oldest first."""
        ...

    async def list_samples(self, query: SampleQuery) -> Sequence[Sample]:
        """Labelled samples."""
        ...

    async def last_sample(self) -> int:
        """Sequence of the newest verdict; 0 where there is none."""
        ...

    async def first_withheld(self, after: int, action: str) -> int | None:
        """Sequence of the first sample past `after` that a `blind` SampleQuery leaves out; None where there is none."""
        ...

    async def override_counts(
        self,
        grouping: Grouping,
        action: str,
        spans: Spans,
        limit: int | None = None,
        *,
        blind: bool = False,
        scope: Scope = EVERYTHING,
    ) -> Sequence[OverrideCount]:
        """Verdicts counted by group and span: groups with most verdicts first, within each by time; `limit` at most.

        `action` may be empty or end in `.*`. Spans without verdicts are left out. `blind`, `scope`: as in SampleQuery.
        """
        ...

    async def reviewer_activity(
        self, spans: Spans, reviewer: str, limit: int, *, blind: bool = False, scope: Scope = EVERYTHING
    ) -> Sequence[Activity]:
        """Verdicts by reviewer and span, `limit` at most; an empty `reviewer` means all. Idle spans are left out.

        `blind`, `scope`: as in SampleQuery.
        """
        ...

    async def queue_history(self, spans: Spans, queues: frozenset[str] | None) -> Mapping[str, QueueHistory]:
        """Every queue (None: of all) that is open or in which something happened since the first span began."""
        ...

    async def ledger(self, after: int, limit: int) -> Sequence[LedgerEntry]:
        """Ledger entries past a sequence, in order."""
        ...
