"""What a store does so that the ledger can be proved: entries exactly as they are stored, and signed checkpoints.

The guarantees are those of `andon.store.port`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from andon.domain.chain import ChainEntry

AROUND: Final = 512
"""Bytes that an entry counts beside its body."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement over the ledger's first `size` entries.

    `head` is the hash of the last of them, `frontier` what the Merkle tree grows on from, `note` the signed text.
    """

    size: int
    head: str
    frontier: bytes
    note: str
    time: int


class Evidence(Protocol):
    """The ledger as it is proved."""

    async def entries(self, after: int, limit: int, size: int) -> Sequence[ChainEntry]:
        """Entries past a sequence, in order, as they are stored: `limit` at most, and about `size` bytes.

        One at least where there is one, however large.
        """
        ...

    async def hashes(self, after: int, limit: int) -> Sequence[bytes]:
        """The hashes of so many entries past a sequence, in order, 32 bytes each: fewer where there are no more."""
        ...

    async def checkpoint(self, covering: int = 0) -> Checkpoint | None:
        """The smallest checkpoint over so many entries or more; 0: the largest of all. None where there is none."""
        ...

    async def seal_if_next(self, checkpoint: Checkpoint, after: int) -> bool:
        """Stores a checkpoint. False where the largest is not over `after` entries, or its last entry is not there."""
        ...
