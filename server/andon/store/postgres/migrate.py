"""Brings a database to the newest schema. Migrations are numbered files, each applied in one transaction.

Servers of two neighbouring releases may run side by side: a migration's first line names the oldest schema whose
servers can go on working beside it (`-- beside: 3`); where it names none, that is the schema before it.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import Final, NamedTuple

import asyncpg

_LOCK: Final = 0x414E444E  # "ANDN": servers that start at once take turns
_TABLE: Final = """
    CREATE TABLE migration (version integer PRIMARY KEY, name text NOT NULL, beside integer NOT NULL)
"""
_BESIDE: Final = re.compile(r"-- beside: (\d+)\n")


class SchemaUnusable(Exception):
    """The database holds something that this release can't work with."""


class Migration(NamedTuple):
    """One step. `beside` is the oldest schema whose servers can work with this one."""

    version: int
    name: str
    beside: int
    script: str


async def migrate(connection: asyncpg.Connection[asyncpg.Record], schema: str) -> int:
    """Applies what is missing in that schema and returns its version. Raises SchemaUnusable and changes nothing then.

    A schema newer than this release is left as it is where its newest migration allows servers this old beside it.
    """
    steps = migrations()
    await connection.execute("SET lock_timeout = 0")  # another server may take its time
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    await connection.execute("RESET lock_timeout")
    try:
        await _make_room(connection, schema)
        version, beside = await _state(connection)
        if beside > len(steps):
            raise SchemaUnusable(f"its schema {version} is too new for this release, which knows {len(steps)}")
        for step in steps[version:]:
            await _apply(connection, step)
        return max(version, len(steps))
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def check_newest(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raises SchemaUnusable unless the schema is there and is the newest that this release knows."""
    known = len(migrations())
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        raise SchemaUnusable("no server of ours has worked on it yet")
    version, _ = await _state(connection)
    if version != known:
        raise SchemaUnusable(f"its schema is {version} and this release knows {known}: use the servers' release")


def migrations() -> list[Migration]:
    """All steps, in their order."""
    folder = resources.files("andon.store.postgres") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    found = [_migration(file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in files]
    assert [step.version for step in found] == list(range(1, len(found) + 1)), "migrations are numbered from 1"
    return found


def _migration(name: str, script: str) -> Migration:
    version = int(name[:4])
    stated = _BESIDE.match(script)
    return Migration(version, name, int(stated[1]) if stated else max(1, version - 1), script)


async def _make_room(connection: asyncpg.Connection[asyncpg.Record], schema: str) -> None:
    """Makes what is missing, and asks for no right to where nothing is."""
    if await connection.fetchval("SELECT to_regnamespace(quote_ident($1))", schema) is None:
        await connection.execute(f'CREATE SCHEMA "{schema}"')
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        await connection.execute(_TABLE)


async def _state(connection: asyncpg.Connection[asyncpg.Record]) -> tuple[int, int]:
    row = await connection.fetchrow("SELECT version, beside FROM migration ORDER BY version DESC LIMIT 1")
    return (0, 0) if row is None else (row["version"], row["beside"])


async def _apply(connection: asyncpg.Connection[asyncpg.Record], step: Migration) -> None:
    async with connection.transaction():
        await connection.execute(step.script)
        await connection.execute(
            "INSERT INTO migration (version, name, beside) VALUES ($1, $2, $3)", step.version, step.name, step.beside
        )
