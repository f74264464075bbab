"""Contents that are sealed in the database: opened wherever a session reads rows, sealed wherever it writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from andon.store import opening, sealing
from andon.store.postgres.statements import prepared, sql
from andon.store.sealing import (
    NOBODY,
    OF_NOBODY,
    SECRET,
    STATE,
    Cell,
    Key,
    KeyGone,
    KeyRow,
    SealBroken,
    Sealer,
    Vault,
    VaultClosed,
    tell_of_plain_text,
)

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
    """Keeps the store's key at the first start, with the key of what is about no subject, and whether all of it is
    sealed: from the first record on it is. Gives what seals. SealBroken where the latter is not as it was kept.

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
            ((whole,),) = await _asked(connection, "is_empty", {})
            await _asked(connection, "keep_secret", {"name": STATE, "fresh": sealer.state(whole=whole)})
        await _asked(connection, "keep_subject_keys", _columns([sealer.make(NOBODY)], now))
        sealer.follow(await kept_state(connection))
    tell_of_plain_text(sealer)
    return sealer


async def kept_state(connection: Any) -> bytes | None:
    """What is kept of whether all of the store is sealed."""
    found = await _asked(connection, "secret_of", {"name": STATE})
    return bytes(found[0][0]) if found else None


async def _rename_holds(connection: asyncpg.Connection[asyncpg.Record], sealer: Sealer) -> None:
    """Whom holds are on is named as decisions will name them."""
    for (subject,) in await _asked(connection, "subjects_of_holds", {}):
        await rename(connection, subject, sealer.hashed(subject))
        await _asked(connection, "rename_subject_of_holds", {"before": subject, "after": sealer.hashed(subject)})


async def rename(connection: Any, before: str, after: str) -> None:
    """Has decisions that are older than the encryption name their subject as all others do."""
    found = {"ids": [id for (id,) in await _asked(connection, "decisions_of_subject", {"subject": before})]}
    if found["ids"]:
        await _asked(connection, "hold_tasks_of_decisions", found)
        await _asked(connection, "hold_ended_decisions", found)
        await _asked(connection, "rename_subject", {"before": before, "after": after})
        await _asked(connection, "rename_former_subject", {"before": before, "after": after})


async def opened(connection: Any, sealer: Sealer, records: Sequence[asyncpg.Record]) -> list[sealing.Row]:
    """Rows as they were before they were sealed. SealBroken."""
    rows = [tuple(record) for record in records]
    plan = opening.plan(tuple(records[0].keys())) if rows else None
    if plan is None:
        return rows
    ids = opening.keys_in(sealer, plan, rows)
    keys = await held(connection, sealer, ids) if ids else {}
    return [opening.opened(sealer, keys, plan, row) for row in rows]


async def sealed_values(connection: Any, sealer: Sealer, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a statement of SEALED, sealed. KeyGone, SealBroken."""
    if name in OF_NOBODY:
        key = await of_subject(connection, sealer, NOBODY)
        return sealing.sealed_values(sealer, key, values["decision_id"], name, values)
    about = await _asked(connection, _ABOUT.get(name, "key_of_decision"), values)
    if not about:  # then the statement finds nothing either
        return values
    decision_id, id = about[0]
    if name == "keep_earlier_proposal":
        values = {**values, "subject": sealer.subjects(values["subject"])[-1]}
    if name != "amend_if_open":
        return sealing.sealed_values(sealer, await _held(connection, sealer, id), decision_id, name, values)
    key = await of_subject(connection, sealer, values["subject"])
    values = {**values, "subject": sealer.subjects(values["subject"])[-1], "data_key": key.id}
    return sealing.sealed_values(sealer, key, decision_id, name, values)


async def sealed_text(connection: Any, sealer: Sealer, cell: Cell, text: str, keyed_by: str | None = None) -> str:
    """One text about a decision, with its key, or that of the one named; with nobody's, where that id is empty."""
    of = cell.decision_id if keyed_by is None else keyed_by
    about = await _asked(connection, "key_of_decision", {"decision_id": of})
    return sealer.seal(await _held(connection, sealer, about[0][1] if about else None), cell, text)


async def find(connection: Any, subjects: Sequence[str]) -> list[KeyRow]:
    """See `Keys.find`."""
    return [KeyRow(*row) for row in await _asked(connection, "keys_of_subjects", {"subjects": list(subjects)})]


async def keep(connection: Any, rows: Sequence[KeyRow], now: int) -> None:
    """Stores keys of subjects that have none. In the order of their hashes, so that servers do not wait in a ring."""
    await _asked(connection, "keep_subject_keys", _columns(sorted(rows, key=lambda row: str(row.subject)), now))


async def held(connection: Any, sealer: Sealer, ids: set[int]) -> dict[int, Key | None]:
    """Those of these keys that there are, and those that were destroyed. SealBroken."""
    found = sealer.known(ids)
    if unknown := ids - found.keys():
        for row in await _asked(connection, "keys_by_ids", {"ids": sorted(unknown)}):
            found[row[0]] = sealer.learn(KeyRow(*row))
    return found


async def _held(connection: Any, sealer: Sealer, id: int | None) -> Key:
    """A key; without one, that of what is about no subject: a decision older than the encryption."""
    if id is None:
        return await of_subject(connection, sealer, NOBODY)
    found = await held(connection, sealer, {id})
    if id not in found:
        raise SealBroken(f"subject_key {id} is not there")
    return _there(found[id])


async def key_to_rewrite(connection: Any, sealer: Sealer, id: int | None, subject: str) -> Key:
    """The key that stands beside a decision; without one that of its subject, which has one. KeyGone, SealBroken."""
    return await (_held(connection, sealer, id) if id is not None else of_subject(connection, sealer, subject))


async def of_subject(connection: Any, sealer: Sealer, subject: str) -> Key:
    """The key of a subject that has one. KeyGone where that was destroyed meanwhile."""
    if (key := sealer.key_of(subject)) is not None:
        return key
    found = await find(connection, [sealer.hashed(subject)])
    return _there(sealer.learn(found[0]) if found else None)


def _there(key: Key | None) -> Key:
    if key is None:
        raise KeyGone
    return key


async def _asked(connection: Any, name: str, values: Mapping[str, Any]) -> list[asyncpg.Record]:
    made = prepared(sql(name))
    found: list[asyncpg.Record] = await connection.fetch(made.text, *made.arguments(values))
    return found


def _columns(rows: Sequence[KeyRow], now: int) -> dict[str, Any]:
    ids, subjects, wrapped = zip(*rows, strict=True)
    return {"ids": list(ids), "subjects": list(subjects), "wrapped": list(wrapped), "now": now}
