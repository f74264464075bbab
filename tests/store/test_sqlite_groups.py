"""SQLite's groups: what shares a commit, what breaks one, and full disks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from andon.domain.errors import AndonError, StoreUnavailable
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.store.ledger import Draft, first_fault
from andon.store.recorded import Entry, rendered
from andon.store.sqlite import SqliteStore, open_sqlite
from andon.store.sqlite.operations.submit import Submit
from andon.store.sqlite.writer import Writer
from andon.store.values import Admission, Admitted
from tests.builders import make_admission, make_decision, make_lease_request, make_proposal, make_request
from tests.clock import START
from tests.store.helpers import admit, admitted, entries, leased


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "andon.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_sqlite(path)
    yield store
    await store.close()


def size(path: Path) -> int:
    return path.stat().st_size


async def test_the_log_is_moved_into_the_file_beside_the_writer(store: SqliteStore, path: Path) -> None:
    for _ in range(3):
        await store.submit([make_admission() for _ in range(500)])
    checkpoint = store._checkpointer._task
    assert checkpoint is not None
    await checkpoint
    assert size(path) > 1_000_000


async def test_waiting_operations_share_one_commit(path: Path) -> None:
    commits: list[tuple[int, float]] = []
    store = await open_sqlite(path, observe=lambda rows, seconds: commits.append((rows, seconds)))
    await asyncio.gather(*(store.submit([make_admission()]) for _ in range(64)))
    assert [rows for rows, _ in commits] == [64]
    assert all(seconds > 0 for _, seconds in commits)
    await store.close()


async def test_a_group_is_bounded(path: Path) -> None:
    commits: list[int] = []
    store = await open_sqlite(path, observe=lambda rows, _: commits.append(rows))
    await asyncio.gather(*(store.submit([make_admission() for _ in range(900)]) for _ in range(4)))
    await asyncio.gather(*(store.ping() for _ in range(700)))
    assert commits == [1800, 1800, 512, 188]
    await store.close()


class Broken:
    """An operation that fails between its statements."""

    rows = 1

    def __init__(self, error: Exception) -> None:
        self._error = error

    def apply(self, writer: Writer) -> None:
        writer.append(Draft(START, "broken", "test", "{}"))
        Submit([Entry(make_admission())]).apply(writer)
        raise self._error


async def test_a_fault_between_statements_leaves_nothing_and_disturbs_nobody(store: SqliteStore) -> None:
    await admit(store)
    with capture_logs() as logs:
        answers = await asyncio.gather(
            store.submit([make_admission()]),
            store._committer.commit(Broken(RuntimeError("bug"))),
            store.submit([make_admission()]),
            return_exceptions=True,
        )
    assert [log["event"] for log in logs] == ["store.operation_failed"]
    fault = answers[1]
    assert type(fault) is AndonError
    assert "bug" not in str(fault)
    assert [decision.sequence for decision in await store.list_decisions(DecisionQuery(9))] == [3, 2, 1]
    ledger = await entries(store)
    assert len(ledger) == 3
    assert first_fault(ledger) is None


async def test_an_error_of_the_disk_refuses_the_whole_group(store: SqliteStore) -> None:
    await admit(store)
    with capture_logs() as logs:
        answers = await asyncio.gather(
            store.submit([make_admission()]),
            store._committer.commit(Broken(sqlite3.OperationalError("disk I/O error"))),
            return_exceptions=True,
        )
    assert [type(answer) for answer in answers] == [StoreUnavailable, StoreUnavailable]
    assert [log["event"] for log in logs] == ["store.commit_failed"]
    assert not any("disk" in str(answer) for answer in answers)
    assert (await admitted(store)).sequence == 2
    assert first_fault(await entries(store)) is None


async def test_one_id_twice_is_refused_alone(store: SqliteStore) -> None:
    decision = make_decision()
    admissions = (make_admission(decision), make_admission(decision), make_admission())
    answers = await asyncio.gather(*(store.submit([one]) for one in admissions), return_exceptions=True)
    assert [type(answer) is AndonError for answer in answers] == [False, True, False]
    assert len(await entries(store)) == 2


async def _page_limit(store: SqliteStore, pages: int) -> None:
    await store._writer.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())


async def _page_count(store: SqliteStore) -> int:
    (count,) = await store._writer.run(lambda connection: connection.execute("PRAGMA page_count").fetchone())
    return int(count)


async def test_a_full_disk_loses_and_invents_nothing(store: SqliteStore) -> None:
    job = await leased(store)
    await _page_limit(store, await _page_count(store) + 12)
    large = make_proposal(reasoning="x" * 16_000)
    acknowledged = [job.decision.id]
    refused: list[Admission] = []
    with capture_logs():
        while len(refused) < 5:
            admission = make_admission(make_decision(large), request=make_request())
            try:
                acknowledged.append((await admitted(store, admission)).id)
            except StoreUnavailable:
                refused.append(admission)
    assert [one.id for one in await store.list_decisions(DecisionQuery(99))] == acknowledged[::-1]
    assert first_fault(await entries(store)) is None
    await _page_limit(store, 1 << 30)
    for admission in refused:
        (answer,) = await store.submit([admission])
        assert isinstance(answer, Admitted)
        assert not answer.replayed
        acknowledged.append(answer.decision.id)
    recorded = await store.list_decisions(DecisionQuery(99))
    assert [one.id for one in recorded] == acknowledged[::-1]
    assert [one.sequence for one in recorded] == list(range(len(recorded), 0, -1))
    ledger = await entries(store)
    assert first_fault(ledger) is None
    assert len(ledger) == len(recorded) + 1


async def test_new_lanes_of_a_refused_group_are_forgotten(store: SqliteStore) -> None:
    await admit(store)
    await _page_limit(store, await _page_count(store))
    with capture_logs(), pytest.raises(StoreUnavailable):
        await admit(store, make_admission(make_decision(make_proposal(reasoning="x" * 99_000)), queue="new"))
    await _page_limit(store, 1 << 30)
    await admit(store, queue="new", skills=("law",))
    (job,) = await store.lease_most_urgent(make_lease_request(queues=frozenset({"new"})))
    assert (job.task.queue, job.task.state) == ("new", TaskState.LEASED)


async def test_a_long_batch_is_rendered_in_turns() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    entries = await rendered([make_admission() for _ in range(1_000)])
    task.cancel()
    assert len(entries) == 1_000
    assert turns >= 30
