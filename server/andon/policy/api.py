"""What the rest of the server knows of policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from andon.domain.appeal import AppealPlan
from andon.domain.canonical import JsonObject
from andon.domain.conflict import Conflict
from andon.domain.decision import Decision, Route, Routing
from andon.domain.plan import WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.principal import Principal
from andon.domain.receipt import DEFAULT, ReceiptTerms
from andon.domain.sensitive import NOTHING, Sensitive
from andon.domain.task import Escalation


class Facts(Protocol):
    """The decision as rules see it: a protobuf message of the type the policy set was compiled against.

    Only `SerializeToString`, `CopyFrom` and reflection are used, so policies depend on no generated code.
    """

    def SerializeToString(self) -> bytes: ...


FactsOf: TypeAlias = Callable[[Decision, frozenset[str]], Facts]
"""A recorded decision as rules saw it, with these of its fields at least."""


class Coin(Protocol):
    """A keyed draw that no caller can predict."""

    @property
    def source(self) -> str:
        """What is recorded as the coin's source, for example `hmac-sha256:3f9a01`."""
        ...

    def draw(self, decision_name: str, rule: str) -> float:
        """A number in [0, 1), the same for the same words."""
        ...


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """How a person is to be asked: what the policy and its matching rules say about the task.

    `deadline` is a span in µs from submission. `work` None: one verdict ends it, and time does nothing but run out.
    """

    queue: str
    urgency: int
    skills: tuple[str, ...]
    deadline: int
    escalation: Escalation | None
    correction_schema: JsonObject | None
    presentation: Presentation | None = None
    work: WorkPlan | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer of a policy set to one decision. `plan` is set where the route is REVIEW.

    `receipt` is what the policy says of the proof of its end, `sensitive` what it calls so, whatever the route.
    """

    routing: Routing
    plan: TaskPlan | None
    errors: tuple[str, ...] = ()
    receipt: ReceiptTerms = DEFAULT
    sensitive: Sensitive = NOTHING


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said. `error` is why it could not be evaluated, else empty."""

    rule: str
    matched: bool
    route: Route
    text: str
    error: str = ""
    sample_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every rule's answer, and the nearest change that leads to a less strict route, in words."""

    rules: tuple[RuleResult, ...]
    nearest_change: str = ""


class PolicySet(Protocol):
    """A compiled set of policies. Immutable; evaluation is pure CPU and never raises for what a caller sent."""

    @property
    def revision(self) -> str:
        """SHA-256 of the compiled set, in lower-case hexadecimal."""
        ...

    @property
    def policies(self) -> Sequence[str]:
        """The policies' names, sorted."""
        ...

    @property
    def rules(self) -> Mapping[str, Sequence[str]]:
        """Every policy's rule ids, for bounded metric labels."""
        ...

    @property
    def actions(self) -> Sequence[str]:
        """The action patterns that are governed, for bounded metric labels."""
        ...

    @property
    def has_conflicts(self) -> bool:
        """Whether any policy keeps reviewers from decisions they have an interest in."""
        ...

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        """What the policy for the decision's action has against its being judged by this reviewer; None where nothing.

        `facts` are asked for where a condition reads them. A condition that fails is a conflict.
        """
        ...

    def appeal_plan(self, action: str) -> AppealPlan | None:
        """What the policy for an action says of appeals; None where it knows none."""
        ...

    def sensitive(self, action: str) -> Sensitive:
        """What the policy for an action calls sensitive."""
        ...

    @property
    def calls_sensitive(self) -> Mapping[str, Sensitive]:
        """The action patterns for which anything is called sensitive, and what."""
        ...

    def evaluate(self, action: str, facts: Facts, decision_name: str, coin: Coin | None) -> Ruling:
        """Routes one decision. No policy, or a rule that fails: REVIEW. Without a coin no random-sample rule draws."""
        ...

    def explain(self, action: str, facts: Facts) -> tuple[Ruling, Explanation]:
        """Routes without drawing a coin (no random-sample rule matches) and says why."""
        ...
