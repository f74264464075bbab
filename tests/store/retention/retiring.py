"""A store with decisions of several months, and retention on it."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import asyncpg

from andon.domain.clock import DAY, SECOND
from andon.domain.decision import Decision, Route
from andon.domain.months import Month
from andon.domain.search import DecisionQuery
from andon.engines import open_archive
from andon.retention.keep import Keep
from andon.retention.run import Order, Report, retire
from andon.store.archive import Archive
from andon.store.port import Store
from tests.builders import make_admission, make_decision, make_lease_request, make_proposal, make_request, make_verdict
from tests.postgres import Connection
from tests.store.engines import Engine, PostgresEngine, SqliteEngine
from tests.store.helpers import admitted

OLD: Final = Month(2025, 3)
NEWER: Final = Month(2025, 4)
NOW: Final = Month(2026, 6).start
AGE: Final = 400 * DAY
"""At NOW all of OLD is that old, and nothing of NEWER."""


class Frozen:
    """An archive for which it is always NOW."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    async def time(self) -> int:
        """See `Archive.time`."""
        return NOW


class Reopened:
    """The store of a server that is stopped and started again where retention needs it to be."""

    def __init__(self, store: Store) -> None:
        self.now = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


class Place:
    """A store's data, a server that works on it, and retention."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._server: Reopened | None = None

    @property
    def where(self) -> Path | str:
        """As the setting `store` says it."""
        return self.engine.path if isinstance(self.engine, SqliteEngine) else cast("PostgresEngine", self.engine).url

    @property
    def sealed(self) -> bool:
        """Whether contents are encrypted; in the files they stay so."""
        return cast("Any", self.engine)._vault is not None

    async def serve(self) -> Store:
        """Starts the server."""
        self._server = Reopened(await self.engine.open())
        return cast("Store", self._server)

    @asynccontextmanager
    async def archive(self) -> AsyncIterator[Archive]:
        """Retention at work. A server on a file is stopped meanwhile."""
        stopped = self._server if isinstance(self.engine, SqliteEngine) else None
        if stopped is not None:
            await stopped.close()
        archive = await open_archive(self.where)
        try:
            yield cast("Archive", Frozen(archive))
        finally:
            await archive.close()
            if stopped is not None:
                stopped.now = await self.engine.open()

    async def count(self, table: str) -> int:
        """The rows of a table."""
        return int((await self.run(f"SELECT count(*) FROM {table}"))[0][0])

    async def run(self, statement: str, *values: Any) -> list[Any]:
        """Runs a statement behind the server's back; values are $1 and so on."""
        if isinstance(self.engine, SqliteEngine):
            with closing(sqlite3.connect(self.engine.path)) as connection, connection:
                return connection.execute(statement, values).fetchall()
        other = await connected(str(self.where))
        try:
            return list(await other.fetch(statement, *values))
        finally:
            await other.close()


def id_in(month: Month, number: int) -> str:
    """An id of the month; ids ascend with the number."""
    return f"{month.low}-7000-8000-{number:012x}"


def passing(month: Month, number: int, action: str = "refund.issue") -> Decision:
    """A decision that passed at once."""
    proposal = make_proposal(action, reasoning="straight\x00on")
    decision = make_decision(proposal, route=Route.AUTO_APPROVE, now=month.start + number * SECOND)
    return replace(decision, id=id_in(month, number))


async def passed(store: Store, month: Month, number: int, action: str = "refund.issue", **key: Any) -> str:
    """Records one, and returns its id."""
    return (await admitted(store, make_admission(passing(month, number, action), **key))).id


async def listed(store: Store) -> list[str]:
    """The ids of all decisions, oldest first."""
    return [decision.id for decision in await store.list_decisions(DecisionQuery(1_000))][::-1]


async def held(store: Store, month: Month, number: int, action: str = "refund.issue") -> str:
    """Records a decision that waits for a person."""
    decision = make_decision(make_proposal(action), now=month.start + number * SECOND)
    return (await admitted(store, make_admission(replace(decision, id=id_in(month, number))))).id


async def judged(store: Store, month: Month, number: int, action: str = "refund.issue") -> str:
    """Records a decision and a person's verdict on it."""
    id = await held(store, month, number, action)
    now = month.start + number * SECOND
    (job,) = await store.lease_most_urgent(make_lease_request(now))
    assert job.decision.id == id
    await store.settle_if_leased(make_verdict(job, now=now, request=make_request("rita")))
    return id


async def retired(
    place: Place,
    folder: Path,
    *,
    patterns: Sequence[str] = (),
    keeps: dict[str, int] | None = None,
    dry_run: bool = False,
) -> list[Report]:
    """Runs retention to its end."""
    order = Order(AGE, folder, Keep(patterns, (keeps or {}).get), dry_run)
    async with place.archive() as archive:
        return [report async for report in retire(archive, order)]


def exported(folder: Path) -> list[Any]:
    """All that the files say, those without a manifest left out."""
    found = []
    for manifest in sorted(folder.glob("*.manifest.json")):
        name = json.loads(manifest.read_text())["file"]
        with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
            found += [json.loads(line) for line in lines]
    return found


def exported_ids(folder: Path) -> list[str]:
    """The ids of the decisions in the files."""
    return [record["decision"]["id"] for record in exported(folder)]


async def parts(connection: Connection) -> set[str]:
    """The tables of the log, but for those of the months of today."""
    rows = await connection.fetch(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'decision'::regclass"
    )
    return {name for (name,) in rows if name < "decision_2026"}


async def connected(url: str) -> Connection:
    """Somebody else's connection."""
    return await asyncpg.connect(url, server_settings={"search_path": "andon"})
