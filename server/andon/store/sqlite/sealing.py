"""Contents that are sealed in the file: opened wherever rows are read, sealed wherever the writer writes them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from json import dumps
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.store import opening, sealing
from andon.store.codec import Row
from andon.store.sealing import (
    NOBODY,
    OF_NOBODY,
    SEALED,
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
from andon.store.sqlite.statements import sql

Find = Callable[[Sequence[str]], Awaitable[Sequence[KeyRow]]]
# How a statement of SEALED says which decision it is about.
_ABOUT: Final = {
    "resolve_if_open": "key_of_sequence",
    "resolve_appeal_if_open": "key_of_sequence",
    "insert_review": "key_of_task",
}


def kept_key(connection: sqlite3.Connection) -> bytes | None:
    """The store's own key, as the key service encrypted it; None where the store is not encrypted."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    found = connection.execute(sql("secret_of"), {"name": SECRET}).fetchone() if "secret" in tables else None
    return None if found is None else bytes(found[0])


async def unlocked(vault: Vault | None, kept: bytes | None) -> tuple[Sealer, bytes] | None:
    """What seals, and the key to keep; None where nothing is encrypted. VaultClosed where the key is missing."""
    if vault is None and kept is not None:
        raise VaultClosed("it is encrypted, and encryption_key is not set")
    return None if vault is None else await vault.unlock(kept)


def begin(connection: sqlite3.Connection, sealer: Sealer, kept: bytes, now: int) -> None:
    """Keeps the store's key at the first start, with the key of what is about no subject, and whether all of it is
    sealed: from the first record on it is. SealBroken where that is not as it was kept.

    Whom holds are on is named as decisions will name them.
    """
    if kept_key(connection) is not None:
        sealer.follow(kept_state(connection))
        tell_of_plain_text(sealer)
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        whole = bool(connection.execute(sql("is_empty")).fetchone()[0])
        for (subject,) in connection.execute(sql("subjects_of_holds")).fetchall():
            names = {"before": subject, "after": sealer.hashed(subject)}
            connection.execute(sql("rename_subject"), names)
            connection.execute(sql("rename_former_subject"), names)
            connection.execute(sql("rename_subject_of_holds"), names)
        for name, fresh in ((SECRET, kept), (STATE, sealer.state(whole=whole))):
            connection.execute(sql("keep_secret"), {"name": name, "fresh": fresh}).fetchall()
        keep(connection, [sealer.make(NOBODY)], now)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    sealer.whole = whole
    tell_of_plain_text(sealer)


def kept_state(connection: sqlite3.Connection) -> bytes | None:
    """What is kept of whether all of the store is sealed."""
    found = connection.execute(sql("secret_of"), {"name": STATE}).fetchone()
    return None if found is None else bytes(found[0])


def keep(connection: sqlite3.Connection, rows: Sequence[KeyRow], now: int) -> None:
    """Stores keys of subjects that have none."""
    for row in rows:
        connection.execute(sql("keep_subject_key"), {**row._asdict(), "now": now})


def find(connection: sqlite3.Connection, subjects: Sequence[str]) -> list[KeyRow]:
    """See `Keys.find`."""
    found = connection.execute(sql("keys_of_subjects"), {"subjects": canonical(list(subjects))})
    return [KeyRow(*row) for row in found]


def open_rows(connection: sqlite3.Connection, sealer: Sealer) -> None:
    """Has every row that the connection reads be opened."""
    read: Any = None
    plan: opening.Plan | None = None

    def factory(cursor: sqlite3.Cursor, row: Row) -> Row:
        nonlocal read, plan
        if cursor.description is not read:  # another statement's, or run again
            read = cursor.description
            plan = opening.plan(opening.names_of(read))
        return row if plan is None else _opened(connection, sealer, plan, row)

    connection.row_factory = factory


def _opened(connection: sqlite3.Connection, sealer: Sealer, plan: opening.Plan, row: Row) -> Row:
    ids = opening.keys_in(sealer, plan, (row,))
    return opening.opened(sealer, held(connection, sealer, ids) if ids else {}, plan, row)


def held(connection: sqlite3.Connection, sealer: Sealer, ids: set[int]) -> dict[int, Key | None]:
    """Those of these keys that there are, and those that were destroyed. SealBroken."""
    found = sealer.known(ids)
    if unknown := ids - found.keys():
        for row in connection.execute(sql("keys_by_ids"), {"ids": dumps(sorted(unknown))}).fetchall():
            found[row[0]] = sealer.learn(KeyRow(*row))
    return found


class Finder:
    """Looks for keys: callers who ask at once are answered by one reading."""

    def __init__(self, read: Find) -> None:
        self._read: Final = read
        self._sought: set[str] = set()
        self._reading: asyncio.Task[Sequence[KeyRow]] | None = None

    async def find(self, subjects: Sequence[str]) -> Sequence[KeyRow]:
        """See `Keys.find`."""
        self._sought.update(subjects)
        if self._reading is None:
            self._reading = asyncio.create_task(self._find(), name="store-keys")
        found = await asyncio.shield(self._reading)
        return [row for row in found if row.subject in subjects]

    async def _find(self) -> Sequence[KeyRow]:
        await asyncio.sleep(0)  # others may be about to ask
        sought, self._sought, self._reading = sorted(self._sought), set(), None
        return await self._read(sought)


class Minted:
    """New keys are not stored by themselves, but with what is sealed by them first. See `Keys`."""

    def __init__(self, read: Find) -> None:
        self._read: Final = read
        self.rows: Final[list[KeyRow]] = []

    async def find(self, subjects: Sequence[str]) -> Sequence[KeyRow]:
        return await self._read(subjects)

    async def keep(self, rows: Sequence[KeyRow]) -> Sequence[KeyRow]:
        self.rows.extend(rows)
        return rows


class Seals:
    """Seals what the writer writes, within its transaction."""

    def __init__(self, connection: sqlite3.Connection, sealer: Sealer) -> None:
        self._connection: Final = connection
        self._sealer: Final = sealer

    def values(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values of a statement, sealed where it is one of SEALED."""
        if name not in SEALED:
            return values
        if name in OF_NOBODY:
            return sealing.sealed_values(self._sealer, self._nobody(), values["decision_id"], name, values)
        found = self._connection.execute(sql(_ABOUT.get(name, "key_of_decision")), values).fetchone()
        if found is None:  # then the statement finds nothing either
            return values
        decision_id, id = found
        if name == "keep_earlier_proposal":
            values = {**values, "subject": self._sealer.subjects(values["subject"])[-1]}
        if name != "amend_if_open":
            return sealing.sealed_values(self._sealer, self._held(id), decision_id, name, values)
        key = self._of_subject(values["subject"], values["now"])
        values = {**values, "subject": self._sealer.subjects(values["subject"])[-1], "data_key": key.id}
        return sealing.sealed_values(self._sealer, key, decision_id, name, values)

    def text(self, cell: Cell, text: str, keyed_by: str | None = None) -> str:
        """One text about a decision, with its key, or that of the one named; with nobody's, where that id is empty."""
        of = cell.decision_id if keyed_by is None else keyed_by
        found = self._connection.execute(sql("key_of_decision"), {"decision_id": of}).fetchone()
        return self._sealer.seal(self._held(found and found[1]), cell, text)

    def keep(self, rows: Sequence[KeyRow], now: int) -> None:
        """Stores keys of subjects that have none."""
        keep(self._connection, rows, now)

    def to_rewrite(self, id: int | None, subject: str, now: int) -> Key:
        """The key that stands beside a decision; without one that of its subject, made at `now` if need be."""
        return self._held(id) if id is not None else self._of_subject(subject, now) if subject else self._nobody()

    def _of_subject(self, subject: str, now: int) -> Key:
        hashed = self._sealer.hashed(subject)
        found = find(self._connection, [hashed])
        if not found:
            keep(self._connection, [self._sealer.make(subject)], now)
            found = find(self._connection, [hashed])
        return _there(self._sealer.learn(found[0]))

    def _nobody(self) -> Key:
        return self._sealer.key_of(NOBODY) or self._of_subject(NOBODY, 0)

    def _held(self, id: int | None) -> Key:
        """A key; without one, that of what is about no subject: a decision older than the encryption."""
        if id is None:
            return self._nobody()
        found = held(self._connection, self._sealer, {id})
        if id not in found:
            raise SealBroken(f"subject_key {id} is not there")
        return _there(found[id])


def _there(key: Key | None) -> Key:
    if key is None:
        raise KeyGone
    return key
