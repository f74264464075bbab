"""Decisions: what an AI proposes, how it was routed, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from andon.domain.canonical import JsonObject, canonical, digest, number, quoted
from andon.domain.plan import TimeoutDefault
from andon.domain.receipt import DEFAULT, ReceiptTerms
from andon.domain.sensitive import NOTHING, Sensitive


class Route(IntEnum):
    """Outcome of the rules. The larger number is the stricter route."""

    AUTO_APPROVE = 1
    REVIEW = 2
    BLOCK = 3


class Outcome(IntEnum):
    """How a decision ended."""

    APPROVED = 1
    REJECTED = 2
    CORRECTED = 3
    EXPIRED = 4
    CANCELLED = 5
    AUTO_APPROVED = 6
    BLOCKED = 7


PASSING = frozenset({Outcome.APPROVED, Outcome.CORRECTED, Outcome.AUTO_APPROVED})
"""The outcomes with which the effect may happen, whoever or whatever decided so."""


class DecisionState(IntEnum):
    """Whether a decision is open."""

    PENDING = 1
    RESOLVED = 2


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
    _text: str = field(default="", init=False, repr=False, compare=False)

    def as_json(self) -> JsonObject:
        """As they are stored and hashed: names as in the contract, what is unset left out."""
        values = {name: value for name in _OPTIONAL_ATTRIBUTES if (value := getattr(self, name))}
        return values if self.amount is None else {"amount": self.amount, **values}

    def text(self) -> str:
        """`as_json` in canonical JSON; written out once, since it is hashed and stored."""
        if not self._text:
            object.__setattr__(self, "_text", self._written())
        return self._text

    def _written(self) -> str:
        """Member by member: every submission pays for it."""
        parts = [] if self.amount is None else [f'"amount":{number(self.amount)}']
        if self.anomalous:
            parts.append('"anomalous":true')
        if self.currency:
            parts.append(f'"currency":{quoted(self.currency)}')
        if self.extra:
            parts.append(f'"extra":{canonical(self.extra)}')
        if self.high_value:
            parts.append('"high_value":true')
        if self.irreversible:
            parts.append('"irreversible":true')
        if self.regulated:
            parts.append('"regulated":true')
        if self.subject:
            parts.append(f'"subject":{quoted(self.subject)}')
        return f"{{{','.join(parts)}}}"


_OPTIONAL_ATTRIBUTES = ("currency", "irreversible", "anomalous", "regulated", "high_value", "subject", "extra")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an AI proposes to do. It never changes: an amendment puts another in its place.

    `on_behalf_of` is whom the submitter acts for; empty where for nobody else.
    """

    action: str
    confidence: float
    input: JsonObject = field(default_factory=dict)
    prediction: JsonObject = field(default_factory=dict)
    reasoning: str = ""
    model: Model = Model()
    attributes: Attributes = Attributes()
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision was routed as it was: one for every rule that matched."""

    rule: str
    text: str
    route: Route


@dataclass(frozen=True, slots=True)
class Routing:
    """How a decision was routed. Recorded once; later estimates rest on it.

    `propensity` is the probability, before the coin was drawn, with which the decision could have gone to a person.
    """

    route: Route
    reasons: tuple[Reason, ...]
    policy: str
    revision: str
    propensity: float
    threshold: float | None = None
    sampled: bool = False
    coin_source: str = ""

    def decisive_rule(self) -> str:
        """Id of the first rule that asked for the route that won; empty where none did."""
        if not self.reasons:
            return ""
        return next((reason.rule for reason in self.reasons if reason.route is self.route), "")

    def decided_by(self) -> str:
        """What a decision that needs nobody is resolved by: `rule:` and its id, or `policy:` and its name."""
        rule = self.decisive_rule()
        return f"rule:{rule}" if rule else f"policy:{self.policy}"


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a decision ended, by whom or which rule, when.

    `timeout_default` goes with EXPIRED alone: what the policy says of it.
    """

    outcome: Outcome
    resolved_by: str
    time: int
    corrected_prediction: JsonObject | None = None
    comment: str = ""
    timeout_default: TimeoutDefault | None = None

    @property
    def passes(self) -> bool:
        """Whether the effect may happen: with EXPIRED only where the policy's default approves."""
        approved_by_time = self.outcome is Outcome.EXPIRED and self.timeout_default is TimeoutDefault.APPROVE
        return self.outcome in PASSING or approved_by_time


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal with its routing and, once it has ended, its resolution.

    `sequence` is 0 and `queue` empty until the store has recorded it. `expire_time` is the moment at which it ends as
    EXPIRED at the latest; None once it has ended. `queue` is where its open task is; empty once it has ended, and where
    it has no task. `submitter_groups`, sorted, are those the submitter's credentials had at the submission.
    `supersedes` and `superseded_by` are ids of decisions, empty for none; `amendments` counts the changes of the
    proposal since the submission, `appeals` the levels at which its end was contested. `receipt` is what the policies
    said of the proof of its end while it was open: what came later does not change it. `sensitive` is what they called
    so when it was routed, `masked` the fields that were kept from whom this copy is for. `erase_time` is when its
    personal data was erased; None while it was not.
    """

    id: str
    proposal: Proposal
    submitter: str
    payload_hash: str
    routing: Routing
    create_time: int
    resolution: Resolution | None = None
    expire_time: int | None = None
    task_id: str = ""
    sequence: int = 0
    queue: str = ""
    submitter_groups: tuple[str, ...] = ()
    supersedes: str = ""
    superseded_by: str = ""
    amendments: int = 0
    appeals: int = 0
    receipt: ReceiptTerms = DEFAULT
    sensitive: Sensitive = NOTHING
    erase_time: int | None = None
    masked: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"decisions/{self.id}"

    @property
    def state(self) -> DecisionState:
        return DecisionState.PENDING if self.resolution is None else DecisionState.RESOLVED


def payload_hash(proposal: Proposal, submitter: str) -> str:
    """SHA-256 of exactly what was submitted, and by whom, in canonical JSON.

    Written out member by member, in canonical order: every submission pays for it. `on_behalf_of` is a member only
    where it says something.
    """
    model = proposal.model
    acting = f',"on_behalf_of":{quoted(proposal.on_behalf_of)}' if proposal.on_behalf_of else ""
    return digest(
        f'{{"action":{quoted(proposal.action)},"attributes":{proposal.attributes.text()}'
        f',"confidence":{number(proposal.confidence)},"input":{canonical(proposal.input)}'
        f',"model":{{"name":{quoted(model.name)},"version":{quoted(model.version)}}}{acting}'
        f',"prediction":{canonical(proposal.prediction)},"reasoning":{quoted(proposal.reasoning)}'
        f',"submitter":{quoted(submitter)}}}'
    )
