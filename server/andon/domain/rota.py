"""Whose turn it is: how queues share a reviewer's time by weight, within one level of priority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from andon.domain.priority import TOP, Priority, level_of

Turn: TypeAlias = tuple[int, float, int, int, str]

_ABOVE_ALL: Final = Priority.HIGH + 1


class Head(NamedTuple):
    """A waiting task, as far as its turn depends on it. `rank` is its negative urgency."""

    rank: int
    expire_time: int
    id: str
    queue: str


@dataclass(frozen=True, slots=True)
class Rota:
    """What queues have had, counted in tasks divided by the queue's weight (1 where none is given).

    `had` is the count behind a queue's last task, `now` the count before the last of all. A queue in which nothing
    waited for a while goes on from `now`: it saves up no turns.
    """

    weights: Mapping[str, float]
    had: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    now: float = 0.0

    def turn(self, head: Head) -> Turn:
        """What to order tasks by: the least is handed out next.

        What has aged to the top comes first, by deadline. Then the level of priority decides, then what the queue has
        had, then urgency, deadline and age.
        """
        if head.rank == -TOP:
            return (-_ABOVE_ALL, 0.0, head.rank, head.expire_time, head.id)
        return (-level_of(-head.rank), self._begun(head.queue), head.rank, head.expire_time, head.id)

    def after(self, queue: str) -> Rota:
        """With one more task handed out of this queue."""
        begun = self._begun(queue)
        return replace(self, had={**self.had, queue: begun + 1 / self.weights.get(queue, 1.0)}, now=begun)

    def _begun(self, queue: str) -> float:
        return max(self.had.get(queue, 0.0), self.now)
