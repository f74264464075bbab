"""What retention does to one SQLite file: whole functions that run on the connection's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from andon.domain.canonical import JsonObject, canonical
from andon.domain.chain import GENESIS
from andon.domain.clock import HOUR
from andon.domain.months import Month, month_of_id
from andon.store.archive import ArchiveFault, Census, Cut
from andon.store.ledger import Draft, LedgerKind
from andon.store.records import BESIDE, Columns, records
from andon.store.sqlite.statements import sql
from andon.store.sqlite.writer import Writer

ACTOR: Final = "retention"
_CHUNK: Final = 500
_OURS: Final = frozenset({"decision_sequence", "request_hash"})
_NOT_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "decisions": _OURS | {"request_id"},
    "tasks": _OURS | {"sequence"},
    "reviews": _OURS | {"request_id"},
}
"""Columns that the files leave out: how this engine ties rows together, and what makes calls safe to repeat."""
_HANGING: Final = (
    "remove_requests",
    "remove_cancellations",
    "remove_deliveries",
    "remove_appeals",
    "remove_redemptions",
    "remove_barred",
    "remove_earlier_proposals",
    "remove_reviews",
    "remove_tasks",
)
_ONLY: Final = f"AND +d.sequence IN ({sql('retirable')})"
"""The condition that a decision may go. The plus keeps its list from leading: what is read comes in the ids' order."""


# Reading


def _rows(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> list[Any]:
    return connection.execute(sql(name), values).fetchall()


def months(connection: sqlite3.Connection, before: int) -> list[Month]:
    """Months that hold decisions and have ended by a moment, oldest first."""
    found: list[Month] = []
    low = ""
    while (id := _rows(connection, "first_id", {"low": low})[0][0]) is not None:
        month = month_of_id(id)
        if month.end > before:
            break
        found.append(month)
        low = month.high
    return found


def actions(connection: sqlite3.Connection, month: Month) -> list[str]:
    """The actions of a month's decisions, sorted."""
    return [action for (action,) in _rows(connection, "actions_of_month", _bounds(month))]


def census(connection: sqlite3.Connection, month: Month, kept: Sequence[str]) -> Census:
    """Counts a month's decisions."""
    values = _bounds(month) | {"kept": canonical(list(kept))}
    ((decisions, unended, on_hold),) = _rows(connection, "census", values)
    retirable, *_ = connection.execute(sql("census", filter=_ONLY), values).fetchone()
    return Census(decisions, retirable, unended, on_hold)


def begin_reading(connection: sqlite3.Connection) -> tuple[int, str]:
    """Takes a snapshot, and says where the ledger stands in it: the last entry's sequence and hash."""
    connection.execute("BEGIN")
    return _ledger_head(connection)


def end(connection: sqlite3.Connection) -> None:
    """Lets go of the snapshot, or undoes what was not committed."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _ledger_head(connection: sqlite3.Connection) -> tuple[int, str]:
    found = _rows(connection, "ledger_head", {})
    return found[0] if found else (0, GENESIS)


def select_month(connection: sqlite3.Connection, month: Month, kept: Sequence[str], position: int) -> sqlite3.Cursor:
    """Begins to read what may go. Its submissions lie in a stretch of the ledger: a clock may be set by an hour."""
    first = _entry_since(connection, month.start - HOUR, position)
    last = _entry_since(connection, month.end + HOUR, position) - 1
    values = _bounds(month) | {"kept": canonical(list(kept)), "first": first, "last": last}
    return connection.execute(sql("read_month", filter=_ONLY), values)


def _entry_since(connection: sqlite3.Connection, moment: int, last: int) -> int:
    return int(_rows(connection, "entry_since", {"moment": moment, "last": last})[0][0])


def next_records(connection: sqlite3.Connection, cursor: sqlite3.Cursor) -> list[JsonObject]:
    """The next few decisions with what is known of them; none at the end."""
    decisions = _told("decisions", cursor, cursor.fetchmany(_CHUNK))
    values = {"ids": canonical([row["id"] for row in decisions])}
    beside = {name: _of(connection, name, values) for name in BESIDE}
    entries = _strays(connection, decisions) + _of(connection, "entries", values)
    return records(decisions, beside, entries)


def _strays(connection: sqlite3.Connection, decisions: Sequence[Columns]) -> list[Columns]:
    """Submissions that lie elsewhere in the ledger, because the clock was far off."""
    ids = [row["id"] for row in decisions if row["entry_sequence"] is None]
    return _of(connection, "submissions", {"ids": canonical(ids)}) if ids else []


def _of(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> list[Columns]:
    cursor = connection.execute(sql(f"{name}_of_decisions"), values)
    return _told(name, cursor, cursor.fetchall())


def _told(name: str, cursor: sqlite3.Cursor, rows: Sequence[Sequence[Any]]) -> list[Columns]:
    """Rows by the names of their columns, without those that the files leave out."""
    columns = [column[0] for column in cursor.description]
    hidden = _NOT_TOLD.get(name, _OURS)
    return [{name: value for name, value in zip(columns, row, strict=True) if name not in hidden} for row in rows]


# Cutting


def cut(connection: sqlite3.Connection, wish: Cut) -> bool:
    """Removes what may go of a month, in one transaction with a ledger entry; False where it is not what was read.

    Whatever befalls a decision has its entry in the ledger, so what has none since the reading is as it was read.
    """
    writer = Writer(connection)
    writer.begin()
    try:
        since = _bounds(wish.month) | {"position": wish.position, "anchor": wish.anchor}
        if writer.rows("changed_since", since)[0][0] or _removed(connection, wish) != wish.decisions:
            writer.rollback()
            return False
        writer.append(Draft(wish.now, LedgerKind.RETIRED, ACTOR, canonical(wish.body)))
        writer.commit()
    except BaseException:
        end(connection)
        raise
    return True


def _removed(connection: sqlite3.Connection, cut: Cut) -> int:
    """Removes what may go of a month, what hangs on the decisions first, and says how many of them went."""
    values = _bounds(cut.month) | {"kept": canonical(list(cut.kept))}
    connection.execute(sql("keep_heads"))
    for name in _HANGING:
        _remove(connection, name, values)
    gone = _remove(connection, "remove_decisions", values)
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise ArchiveFault("SQLite: something refers to what was to be removed; nothing is removed")
    return gone


def _remove(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> int:
    return connection.execute(sql(name, filter=_ONLY), values).rowcount


def _bounds(month: Month) -> dict[str, Any]:
    return {"low": month.low, "high": month.high}
