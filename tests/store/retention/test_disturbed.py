"""Retention disturbed: killed at any moment, on a full disk, with unsound files."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from andon.retention import files
from andon.retention.files import ExportDamaged
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.postgres.archive import PostgresArchive
from andon.store.postgres.session import Session
from andon.store.sqlite import SqliteArchive
from andon.store.sqlite import retiring as sqlite
from andon.store.sqlite.writer import Writer
from tests.store.engines import PostgresEngine, SqliteEngine
from tests.store.helpers import entries
from tests.store.retention.retiring import NEWER, OLD, Place, exported_ids, judged, listed, passed, retired

FILES = ["decisions-2025-03.jsonl.gz", "decisions-2025-03.manifest.json"]


class Killed(BaseException):
    """The process is gone: nothing catches this."""


async def everything(store: Store) -> list[str]:
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
_EVERYWHERE: dict[str, Moment] = {
    "before the file is on the disk": lambda patch: _killing(patch, os, "fsync", 1),
    "before the file has its name": lambda patch: _killing(patch, Path, "replace", 1),
    "before the file is read back": lambda patch: _killing(patch, files, "check", 1),
    "before the manifest is on the disk": lambda patch: _killing(patch, os, "fsync", 3),
    "before the manifest has its name": lambda patch: _killing(patch, Path, "replace", 2),
}
_MOMENTS: dict[type, dict[str, Moment]] = {
    PostgresEngine: {
        **_EVERYWHERE,
        "before anything is removed": lambda patch: _killing(patch, PostgresArchive, "cut_if_unchanged", 1),
        "before the decisions are removed": lambda patch: _killing(patch, PostgresArchive, "_detach", 1),
        "before the commit": lambda patch: _killing(patch, Session, "append", 1),
        "within the commit": lambda patch: _killing(patch, Session, "append", 1, after=True),
        "after the commit": lambda patch: _killing(patch, PostgresArchive, "cut_if_unchanged", 1, after=True),
    },
    SqliteEngine: {
        **_EVERYWHERE,
        "before anything is removed": lambda patch: _killing(patch, SqliteArchive, "cut_if_unchanged", 1),
        "before the decisions are removed": lambda patch: _killing(patch, sqlite, "_remove", len(sqlite._HANGING) + 1),
        "before the commit": lambda patch: _killing(patch, Writer, "append", 1),
        "within the commit": lambda patch: _killing(patch, Writer, "commit", 1),
        "after the commit": lambda patch: _killing(patch, SqliteArchive, "cut_if_unchanged", 1, after=True),
    },
}


async def killed(place: Place, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Runs retention up to a moment at which its process dies."""
    with monkeypatch.context() as patch:
        _MOMENTS[type(place.engine)][moment](patch)
        with pytest.raises(Killed):
            await retired(place, folder)


@pytest.mark.parametrize("moment", _MOMENTS[SqliteEngine])
async def test_a_killed_run_is_taken_up_by_the_next(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    one, other, stays = await everything(store)
    await killed(place, tmp_path, monkeypatch, moment)
    assert {*await listed(store), *exported_ids(tmp_path)} == {one, other, stays}
    await retired(place, tmp_path)
    assert (exported_ids(tmp_path), await listed(store)) == ([one, other], [stays])
    assert sorted(name for name in os.listdir(tmp_path) if ".partial" not in name) == FILES
    assert len(await entries(store, LedgerKind.RETIRED)) == 1
    assert await retired(place, tmp_path) == []


async def test_a_file_that_can_not_be_read_back_saves_the_rows(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)
    real = files.check

    def damaged(folder: Path, manifest: files.Manifest) -> None:
        with (folder / manifest.file).open("r+b") as file:
            file.seek(40)
            (byte,) = file.read(1)
            file.seek(40)
            file.write(bytes([byte ^ 1]))
        real(folder, manifest)

    monkeypatch.setattr(files, "check", damaged)
    with pytest.raises(ExportDamaged, match="decisions-2025-03"):
        await retired(place, tmp_path)
    assert (await listed(store), FILES[1] in os.listdir(tmp_path)) == (ids, False)


async def test_an_earlier_runs_file_is_read_again_before_it_counts(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)
    await killed(place, tmp_path, monkeypatch, "before anything is removed")
    (tmp_path / "decisions-2025-03.jsonl.gz").write_bytes(b"")
    with pytest.raises(ExportDamaged):
        await retired(place, tmp_path)
    assert await listed(store) == ids


async def test_the_files_of_another_store_vouch_for_nothing(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await passed(store, OLD, 1)
    await killed(place, tmp_path, monkeypatch, "before anything is removed")
    manifest = tmp_path / "decisions-2025-03.manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "ledger_hash": "f" * 64}))
    (report,) = await retired(place, tmp_path)
    assert report.manifest is not None
    assert (report.manifest.file, await listed(store)) == ("decisions-2025-03.2.jsonl.gz", [])
    assert exported_ids(tmp_path) == [one, one]


async def test_a_disk_that_fills_up_while_it_is_exported_loses_nothing(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            await retired(place, tmp_path)
    assert (await listed(store), exported_ids(tmp_path)) == (ids, [])
    await retired(place, tmp_path)
    assert (await listed(store), exported_ids(tmp_path)) == (ids[2:], ids[:2])
