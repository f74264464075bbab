"""Loads a folder of policies, all faults at once, into a compiled set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from andon.domain.appeal import AppealPlan
from andon.domain.canonical import Json, canonical, digest
from andon.domain.conflict import Conflict
from andon.domain.decision import Decision, Reason, Route, Routing
from andon.domain.principal import Principal
from andon.domain.priority import Priority, score, urgency
from andon.domain.sensitive import NOTHING, Sensitive
from andon.policy.api import Coin, Explanation, Facts, FactsOf, Ruling, TaskPlan
from andon.policy.build import build
from andon.policy.coin import HmacCoin
from andon.policy.compiled import NO_POLICY, CompiledPolicy, stated_confidence
from andon.policy.document import PolicyDocument
from andon.policy.environment import Environment
from andon.policy.explain import nearest_change
from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.model import DEFAULT_DEADLINE, DEFAULT_QUEUE, read
from andon.policy.source import Source, read_source

__all__ = ["CompiledSet", "Environment", "HmacCoin", "PolicyFaults", "load_policies", "policy_files", "table_files"]

ENGINE: Final = "andon-policy-1"
MAX_FILES: Final = 500
SUFFIXES: Final = (".yaml", ".yml")
TABLES: Final = (".test.yaml", ".test.yml")


@dataclass(frozen=True, slots=True)
class CompiledSet:
    """A compiled set of policies; implements PolicySet. `warnings` are faults of a set that can still be in force.

    `documents` are the policies as they were written, by name.
    """

    revision: str
    members: Mapping[str, CompiledPolicy]
    warnings: tuple[PolicyFault, ...] = ()
    documents: tuple[PolicyDocument, ...] = field(default=(), repr=False)
    _by_pattern: dict[str, CompiledPolicy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_pattern.update((pattern, one) for one in self.members.values() for pattern in one.patterns)

    @property
    def policies(self) -> Sequence[str]:
        """The policies' names, sorted."""
        return tuple(self.members)

    @property
    def rules(self) -> Mapping[str, Sequence[str]]:
        """Every id a reason can carry, by policy; under the empty name those of decisions without a policy."""
        return {"": (NO_POLICY,), **{name: policy.rule_ids for name, policy in self.members.items()}}

    @property
    def actions(self) -> Sequence[str]:
        """The action patterns that are governed, sorted."""
        return tuple(sorted(self._by_pattern))

    def governing(self, action: str) -> CompiledPolicy | None:
        """The policy with the most specific pattern for an action; None where none governs it."""
        found = self._by_pattern.get(action)
        prefix = action
        while found is None and prefix:
            prefix = prefix.rpartition(".")[0]
            found = self._by_pattern.get(f"{prefix}.*")
        return found or self._by_pattern.get("*")

    @property
    def has_conflicts(self) -> bool:
        """Whether any policy keeps reviewers from decisions they have an interest in."""
        return any(policy.conflicts is not None for policy in self.members.values())

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        """What the policy for the decision's action has against its being judged by this reviewer. Never raises."""
        policy = self.governing(decision.proposal.action)
        if policy is None or policy.conflicts is None:
            return None
        return policy.conflicts.between(reviewer, decision, facts)

    def appeal_plan(self, action: str) -> AppealPlan | None:
        """What the policy for an action says of appeals; None where it knows none."""
        policy = self.governing(action)
        return None if policy is None else policy.appeals

    def sensitive(self, action: str) -> Sensitive:
        """What the policy for an action calls sensitive."""
        policy = self.governing(action)
        return NOTHING if policy is None else policy.sensitive

    @property
    def calls_sensitive(self) -> Mapping[str, Sensitive]:
        """The action patterns for which anything is called sensitive, and what."""
        found = self._by_pattern.items()
        return {pattern: policy.sensitive for pattern, policy in found if policy.sensitive.fields}

    def evaluate(self, action: str, facts: Facts, decision_name: str, coin: Coin | None) -> Ruling:
        """Routes one decision. No policy, or a rule that fails: REVIEW. Never raises for what a caller sent."""
        policy = self.governing(action)
        if policy is None:
            return self._ungoverned(action, facts)
        return policy.rule_on(facts, self.revision, decision_name, coin)

    def explain(self, action: str, facts: Facts) -> tuple[Ruling, Explanation]:
        """Routes without drawing a coin, and says why and what would have led to a less strict route."""
        policy = self.governing(action)
        if policy is None:
            advice = f"routed by rules if a policy governed {action or 'the action'}"
            return self._ungoverned(action, facts), Explanation((), advice)
        ruling = policy.rule_on(facts, self.revision, "", None)
        results = policy.results(policy.find(facts))
        return ruling, Explanation(results, nearest_change(policy, facts, ruling.routing.route))

    def _ungoverned(self, action: str, facts: Any) -> Ruling:
        reason = Reason(NO_POLICY, f"No policy governs the action {action[:128]}", Route.REVIEW)
        routing = Routing(Route.REVIEW, (reason,), "", self.revision, propensity=1.0)
        level = urgency(Priority.MEDIUM, score(stated_confidence(facts) or 0.0, None))
        return Ruling(routing, TaskPlan(DEFAULT_QUEUE, level, (), DEFAULT_DEADLINE, None, None))


def load_policies(folder: Path, environment: Environment) -> CompiledSet:
    """Reads and compiles every policy of a folder. An empty one is a set under which everything goes to review.

    Raises PolicyFaults with every fault of every file.
    """
    faults: list[PolicyFault] = []
    built: list[tuple[Source, CompiledPolicy]] = []
    for path in policy_files(folder):
        try:
            source = read_source(path, path.name)
            built.append((source, build(source, environment)))
        except PolicyFaults as error:
            faults += error.faults
    faults += _clashes(built)
    if faults:
        raise PolicyFaults(faults)
    built.sort(key=lambda pair: pair[1].name)
    members = {policy.name: policy for _, policy in built}
    documents = tuple(_document(source) for source, _ in built)
    return CompiledSet(_revision(built), members, tuple(_warnings(folder, built)), documents)


def policy_files(folder: Path) -> list[Path]:
    """The folder's policy files, sorted by name. Raises PolicyFaults where it can't be listed."""
    return [path for path in _listed(folder) if not path.name.endswith(TABLES)]


def table_files(folder: Path) -> list[Path]:
    """The folder's table tests, sorted by name. Raises PolicyFaults where it can't be listed."""
    return [path for path in _listed(folder) if path.name.endswith(TABLES)]


def _listed(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.name.endswith(SUFFIXES) and not path.name.startswith(".")]
    except OSError as error:
        advice = "name a folder that holds *.yaml files"
        raise PolicyFaults([PolicyFault(str(folder), 0, 0, f"can't be read: {error.strerror}", advice)]) from None
    if len(found) > MAX_FILES:
        raise PolicyFaults([PolicyFault(str(folder), 0, 0, f"holds more than {MAX_FILES} files")])
    return sorted(found)


def _clashes(built: Iterable[tuple[Source, CompiledPolicy]]) -> list[PolicyFault]:
    faults: list[PolicyFault] = []
    names: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for source, policy in built:
        if (other := names.setdefault(policy.name, source.file)) != source.file:
            message = f"the name `{policy.name}` is taken by {other}"
            faults.append(source.fault(("policy",), message, "another name"))
        for index, pattern in enumerate(policy.patterns):
            if (other := patterns.setdefault(pattern, source.file)) != source.file:
                message = f"`{pattern}` is already governed by {other}"
                faults.append(source.fault(("actions", index), message, "drop it from one of the two"))
    return faults


def _warnings(folder: Path, built: Sequence[tuple[Source, CompiledPolicy]]) -> Iterable[PolicyFault]:
    if not built:
        yield PolicyFault(str(folder), 0, 0, "holds no policy: every decision goes to review", "add a *.yaml file")
    for source, policy in built:
        if policy.holds_nothing:
            message = f"`{policy.name}` has no rule and no threshold that could hold a decision, so it holds them all"
            yield source.fault(("policy",), message, "add a rule with `route: review`, or `confidence`")


def _document(source: Source) -> PolicyDocument:
    assert isinstance(source.data, dict)  # it has been built
    return PolicyDocument(source.file, source.text, read(source.data))


def _revision(built: Iterable[tuple[Source, CompiledPolicy]]) -> str:
    content: list[Json] = [source.data for source, _ in sorted(built, key=lambda pair: pair[1].name)]
    return digest(canonical({"engine": ENGINE, "policies": content}))
