"""Brings a database file to the newest schema. Migrations are numbered files, each applied in one transaction."""

from __future__ import annotations

import sqlite3
from importlib import resources
from typing import Final

_APPLICATION: Final = 0x414E444E  # "ANDN", so that `file` and we can tell our databases from others


class SchemaUnusable(Exception):
    """The file holds something else, or something newer."""


def migrate(connection: sqlite3.Connection) -> int:
    """Applies what is missing and returns the schema's version. Raises SchemaUnusable and changes nothing then."""
    version = _version(connection)
    migrations = _migrations()
    if version > len(migrations):
        raise SchemaUnusable(f"its schema {version} is newer than this release, which knows {len(migrations)}")
    for number, name, script in migrations[version:]:
        _apply(connection, number, name, script)
    return len(migrations)


def check_newest(connection: sqlite3.Connection) -> None:
    """Raises SchemaUnusable unless the file has the newest schema that this release knows."""
    version, known = _version(connection), len(_migrations())
    if version == 0:
        raise SchemaUnusable("no server of ours has worked on it yet")
    if version != known:
        raise SchemaUnusable(f"its schema is {version} and this release knows {known}: start the server on it first")


def _version(connection: sqlite3.Connection) -> int:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if not tables and application == 0:
        return 0
    if application != _APPLICATION or "migration" not in tables:
        raise SchemaUnusable("it is a database of another program")
    (version,) = connection.execute("SELECT max(version) FROM migration").fetchone()
    return int(version or 0)


def _migrations() -> list[tuple[int, str, str]]:
    folder = resources.files("andon.store.sqlite") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    found = [(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in files]
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1)), "migrations are numbered from 1"
    return found


def _apply(connection: sqlite3.Connection, number: int, name: str, script: str) -> None:
    noted = f"INSERT INTO migration (version, name) VALUES ({number}, '{name}');"  # nosec B608  # a file's name, ours
    begin = f"""
        BEGIN IMMEDIATE;
        PRAGMA application_id = {_APPLICATION};
        CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
        {noted}
    """
    try:
        connection.executescript(f"{begin}{script}COMMIT;")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
