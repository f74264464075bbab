"""What the writer's thread works with: the connection, and the few heads it keeps in memory between batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.chain import GENESIS
from andon.domain.effect import payload_reads
from andon.domain.plan import WorkPlan
from andon.domain.presentation import Presentation
from andon.store.codec import Row, asked_of, asked_text, plan_text, presentation_text
from andon.store.ledger import Draft, entry_hash
from andon.store.sealing import Cell, KeyRow, Sealer
from andon.store.sqlite.sealing import Seals
from andon.store.sqlite.statements import sql

_LEDGER_COLUMNS: Final = "sequence, time, kind, actor, decision_id, task_id, body_hash, previous, hash, body"
_WORDS_COLUMNS: Final = "sequence, decision_id, words"
_ROWS_AT_ONCE: Final = 128


class Lane(NamedTuple):
    """Tasks of one queue that ask for the same skills, and for members of the same group (empty: for anybody)."""

    queue: str
    skills: frozenset[str]
    group: str


class Link(NamedTuple):
    """Where a draft found its place in the chain."""

    sequence: int
    previous: str
    hash: str


class Writer:
    """The state of one open transaction. It lives on the writer's thread alone.

    The heads (next sequence, last hash, lanes, schemas, presentations, plans) mirror the database; `reload` after every
    rollback.
    """

    def __init__(self, connection: sqlite3.Connection, sealer: Sealer | None = None) -> None:
        self._connection = connection
        self._seals = None if sealer is None else Seals(connection, sealer)
        self._entries: list[Row] = []
        self._words: list[Row] = []
        self.reload()

    def reload(self) -> None:
        """Reads the heads anew."""
        self._entries.clear()
        self._words.clear()
        decisions, entries, last = self._connection.execute(sql("heads")).fetchone()
        self.last_decision: int = decisions
        self._last_entry: int = entries
        self._last_hash: str = last or GENESIS
        lanes = self._connection.execute("SELECT id, queue, skills FROM lane").fetchall()
        self._lane_ids: dict[tuple[str, str], int] = {(queue, skills): id for id, queue, skills in lanes}
        self.lanes: dict[int, Lane] = {id: _lane(queue, skills) for id, queue, skills in lanes}
        schemas = self._connection.execute("SELECT hash, id FROM correction_schema").fetchall()
        self._schemas: dict[str, int] = dict(schemas)
        self._presentations: dict[str, int] = dict(self._connection.execute("SELECT body, id FROM presentation"))
        self._plans: dict[str, int] = dict(self._connection.execute("SELECT body, id FROM work_plan"))
        self._stale = False

    def begin(self) -> None:
        """Opens the transaction."""
        if self._stale:
            self.rollback()
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Writes the ledger's entries and makes all durable."""
        self.flush()
        self._connection.execute("COMMIT")

    def flush(self) -> None:
        """Writes the ledger's entries so far, for who reads them within the transaction."""
        entries, self._entries = self._entries, []
        self.insert("ledger", _LEDGER_COLUMNS, entries)
        if self._words:
            words, self._words = self._words, []
            self.insert("ledger_words", _WORDS_COLUMNS, words)

    def rollback(self) -> None:
        """Undoes the transaction, if one is still open, and reads the heads anew; `begin` does it where this fails."""
        self._stale = True
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self.reload()

    def rows(self, name: str, values: Mapping[str, Any]) -> list[Row]:
        """Runs a statement of queries/ and returns all it gives."""
        return self.run(sql(name), self._sealed(name, values))

    def run(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        """Runs a statement and returns all it gives."""
        return self._connection.execute(statement, values).fetchall()

    def row(self, name: str, values: Mapping[str, Any]) -> Row | None:
        """Runs a statement of queries/ that gives one row at most."""
        rows = self.rows(name, values)
        return rows[0] if rows else None

    def change(self, name: str, values: Mapping[str, Any]) -> int:
        """Runs a statement of queries/ and returns how many rows it changed."""
        return self._connection.execute(sql(name), self._sealed(name, values)).rowcount

    def _sealed(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return values if self._seals is None else self._seals.values(name, values)

    def seal(self, decision_id: str, column: str, text: str, row: str | int = "") -> str:
        """A text about a decision as it is stored (see `Seals.text`); itself where nothing is sealed."""
        return text if self._seals is None or not text else self._seals.text(Cell(decision_id, column, row), text)

    def keep_keys(self, rows: Sequence[KeyRow], now: int) -> None:
        """Stores keys that were made for what is about to be written."""
        if self._seals is not None:
            self._seals.keep(rows, now)

    def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        """Inserts rows, all or none, up to 128 with one statement.

        Each step of a statement lets go of the interpreter's lock and has to wait for it again, so one step for all
        rows beats `executemany`. Statements come in sizes of powers of two, so that a few prepared ones serve all.
        """
        if len(rows) <= _ROWS_AT_ONCE:
            self._insert(table, columns, rows)
            return
        with self.savepoint():
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                self._insert(table, columns, rows[start : start + _ROWS_AT_ONCE])

    def _insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        width, size = len(rows[0]), 1 << (len(rows) - 1).bit_length()
        padding = (None,) * (width * (size - len(rows)))
        self._connection.execute(_insertion(table, columns, width, size), (*chain(*rows), *padding, len(rows)))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes what was written within, and nothing else, where it fails."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except sqlite3.IntegrityError:
            self._connection.execute("ROLLBACK TO part")
            raise
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE part")

    @property
    def last_entry(self) -> int:
        """The ledger's last sequence, with what this transaction will add."""
        return self._last_entry

    def append(self, draft: Draft) -> Link:
        """Gives an entry its place in the ledger. It is written when the transaction is committed."""
        previous, self._last_entry = self._last_hash, self._last_entry + 1
        body_hash = digest(draft.body)
        self._last_hash = entry_hash(self._last_entry, draft, body_hash, previous)
        link = Link(self._last_entry, previous, self._last_hash)
        names = (str(draft.kind), draft.actor, draft.decision_id, draft.task_id)
        self._entries.append((link.sequence, draft.time, *names, body_hash, previous, link.hash, draft.body))
        if draft.words:
            words = self._sealed_words(draft)
            self._words.append((link.sequence, draft.erased_with, words))
        return link

    def _sealed_words(self, draft: Draft) -> str:
        """Words as they are stored: with the key of nobody where no erasure takes them."""
        if self._seals is None:
            return draft.words
        return self._seals.text(Cell(draft.decision_id, "words"), draft.words, keyed_by=draft.erased_with)

    def lane(self, queue: str, skills: tuple[str, ...], group: str = "") -> int:
        """Id of the lane of a queue, skills and group; makes it where it is new."""
        key = (queue, asked_text(skills, group))
        if key not in self._lane_ids:
            (id,) = self.rows("insert_lane", {"queue": key[0], "skills": key[1]})[0]
            self._lane_ids[key] = id
            self.lanes[id] = _lane(*key)
        return self._lane_ids[key]

    def schema(self, schema: JsonObject | None) -> int | None:
        """Id of a correction schema; each is stored once."""
        if schema is None:
            return None
        body = canonical(schema)
        key = digest(body)
        if key not in self._schemas:
            (self._schemas[key],) = self.rows("insert_schema", {"hash": key, "body": body})[0]
        return self._schemas[key]

    def presentation(self, presentation: Presentation | None) -> int | None:
        """Id of a presentation; each is stored once."""
        if presentation is None:
            return None
        body = presentation_text(presentation)
        if body not in self._presentations:
            values = {"body": body, "reads": payload_reads(presentation)}
            (self._presentations[body],) = self.rows("insert_presentation", values)[0]
        return self._presentations[body]

    def plan(self, plan: WorkPlan | None) -> int | None:
        """Id of a plan; each is stored once."""
        if plan is None:
            return None
        body = plan_text(plan)
        if body not in self._plans:
            (self._plans[body],) = self.rows("insert_plan", {"body": body})[0]
        return self._plans[body]


@cache
def _insertion(table: str, columns: str, width: int, size: int) -> str:
    row = f"({', '.join('?' * width)})"
    rows = ", ".join([row] * size)
    return f"INSERT INTO {table} ({columns}) SELECT * FROM (VALUES {rows}) LIMIT ?"  # nosec B608  # names of ours


def _lane(queue: str, skills: str) -> Lane:
    able, group = asked_of(skills)
    return Lane(queue, frozenset(able), group)
