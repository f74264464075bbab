"""Finding decisions where contents are sealed: what SQL can't look into is looked through here, row by row.

No query reads more rows than its window holds (`Store.window`), so this reads no more either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from json.encoder import encode_basestring
from typing import Final, cast

from andon.domain.canonical import parse
from andon.domain.search import DecisionQuery, Window
from andon.domain.text import cases_of
from andon.store.codec import Row, json_object, sensitive_of
from andon.store.sealing import Sealing

AT_ONCE: Final = 500
"""Rows that are read at once while words are looked for."""
_SEQUENCE: Final = 0
_ID, _ACTION, _INPUT, _PREDICTION, _REASONING, _ATTRIBUTES, _SUBMITTER, _REASONS = 1, 2, 4, 5, 6, 9, 10, 13
_CORRECTED, _COMMENT, _BEHALF, _SENSITIVE = 24, 25, 29, 37


def for_subject(sealing: Sealing, query: DecisionQuery) -> list[DecisionQuery]:
    """The same query for each form in which the subject may stand in its column."""
    return [replace(query, subject=subject) for subject in sealing.subjects(query.subject)]


def wordless(query: DecisionQuery, before: int | None) -> DecisionQuery:
    """What SQL can answer of it: the next rows to look through, whole."""
    return replace(query, words=(), before=before, limit=AT_ONCE, brief=False)


def merged(found: Sequence[Sequence[Row]], limit: int) -> list[Row]:
    """Rows of `$columns_decision`, the newest first."""
    rows = (row for rows in found for row in rows)
    return sorted(rows, key=lambda row: cast(int, row[_SEQUENCE]), reverse=True)[:limit]


def narrowest(windows: Sequence[Window]) -> Window:
    """One window for all forms: none reads further than it may."""
    return max(windows, key=lambda window: window.floor)


def last(rows: Sequence[Row]) -> int:
    """The sequence that the next rows are below."""
    return int(rows[-1][_SEQUENCE])


class Words:
    """Says of rows of `$columns_decision` whether each word stands somewhere in them, as `conditions` has it in SQL."""

    def __init__(self, query: DecisionQuery) -> None:
        self._brief: Final = query.brief
        self._clearance: Final = query.clearance
        self._words: Final = [[_lower(one) for one in cases_of(word)] for word in query.words]

    def among(self, rows: Sequence[Row]) -> list[Row]:
        """Those that have them all, as the query wants them."""
        return [self._wanted(row) for row in rows if self._in(row)]

    def _in(self, row: Row) -> bool:
        payload, subject = self._cleared(row)
        reasons = cast("list[dict[str, str]]", parse(row[_REASONS]))
        plain = [row[_ACTION], row[_SUBMITTER], f"decisions/{row[_ID]}", row[_COMMENT]]
        plain += [reason[key] for reason in reasons for key in ("text", "rule")]
        if subject:
            plain.append(json_object(row[_ATTRIBUTES]).get("subject", ""))
        if payload:
            plain.append(row[_REASONING])
        documents = (row[_INPUT], row[_PREDICTION], row[_CORRECTED]) if payload else ()
        texts, objects = [_lower(text) for text in plain if text], [_lower(text) for text in documents if text]
        return all(_stands(cases, texts, objects) for cases in self._words)

    def _cleared(self, row: Row) -> tuple[bool, bool]:
        """Whether it may be found by its payload, and by its subject."""
        if self._clearance is None:
            return True, True
        about = row[_ACTION], (row[_SUBMITTER], row[_BEHALF]), sensitive_of(row[_SENSITIVE])
        return self._clearance.payload(*about), self._clearance.subject(*about)

    def _wanted(self, row: Row) -> Row:
        return (*row[:_INPUT], "{}", "{}", "", *row[_REASONING + 1 :]) if self._brief else row


def _stands(cases: Sequence[str], texts: Sequence[str], objects: Sequence[str]) -> bool:
    escaped = [_lower(encode_basestring(one)[1:-1]) for one in cases]
    return any(one in text for one in cases for text in texts) or any(
        one in text for one in escaped for text in objects
    )


def _lower(text: str) -> str:
    """A to Z made small, and no more: as every engine does it."""
    return text.encode().lower().decode()
