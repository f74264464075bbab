"""The ledger for those who prove it: its entries as they are hashed, and its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from andon.domain.chain import ChainEntry
from andon.domain.principal import Principal
from andon.store.evidence import Checkpoint
from andon.usecases.context import Context

DEFAULT_PAGE: Final = 1_000
LARGEST_PAGE: Final = 10_000
LARGEST_ANSWER: Final = 3 << 20
"""Bytes of entries in one answer, about: what any gRPC client takes without being told to."""


class Ledger:
    """Reads what was recorded. Whether the caller may is settled by role before."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def entries(self, principal: Principal, after: int, page_size: int) -> Sequence[ChainEntry]:
        """Entries past a sequence, as they are stored. That they are read is recorded before."""
        limit = min(page_size or DEFAULT_PAGE, LARGEST_PAGE)
        found = await self._context.store.evidence.entries(after, limit, LARGEST_ANSWER)
        await self._context.reads.ledger_exported(principal, after, found)
        return found

    async def checkpoint(self, covering: int) -> Checkpoint | None:
        """The oldest checkpoint that covers an entry; 0: the newest of all. None where there is none."""
        return await self._context.store.evidence.checkpoint(covering)
