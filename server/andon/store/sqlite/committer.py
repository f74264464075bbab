"""A group of operations as one transaction of SQLite, on the writer's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final, cast

from andon.domain.errors import AndonError, StoreUnavailable
from andon.store.groups import Committer, Observer
from andon.store.report import fault
from andon.store.sealing import KeyGone, SealBroken
from andon.store.sqlite.connection import Connection
from andon.store.sqlite.operations import Operation
from andon.store.sqlite.operations.submit import Submit
from andon.store.sqlite.writer import Writer

# What one operation alone can cause; every other error of the engine is the disk's or the file's.
_OF_ONE_OPERATION: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)


def committer(connection: Connection, writer: Writer, observe: Observer) -> Committer[Operation[Any]]:
    """What commits on that connection."""

    async def perform(operations: Sequence[Operation[Any]]) -> list[Any]:
        return await connection.run(_perform, writer, operations)

    return Committer(perform, observe)


def _perform(_: sqlite3.Connection, writer: Writer, operations: Sequence[Operation[Any]]) -> list[Any]:
    return _in_one(writer, operations)


def _in_one(writer: Writer, operations: Sequence[Operation[Any]]) -> list[Any]:
    """Runs a batch as one transaction. One that breaks it is found by running each alone."""
    try:
        writer.begin()
        answers = [answer for group in _groups(operations) for answer in _apply(writer, group)]
        writer.commit()
    except Exception as error:
        _roll_back(writer)
        if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ONE_OPERATION):
            fault("store.commit_failed", error=str(error), operations=len(operations))
            return [StoreUnavailable() for _ in operations]
        return _one_by_one(writer, operations, error)
    return answers


def _roll_back(writer: Writer) -> None:
    """Where it fails the next `begin` does it. It must not fail here: others of the batch may have been committed."""
    try:
        writer.rollback()
    except Exception as error:
        fault("store.rollback_failed", error)


def _one_by_one(writer: Writer, operations: Sequence[Operation[Any]], error: Exception) -> list[Any]:
    if len(operations) > 1:
        return [answer for operation in operations for answer in _in_one(writer, [operation])]
    if isinstance(error, KeyGone):
        return [error]
    if isinstance(error, SealBroken):
        fault("store.seal_broken", error=str(error))
        return [StoreUnavailable()]
    fault("store.operation_failed", error, operation=type(operations[0]).__name__)
    unknown = AndonError()
    unknown.__cause__ = error
    return [unknown]


def _groups(operations: Sequence[Operation[Any]]) -> Iterator[list[Operation[Any]]]:
    """Neighbours that are done together: submissions."""
    for merge, group in groupby(operations, key=lambda operation: isinstance(operation, Submit)):
        if merge:
            yield list(group)
        else:
            yield from ([operation] for operation in group)


def _apply(writer: Writer, group: list[Operation[Any]]) -> Sequence[Any]:
    if isinstance(group[0], Submit):
        return Submit.apply_all(writer, cast("list[Submit]", group))
    try:
        return [group[0].apply(writer)]
    except AndonError as refusal:
        return [refusal]
