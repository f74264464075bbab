"""The nearest change that would have led to a less strict route, in words.

Candidates come from the numbers and flags that the policy's expressions name. Each is tried on the policy itself, so
what is said is true: nothing is inferred from the text of a rule.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from andon.domain.decision import Route
from andon.policy.compiled import CONFIDENCE, CompiledPolicy
from andon.policy.environment import EXTRA, VARIABLE
from andon.policy.tokens import reads, tokens

MAX_CHANGES: Final = 3
MAX_TRIALS: Final = 400
MAX_ALTERNATIVES: Final = 4
_CONFIDENCE: Final = (VARIABLE, CONFIDENCE)
_AMOUNT: Final = (VARIABLE, "attributes", "amount")
_FLAGS: Final = ("irreversible", "anomalous", "regulated", "high_value")
_GOALS: Final = {Route.AUTO_APPROVE: "auto-approved", Route.REVIEW: "sent to review"}


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one fact, such as `amount ≤ 50`; true of all its probes, of which the first is the nearest."""

    names: tuple[str, ...]
    text: str
    probes: tuple[float | bool, ...]
    distance: float = field(compare=False)


class _Trials:
    """Tries changes on the policy, up to a number that bounds the time."""

    def __init__(self, policy: CompiledPolicy, facts: Any) -> None:
        self._policy = policy
        self._base = policy.slim(facts)
        self.left = MAX_TRIALS

    def search(self, groups: Iterable[tuple[Change, ...]], goal: Route) -> Iterator[tuple[Change, ...]]:
        """The groups whose changes together lead to the goal."""
        for group in groups:
            if self.left <= 0:
                return
            if self._reaches(group, goal):
                yield group

    def _reaches(self, changes: Sequence[Change], goal: Route) -> bool:
        depth = max(len(change.probes) for change in changes)
        return all(self._route(changes, index) is goal for index in range(depth))

    def _route(self, changes: Sequence[Change], index: int) -> Route:
        self.left -= 1
        changed = type(self._base)()
        changed.CopyFrom(self._base)
        for change in changes:
            _apply(changed, change.names, change.probes[min(index, len(change.probes) - 1)])
        return self._policy.rule_on(changed, "", "", None).routing.route


def nearest_change(policy: CompiledPolicy, facts: Any, route: Route) -> str:
    """For example `auto-approved if confidence ≥ 0.85 or amount ≤ 50`; empty where nothing simple would do."""
    changes = list(dict.fromkeys(_changes(policy, facts)))
    for goal in (goal for goal in Route if goal < route):
        trials = _Trials(policy, facts)
        for size in range(1, MAX_CHANGES + 1):
            if found := _shortest(list(trials.search(_groups(changes, size), goal))):
                return f"{_GOALS[goal]} if {_words(found, size)}"
    return ""


def _groups(changes: Sequence[Change], size: int) -> Iterator[tuple[Change, ...]]:
    """Every choice of changes to `size` different facts."""
    by_fact: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        by_fact.setdefault(change.names, []).append(change)
    for facts in itertools.combinations(by_fact.values(), size):
        yield from itertools.product(*facts)


def _shortest(groups: Sequence[tuple[Change, ...]]) -> list[tuple[Change, ...]]:
    """Of the groups that change the same facts, the one that changes them least."""
    best: dict[tuple[tuple[str, ...], ...], tuple[Change, ...]] = {}
    for group in groups:
        facts = tuple(change.names for change in group)
        if facts not in best or _distance(group) < _distance(best[facts]):
            best[facts] = group
    return list(best.values())[:MAX_ALTERNATIVES]


def _distance(group: Sequence[Change]) -> float:
    return sum(change.distance for change in group)


def _words(groups: Sequence[Sequence[Change]], size: int) -> str:
    return (" or " if size == 1 else ", or ").join(" and ".join(change.text for change in group) for group in groups)


def _changes(policy: CompiledPolicy, facts: Any) -> Iterator[Change]:
    """Every change worth trying: the threshold first, then what the expressions compare, in their order."""
    threshold = policy.find(facts).threshold
    if threshold is not None:
        yield from _number_changes(_CONFIDENCE, threshold, facts.confidence, _step)
    for text in policy.batch.texts:
        numbers = [float(token.text.rstrip("uU")) for token in tokens(text) if _is_decimal(token.kind, token.text)]
        for read in reads(text):
            yield from _read_changes(policy, facts, read.names, numbers)


def _is_decimal(kind: str, text: str) -> bool:
    return kind == "number" and not text.lower().startswith("0x")


def _read_changes(
    policy: CompiledPolicy, facts: Any, names: tuple[str, ...], numbers: Sequence[float]
) -> Iterator[Change]:
    kind = dict(policy.extras).get(names[1], "") if names[0] == EXTRA and len(names) == 2 else ""
    flag = len(names) == 3 and names[:2] == _AMOUNT[:2] and names[2] in _FLAGS
    if flag or kind == "bool":
        yield _flip(names, bool(_current(facts, names)))
    elif names in (_CONFIDENCE, _AMOUNT) or kind in ("double", "int"):
        step = _whole_step if kind == "int" else _step
        for number in numbers:
            yield from _number_changes(names, number, _current(facts, names), step)


def _flip(names: tuple[str, ...], raised: bool) -> Change:
    name = names[-1].replace("_", " ")
    return Change(names, f"not {name}" if raised else name, (not raised,), distance=1.0)


def _number_changes(
    names: tuple[str, ...], bar: float, current: float | None, step: Callable[[float, float], float]
) -> Iterator[Change]:
    """The sides of a bar on which the fact does not lie yet; both where it is absent."""
    name, shown = names[-1], f"{bar:.12g}"
    below, above = step(bar, -math.inf), step(bar, math.inf)
    gap = 0.0 if current is None else abs(current - bar)
    sides: list[tuple[str, tuple[float, ...]]] = []
    if current is None or current > bar:
        sides.append(("≤", (bar, below)))
    if current is None or current < bar:
        sides.append(("≥", (bar, above)))
    if current is None or current >= bar:
        sides.append(("<", (below,)))
    if current is None or current <= bar:
        sides.append((">", (above,)))
    for order, (sign, probes) in enumerate(sides):
        inside = tuple(probe for probe in probes if names != _CONFIDENCE or 0.0 <= probe <= 1.0)
        if inside:
            yield Change(names, f"{name} {sign} {shown}", inside, distance=gap + order * 1e-9)


def _step(value: float, towards: float) -> float:
    return math.nextafter(value, towards)


def _whole_step(value: float, towards: float) -> float:
    return math.floor(value) + 1.0 if towards > value else math.ceil(value) - 1.0


def _current(facts: Any, names: tuple[str, ...]) -> Any:
    if names == _CONFIDENCE:
        return facts.confidence
    attributes = facts.attributes
    if names == _AMOUNT:
        return attributes.amount.value if attributes.HasField("amount") else None
    if names[0] == VARIABLE:
        return getattr(attributes, names[2])
    value = attributes.extra.fields.get(names[1])
    kind = None if value is None else value.WhichOneof("kind")
    return getattr(value, kind) if kind in ("number_value", "bool_value") else None


def _apply(facts: Any, names: tuple[str, ...], value: float | bool) -> None:
    if names == _CONFIDENCE:
        facts.confidence = value
    elif names == _AMOUNT:
        facts.attributes.amount.value = value
    elif names[0] == VARIABLE:
        setattr(facts.attributes, names[2], value)
    elif isinstance(value, bool):
        facts.attributes.extra.fields[names[1]].bool_value = value
    else:
        facts.attributes.extra.fields[names[1]].number_value = value
