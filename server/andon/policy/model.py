"""The policy file: one model, from which reading, checking and the editors' JSON Schema all come."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from andon.domain.canonical import Json, JsonObject
from andon.domain.clock import DAY, HOUR
from andon.domain.decision import Route
from andon.domain.plan import MoreTime, Rung
from andon.domain.presentation import Presentation
from andon.domain.receipt import DEFAULT, Naming
from andon.domain.sensitive import NOTHING, Sensitive
from andon.policy.presentation import SCHEMA as PRESENTATION
from andon.policy.presentation import presentation_of
from andon.policy.quorum import MEANING, QUORUM, Demand, demand_of
from andon.policy.sensitive import SCHEMA as SENSITIVE
from andon.policy.shapes import DURATION, LEVELS, NAME, WORDS, duration
from andon.policy.work import (
    LADDER,
    MORE_TIME,
    ON_DEADLINE,
    OnDeadline,
    ladder_of,
    more_time_of,
    on_deadline_of,
)

DOC: Final = "doc"
SCHEMA: Final = "schema"
PARSE: Final = "parse"
DEFAULT_QUEUE: Final = "default"
DEFAULT_DEADLINE: Final = 24 * HOUR
DEFAULT_WITHIN: Final = 30 * DAY
FOREVER: Final = 1 << 62
"""A span in µs that nothing is older than."""
ROUTES: Final = {"auto_approve": Route.AUTO_APPROVE, "review": Route.REVIEW, "block": Route.BLOCK}
ACTION: Final = r"[a-z][a-z0-9_-]*([.][a-z0-9][a-z0-9_-]*)*"
ATTRIBUTE: Final = "[A-Za-z_][A-Za-z0-9_]*"
ID: Final[JsonObject] = {"type": "string", "pattern": "^[a-z][a-z0-9-]*$", "maxLength": 64}
_TEXT: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 1024}
_CEL: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 4096}


def _keep(text: str) -> int:
    return FOREVER if text == "forever" else duration(text)


def _entry(
    doc: str,
    schema: JsonObject,
    *,
    default: Any = dataclasses.MISSING,
    parse: Callable[[Any], Any] | None = None,
) -> Any:
    return dataclasses.field(default=default, metadata={DOC: doc, SCHEMA: schema, PARSE: parse})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str = _entry("The rule's id, unique within the policy. Decisions, metrics and the ledger name it.", ID)
    route: Route = _entry(
        "What the rule asks for. The strictest route of all matching rules wins.",
        {"enum": list(ROUTES)},
        parse=ROUTES.__getitem__,
    )
    reason: str = _entry("Why, in words for callers and reviewers.", _TEXT)
    when: str | None = _entry("CEL condition on `decision` and `extra`. It must be true or false.", _CEL, default=None)
    sample: float | None = _entry(
        "Makes it a random sample: the share of the decisions that meet `when` which are held.",
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        default=None,
        parse=float,
    )
    queue: str | None = _entry("The queue for decisions held by this rule.", NAME, default=None)
    priority: str | None = _entry("The least priority of what it holds.", {"enum": list(LEVELS)}, default=None)
    skills: tuple[str, ...] = _entry("Skills a reviewer needs on top.", WORDS, default=(), parse=tuple)
    deadline: int | None = _entry(
        "Time for the verdict, such as `30m`; the shortest wins.", DURATION, default=None, parse=duration
    )
    quorum: Demand | None = _entry(
        "Its own `quorum`. Those of all matching rules and the policy's are combined.",
        QUORUM,
        default=None,
        parse=demand_of,
    )


@dataclass(frozen=True, slots=True)
class Confidence:
    """The confidence threshold."""

    threshold: float | str = _entry(
        "Below it a decision is held: a number from 0 to 1, or a CEL expression of type double.",
        {"type": ["number", "string"], "minimum": 0, "maximum": 1, "minLength": 1, "maxLength": 4096},
    )
    route: Route = _entry(
        "What happens below it.",
        {"enum": ["review", "block"]},
        default=Route.REVIEW,
        parse=ROUTES.__getitem__,
    )
    reason: str | None = _entry("Why, in words; by default the two numbers.", _TEXT, default=None)


@dataclass(frozen=True, slots=True)
class Defaults:
    """How a person is asked, unless a matching rule says otherwise."""

    priority: str | None = _entry(
        "high, medium or low, or CEL that yields one of the words or 3, 2, 1. Left out, it is computed from confidence"
        " and attributes.",
        _CEL,
        default=None,
    )
    skills: tuple[str, ...] = _entry("What a reviewer must be fit for.", WORDS, default=(), parse=tuple)
    deadline: int = _entry(
        "Time for the verdict: `90s`, `15m`, `4h`, `2d`; 24h if left out.",
        DURATION,
        default=DEFAULT_DEADLINE,
        parse=duration,
    )
    ladder: tuple[Rung, ...] = _entry(
        "What happens at parts of the deadline, in their order.", LADDER, default=(), parse=ladder_of
    )
    more_time: MoreTime | None = _entry(
        "How much time a reviewer who holds the task may add.", MORE_TIME, default=None, parse=more_time_of
    )
    on_deadline: OnDeadline = _entry(
        "What a missed deadline does: it ends as EXPIRED, with or without a default for the caller, or escalates.",
        ON_DEADLINE,
        default=OnDeadline(),
        parse=on_deadline_of,
    )


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Reviewers who must not judge some decisions."""

    id: str = _entry("The exclusion's id, unique within the policy. Refusals name it.", ID)
    when: str = _entry(
        "CEL condition on `decision`, `extra` and `reviewer`. Where it is true, or fails, this reviewer is kept away.",
        _CEL,
    )
    reason: str = _entry("Why, in words for the reviewer.", _TEXT)


@dataclass(frozen=True, slots=True)
class Interests:
    """Who has an interest in a decision, and so can't judge it."""

    same_group: bool = _entry(
        "Whether reviewers who are in a group of the submitter's are kept away.", {"type": "boolean"}, default=False
    )
    exclude: tuple[Exclusion, ...] = _entry(
        "Further reviewers who are kept away.", {"type": "array", "maxItems": 64}, default=()
    )


@dataclass(frozen=True, slots=True)
class Appeals:
    """How the end of a decision can be contested: it is judged anew, by somebody else."""

    levels: int = _entry(
        "How often: each further appeal contests the end of the one before.",
        {"type": "integer", "minimum": 1, "maximum": 5},
        default=1,
        parse=int,
    )
    queue: str | None = _entry("The queue for appeals.", NAME, default=None)
    deadline: int = _entry("Time for the verdict.", DURATION, default=DEFAULT_DEADLINE, parse=duration)
    within: int = _entry(
        "Until when one can appeal, counted from the end that is contested.",
        DURATION,
        default=DEFAULT_WITHIN,
        parse=duration,
    )
    skills: tuple[str, ...] = _entry("What a reviewer of appeals must be fit for.", WORDS, default=(), parse=tuple)
    quorum: Demand | None = _entry("How many must agree on an appeal.", QUORUM, default=None, parse=demand_of)


@dataclass(frozen=True, slots=True)
class Receipts:
    """The signed proof of how a decision ended."""

    expires: int = _entry(
        "How long the answer may be acted on, counted from the end; 24h if left out. The receipt stays proof after it.",
        DURATION,
        default=DEFAULT.expires,
        parse=duration,
    )
    reviewers: Naming = _entry(
        "What it tells of those who judged: their names, how many they were and what they said, or nothing.",
        {"enum": [naming.value for naming in Naming]},
        default=DEFAULT.naming,
        parse=Naming,
    )


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy, as one file states it."""

    policy: str = _entry("The policy's name, unique in the folder.", ID)
    actions: tuple[str, ...] = _entry(
        "The actions it governs: `refund.issue`, `refund.*` or `*`. The most specific policy wins.",
        {
            "type": "array",
            "items": {"type": "string", "pattern": rf"^([*]|{ACTION}([.][*])?)$", "maxLength": 128},
            "minItems": 1,
            "maxItems": 256,
            "uniqueItems": True,
        },
        parse=tuple,
    )
    description: str = _entry("What it is for.", {"type": "string", "maxLength": 4096}, default="")
    queue: str = _entry("The queue for what it holds.", NAME, default=DEFAULT_QUEUE)
    quorum: Demand | None = _entry(MEANING, QUORUM, default=None, parse=demand_of)
    confidence: Confidence | None = _entry("The confidence threshold.", {}, default=None)
    attributes: tuple[tuple[str, str], ...] = _entry(
        "Free attributes and their types; rules read them as `extra.NAME`.",
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{ATTRIBUTE}$", "maxLength": 64},
            "additionalProperties": {"enum": ["string", "bool", "double", "int"]},
            "maxProperties": 64,
        },
        default=(),
        parse=lambda declared: tuple(declared.items()),
    )
    defaults: Defaults = _entry("How a person is asked.", {}, default=Defaults())
    correction_schema: JsonObject | None = _entry(
        "JSON Schema (2020-12) that a reviewer's corrected prediction must meet.", {"type": "object"}, default=None
    )
    presentation: Presentation | None = _entry(
        "How a decision is shown to the person who judges it, and what is asked of the verdict.",
        PRESENTATION,
        default=None,
        parse=presentation_of,
    )
    conflicts: Interests | None = _entry(
        "Who can't judge what this policy governs, beside the submitter and whom they act for.", {}, default=None
    )
    appeals: Appeals | None = _entry("How the end of a decision can be contested.", {}, default=None)
    receipt: Receipts = _entry("The signed proof of how a decision ended.", {}, default=Receipts())
    redeem: bool = _entry(
        "How often an answer that lets the effect happen holds. `once`: whoever acts on it redeems it first, and only"
        " one can.",
        {"enum": ["once"]},
        default=DEFAULT.once,
        parse=lambda stated: stated == "once",
    )
    sensitive: Sensitive = _entry(
        "What is not for everybody's eyes: fields of input, prediction, reasoning, attributes.subject and"
        " attributes.extra, each with the roles that are shown it. To others it is masked.",
        SENSITIVE,
        default=NOTHING,
        parse=Sensitive.of,
    )
    keep: int | None = _entry(
        "How long `andon retention` keeps what it governs, whatever it is told: days, such as `2555d`, or `forever`.",
        {"type": "string", "pattern": "^(forever|[1-9][0-9]{0,4}d)$"},
        default=None,
        parse=_keep,
    )
    rules: tuple[Rule, ...] = _entry(
        "The rules. All that match are collected as reasons.", {"type": "array", "maxItems": 256}, default=()
    )


_PARTS: Final[dict[tuple[type, str], type]] = {
    (PolicyFile, "confidence"): Confidence,
    (PolicyFile, "defaults"): Defaults,
    (PolicyFile, "conflicts"): Interests,
    (Interests, "exclude"): Exclusion,
    (PolicyFile, "appeals"): Appeals,
    (PolicyFile, "receipt"): Receipts,
    (PolicyFile, "rules"): Rule,
}


def part_of(owner: type, name: str) -> type | None:
    """The class of a nested section, or of a list's items; None for a plain value."""
    return _PARTS.get((owner, name))


def read(data: Mapping[str, Json]) -> PolicyFile:
    """The model of a file that meets the schema."""
    result = _read(PolicyFile, data)
    assert isinstance(result, PolicyFile)
    return result


def _read(owner: Any, data: Mapping[str, Any]) -> Any:
    fields = {field.name: field.metadata[PARSE] for field in dataclasses.fields(owner)}
    return owner(**{name: _value(owner, name, fields[name], value) for name, value in data.items()})


def _value(owner: type, name: str, parse: Callable[[Any], Any] | None, value: Any) -> Any:
    part = part_of(owner, name)
    if part is None:
        return value if parse is None else parse(value)
    return tuple(_read(part, item) for item in value) if isinstance(value, list) else _read(part, value)
