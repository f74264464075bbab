"""What an older release has left behind stays readable, and goes on."""

from __future__ import annotations

import importlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.domain.counts import Flow, QueueHistory, Shares
from andon.domain.review import Shown, Verdict
from andon.domain.samples import SampleQuery
from andon.domain.spans import Spans
from andon.domain.task import Escalation
from andon.store.ledger import first_fault
from andon.store.sqlite import open_sqlite
from andon.store.values import TaskQuery
from tests.builders import make_admission, make_hold, make_lease_request, make_verdict
from tests.clock import START
from tests.store.helpers import admit, leased

migrate = importlib.import_module("andon.store.sqlite.migrate")


pytestmark = pytest.mark.usefixtures("migrated")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "old.db"


async def test_the_first_release_s_file_is_read_and_goes_on(
    tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new.db"
    store = await open_sqlite(new)
    judged = (await store.settle_if_leased(make_verdict(await leased(store)))).review
    waiting = await admit(store)
    await store.close()
    _copy(new, old, 1, monkeypatch)

    store = await open_sqlite(old)
    try:
        assert [job.task for job in await store.list_tasks(TaskQuery(10))] == [waiting.task]
        assert [job.task for job in await store.list_tasks(TaskQuery(10, brief=True))] == [waiting.task]
        assert waiting.task.presentation is None
        assert [sample.review for sample in await store.list_samples(SampleQuery(10, 0, 10))] == [judged]
        (job,) = await store.lease_most_urgent(make_lease_request())
        shown = Shown("5" * 64, view_time=7)
        settled = await store.settle_if_leased(make_verdict(job, Verdict.REJECT, START + 7, comment="", shown=shown))
        assert settled.review.shown == shown
        assert first_fault(await store.ledger(0, 100)) is None
    finally:
        await store.close()


async def test_queues_have_the_history_that_the_older_file_can_tell(
    tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new.db"
    store = await open_sqlite(new)
    await store.settle_if_leased(make_verdict(await leased(store), now=START + 9))
    await admit(store, deadline=5)
    await store.expire_due(START + 5, 9)
    await admit(store)
    spans = Spans(START, START + 10, 5, 2)
    before = await store.queue_history(spans, None)
    await store.close()
    _copy(new, old, 3, monkeypatch)

    store = await open_sqlite(old)
    try:
        expected = QueueHistory(1, {0: Flow(3), 1: Flow(0, 2)}, {0: Shares(0, 0)})
        assert await store.queue_history(spans, None) == before == {"refunds": expected}
    finally:
        await store.close()


async def test_waits_of_tasks_that_an_older_file_has_escalated_count_nowhere(
    tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older file says when they were first leased, and not in which queue."""
    new = tmp_path / "new.db"
    store = await open_sqlite(new)
    plain = await leased(store, make_admission(queue="plain"))
    moved = await leased(store, make_admission(escalation=Escalation("senior", MINUTE)))
    await store.escalate_if_held(make_hold(moved.task), "")
    await store.close()
    _copy(new, old, 3, monkeypatch)
    store = await open_sqlite(old)
    try:
        with closing(sqlite3.connect(old)) as connection:
            lanes = dict(connection.execute("SELECT id, first_lease_lane IS NOT NULL FROM task"))
        assert lanes == {plain.task.id: 1, moved.task.id: 0}
        history = await store.queue_history(Spans(START, START + HOUR, HOUR, 1), None)
        assert {queue: bool(entry.waits) for queue, entry in history.items()} == {"plain": True, "senior": False}
    finally:
        await store.close()


def _copy(new: Path, old: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a file as the release with that schema had it, and puts the rows of another into it."""
    with monkeypatch.context() as patch, closing(sqlite3.connect(old)) as connection:
        first = migrate._migrations()[:version]
        patch.setattr(migrate, "_migrations", lambda: first)
        assert migrate.migrate(connection) == version
        connection.execute("ATTACH ? AS new", (str(new),))
        connection.execute("BEGIN")
        tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name <> 'migration'"
        for (table,) in connection.execute(tables).fetchall():
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
        connection.execute("COMMIT")
