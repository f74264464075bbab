"""The line of idle seats: who has least to do is first. Memory only, and of this server alone."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from andon.domain.clock import HOUR

if TYPE_CHECKING:
    from andon.usecases.seat import Seat

MOST_REMEMBERED: Final = 10_000
"""So many tasks that were handed out count at most, however many it were in the last hour."""

Place: TypeAlias = "tuple[int, int, int, int, Seat]"
"""Tasks in the reviewer's hands, tasks handed to them lately, since when the seat is idle, its number."""


class Line:
    """Idle seats, in the order in which they are to be woken.

    First comes the one whose reviewer holds the fewest tasks; of several, the one whose reviewer was handed the fewest
    within the hour before they sat down; of several, the one that is idle longest. Finding the first costs nothing,
    taking a place or leaving it a search by halves.
    """

    def __init__(self) -> None:
        self._places: dict[Seat, Place] = {}
        self._order: list[Place] = []
        self._idle: dict[str, set[Seat]] = {}
        self._held: dict[str, set[str]] = {}
        self._handed: Counter[str] = Counter()
        self._lately: deque[tuple[int, str]] = deque()
        self._turns = 0

    def __contains__(self, seat: Seat) -> bool:
        return seat in self._places

    def __iter__(self) -> Iterator[Seat]:
        return (place[-1] for place in self._order)

    def sit(self, seat: Seat, *, first: bool) -> None:
        """A seat is idle from now on; `first`: it was before, and was woken for nothing."""
        if not first or not seat.idle_since:
            self._turns += 1
            seat.idle_since = self._turns
        self.rise(seat)
        self._take(seat)
        self._idle.setdefault(seat.principal.name, set()).add(seat)

    def rise(self, seat: Seat) -> None:
        """A seat is not idle any more."""
        if seat in self._places:
            self._leave(seat)
            name = seat.principal.name
            self._idle[name].discard(seat)
            if not self._idle[name]:
                del self._idle[name]

    def of(self, name: str) -> tuple[Seat, ...]:
        """The idle seats of one reviewer."""
        return tuple(self._idle.get(name, ()))

    def clear(self) -> list[Seat]:
        """All rise."""
        seats = list(self)
        for seat in seats:
            self.rise(seat)
        return seats

    def handed(self, name: str, now: int) -> None:
        """Somebody was handed a task."""
        self._handed[name] += 1
        self._lately.append((now, name))
        while self._lately[0][0] <= now - HOUR or len(self._lately) > MOST_REMEMBERED:
            _, earlier = self._lately.popleft()
            self._handed[earlier] -= 1
            if not self._handed[earlier]:
                del self._handed[earlier]

    def holds(self, name: str, task_id: str) -> None:
        """Somebody holds a task."""
        self._held.setdefault(name, set()).add(task_id)
        self._move(name)

    def holds_no_more(self, name: str, task_id: str) -> None:
        """Somebody holds a task no more."""
        held = self._held.get(name, set())
        held.discard(task_id)
        if not held:
            self._held.pop(name, None)
        self._move(name)

    def _move(self, name: str) -> None:
        for seat in self._idle.get(name, ()):
            self._leave(seat)
            self._take(seat)

    def _take(self, seat: Seat) -> None:
        name = seat.principal.name
        place = (len(self._held.get(name, ())), self._handed[name], seat.idle_since, seat.number, seat)
        self._places[seat] = place
        insort(self._order, place)

    def _leave(self, seat: Seat) -> None:
        del self._order[bisect_left(self._order, self._places.pop(seat))]
