"""The keys of one PostgreSQL database, beside the servers that work on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import asyncpg

from andon.store.errors import StoreUnusable
from andon.store.keyring import SealCount
from andon.store.postgres.rewriting import PostgresRewriting
from andon.store.postgres.session import AnyConnection
from andon.store.postgres.statements import prepared, sql
from andon.store.sealing import NOBODY, SECRET, STATE, KeyRow, Sealer


class PostgresKeyring:
    """See `andon.store.keyring.Keyring` for what each method promises. Made by `open_keyring`."""

    def __init__(self, place: str, connection: AnyConnection) -> None:
        """`place` is what messages call it."""
        self._place: Final = place
        self._connection: Final = connection

    async def kept(self) -> bytes | None:
        found = await self._rows("secret_of", {"name": SECRET})
        return bytes(found[0][0]) if found else None

    async def count(self) -> SealCount:
        return SealCount(*(await self._rows("count_sealed", {}))[0])

    async def keys(self, ids: Collection[int]) -> Sequence[KeyRow]:
        return [KeyRow(*row) for row in await self._rows("keys_by_ids", {"ids": sorted(ids)})]

    async def of_nobody(self) -> KeyRow:
        (row,) = await self._rows("keys_of_subjects", {"subjects": [NOBODY]})
        return KeyRow(*row)

    async def swap_if_same(self, before: bytes, after: bytes) -> bool:
        return bool(await self._rows("swap_secret_if_same", {"name": SECRET, "before": before, "after": after}))

    async def state(self) -> bytes | None:
        found = await self._rows("secret_of", {"name": STATE})
        return bytes(found[0][0]) if found else None

    def rewriting(self, sealer: Sealer) -> PostgresRewriting:
        return PostgresRewriting(self._place, self._connection, sealer)

    async def close(self) -> None:
        await self._connection.close()

    async def _rows(self, name: str, values: Mapping[str, Any]) -> list[asyncpg.Record]:
        made = prepared(sql(name))
        try:
            found: list[asyncpg.Record] = await self._connection.fetch(made.text, *made.arguments(values))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreUnusable(self._place, str(error) or type(error).__name__) from error
        return found
