"""Contents that are sealed in the database: opened wherever a session reads rows, sealed wherever it writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from andon.store import sealing
from andon.store.ledger import Draft
from andon.store.postgres.statements import prepared, sql
from andon.store.sealing import NOBODY, SECRET, KeyGone, KeyRow, Sealer, Vault, VaultClosed, is_worded

_ABOUT: Final = {"insert_review": "key_of_task"}


async def unlocked(connection: asyncpg.Connection[asyncpg.Record], vault: Vault | None) -> tuple[Sealer, bytes] | None:
    """What seals, and the key to keep; None where nothing is encrypted. VaultClosed where the key is missing."""
    there = await connection.fetchval("SELECT to_regclass('secret')")
    kept = await _asked(connection, "secret_of", {"name": SECRET}) if there is not None else []
    if vault is None:
        if kept:
            raise VaultClosed("it is encrypted, and encryption_key is not set")
        return None
    return await vault.unlock(bytes(kept[0][0]) if kept else None)


async def begin(
    connection: asyncpg.Connection[asyncpg.Record], vault: Vault, key: tuple[Sealer, bytes], now: int
) -> Sealer:
    """Keeps the store's key at the first start, with the key of what is about no subject; gives what seals.

    Of servers that start at once for the first time one is first, and the others take its key.
    """
    sealer, kept = key
    async with connection.transaction():
        first = not await _asked(connection, "secret_of", {"name": SECRET})
        ((stored,),) = await _asked(connection, "keep_secret", {"name": SECRET, "fresh": kept})
        if bytes(stored) != kept:
            sealer, _ = await vault.unlock(bytes(stored))
        elif first:
            await _rename_holds(connection, sealer)
        await _asked(connection, "keep_subject_keys", _columns([sealer.make(NOBODY)], now))
    return sealer


async def _rename_holds(connection: asyncpg.Connection[asyncpg.Record], sealer: Sealer) -> None:
    """Whom holds are on is named as decisions will name them."""
    for (subject,) in await _asked(connection, "subjects_of_holds", {}):
        names = {"before": subject, "after": sealer.hashed(subject)}
        await _asked(connection, "rename_subject", names)
        await _asked(connection, "rename_former_subject", names)
        await _asked(connection, "rename_subject_of_holds", names)


async def opened(connection: Any, sealer: Sealer, records: Sequence[asyncpg.Record]) -> list[sealing.Row]:
    """Rows as they were before they were sealed. SealBroken."""
    rows = [tuple(record) for record in records]
    if not rows:
        return rows
    unknown = sealing.keys_in(sealer, rows)
    if unknown:
        await _meet(connection, sealer, unknown)
    where = sealing.places(list(records[0].keys()))
    return [sealing.opened(sealer, where, row) for row in rows]


async def sealed_values(connection: Any, sealer: Sealer, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a statement of SEALED, sealed. KeyGone."""
    about = await _asked(connection, _ABOUT.get(name, "key_of_decision"), values)
    if not about:  # then the statement finds nothing either
        return values
    decision_id, key = about[0]
    if name == "amend_if_open":
        key = sealer.key_of(values["subject"])
        if key is None:
            raise KeyGone
        values = {**values, "subject": sealer.subjects(values["subject"])[-1], "data_key": key}
    if name == "keep_earlier_proposal":
        values = {**values, "subject": sealer.subjects(values["subject"])[-1]}
    return sealing.sealed_values(sealer, await _held(connection, sealer, key), decision_id, name, values)


async def sealed_text(connection: Any, sealer: Sealer, decision_id: str, column: str, text: str) -> str:
    """One text about a decision; or about none, where that is empty."""
    about = await _asked(connection, "key_of_decision", {"decision_id": decision_id})
    return sealer.seal(await _held(connection, sealer, about[0][1] if about else None), decision_id, column, text)


async def bodies(connection: Any, sealer: Sealer, drafts: Sequence[Draft]) -> list[str]:
    """The bodies of entries as they are stored."""
    return [
        await sealed_text(connection, sealer, draft.decision_id, "body", draft.body) if is_worded(draft) else draft.body
        for draft in drafts
    ]


async def find(connection: Any, subjects: Sequence[str]) -> list[KeyRow]:
    """See `Keys.find`."""
    return [KeyRow(*row) for row in await _asked(connection, "keys_of_subjects", {"subjects": list(subjects)})]


async def keep(connection: Any, rows: Sequence[KeyRow], now: int) -> None:
    """Stores keys of subjects that have none. In the order of their hashes, so that servers do not wait in a ring."""
    await _asked(connection, "keep_subject_keys", _columns(sorted(rows, key=lambda row: row.subject), now))


async def _held(connection: Any, sealer: Sealer, key: int | None) -> int:
    """A key that is held; without one, that of what is about no subject: a decision older than the encryption."""
    if key is None:
        key = sealer.key_of(NOBODY)
        if key is None:
            (row,) = await find(connection, [NOBODY])
            sealer.learn(row)
            key = row.id
    elif not sealer.holds(key):
        await _meet(connection, sealer, {key})
    return key


async def _meet(connection: Any, sealer: Sealer, ids: set[int]) -> None:
    found = [KeyRow(*row) for row in await _asked(connection, "keys_by_ids", {"ids": sorted(ids)})]
    for row in found:
        sealer.learn(row)
    for id in ids - {row.id for row in found}:
        sealer.miss(id)


async def _asked(connection: Any, name: str, values: Mapping[str, Any]) -> list[asyncpg.Record]:
    made = prepared(sql(name))
    found: list[asyncpg.Record] = await connection.fetch(made.text, *made.arguments(values))
    return found


def _columns(rows: Sequence[KeyRow], now: int) -> dict[str, Any]:
    ids, subjects, wrapped = zip(*rows, strict=True)
    return {"ids": list(ids), "subjects": list(subjects), "wrapped": list(wrapped), "now": now}
