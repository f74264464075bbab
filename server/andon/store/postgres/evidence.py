"""The ledger as it is proved, in one PostgreSQL database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from andon.domain.chain import ChainEntry
from andon.store.evidence import AROUND, Checkpoint
from andon.store.postgres.pool import Pool
from andon.store.postgres.session import Session


class PostgresEvidence:
    """See `andon.store.evidence.Evidence` for what each method promises."""

    def __init__(self, pool: Pool) -> None:
        self._pool: Final = pool

    async def entries(self, after: int, limit: int, size: int) -> Sequence[ChainEntry]:
        values = {"after": after, "limit": limit, "size": size, "around": AROUND}
        return [ChainEntry._make(row) for row in await self._pool.read(_rows, "ledger_as_stored", values)]

    async def hashes(self, after: int, limit: int) -> Sequence[bytes]:
        found = await self._pool.read(_rows, "ledger_hashes", {"after": after, "limit": limit})
        return [bytes.fromhex(hash) for (hash,) in found]

    async def checkpoint(self, covering: int = 0) -> Checkpoint | None:
        name = "checkpoint_covering" if covering else "newest_checkpoint"
        found = await self._pool.read(_rows, name, {"covering": covering})
        return Checkpoint(*found[0]) if found else None

    async def seal_if_next(self, checkpoint: Checkpoint, after: int) -> bool:
        return bool(await self._pool.statement(_rows, "seal_if_next", {**asdict(checkpoint), "after": after}))


async def _rows(session: Session, name: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await session.rows(name, values)
