"""Finding decisions: what is SQLite's own of it, and how much of the table a query may read."""

from __future__ import annotations

import sqlite3
from typing import Final

from andon.domain.canonical import canonical
from andon.domain.search import DecisionQuery, Window
from andon.store.search import JITTER, Dialect, Values, before, conditions, filters, index, subject_filter
from andon.store.sqlite.statements import sql

# Not LIKE, for which a text ends at its first NUL.
DIALECT: Final = Dialect(
    holds="instr({text}, {part}) > 0",
    lower="lower({text})",
    reasons="json_each(d.reasons) j",
    among="IN (SELECT value FROM json_each(:{names}))",
    begins="EXISTS (SELECT 1 FROM json_each(:{names}) p WHERE substr({text}, 1, length(p.value)) = p.value)",
    names=lambda names: canonical(sorted(names)),
    fields="json_each(d.sensitive) f",
    shown="json_each(f.value) r",
)
# The words of the partial index on subjects are said again, or SQLite can't tell that it fits.
_BY: Final = {
    "": "",
    "subject": "AND d.subject = :subject AND d.subject <> ''",
    "submitter": "AND d.submitter = :submitter",
    "state": "AND d.outcome IS NULL",
}


def listing(query: DecisionQuery) -> tuple[str, Values]:
    """The statement that lists decisions, and its values."""
    found, values = conditions(query, DIALECT)
    values |= _indexed(query) | {"limit": query.limit, "floor": query.floor, "before": before(query)}
    return sql("list_decisions", filter=f"{_BY[index(query)]} {found}", brief=query.brief), values


def window(connection: sqlite3.Connection, query: DecisionQuery, reach: int) -> Window:
    """See `Store.window`."""
    last = _one(connection, "last_decision", {})
    low, high = query.floor, min(before(query), last + 1)
    if query.start_time is not None:
        low = max(low, _first_since(connection, query.start_time - JITTER, last))
    if query.end_time is not None:
        high = min(high, _first_since(connection, query.end_time + JITTER, last))
    if not filters(query):
        return Window(low, high)
    floor = _reached(connection, query, {"before": high, "floor": low, "reach": reach})
    if floor <= max(low, 1):
        return Window(max(low, floor), high)
    return Window(floor, high, _from(connection, floor)[1])


def _indexed(query: DecisionQuery) -> Values:
    by = index(query)
    return {by: getattr(query, by)} if by not in ("", "state") else {}


def _reached(connection: sqlite3.Connection, query: DecisionQuery, values: Values) -> int:
    """The sequence that lies so many of the index's finds below the newest; 0 where there are fewer."""
    by = index(query)
    if not by:
        return max(0, int(values["before"] - values["reach"]))  # sequences have no gaps
    cleared, more = subject_filter(query, DIALECT) if by == "subject" else ("", {})
    statement = sql("reach_of_decisions", filter=f"{_BY[by]} {cleared}")
    found = connection.execute(statement, values | _indexed(query) | more).fetchone()
    return 0 if found is None else int(found[0])


def _first_since(connection: sqlite3.Connection, moment: int, last: int) -> int:
    """Sequence of the first decision made at that moment or later, `last + 1` where there is none; by halving."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        sequence, create_time = _from(connection, middle)
        low, high = (sequence + 1, high) if create_time < moment else (low, middle)
    return low


def _from(connection: sqlite3.Connection, sequence: int) -> tuple[int, int]:
    """Sequence and creation time of the first decision from a sequence on."""
    found: tuple[int, int] = connection.execute(sql("create_time_from"), {"sequence": sequence}).fetchone()
    return found


def _one(connection: sqlite3.Connection, name: str, values: Values) -> int:
    number: int = connection.execute(sql(name), values).fetchone()[0]
    return number
