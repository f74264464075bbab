"""What a store does for retention: whole months of decisions are read out, and then cut off.

What may go: decisions that have ended, whose action is not among those kept, that no open task is about, and that are
under no legal hold. With a decision go its tasks, reviews, request ids and deliveries; never a ledger entry. The
guarantees are otherwise those of `andon.store.port`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from andon.domain.canonical import JsonObject
from andon.domain.months import Month


@dataclass(frozen=True, slots=True)
class Census:
    """How many decisions of a month there are, how many of them may go, have not ended, and are under a legal hold."""

    decisions: int
    retirable: int
    open: int
    on_hold: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What may go of a month, as it stood at one moment: after the ledger entry of the sequence `position`, whose hash
    is `anchor`.

    Each record is one decision with what is known of it, in the order of the ids: `decision`, `tasks`, `reviews`,
    `ledger`. Where the store is `encrypted` they are as it holds them.
    """

    position: int
    anchor: str
    records: AsyncIterator[JsonObject]
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Asks to remove what was read of a month: so many `decisions`, unchanged since the ledger stood at `position`.

    `anchor` is the hash of that entry: no other ledger has it. `body` is what the ledger will say of it.
    """

    month: Month
    kept: Sequence[str]
    decisions: int
    position: int
    anchor: str
    now: int
    body: JsonObject


@dataclass(frozen=True, slots=True)
class Room:
    """What became of the room that was cut free, in bytes: `freed` went back to the disk; `left` is free in the file
    and used for what comes, because giving it back takes `needed` on the disk for a while, and there is less.
    """

    freed: int
    left: int
    needed: int


class ArchiveFault(Exception):
    """The store could not do it. What was under way is undone, unless the connection broke in the commit itself."""


class Archive(Protocol):
    """A store, opened for retention. One at a time; servers may go on working on a database, but not on a file. All
    methods raise ArchiveFault.
    """

    async def time(self) -> int:
        """The store's clock, in µs since the epoch."""
        ...

    async def months(self, before: int) -> Sequence[Month]:
        """Months that hold decisions and have ended by a moment, oldest first."""
        ...

    async def actions(self, month: Month) -> Sequence[str]:
        """The actions of a month's decisions, sorted."""
        ...

    async def census(self, month: Month, kept: Sequence[str]) -> Census:
        """Counts a month's decisions, where those of the actions `kept` stay."""
        ...

    def read(self, month: Month, kept: Sequence[str]) -> AbstractAsyncContextManager[Reading]:
        """All that may go of a month, from one snapshot that lasts as long as the block."""
        ...

    async def cut_if_unchanged(self, cut: Cut) -> bool:
        """Removes what may go of a month, in one transaction with a ledger entry, and says so when it is durable.

        False, and nothing is changed, where it is not what was read.
        """
        ...

    async def shrink(self) -> Room | None:
        """Gives what is free in the store back to the disk. None where that is little, or the engine does it itself."""
        ...

    async def close(self) -> None:
        """Lets go of the store."""
        ...
