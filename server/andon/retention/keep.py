"""What a rule says to keep: `keep` of the policies, and what the operator names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from andon.domain.months import Month
from andon.policy.load import CompiledSet


class Keep:
    """Tells which actions of a month stay. The policy that governs an action today decides, as it routes today."""

    def __init__(self, patterns: Sequence[str], span_of: Callable[[str], int | None]) -> None:
        """`patterns` are actions, or end in `.*`, or are `*`. `span_of` gives how long (µs) an action is kept."""
        self._patterns = tuple(patterns)
        self._span_of = span_of

    def among(self, actions: Iterable[str], month: Month, now: int) -> list[str]:
        """Those that stay: named ones, and those whose month ended within the time that their policy says."""
        return [action for action in actions if self._is_named(action) or self._is_young(action, month, now)]

    def _is_named(self, action: str) -> bool:
        return any(fits(pattern, action) for pattern in self._patterns)

    def _is_young(self, action: str, month: Month, now: int) -> bool:
        span = self._span_of(action)
        return span is not None and now - month.end < span


def fits(pattern: str, action: str) -> bool:
    """Whether an action is a pattern's: its own name, `refund.*` for all below it, `*` for every one."""
    if pattern.endswith("*"):
        return action.startswith(pattern[:-1])
    return action == pattern


def spans_of(policies: CompiledSet) -> Callable[[str], int | None]:
    """How long the policies say to keep an action's decisions, in µs; None where they say nothing."""
    stated = {document.model.policy: document.model.keep for document in policies.documents}

    def span_of(action: str) -> int | None:
        policy = policies.governing(action)
        return None if policy is None else stated[policy.name]

    return span_of
