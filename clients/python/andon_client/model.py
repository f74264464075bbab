"""What the server says about decisions, as plain immutable objects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from andon_client._json import JsonObject


class Outcome(StrEnum):
    """How a decision ended. UNKNOWN stands for a value this release does not know: a refusal."""

    UNKNOWN = "UNKNOWN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CORRECTED = "CORRECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    AUTO_APPROVED = "AUTO_APPROVED"
    BLOCKED = "BLOCKED"


class TimeoutDefault(StrEnum):
    """What a policy says is to happen where nobody judged in time."""

    REJECT = "REJECT"
    APPROVE = "APPROVE"


PASSING: Final = frozenset({Outcome.APPROVED, Outcome.CORRECTED, Outcome.AUTO_APPROVED})
"""The outcomes on which a guarded effect may run. An expired decision may pass as well: see `Decision.passed`."""


class Route(StrEnum):
    """Outcome of the rules."""

    UNKNOWN = "UNKNOWN"
    AUTO_APPROVE = "AUTO_APPROVE"
    REVIEW = "REVIEW"
    BLOCK = "BLOCK"


class State(StrEnum):
    """Whether a decision is open. UNKNOWN counts as open."""

    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True, slots=True)
class Model:
    """The model that made a proposal."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Facts that policies read. `extra` holds the free ones."""

    amount: float | None = None
    currency: str = ""
    irreversible: bool = False
    anomalous: bool = False
    regulated: bool = False
    high_value: bool = False
    subject: str = ""
    extra: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision was routed as it was: one for every rule that matched."""

    rule: str
    text: str
    route: Route


@dataclass(frozen=True, slots=True)
class Routing:
    """How a decision was routed. `review_propensity` is the chance with which it could have gone to a person."""

    route: Route
    reasons: tuple[Reason, ...] = ()
    policy: str = ""
    policy_revision: str = ""
    threshold: float | None = None
    review_propensity: float = 0.0
    sampled: bool = False
    coin_source: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a decision ended, by whom or which rule, when (UTC).

    `timeout_default` goes with EXPIRED alone: what the policy says is to happen; None where it says nothing, and then
    nothing may happen.
    """

    outcome: Outcome
    resolved_by: str = ""
    comment: str = ""
    corrected_prediction: dict[str, Any] | None = None
    time: datetime | None = None
    timeout_default: TimeoutDefault | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """The end of a decision, contested and judged anew by somebody else. `resolution` is None while it is open."""

    level: int
    appellant: str
    comment: str
    task: str
    create_time: datetime
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """That the answer to a decision was used up. `repeated`: by an earlier call with the same request id."""

    redeemer: str
    time: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """What decisions in this queue have lately taken: half, and nine in ten, were resolved within these times."""

    p50: timedelta
    p90: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it stood when the server answered. Times are UTC.

    `input`, `proposed` and `reasoning` are None where the answer did not carry them. `appeals` are those against its
    end, by level, where it was asked for by itself; its own `resolution` and `outcome` stay what they were.
    `supersedes` and `superseded_by` are names of decisions, empty for none; `amendments` counts how often its submitter
    has changed what it proposes. `erase_time` is when its personal data was erased; `input` and `proposed` are None
    then. `masked_fields` are the paths of what the policies keep from the caller, such as `input.iban`: each value
    there is the text `[masked]`, and `payload_hash` can't be computed from what is left.
    """

    name: str
    action: str
    state: State
    routing: Routing
    confidence: float | None = None
    model: Model = Model()
    attributes: Attributes = Attributes()
    resolution: Resolution | None = None
    input: dict[str, Any] | None = None
    proposed: dict[str, Any] | None = None
    reasoning: str | None = None
    submitter: str = ""
    on_behalf_of: str = ""
    payload_hash: str = ""
    sequence: int = 0
    task: str = ""
    create_time: datetime | None = None
    expire_time: datetime | None = None
    estimated_wait: WaitEstimate | None = None
    appeals: tuple[Appeal, ...] = ()
    supersedes: str = ""
    superseded_by: str = ""
    amendments: int = 0
    redemption: Redemption | None = None
    erase_time: datetime | None = None
    masked_fields: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether it is still open."""
        return self.state is not State.RESOLVED

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it is open."""
        if self.pending:
            return None
        return self.resolution.outcome if self.resolution else Outcome.UNKNOWN

    @property
    def passed(self) -> bool:
        """Whether the effect may run. False while it is open, and for every outcome this release does not know.

        True as well where nobody judged in time and the policy lets it pass then: see `passed_unjudged`. False where
        the correction was erased: there is nothing left to act upon.
        """
        if self.outcome is Outcome.CORRECTED:
            corrected = self.resolution is not None and self.resolution.corrected_prediction is not None
            return corrected and self.erase_time is None
        return self.outcome in PASSING or self.passed_unjudged

    @property
    def passed_unjudged(self) -> bool:
        """Whether the effect may run though a person was asked and nobody judged: the policy says so in as many words.

        It is nobody's approval, and never so for what can't be undone.
        """
        if self.outcome is not Outcome.EXPIRED or self.resolution is None or self.attributes.irreversible:
            return False
        return self.resolution.timeout_default is TimeoutDefault.APPROVE

    @property
    def prediction(self) -> dict[str, Any] | None:
        """What to act upon: the correction where there is one, else what was proposed.

        None where the answer did not carry the proposal. Act on it only if `passed`.
        """
        if self.outcome is Outcome.CORRECTED:
            return self.resolution.corrected_prediction if self.resolution else None
        return self.proposed

    def standing(self) -> tuple[int, Decision]:
        """The end that counts: its level (0: its own, from 1 that of an appeal), and the decision as it ended by that.

        It is that of the last appeal that has ended, where the answer carried them.
        """
        ended = [appeal for appeal in self.appeals if appeal.resolution is not None]
        if self.pending or not ended:
            return 0, self
        last = max(ended, key=lambda appeal: appeal.level)
        return last.level, replace(self, resolution=last.resolution)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it was routed as it was."""
        return self.routing.reasons

    @property
    def comment(self) -> str:
        """What the reviewer, or the caller who cancelled, had to say."""
        return self.resolution.comment if self.resolution else ""


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """Something that happened to a decision.

    `type` is SUBMITTED, LEASED, RELEASED, LAPSED, ESCALATED, REVIEWED, EXPIRED or CANCELLED, and UNKNOWN where the
    server knows more; `details` depend on it. `sequence` is 0 for the submission.
    """

    type: str
    time: datetime
    actor: str
    task: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said to a decision. `error` says why it could not be evaluated."""

    rule: str
    matched: bool
    route: Route
    text: str = ""
    error: str = ""
    sample_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a decision would be routed and why. `nearest_change` says in words what would lead elsewhere."""

    decision: Decision
    rules: tuple[RuleResult, ...] = ()
    nearest_change: str = ""
