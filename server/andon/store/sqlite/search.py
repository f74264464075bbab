"""Finding decisions: what a query means in SQL, and how much of the table it may read."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.domain.clock import SECOND
from andon.domain.decision import DecisionState
from andon.domain.search import DecisionQuery, Viewer, Window
from andon.domain.text import cases_of
from andon.store.sqlite.statements import sql

Values = dict[str, Any]

_NEWEST: Final = (1 << 63) - 1
_ANY: Final = "*"
# Calls take their time before they wait for the writer, so times ascend with sequences but for this.
_JITTER: Final = 5 * SECOND
_PENDING: Final = "AND d.outcome IS NULL"
_STATES: Final = {None: "", DecisionState.PENDING: _PENDING, DecisionState.RESOLVED: "AND d.outcome IS NOT NULL"}
# What has an index, the narrowest first. The words of the partial one on subjects are said again, or SQLite can't tell
# that it fits.
_INDEXED: Final = {
    "subject": "AND d.subject = :subject AND d.subject <> ''",
    "submitter": "AND d.submitter = :submitter",
}
_CONDITIONS: Final = _INDEXED | {
    "outcome": "AND d.outcome = :outcome",
    "route": "AND d.route = :route",
    "model": "AND (d.model_name = :model OR d.model_name || '@' || d.model_version = :model)",
    "rule": "AND instr(d.reasons, :rule) > 0",
    "resolved_by": "AND d.resolved_by = :resolved_by",
}
_TIMES: Final = {"start_time": "AND d.create_time >= :start_time", "end_time": "AND d.create_time < :end_time"}
_FILTERED: Final = ("action", "outcome", "route", "model", "rule", "resolved_by", "words", "viewer")
_PLAIN: Final = ("d.action", "d.subject", "d.submitter", "'decisions/' || d.id", "d.comment", "d.reasoning")
_JSON: Final = ("d.input", "d.prediction", "d.corrected_prediction")
# The keys of a reason are ours and no words of anybody: where they match, its texts decide.
_REASONS: Final = """(instr(lower(d.reasons), {json}) AND EXISTS (
    SELECT 1 FROM json_each(d.reasons) j
    WHERE instr(lower(j.value ->> 'text'), {plain}) OR instr(lower(j.value ->> 'rule'), {plain})))"""


def listing(query: DecisionQuery) -> tuple[str, Values]:
    """The statement that lists decisions, and its values."""
    conditions, values = _filter(query)
    values |= {"limit": query.limit, "floor": query.floor, "before": _before(query)}
    return sql("list_decisions", filter=conditions, brief=query.brief), values


def window(connection: sqlite3.Connection, query: DecisionQuery, reach: int) -> Window:
    """See `Store.window`."""
    last = _one(connection, "last_decision", {})
    low, before = query.floor, min(_before(query), last + 1)
    if query.start_time is not None:
        low = max(low, _first_since(connection, query.start_time - _JITTER, last))
    if query.end_time is not None:
        before = min(before, _first_since(connection, query.end_time + _JITTER, last))
    index, condition = _index(query)
    if not _filters(query, index):
        return Window(low, before)
    floor = _reached(connection, query, condition, {"before": before, "floor": low, "reach": reach})
    if floor <= max(low, 1):
        return Window(max(low, floor), before)
    return Window(floor, before, _from(connection, floor)[1])


def action_filter(table: str, action: str) -> tuple[str, Values]:
    """A condition on the action: empty for all, `refund.*` for all that begin with `refund.`, else exactly this."""
    if not action:
        return "", {}
    if not action.endswith(".*"):
        return f"AND {table}.action = :action", {"action": action}
    prefix = action[:-1]
    condition = f"AND {table}.action >= :action AND {table}.action < :action_end"
    return condition, {"action": prefix, "action_end": prefix[:-1] + chr(ord(".") + 1)}


def _filter(query: DecisionQuery) -> tuple[str, Values]:
    """Every condition of a query but the range of sequences, and the values."""
    action, values = action_filter("d", query.action)
    wanted = {name: value for name in _CONDITIONS if (value := getattr(query, name))}
    times = {name: value for name in _TIMES if (value := getattr(query, name)) is not None}
    conditions = [action, _STATES[query.state], *(_CONDITIONS[name] for name in wanted)]
    conditions += [_TIMES[name] for name in times]
    values |= wanted | times
    if query.rule:  # as it stands in canonical JSON; a text that holds the same has its quotes escaped
        values["rule"] = f'"rule":{encode_basestring(query.rule)}'
    for condition, more in (_viewer_filter(query.viewer), *map(_word_filter, range(len(query.words)), query.words)):
        conditions.append(condition)
        values |= more
    return " ".join(filter(None, conditions)), values


def _viewer_filter(viewer: Viewer | None) -> tuple[str, Values]:
    if viewer is None:
        return "", {}
    if _ANY in viewer.queues:
        return "AND (d.submitter = :viewer OR q.queue IS NOT NULL)", {"viewer": viewer.name}
    condition = "AND (d.submitter = :viewer OR q.queue IN (SELECT value FROM json_each(:served)))"
    return condition, {"viewer": viewer.name, "served": canonical(sorted(viewer.queues))}


def _word_filter(place: int, word: str) -> tuple[str, Values]:
    """A word, in any of its cases: SQLite itself takes the letters of ASCII alone for the same.

    Not by LIKE, for which a text ends at its first NUL.
    """
    cases = [word] if word.isascii() else cases_of(word)
    conditions: list[str] = []
    values: Values = {}
    for number, one in enumerate(cases):
        plain, json = f"word_{place}_{number}", f"json_{place}_{number}"
        values |= {plain: _lower(one), json: _lower(encode_basestring(one)[1:-1])}
        conditions += [f"instr(lower({column}), :{plain})" for column in _PLAIN]
        conditions += [f"instr(lower({column}), :{json})" for column in _JSON]
        conditions.append(_REASONS.format(plain=f":{plain}", json=f":{json}"))
    return f"AND ({' OR '.join(conditions)})", values


def _lower(text: str) -> str:
    """As SQLite's `lower` has it: the letters of ASCII alone."""
    return text.encode().lower().decode()


def _index(query: DecisionQuery) -> tuple[str, str]:
    """What of a query an index finds: the field and its condition; both empty where there is none."""
    for name, condition in _INDEXED.items():
        if getattr(query, name):
            return name, condition
    return "", _PENDING if query.state is DecisionState.PENDING else ""


def _filters(query: DecisionQuery, index: str) -> bool:
    """Whether more is asked than what the index finds, and the sequences that the times lie in."""
    by_state = query.state is DecisionState.RESOLVED or (query.state is not None and index != "")
    return by_state or any(getattr(query, name) for name in (*_FILTERED, *_INDEXED) if name != index)


def _reached(connection: sqlite3.Connection, query: DecisionQuery, condition: str, values: Values) -> int:
    """The sequence that lies so many of the index's finds below the newest; 0 where there are fewer."""
    if not condition:
        return max(0, int(values["before"] - values["reach"]))  # sequences have no gaps
    indexed = {name: value for name in _INDEXED if (value := getattr(query, name))}
    found = connection.execute(sql("reach_of_decisions", filter=condition), values | indexed).fetchone()
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


def _before(query: DecisionQuery) -> int:
    return _NEWEST if query.before is None else query.before


def _one(connection: sqlite3.Connection, name: str, values: Mapping[str, Any]) -> int:
    number: int = connection.execute(sql(name), values).fetchone()[0]
    return number
