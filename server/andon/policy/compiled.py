"""One compiled policy: from a decision's facts to its ruling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, Final, NamedTuple

from andon.domain.appeal import AppealPlan
from andon.domain.canonical import JsonObject
from andon.domain.decision import Reason, Route, Routing
from andon.domain.plan import WorkPlan
from andon.domain.presentation import Presentation
from andon.domain.priority import Priority, score, urgency
from andon.domain.receipt import ReceiptTerms
from andon.domain.sensitive import Sensitive
from andon.policy.api import Coin, RuleResult, Ruling, TaskPlan
from andon.policy.conflicts import Conflicts
from andon.policy.expressions import Answer, Batch, Failure
from andon.policy.model import Defaults, Rule
from andon.policy.quorum import Demand, quorum_of
from andon.policy.variables import only, variables
from andon.policy.work import PRIORITIES

CONFIDENCE: Final = "confidence"
NO_POLICY: Final = "andon.no-policy"
NO_RULE: Final = "andon.no-rule"
RULE_FAILED: Final = "andon.rule-failed"
AMENDED: Final = "andon.amended"
"""Of what was held, was changed by its submitter, and would pass as it is now."""
WORDS: Final = PRIORITIES
_ASSUMED_THRESHOLD: Final = 0.85
_MOST_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True)
class Threshold:
    """The confidence threshold: a number, or None where the batch computes it."""

    value: float | None
    route: Route
    reason: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the expressions of a policy say of one decision, before any coin is drawn.

    `confidence` is 0 where the decision states none. `matching` are the rules whose condition holds; `failures` are
    (rule, why). `level_failure` is why the priority could not be computed: that holds nothing.
    """

    confidence: float
    threshold: float | None
    matching: tuple[Rule, ...]
    failures: tuple[tuple[str, str], ...]
    level: Priority | None
    level_failure: str = ""


class _Draws(NamedTuple):
    """What the random-sample rules drew: with which chance any of them does, which did, and with which coin."""

    chance: float = 0.0
    hits: tuple[Rule, ...] = ()
    source: str = ""


_NO_DRAWS: Final = _Draws()
_NO_WORK: Final = WorkPlan()


@dataclass(slots=True)
class _Held:
    """What the matching rules add up to."""

    reasons: list[Reason] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    certain: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy whose expressions are checked. `priority` is a fixed level; None where it is computed.

    The batch holds one expression a rule, then the threshold's and the priority's where they are CEL. `_samples` are
    the random-sample rules with their places. `_bar` is the confidence from which a decision passes that no rule
    holds; infinite where that does not follow from rules and confidence alone. `_passed` remembers such rulings,
    `_works` what is said of the work: by whether it can be undone, and by the rules with a quorum that hold it.
    """

    name: str
    patterns: tuple[str, ...]
    queue: str
    extras: tuple[tuple[str, str], ...]
    threshold: Threshold | None
    priority: Priority | None
    cel_priority: bool
    defaults: Defaults
    correction_schema: JsonObject | None
    presentation: Presentation | None
    conflicts: Conflicts | None
    quorum: Demand | None
    appeals: AppealPlan | None
    receipt: ReceiptTerms
    sensitive: Sensitive
    rules: tuple[Rule, ...]
    batch: Batch
    _samples: tuple[tuple[int, Rule], ...] = field(init=False, repr=False, compare=False)
    _bar: float = field(init=False, repr=False, compare=False)
    _passed: dict[tuple[str, _Draws], Ruling] = field(default_factory=dict, init=False, repr=False, compare=False)
    _works: dict[tuple[bool, tuple[str, ...]], WorkPlan | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        samples = ((place, rule) for place, rule in enumerate(self.rules) if rule.sample is not None)
        object.__setattr__(self, "_samples", tuple(samples))
        stated = 0.0 if self.threshold is None else self.threshold.value
        fixed = stated is not None and not self.cel_priority and not self.holds_nothing
        object.__setattr__(self, "_bar", stated if fixed else inf)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """Every id that a reason of this policy can carry."""
        threshold = (CONFIDENCE,) if self.threshold else ()
        return (*threshold, *(rule.id for rule in self.rules), NO_RULE, RULE_FAILED, AMENDED)

    @property
    def holds_nothing(self) -> bool:
        """Whether no rule and no threshold could ever hold a decision; such a policy sends all to review."""
        return self.threshold is None and all(rule.route is Route.AUTO_APPROVE for rule in self.rules)

    def find(self, facts: Any) -> Findings:
        """Evaluates the expressions. Never raises."""
        answers = self.batch.decide(facts)
        return self._findings(facts, self.batch.run(self._data(facts)) if answers is None else answers)

    def rule_on(self, facts: Any, revision: str, decision_name: str, coin: Coin | None) -> Ruling:
        """Routes one decision. Without a coin no random-sample rule draws."""
        native = self.batch.decide(facts)
        answers = self.batch.run(self._data(facts)) if native is None else native
        samples = [rule for place, rule in self._samples if answers[place] is True]
        draws = self._draw(samples, decision_name, coin) if samples else _NO_DRAWS
        held_by_none = not draws.hits and answers.count(False) + len(samples) == len(answers)
        if held_by_none and facts.confidence >= self._bar and (native is not None or _is_sound(facts)):
            return self._pass(revision, draws)
        return self._ruling(facts, self._findings(facts, answers), draws, revision)

    def slim(self, facts: Any) -> Any:
        """A copy with nothing but what this policy looks at."""
        return only(facts, self.batch.fields | {CONFIDENCE, "attributes"})

    def results(self, findings: Findings) -> tuple[RuleResult, ...]:
        """What every rule says, matching or not; the threshold first. No random sample is drawn."""
        failures = dict(findings.failures)
        matching = {rule.id for rule in findings.matching}
        rows = [
            RuleResult(
                rule=rule.id,
                matched=rule.id in matching and rule.sample is None,
                route=rule.route,
                text=rule.reason,
                error=failures.get(rule.id, ""),
                sample_rate=rule.sample if rule.sample and rule.id in matching else 0.0,
            )
            for rule in self.rules
        ]
        if self.threshold is None:
            return tuple(rows)
        below = findings.threshold is not None and not findings.confidence >= findings.threshold
        text = self._confidence_text(findings)
        first = RuleResult(CONFIDENCE, below, self.threshold.route, text, failures.get(CONFIDENCE, ""))
        return (first, *rows)

    def _findings(self, facts: Any, answers: Sequence[Answer]) -> Findings:
        failures: list[tuple[str, str]] = []
        matching = self._matching(answers, failures)
        confidence = stated_confidence(facts)
        if confidence is None:
            failures.append((CONFIDENCE, "the decision states no confidence from 0 to 1"))
        if not isfinite(facts.attributes.amount.value):
            failures.append(("amount", "the amount is not a finite number"))
        threshold = self._threshold_of(answers, failures)
        level, why = self._level_of(answers[-1]) if self.cel_priority else (self.priority, "")
        return Findings(confidence or 0.0, threshold, matching, tuple(failures), level, why)

    def _pass(self, revision: str, draws: _Draws) -> Ruling:
        """The ruling on a decision that nothing holds. It is the same one for the same draws."""
        ruling = self._passed.get((revision, draws))
        if ruling is None:
            bar = None if self.threshold is None else self.threshold.value
            chance, source = draws.chance, draws.source
            routing = Routing(Route.AUTO_APPROVE, (), self.name, revision, chance, bar, coin_source=source)
            ruling = Ruling(routing, None, receipt=self.receipt, sensitive=self.sensitive)
            if len(self._passed) < _MOST_REMEMBERED:
                self._passed[revision, draws] = ruling
        return ruling

    def _ruling(self, facts: Any, findings: Findings, draws: _Draws, revision: str) -> Ruling:
        held = self._collect(findings, draws)
        route = max((reason.route for reason in held.reasons), default=Route.AUTO_APPROVE)
        routing = Routing(
            route=route,
            reasons=tuple(held.reasons),
            policy=self.name,
            revision=revision,
            propensity=0.0 if held.blocked else 1.0 if held.certain else draws.chance,
            threshold=findings.threshold,
            sampled=bool(draws.hits),
            coin_source=draws.source,
        )
        plan = self._plan(facts, findings, held) if route is Route.REVIEW else None
        errors = self._errors(findings) if findings.failures or findings.level_failure else ()
        return Ruling(routing, plan, errors, self.receipt, self.sensitive)

    def _errors(self, findings: Findings) -> tuple[str, ...]:
        priority = (("defaults.priority", findings.level_failure),) if findings.level_failure else ()
        return tuple(f"{self.name}/{rule}: {why}" for rule, why in (*findings.failures, *priority))

    def _data(self, facts: Any) -> Mapping[str, Any]:
        return variables(facts, self.batch.fields, self.extras)

    def _matching(self, answers: Sequence[Answer], failures: list[tuple[str, str]]) -> tuple[Rule, ...]:
        matching = []
        for rule, answer in zip(self.rules, answers, strict=False):
            if answer is True:
                matching.append(rule)
            elif answer is not False:
                why = answer.text if isinstance(answer, Failure) else "its condition is neither true nor false"
                failures.append((rule.id, why))
        return tuple(matching)

    def _threshold_of(self, answers: Sequence[Answer], failures: list[tuple[str, str]]) -> float | None:
        if self.threshold is None or self.threshold.value is not None:
            return None if self.threshold is None else self.threshold.value
        answer = answers[len(self.rules)]
        if isinstance(answer, float) and 0.0 <= answer <= 1.0:
            return answer
        failures.append((CONFIDENCE, answer.text if isinstance(answer, Failure) else f"the threshold is {answer}"))
        return None

    @staticmethod
    def _level_of(answer: Answer) -> tuple[Priority | None, str]:
        """The level that CEL yields. Where it fails, the level follows from confidence and attributes instead."""
        if isinstance(answer, str) and answer in WORDS:
            return WORDS[answer], ""
        if isinstance(answer, int) and answer in tuple(Priority):
            return Priority(answer), ""
        return None, answer.text if isinstance(answer, Failure) else f"{str(answer)[:40]} is no priority"

    def _collect(self, findings: Findings, draws: _Draws) -> _Held:
        held = _Held()
        self._hold_for_confidence(held, findings)
        for rule in findings.matching:
            if rule.sample is None:
                self._hold(held, Reason(rule.id, rule.reason, rule.route), rule)
            elif rule in draws.hits:
                held.reasons.append(Reason(rule.id, rule.reason, rule.route))
                held.rules.append(rule)
        for name, why in findings.failures:
            self._hold(held, Reason(RULE_FAILED, f"The rule {name} could not be evaluated: {why}", Route.REVIEW))
        if self.holds_nothing:
            self._hold(held, Reason(NO_RULE, f"The policy {self.name} has no rule that could hold it", Route.REVIEW))
        return held

    def _hold_for_confidence(self, held: _Held, findings: Findings) -> None:
        bar = findings.threshold
        if self.threshold is not None and bar is not None and not findings.confidence >= bar:
            self._hold(held, Reason(CONFIDENCE, self._confidence_text(findings), self.threshold.route))

    def _confidence_text(self, findings: Findings) -> str:
        assert self.threshold is not None
        if self.threshold.reason or findings.threshold is None:
            return self.threshold.reason or "Low confidence"
        return f"Low confidence: {findings.confidence:.3g}, the threshold is {findings.threshold:.3g}"

    @staticmethod
    def _hold(held: _Held, reason: Reason, rule: Rule | None = None) -> None:
        held.reasons.append(reason)
        held.certain |= reason.route is Route.REVIEW
        held.blocked |= reason.route is Route.BLOCK
        if rule is not None:
            held.rules.append(rule)

    def _draw(self, samples: Sequence[Rule], decision_name: str, coin: Coin | None) -> _Draws:
        chance = 0.0
        for rule in samples:
            rate = rule.sample or 0.0
            chance = chance + rate - chance * rate
        if coin is None:
            return _Draws(chance)
        hits = [rule for rule in samples if coin.draw(decision_name, f"{self.name}/{rule.id}") < (rule.sample or 0.0)]
        return _Draws(chance, tuple(hits), coin.source)

    def _plan(self, facts: Any, findings: Findings, held: _Held) -> TaskPlan:
        decisive = [rule for rule in held.rules if rule.route is Route.REVIEW]
        deadlines = [rule.deadline for rule in decisive if rule.deadline is not None]
        skills = {*self.defaults.skills, *(skill for rule in decisive for skill in rule.skills)}
        level = self._level(facts, findings, held, decisive)
        return TaskPlan(
            queue=next((rule.queue for rule in decisive if rule.queue), self.queue),
            urgency=urgency(level, score(findings.confidence, findings.threshold)),
            skills=tuple(sorted(skills)),
            deadline=min(deadlines, default=self.defaults.deadline),
            escalation=self.defaults.on_deadline.escalation,
            correction_schema=self.correction_schema,
            presentation=self.presentation,
            work=self._work(facts.attributes.irreversible, decisive),
        )

    def _work(self, irreversible: bool, decisive: Sequence[Rule]) -> WorkPlan | None:
        """What is said of the work beyond the task itself; None where nothing is."""
        key = (irreversible, tuple(rule.id for rule in decisive if rule.quorum is not None))
        if key in self._works:
            return self._works[key]
        demands = [rule.quorum for rule in decisive if rule.quorum is not None]
        quorum = quorum_of([*demands, self.quorum] if self.quorum is not None else demands)
        stated, end = self.defaults, self.defaults.on_deadline.end
        work = WorkPlan(quorum, stated.ladder, stated.more_time, end.default(irreversible=irreversible))
        plan = None if work == _NO_WORK else work
        if len(self._works) < _MOST_REMEMBERED:
            self._works[key] = plan
        return plan

    def _level(self, facts: Any, findings: Findings, held: _Held, decisive: Sequence[Rule]) -> Priority:
        named = [WORDS[rule.priority] for rule in decisive if rule.priority]
        if findings.level is not None:
            named.append(findings.level)
        return max(named) if named else _computed_level(facts, findings, only_sampled=not held.certain)


def stated_confidence(facts: Any) -> float | None:
    """The confidence; None where it is missing or not from 0 to 1, which is never taken for certainty."""
    confidence: float = facts.confidence
    return confidence if facts.HasField(CONFIDENCE) and 0.0 <= confidence <= 1.0 else None


def _is_sound(facts: Any) -> bool:
    """Whether a decision states a confidence from 0 to 1 and, if any, a finite amount."""
    return stated_confidence(facts) is not None and isfinite(facts.attributes.amount.value)


def _computed_level(facts: Any, findings: Findings, *, only_sampled: bool) -> Priority:
    """HIGH for what can't be undone, what is regulated and of high value, and for a confidence below half of the
    threshold; LOW for what only a random sample held; else MEDIUM.
    """
    attributes = facts.attributes
    bar = _ASSUMED_THRESHOLD if findings.threshold is None else findings.threshold
    grave = attributes.irreversible or (attributes.regulated and attributes.high_value)
    if grave or not findings.confidence >= bar / 2:
        return Priority.HIGH
    return Priority.LOW if only_sampled else Priority.MEDIUM
