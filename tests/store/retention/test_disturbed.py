"""Retention on PostgreSQL, disturbed: killed at any moment, beside servers that write, with unsound files."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from andon.domain.clock import DAY
from andon.retention import files
from andon.retention.files import ExportDamaged
from andon.retention.run import Result
from andon.store.archive import ArchiveFault
from andon.store.errors import StoreUnusable
from andon.store.ledger import LedgerKind
from andon.store.postgres import PostgresStore, open_archive
from andon.store.postgres.archive import PostgresArchive
from andon.store.postgres.session import Session
from tests.postgres import Connection
from tests.store.helpers import entries
from tests.store.retention.retiring import (
    NEWER,
    NOW,
    OLD,
    archive_of,
    exported_ids,
    id_in,
    judged,
    listed,
    passed,
    retired,
)

FILES = ["decisions-2025-03.jsonl.gz", "decisions-2025-03.manifest.json"]


class Killed(BaseException):
    """The process is gone: nothing catches this."""


async def everything(store: PostgresStore) -> list[str]:
    """Decisions of two months, of which OLD's may go."""
    return [await passed(store, OLD, 1), await judged(store, OLD, 2), await judged(store, NEWER, 3)]


def _killing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int, *, after: bool = False) -> None:
    """The process dies at the n-th call, or just after it."""
    real, calls = getattr(owner, name), [0]

    def count() -> bool:
        calls[0] += 1
        return calls[0] == call

    def plain(*args: Any, **kw: Any) -> Any:
        due = count()
        if due and not after:
            raise Killed
        result = real(*args, **kw)
        if due:
            raise Killed
        return result

    async def awaited(*args: Any, **kw: Any) -> Any:
        due = count()
        if due and not after:
            raise Killed
        result = await real(*args, **kw)
        if due:
            raise Killed
        return result

    monkeypatch.setattr(owner, name, awaited if after else plain)


Moment = Callable[[pytest.MonkeyPatch], None]
_MOMENTS: dict[str, Moment] = {
    "before the file is on the disk": lambda patch: _killing(patch, os, "fsync", 1),
    "before the file has its name": lambda patch: _killing(patch, Path, "replace", 1),
    "before the file is read back": lambda patch: _killing(patch, files, "check", 1),
    "before the manifest is on the disk": lambda patch: _killing(patch, os, "fsync", 3),
    "before the manifest has its name": lambda patch: _killing(patch, Path, "replace", 2),
    "before anything is removed": lambda patch: _killing(patch, PostgresArchive, "cut_if_unchanged", 1),
    "before the part is taken off": lambda patch: _killing(patch, PostgresArchive, "_detach", 1),
    "before the commit": lambda patch: _killing(patch, Session, "append", 1),
    "within the commit": lambda patch: _killing(patch, Session, "append", 1, after=True),
    "after the commit": lambda patch: _killing(patch, PostgresArchive, "cut_if_unchanged", 1, after=True),
}


async def killed(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: Moment) -> None:
    """Runs retention up to a moment at which its process dies."""
    with monkeypatch.context() as patch:
        moment(patch)
        with pytest.raises(Killed):
            await retired(url, folder)


@pytest.mark.parametrize("moment", _MOMENTS)
async def test_a_killed_run_is_taken_up_by_the_next(
    url: str, store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    one, other, stays = await everything(store)
    await killed(url, tmp_path, monkeypatch, _MOMENTS[moment])
    assert {*await listed(store), *exported_ids(tmp_path)} == {one, other, stays}
    await retired(url, tmp_path)
    assert (exported_ids(tmp_path), await listed(store)) == ([one, other], [stays])
    assert sorted(name for name in os.listdir(tmp_path) if ".partial" not in name) == FILES
    assert len(await entries(store, LedgerKind.RETIRED)) == 1
    assert await retired(url, tmp_path) == []


async def test_what_changes_while_it_is_exported_is_exported_again(
    url: str, store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await passed(store, OLD, 1)
    late: list[str] = []

    async def cut(self: PostgresArchive, given: Any) -> bool:
        if not late:
            late.append(await passed(store, OLD, 2))
        return await cutting(self, given)

    cutting = PostgresArchive.cut_if_unchanged
    monkeypatch.setattr(PostgresArchive, "cut_if_unchanged", cut)
    (report,) = await retired(url, tmp_path)
    assert report.manifest is not None
    assert (report.result, report.manifest.decisions) == (Result.RETIRED, 2)
    assert (await listed(store), set(exported_ids(tmp_path))) == ([], {one, *late})


async def test_what_never_stands_still_is_left_alone(
    url: str, store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await passed(store, OLD, 1)]
    cutting = PostgresArchive.cut_if_unchanged

    async def cut(self: PostgresArchive, given: Any) -> bool:
        ids.append(await passed(store, OLD, 1 + len(ids)))
        return await cutting(self, given)

    monkeypatch.setattr(PostgresArchive, "cut_if_unchanged", cut)
    (report,) = await retired(url, tmp_path)
    assert (report.result, await listed(store)) == (Result.CHANGING, ids)


async def test_a_file_that_can_not_be_read_back_saves_the_rows(
    url: str, store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)
    real = files.check

    def damaged(folder: Path, manifest: files.Manifest) -> None:
        with (folder / manifest.file).open("r+b") as file:
            file.seek(40)
            file.write(b"x")
        real(folder, manifest)

    monkeypatch.setattr(files, "check", damaged)
    with pytest.raises(ExportDamaged, match="decisions-2025-03"):
        await retired(url, tmp_path)
    assert (await listed(store), FILES[1] in os.listdir(tmp_path)) == (ids, False)


async def test_an_earlier_runs_file_is_read_again_before_it_counts(
    url: str, store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)
    await killed(url, tmp_path, monkeypatch, _MOMENTS["before anything is removed"])
    (tmp_path / "decisions-2025-03.jsonl.gz").write_bytes(b"")
    with pytest.raises(ExportDamaged):
        await retired(url, tmp_path)
    assert await listed(store) == ids


async def test_the_files_of_another_store_vouch_for_nothing(
    url: str, store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: Connection
) -> None:
    one = await passed(store, OLD, 1)
    await killed(url, tmp_path, monkeypatch, _MOMENTS["before anything is removed"])
    manifest = tmp_path / "decisions-2025-03.manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "ledger_hash": "f" * 64}))
    (report,) = await retired(url, tmp_path)
    assert report.manifest is not None
    assert (report.manifest.file, await listed(store)) == ("decisions-2025-03.2.jsonl.gz", [])
    assert exported_ids(tmp_path) == [one, one]


async def test_servers_go_on_while_a_month_goes(url: str, store: PostgresStore, tmp_path: Path) -> None:
    for number in range(20):
        await passed(store, OLD, number)
    retiring = asyncio.create_task(retired(url, tmp_path))
    made: list[str] = []
    while not retiring.done():
        made.append(await passed(store, NEWER, len(made)))
        await store.decision(id_in(OLD, 1))
    (report,) = await retiring
    assert (report.result, await listed(store)) == (Result.RETIRED, made)


async def test_a_backup_that_reads_the_log_is_not_waited_for_for_ever(
    url: str, store: PostgresStore, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)
    monkeypatch.setattr("andon.store.postgres.archive._TRIES", 1)
    async with connection.transaction():
        await connection.fetch("SELECT id FROM decision LIMIT 1")
        with pytest.raises(ArchiveFault, match="a long reading, such as a backup"):
            await retired(url, tmp_path)
        assert await listed(store) == ids
    await retired(url, tmp_path)
    assert (exported_ids(tmp_path), await listed(store)) == (ids[:2], ids[2:])


async def test_there_is_one_retention_at_a_time(url: str, store: PostgresStore) -> None:
    async with archive_of(url):
        with pytest.raises(StoreUnusable, match="another retention"):
            await open_archive(url)
    async with archive_of(url):
        pass


async def test_a_schema_of_another_release_is_left_alone(url: str, connection: Connection) -> None:
    await connection.execute("INSERT INTO migration SELECT max(version) + 1, 'later', 1 FROM migration")
    with pytest.raises(StoreUnusable, match="use the servers' release"):
        await open_archive(url)


async def test_a_database_that_went_away_is_said_in_words(
    url: str, store: PostgresStore, connection: Connection, tmp_path: Path
) -> None:
    ids = await everything(store)
    async with archive_of(url) as archive:
        gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'andon retention'"
        await connection.execute(gone)
        with pytest.raises(ArchiveFault, match="PostgreSQL"):
            await archive.months(NOW - 400 * DAY)
    assert await listed(store) == ids
