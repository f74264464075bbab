"""Label values that stay bounded whatever callers send."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")

OTHER: Final = "other"
_REMEMBERED: Final = 4_096


class Children(Generic[K, C]):
    """A metric's children by key, made on first use, so that a hot path pays one dictionary look-up.

    The caller bounds the keys.
    """

    def __init__(self, make: Callable[[K], C]) -> None:
        self._make = make
        self._made: dict[K, C] = {}

    def __getitem__(self, key: K) -> C:
        child = self._made.get(key)
        if child is None:
            child = self._made[key] = self._make(key)
        return child


class Bounded(Generic[K]):
    """Lets known values through, or the first `limit` distinct ones; every other value becomes `other`."""

    def __init__(self, limit: int, other: K) -> None:
        self._limit = limit
        self._other = other
        self._seen: set[K] = set()

    def __call__(self, value: K) -> K:
        if value in self._seen:
            return value
        if len(self._seen) < self._limit:
            self._seen.add(value)
            return value
        return self._other


class Known(Generic[K]):
    """Lets values through that were ever announced, up to `limit` of them; every other value becomes `other`.

    What was known once stays known: a counter that has begun must not stop because a policy was renamed.
    """

    def __init__(self, limit: int, other: K) -> None:
        self._limit = limit
        self._other = other
        self._known: set[K] = set()

    def announce(self, values: Iterable[K]) -> None:
        """Makes values known."""
        for value in values:
            if len(self._known) >= self._limit:
                return
            self._known.add(value)

    def __call__(self, value: K) -> K:
        return value if value in self._known else self._other


class Actions:
    """Turns an action into the most specific pattern in force that governs it, else `other`."""

    def __init__(self) -> None:
        self._patterns: frozenset[str] = frozenset()
        self._limit = Bounded[str](500, OTHER)
        self._answers: dict[str, str] = {}

    def announce(self, patterns: Iterable[str]) -> None:
        """Puts other patterns in force."""
        self._patterns = frozenset(patterns)
        self._answers.clear()

    def __call__(self, action: str) -> str:
        answer = self._answers.get(action)
        if answer is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            answer = self._answers[action] = self._limit(self._pattern(action))
        return answer

    def _pattern(self, action: str) -> str:
        if action in self._patterns:
            return action
        prefix = action
        while prefix:
            prefix = prefix.rpartition(".")[0]
            pattern = f"{prefix}.*" if prefix else "*"
            if pattern in self._patterns:
                return pattern
        return OTHER
