"""What a store keeps of the server itself: entries that concern no decision, its secrets, and whether it can commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from andon.domain.canonical import JsonObject
from andon.store.values import Known, LedgerEntry, Sighting


class Own(Protocol):
    """The server's own part of a store. The guarantees are those of `andon.store.port`."""

    async def record(self, kind: str, actor: str, body: JsonObject, now: int) -> LedgerEntry:
        """Appends an entry that concerns no decision, for example a new policy revision."""
        ...

    async def witness(self, sightings: Sequence[Sighting]) -> None:
        """Appends an entry for each, in their order and in one transaction."""
        ...

    async def record_if_same(self, known: Known, kind: str, actor: str, body: JsonObject, now: int) -> bool:
        """Keeps what is known now in place of what was, and appends an entry, both or neither.

        False, and nothing, where the server's secret of that name is something else than was known.
        """
        ...

    async def ping(self) -> None:
        """Commits nothing, but proves that the store can. StoreUnavailable where it can't."""
        ...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """The server's secret of that name; `fresh` becomes it where there is none yet."""
        ...

    @property
    def in_order(self) -> bool:
        """Whether writes happen in the order they are asked for, several in one commit. Later ones see earlier."""
        ...

    @property
    def dead(self) -> bool:
        """True where no commit will ever succeed again, as after `close`: only a restart helps."""
        ...

    async def died(self) -> None:
        """Returns once the store is dead."""
        ...

    async def close(self) -> None:
        """Finishes what was accepted and lets go of the files."""
        ...
