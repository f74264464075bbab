"""A long queue, made by the database itself: a few tasks come in by the front door and are copied under other ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from andon.domain.clock import HOUR, SECOND
from andon.store.port import Store
from tests.builders import make_admission, make_task
from tests.clock import START

QUEUES: Final = ("refunds", "credit", "content")
SKILLS: Final = ((), ("senior",))
_LANES: Final = len(QUEUES) * len(SKILLS)
_IDS: Final = {"decision": "01990001-0000-7000-8000-", "task": "01990002-0000-7000-8000-"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine counts from 7 to a number, writes twelve hexadecimal digits, and names a task's decision."""

    series: str
    digits: str
    link: tuple[str, str]


_SQLITE: Final = Dialect(
    "(WITH RECURSIVE s (n) AS (SELECT 7 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s)",
    "printf('%012x', g.n)",
    ("decision_sequence", "g.n"),
)
_POSTGRES: Final = Dialect(
    "(SELECT n FROM generate_series(7::bigint, {count}) AS s (n))",
    "lpad(to_hex(g.n), 12, '0')",
    ("decision_id", f"'{_IDS['decision']}' || lpad(to_hex(g.n), 12, '0')"),
)


async def lay_patterns(store: Store) -> None:
    """One task for each lane: what is copied afterwards."""
    for number in range(_LANES):
        admission = make_admission()
        queue, skills = QUEUES[number % len(QUEUES)], SKILLS[number // len(QUEUES)]
        task = make_task(admission.decision, queue=queue, skills=skills)
        await store.submit([type(admission)(admission.decision, task)])


def copy_sqlite(path: Path, count: int) -> None:
    """Brings the store of a file, which nobody has open, to so many tasks."""
    with sqlite3.connect(path) as connection:
        for table in ("decision", "task"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            connection.execute(_copy(table, columns, count, _SQLITE))
        connection.execute("ANALYZE")
    connection.close()


async def copy_postgres(url: str, count: int) -> None:
    """Brings the store of a database to so many tasks."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "andon"})
    for table in ("decision", "task"):
        statement = f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0"
        columns = [row[0] for row in await connection.fetch(f"{statement} AND NOT attisdropped ORDER BY attnum")]
        await connection.execute(_copy(table, columns, count, _POSTGRES))
    await connection.execute(f"UPDATE head SET value = {count} WHERE name = 'a_decision'")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _copy(table: str, columns: Sequence[str], count: int, dialect: Dialect) -> str:
    """All as in the pattern, but ids and what the hand-out orders by. Patterns are numbered 1 to 6, copies from 7."""
    own: Mapping[str, str] = _OWN[table](dialect) | {"id": f"'{_IDS[table]}' || {dialect.digits}"}
    if table == "decision" or dialect is _SQLITE:
        own = {**own, "sequence": "g.n"}
    values = ", ".join(own.get(column, f"p.{column}") for column in columns)
    patterns = f"SELECT *, row_number() OVER (ORDER BY id) AS place FROM {table}"
    source = f"({patterns}) p JOIN {dialect.series.format(count=count)} g ON p.place = 1 + g.n % {_LANES}"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {source} ORDER BY g.n"


_OWN: Final[Mapping[str, Callable[[Dialect], dict[str, str]]]] = {
    "decision": lambda dialect: {"task_id": f"'{_IDS['task']}' || {dialect.digits}"},
    "task": lambda dialect: {
        "rank": "-(g.n * 7 % 30)",
        "expire_time": f"{START + HOUR} + g.n * 7919 % 86400 * {SECOND}",
        dialect.link[0]: dialect.link[1],
    },
}
