"""Finding decisions: what a query means in SQL. Engines say it alike but for a few words, their `Dialect`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

from andon.domain.clock import SECOND
from andon.domain.decision import DecisionState
from andon.domain.search import Clearance, DecisionQuery, Scope, Viewer
from andon.domain.sensitive import SUBJECT
from andon.domain.text import cases_of

Values: TypeAlias = dict[str, Any]
Condition: TypeAlias = tuple[str, Values]
"""SQL that begins with AND, or nothing, and its values."""

JITTER: Final = 5 * SECOND
"""Calls take their time before they are recorded, so times ascend with sequences but for this (µs)."""
_NEWEST: Final = (1 << 63) - 1
_ANY: Final = "*"
_STATES: Final = {
    None: "",
    DecisionState.PENDING: "AND d.outcome IS NULL",
    DecisionState.RESOLVED: "AND d.outcome IS NOT NULL",
}
# What has an index, the narrowest first.
_INDEXED: Final = ("subject", "submitter")
_CONDITIONS: Final = {
    "subject": "AND d.subject = :subject",
    "submitter": "AND d.submitter = :submitter",
    "outcome": "AND d.outcome = :outcome",
    "route": "AND d.route = :route",
    "model": "AND (d.model_name = :model OR d.model_name || '@' || d.model_version = :model)",
    "resolved_by": "AND d.resolved_by = :resolved_by",
}
_TIMES: Final = {"start_time": "AND d.create_time >= :start_time", "end_time": "AND d.create_time < :end_time"}
_FILTERED: Final = ("action", "outcome", "route", "model", "rule", "resolved_by", "words", "viewer", "covered")
_PLAIN: Final = ("d.action", "d.submitter", "('decisions/' || d.id)", "d.comment")
_SUBJECT: Final = "d.subject"
_REASONING: Final = "d.reasoning"
_OPEN: Final = ("", "")
_JSON: Final = ("d.input", "d.prediction", "d.corrected_prediction")


@dataclass(frozen=True, slots=True)
class Dialect:
    """An engine's words. `holds` says that `{text}` holds `{part}`; `lower` makes A to Z of `{text}` small, no more.

    `reasons` reads a decision's reasons as rows `j (value)`; `among` says that a text is one of `:{names}`, and
    `begins` that it begins with one of them; `names` makes the value of them. `fields` reads what is sensitive of a
    decision as rows `f (key, value)`, and `shown` the roles of one of these as rows `r (value)`.
    """

    holds: str
    lower: str
    reasons: str
    among: str
    begins: str
    names: Callable[[frozenset[str]], Any]
    fields: str
    shown: str


def conditions(query: DecisionQuery, dialect: Dialect) -> Condition:
    """All that a query asks for, but what `index` names and the range of sequences."""
    by = index(query)
    action, values = action_filter("d", query.action)
    wanted = {name: value for name in _CONDITIONS if name != by and (value := getattr(query, name))}
    times = {name: value for name in _TIMES if (value := getattr(query, name)) is not None}
    found = [action, _STATES[query.state], *(_CONDITIONS[name] for name in wanted), *(_TIMES[name] for name in times)]
    values |= wanted | times
    cleared, used = _cleared(query.clearance, dialect) if query.words else (_OPEN, {})
    values |= used
    words = (_word_filter(place, word, dialect, cleared) for place, word in enumerate(query.words))
    scope = scope_filter("d", Scope(query.covered), dialect)
    rule, viewer = _rule_filter(query.rule, dialect), _viewer_filter(query.viewer, dialect)
    for condition, more in (rule, viewer, scope, subject_filter(query, dialect), *words):
        found.append(condition)
        values |= more
    return " ".join(filter(None, found)), values


def action_filter(table: str, action: str) -> Condition:
    """A condition on the action: empty for all, `refund.*` for all that begin with `refund.`, else exactly this."""
    if not action:
        return "", {}
    if not action.endswith(".*"):
        return f"AND {table}.action = :action", {"action": action}
    prefix = action[:-1]
    condition = f"AND {table}.action >= :action AND {table}.action < :action_end"
    return condition, {"action": prefix, "action_end": prefix[:-1] + chr(ord(".") + 1)}


def subject_filter(query: DecisionQuery, dialect: Dialect) -> Condition:
    """A condition on whoever looks for a subject: nothing where all may be found by theirs."""
    if not query.subject or query.clearance is None:
        return "", {}
    condition, values = _shown_subject(query.clearance, dialect)
    return f"AND {condition}", values


def scope_filter(table: str, scope: Scope, dialect: Dialect) -> Condition:
    """A condition on the action, and where queues are bounded on a table that has them."""
    found: list[str] = []
    values: Values = {}
    if scope.actions is not None and _ANY not in scope.actions:
        among = dialect.among.format(names="covered")
        begins = dialect.begins.format(text=f"{table}.action", names="covered_begun")
        found.append(f"AND ({table}.action {among} OR {begins})")
        values |= covered_values(scope.actions, dialect)
    if scope.queues is not None:
        found.append(f"AND {table}.queue {dialect.among.format(names='served')}")
        values["served"] = dialect.names(scope.queues)
    return " ".join(found), values


def covered_values(actions: frozenset[str] | None, dialect: Dialect) -> Values:
    """What `:covered` and `:covered_begun` are: the patterns, and what those that end in `.*` begin with."""
    if actions is None or _ANY in actions:
        return {"covered": None, "covered_begun": None}
    begun = frozenset(action[:-1] for action in actions if action.endswith(".*"))
    return {"covered": dialect.names(actions), "covered_begun": dialect.names(begun)}


def index(query: DecisionQuery) -> str:
    """The field of a query whose index finds least: `subject`, `submitter`, or `state` for what is pending.

    Empty where only the sequences have one.
    """
    by = next((name for name in _INDEXED if getattr(query, name)), "")
    return by or ("state" if query.state is DecisionState.PENDING else "")


def filters(query: DecisionQuery) -> bool:
    """Whether more is asked than what the index finds, and the sequences that the times lie in."""
    by = index(query)
    by_state = query.state is not None and by != "state"
    return by_state or any(getattr(query, name) for name in (*_FILTERED, *_INDEXED) if name != by)


def before(query: DecisionQuery) -> int:
    """The sequence that all finds are below."""
    return _NEWEST if query.before is None else query.before


def _rule_filter(rule: str, dialect: Dialect) -> Condition:
    """As it stands in canonical JSON; a text that holds the same has its quotes escaped."""
    if not rule:
        return "", {}
    condition = dialect.holds.format(text="d.reasons", part=":rule")
    return f"AND {condition}", {"rule": f'"rule":{encode_basestring(rule)}'}


def _viewer_filter(viewer: Viewer | None, dialect: Dialect) -> Condition:
    if viewer is None:
        return "", {}
    if _ANY in viewer.queues:
        return "AND (d.submitter = :viewer OR q.queue IS NOT NULL)", {"viewer": viewer.name}
    condition = f"AND (d.submitter = :viewer OR q.queue {dialect.among.format(names='served')})"
    return condition, {"viewer": viewer.name, "served": dialect.names(viewer.queues)}


def _cleared(clearance: Clearance | None, dialect: Dialect) -> tuple[tuple[str, str], Values]:
    """Conditions that a decision may be found by its payload, and by its subject."""
    if clearance is None:
        return _OPEN, {}
    payload, values = _shown_payload(clearance, dialect)
    subject, more = _shown_subject(clearance, dialect)
    return (payload, subject), values | more


def _shown_payload(clearance: Clearance, dialect: Dialect) -> Condition:
    patterns = {f"hidden_{number}": view.hidden for number, view in enumerate(clearance.views)}
    return _shown(clearance, dialect, patterns, "")


def _shown_subject(clearance: Clearance, dialect: Dialect) -> Condition:
    patterns = {f"nameless_{number}": view.nameless for number, view in enumerate(clearance.views)}
    return _shown(clearance, dialect, patterns, f"f.key = '{SUBJECT}' AND ")


def _shown(clearance: Clearance, dialect: Dialect, patterns: Mapping[str, frozenset[str]], field: str) -> Condition:
    """It is their own, or one of their roles is shown what was recorded as sensitive, and what the policies keep."""
    found = ["d.submitter = :asker", "d.on_behalf_of = :asker"]
    values: Values = {"asker": clearance.name}
    for number, (name, view) in enumerate(zip(patterns, clearance.views, strict=True)):
        role = f"role_{number}"
        no_role = f"NOT EXISTS (SELECT 1 FROM {dialect.shown} WHERE r.value = :{role})"  # nosec B608
        kept = f"EXISTS (SELECT 1 FROM {dialect.fields} WHERE {field}{no_role})"  # nosec B608  # ours; values are bound
        fits, more = _fits(name, patterns[name], dialect)
        found.append(f"NOT ({fits} OR {kept})")
        values |= {role: view.role, **more}
    return f"({' OR '.join(found)})", values


def _fits(name: str, patterns: frozenset[str], dialect: Dialect) -> Condition:
    """That the action fits one of the patterns."""
    if not patterns or _ANY in patterns:
        return ("1 = 1" if patterns else "1 = 0"), {}
    begun = frozenset(pattern[:-1] for pattern in patterns if pattern.endswith(".*"))
    begins = dialect.begins.format(text="d.action", names=f"{name}_begun")
    condition = f"d.action {dialect.among.format(names=name)} OR {begins}"
    return condition, {name: dialect.names(patterns), f"{name}_begun": dialect.names(begun)}


def _word_filter(place: int, word: str, dialect: Dialect, cleared: tuple[str, str]) -> Condition:
    """A word, in any of its cases. The keys of a reason are ours: where they hold it, its texts decide.

    `cleared` are conditions that a payload, and a subject, may be looked into.
    """

    def holds(text: str, part: str) -> str:
        return dialect.holds.format(text=dialect.lower.format(text=text), part=f":{part}")

    found, payload, subject = list[str](), list[str](), list[str]()
    values: Values = {}
    for number, one in enumerate(sorted({_lower(one) for one in cases_of(word)})):
        plain, json = f"word_{place}_{number}", f"json_{place}_{number}"
        values |= {plain: one, json: _lower(encode_basestring(one)[1:-1])}
        found += [holds(text, plain) for text in _PLAIN]
        payload += [holds(_REASONING, plain), *(holds(text, json) for text in _JSON)]
        subject.append(holds(_SUBJECT, plain))
        texts = " OR ".join(holds(f"(j.value ->> '{key}')", plain) for key in ("text", "rule"))
        among = f"EXISTS (SELECT 1 FROM {dialect.reasons} WHERE {texts})"  # nosec B608  # ours; what is looked for is bound
        found.append(f"({holds('d.reasons', json)} AND {among})")
    for kept, condition in zip((payload, subject), cleared, strict=True):
        found.append(f"(({' OR '.join(kept)}) AND {condition})" if condition else " OR ".join(kept))
    return f"AND ({' OR '.join(found)})", values


def _lower(text: str) -> str:
    """As a dialect's `lower` does it."""
    return text.encode().lower().decode()
