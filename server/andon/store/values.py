"""What goes into a store and comes out of it, the same for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from andon.domain.appeal import Appeal
from andon.domain.canonical import JsonObject
from andon.domain.decision import Decision, Model, Routing
from andon.domain.event import EventKind
from andon.domain.plan import Rung
from andon.domain.receipt import DEFAULT, ReceiptTerms, Redemption
from andon.domain.review import Review, Verdict
from andon.domain.rota import Rota
from andon.domain.task import Task, TaskState
from andon.domain.terms import Terms
from andon.domain.words import told


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a call safe to repeat: the caller's id, and a hash of the body it came with."""

    principal: str
    request_id: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Admission:
    """One decision to record, with the task that holds it where a person is asked. `siblings` are its further seats."""

    decision: Decision
    task: Task | None = None
    request: RequestKey | None = None
    siblings: tuple[Task, ...] = ()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All of its tasks."""
        return () if self.task is None else (self.task, *self.siblings)


@dataclass(frozen=True, slots=True)
class Admitted:
    """What was recorded: with its sequence, or as it stands now where the request id was a repetition."""

    decision: Decision
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A task together with the decision it is about."""

    task: Task
    decision: Decision


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """Asks for the most urgent tasks that a reviewer is fit for.

    `queues` and `skills` may hold `*` for all. Tasks of decisions that the holder submitted, or that were submitted on
    the holder's behalf, are never handed out. `tokens` gives one fresh fencing token for each task that may be handed
    out; their number is the limit. `only` are the ids of the tasks to choose from; None means all. `groups` are the
    holder's: what asks for another is not handed out. `cap` is how many leases the holder may have at once, on all
    streams and servers; None: no bound. With a `rota` queues take turns within a level of priority, and the tasks come
    in the order of their turns. `given_back` are ids of tasks that this stream is not handed again.

    Nobody is handed a task of a decision that they have judged or passed on, or of which they hold another; and nobody
    who is away is handed any.
    """

    holder: str
    queues: frozenset[str]
    skills: frozenset[str]
    tokens: Sequence[str]
    now: int
    until: int
    only: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()
    cap: int | None = None
    rota: Rota | None = None
    given_back: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody takes no work before `until` (µs); None: until they say that they do."""

    until: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A claim to hold a task: it counts only while the lease with this token is in force and is the holder's."""

    task_id: str
    holder: str
    token: str = field(repr=False)
    now: int


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A verdict to settle a task with. `retrain_after` is the number of labels that asks for a retraining.

    `standing` are the reviewer's groups and roles, by which a quorum's veto is told. `fresh_id` is for the task of one
    more reviewer, where the verdict asks for that.
    """

    hold: Hold
    payload_hash: str
    review: Review
    retrain_after: int
    request: RequestKey | None = None
    standing: frozenset[str] = frozenset()
    fresh_id: str = ""


@dataclass(frozen=True, slots=True)
class RetrainDue:
    """Enough new labels for one action and model version. `cursor` is the sequence of the last sample counted."""

    action: str
    model: Model
    labels: int
    cursor: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What a verdict led to. `retrain` is set by the one verdict that completes a round of labels.

    `ended`: the decision ended with it, or the appeal it was about. `closed` are further tasks that ended then,
    `opened` those of reviewers who were added.
    """

    review: Review
    job: Job
    replayed: bool = False
    retrain: RetrainDue | None = None
    closed: tuple[Job, ...] = ()
    opened: tuple[Job, ...] = ()
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A submitter's wish to withdraw a decision."""

    decision_id: str
    principal: str
    comment: str
    now: int
    request: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A submitter's wish to put a new proposal in the place of the one with the payload hash `replaces`.

    `decision` is as it is to be, with its resolution where the policies end it. `terms` None: its tasks ask for what
    they asked for.
    """

    decision: Decision
    replaces: str
    terms: Terms | None
    now: int
    request: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class Reevaluation:
    """What the policies in force say now of an open decision that a reviewer is about to release by a verdict.

    It concerns the proposal with that payload hash. `routing` is the new one; the decision keeps the one it has.
    `receipt` binds its receipts as well.
    """

    decision_id: str
    payload_hash: str
    task_id: str
    reviewer: str
    verdict: Verdict
    routing: Routing
    terms: Terms
    now: int
    receipt: ReceiptTerms = DEFAULT


@dataclass(frozen=True, slots=True)
class Revised:
    """What became of an open decision and its tasks: which are open and not as they were, which are new, which ended.

    The decision has ended where all have.
    """

    decision: Decision
    changed: tuple[Job, ...] = ()
    opened: tuple[Job, ...] = ()
    closed: tuple[Job, ...] = ()
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Superseded:
    """The decision that was recorded, and the one it took the place of, with the tasks that ended with that.

    `old` is None where the request id was a repetition.
    """

    admitted: Admitted
    old: Decision | None = None
    closed: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class AppealWish:
    """A wish to have the end of a decision judged anew: by the tasks, all of the kind APPEAL and of one level."""

    decision_id: str
    appellant: str
    comment: str
    now: int
    tasks: tuple[Task, ...]
    request: RequestKey | None = None

    @property
    def level(self) -> int:
        """Which appeal it is to be, from 1."""
        return self.tasks[0].level


@dataclass(frozen=True, slots=True)
class Appealed:
    """The appeal that was opened, with its tasks; without them where the request id was a repetition."""

    decision: Decision
    appeal: Appeal
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class RedeemWish:
    """A wish to use up the answer to a decision. `level`: whose end is acted on; None: whichever stands."""

    decision_id: str
    redeemer: str
    request_id: str
    now: int
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """That it was used up; `repeated`: by an earlier call of the same redeemer with the same request id."""

    redemption: Redemption
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Expired:
    """What a missed deadline led to: an escalation (the task is open), or the end of the decision.

    `left` is the queue the task was in, `closed` are further tasks that ended with the decision. `ended`: it is with
    this task that it did, or the appeal it was about; False where another of its tasks missed its deadline as well.
    """

    job: Job
    escalated: bool
    left: str
    closed: tuple[Job, ...] = ()
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Climbed:
    """A task whose time has run out so far that a rung of its policy's ladder was due, and the rung.

    `left` is the queue from which the rung moved it; empty where it stayed.
    """

    job: Job
    rung: Rung
    left: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody has done to a task, and the task as it stood when that was read.

    `left` is the queue it went away from by an escalation; empty otherwise. `time` is when it was done (µs).
    """

    kind: EventKind
    job: Job
    left: str = ""
    time: int = 0


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Which tasks to list, most urgent first. `queues` None means all. `after` is `position` of the last one seen.

    `brief` leaves out what may be large: the decision's input, prediction and reasoning are then empty, but for what
    the effect of the task's presentation is filled from. The decision's action must fit one of the patterns `covered`;
    None: any does.
    """

    limit: int
    queues: frozenset[str] | None = None
    states: frozenset[TaskState] = frozenset({TaskState.WAITING, TaskState.LEASED})
    after: tuple[int, int, str] | None = None
    brief: bool = False
    covered: frozenset[str] | None = None


def position(task: Task) -> tuple[int, int, str]:
    """Where a task stands in the order of urgency: (-urgency, deadline, id), ascending. Ids ascend with age."""
    return (-task.urgency, task.expire_time, task.id)


class SightKind(StrEnum):
    """How somebody came to see what is recorded, as the ledger names it."""

    VIEWED = "task.viewed"
    READ = "decision.read"
    EXPORTED = "records.exported"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody is about to be shown what is recorded: of one decision and task, or of none in particular."""

    kind: SightKind
    actor: str
    time: int
    body: JsonObject
    decision_id: str = ""
    task_id: str = ""
    words: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """The server's secret of this name as it was read, and what is to be in its place."""

    name: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One link of the chain: `hash` is SHA-256 of `previous` and the entry's content in canonical JSON.

    `words` is what stands beside it; empty where it has no words, or they were erased.
    """

    sequence: int
    time: int
    kind: str
    actor: str
    decision_id: str
    task_id: str
    body: JsonObject
    previous: str
    hash: str
    words: str = ""

    @property
    def said(self) -> JsonObject:
        """All that it says, with its words."""
        return told(self.body, self.words)
