"""SQLite's committer: whatever goes wrong, everybody gets an answer, and the next one is served."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from andon.domain.errors import AndonError, StoreUnavailable
from andon.domain.search import DecisionQuery
from andon.store.groups import Pending
from andon.store.sqlite import SqliteStore, open_sqlite
from andon.store.sqlite.operations.record import Probe
from andon.store.sqlite.writer import Writer
from andon.store.values import Admitted
from tests.builders import make_admission, make_decision
from tests.store.helpers import admit, admitted

PATIENCE = 5.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_sqlite(tmp_path / "andon.db")
    yield store
    await store.close()


@pytest.fixture
def full_disk_of_logs() -> Any:
    """No line can be logged."""

    def fail(*_: object) -> EventDict:
        raise OSError(28, "No space left on device")

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[fail])
    yield
    structlog.configure(processors=before)


class Breaks:
    """An operation that fails."""

    rows = 1

    def __init__(self, error: Exception) -> None:
        self._error = error

    def apply(self, writer: Writer) -> None:
        raise self._error


async def ended(*calls: Any) -> list[Any]:
    """What the calls gave or raised; none may hang."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.gather(*calls, return_exceptions=True)


async def test_an_observer_that_fails_loses_no_answer(tmp_path: Path) -> None:
    def fail(rows: int, seconds: float) -> None:
        raise OSError("bug")

    store = await open_sqlite(tmp_path / "andon.db", observe=fail)
    with capture_logs() as logs:
        answers = await ended(*(store.submit([make_admission()]) for _ in range(3)))
        await admit(store)
    assert [isinstance(answer[0], Admitted) for answer in answers] == [True] * 3
    assert {log["event"] for log in logs} == {"store.observer_failed"}
    assert not store.dead
    await store.close()


@pytest.mark.usefixtures("full_disk_of_logs")
@pytest.mark.parametrize(
    ("error", "answer"),
    [(sqlite3.OperationalError("disk I/O error"), StoreUnavailable), (RuntimeError("bug"), AndonError)],
    ids=["disk", "bug"],
)
async def test_a_log_that_can_not_be_written_stops_nobody(
    store: SqliteStore, error: Exception, answer: type[Exception]
) -> None:
    assert [type(each) for each in await ended(store._committer.commit(Breaks(error)))] == [answer]
    await admitted(store)


@pytest.mark.usefixtures("full_disk_of_logs")
async def test_what_was_committed_alone_is_acknowledged_whatever_fails_beside_it(store: SqliteStore) -> None:
    good, bad = make_decision(), Breaks(RuntimeError("bug"))
    first, *_ = await ended(store.submit([make_admission(good)]), store._committer.commit(bad))
    assert isinstance(first[0], Admitted)


async def test_a_rollback_that_fails_takes_no_answer_from_others(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Writer.rollback

    def fail(self: Writer) -> None:
        real(self)
        raise sqlite3.OperationalError("disk I/O error")

    calls = (store.submit([make_admission()]), store._committer.commit(Breaks(RuntimeError("bug"))))
    with monkeypatch.context() as patched, capture_logs():
        patched.setattr(Writer, "rollback", fail)
        answers = await ended(*calls)
    assert isinstance(answers[0][0], Admitted)
    assert type(answers[1]) is AndonError
    assert (await admitted(store)).sequence == 2


async def test_a_thread_that_fails_refuses_its_group_and_the_next_is_served(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (OSError("no thread"), asyncio.CancelledError()):

        async def fail(*_: object, error: BaseException = error) -> object:
            raise error

        with monkeypatch.context() as patched, capture_logs() as logs:
            patched.setattr(store._writer, "run", fail)
            answers = await ended(*(store.submit([make_admission()]) for _ in range(3)))
        assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
        assert {log["event"] for log in logs} == {"store.writer_failed"}
    assert (await admitted(store)).sequence == 1


async def test_an_operation_that_can_not_be_taken_is_refused(store: SqliteStore) -> None:
    class Unmeasured(Probe):
        @property
        def rows(self) -> int:
            raise RuntimeError("bug")

    with capture_logs():
        (answer,) = await ended(store._committer.commit(Unmeasured.__new__(Unmeasured)))
    assert type(answer) is StoreUnavailable
    await admitted(store)


async def test_a_caller_that_can_not_be_reached_takes_no_answer_from_others(store: SqliteStore) -> None:
    class Unreachable:
        def cancelled(self) -> bool:
            return False

        done = cancelled

        def set_result(self, result: object) -> None:
            raise RuntimeError("its loop is closed")

    store._committer._waiting.append(Pending(Probe(), Unreachable()))  # type: ignore[arg-type]
    with capture_logs() as logs:
        (answer,) = await ended(store.submit([make_admission()]))
    assert isinstance(answer[0], Admitted)
    assert [log["event"] for log in logs] == ["store.answer_lost"]


async def test_where_the_loop_ends_all_calls_fail_at_once_and_the_store_says_so(store: SqliteStore) -> None:
    before = store.dead
    told = asyncio.create_task(store.died())
    calls = [asyncio.create_task(store.submit([make_admission()])) for _ in range(3)]
    await asyncio.sleep(0)
    with capture_logs() as logs:
        store._committer._loop.cancel()
        answers = await ended(*calls, store.died())
        answers += await ended(store.ping(), told)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3 + [type(None), StoreUnavailable, type(None)]
    assert (before, store.dead) == (False, True)
    assert [log["event"] for log in logs] == ["store.committer_died"]
    assert await store.list_decisions(DecisionQuery(9)) == []


async def test_a_loop_that_never_ran_refuses_too(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "andon.db")
    call = asyncio.create_task(store.ping())
    with capture_logs():
        store._committer._loop.cancel()
        (answer,) = await ended(call)
    assert type(answer) is StoreUnavailable
    await store.close()
    again = await open_sqlite(tmp_path / "andon.db")
    await again.close()


async def test_a_closing_that_is_cancelled_leaves_nobody_waiting_and_the_file_free(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "andon.db")
    call = asyncio.create_task(store.submit([make_admission()]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    (answer, _) = await ended(call, closing)
    assert isinstance(answer, StoreUnavailable) or isinstance(answer[0], Admitted)
    await (await open_sqlite(tmp_path / "andon.db")).close()
