"""Who must not judge what a policy governs: its section `conflicts`, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from andon.domain.conflict import SAME_GROUP, Conflict
from andon.domain.decision import Decision
from andon.domain.principal import Principal
from andon.policy.api import FactsOf
from andon.policy.environment import REVIEWER
from andon.policy.expressions import Answer, Batch, Failure
from andon.policy.model import Exclusion
from andon.policy.variables import variables


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The section with its conditions checked; the batch holds one for each exclusion. `extras` as in the policy."""

    same_group: bool
    exclusions: tuple[Exclusion, ...]
    extras: tuple[tuple[str, str], ...]
    batch: Batch

    @property
    def _read(self) -> frozenset[str]:
        return self.batch.fields | ({"attributes"} if self.extras else frozenset())

    def between(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        """What keeps this reviewer from this decision; None where nothing does. Never raises.

        An exclusion that can't be evaluated excludes.
        """
        if self.same_group and not reviewer.groups.isdisjoint(decision.submitter_groups):
            return SAME_GROUP
        if not self.exclusions:
            return None
        answers = self.batch.run(
            variables(facts(decision, self._read), self.batch.fields, self.extras) | _known(reviewer)
        )
        pairs = zip(self.exclusions, answers, strict=True)
        return next((_conflict(exclusion, answer) for exclusion, answer in pairs if answer is not False), None)


def _known(reviewer: Principal) -> dict[str, Any]:
    """What conditions read of a reviewer, as `environment.REVIEWER_TYPES` declares it."""
    words = {"roles": reviewer.roles, "skills": reviewer.skills, "queues": reviewer.queues, "groups": reviewer.groups}
    lists = {f"{REVIEWER}.{name}": sorted(map(str, some)) for name, some in words.items()}
    return {f"{REVIEWER}.name": reviewer.name, **lists}


def _conflict(exclusion: Exclusion, answer: Answer) -> Conflict:
    if answer is True:
        return Conflict(exclusion.id, exclusion.reason)
    why = answer.text if isinstance(answer, Failure) else "its condition is neither true nor false"
    return Conflict(exclusion.id, f"{exclusion.reason} (its condition could not be evaluated: {why})")
