"""kill -9 of `andon retention`, again and again: on a database that a server works on, on a file that none has open."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from andon.domain.months import Month
from andon.store.ledger import LedgerKind, first_fault
from andon.store.port import Store
from andon.store.values import Admission
from tests.postgres import cluster
from tests.process.harness import turn
from tests.store.engines import Engine, PostgresEngine, SqliteEngine
from tests.store.helpers import entries
from tests.store.retention.retiring import Place, exported_ids, passing

MONTHS: Final = (Month(2015, 3), Month(2015, 4))
EACH: Final = 2_000
PATIENCE: Final = 120
POLICY: Final = 'policy: all\nactions: ["*"]\nconfidence: {threshold: 0.5}\n'
MOMENTS: Final = (".partial", "03.jsonl.gz", "03.manifest.json", "04.jsonl.gz.partial", "04.manifest.json")
"""What is in the folder when it is killed; soon after a manifest it is removing."""
WRITTEN: Final = 100_000
MOMENT: Final = 0.001


@contextmanager
def _postgres(folder: Path) -> Iterator[Engine]:
    with cluster() as database:
        yield PostgresEngine(database.url())


@contextmanager
def _sqlite(folder: Path) -> Iterator[Engine]:
    yield SqliteEngine(folder)


def _has(folder: Path, ending: str) -> Callable[[], bool]:
    return lambda: any(name.endswith(ending) for name in os.listdir(folder))


def _commits(path: Path) -> Callable[[], bool]:
    """When the file's log has grown by much: it is in the middle of a commit."""
    log = Path(f"{path}-wal")
    return lambda: log.exists() and log.stat().st_size > WRITTEN


async def retention(where: Path | str, folder: Path, policies: Path) -> asyncio.subprocess.Process:
    """The command, in a process of its own."""
    words = ("--store", str(where), "--policies", str(policies), "--export", str(folder), "--older-than", "400d")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANDON_")}
    program = (sys.executable, "-m", "andon", "retention", *words)
    return await asyncio.create_subprocess_exec(*program, env=kept, stdout=DEVNULL, stderr=PIPE)


async def killed_when(process: asyncio.subprocess.Process, moment: Callable[[], bool]) -> None:
    """Kills it once the moment has come, unless it has ended before."""
    while process.returncode is None and not moment():
        await turn(process, MOMENT)
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def fill(store: Store) -> list[str]:
    """Decisions of two months that may go; their ids."""
    ids = []
    for month in MONTHS:
        await store.make_room(month.start)
        admissions = [Admission(passing(month, number)) for number in range(EACH)]
        await store.submit(admissions)
        ids += [admission.decision.id for admission in admissions]
    return ids


async def check(place: Place, folder: Path, ids: list[str]) -> None:
    """Nothing is lost: a server starts, and what it has not is in a file."""
    store = await place.engine.open()
    await store.ping()
    exported = set(exported_ids(folder))
    assert not [id for id in ids[:: EACH // 8] if id not in exported and not await store.decision(id)]
    await store.close()


@pytest.mark.parametrize("engine_of", [_sqlite, _postgres])
async def test_a_killed_retention_loses_nothing_and_ends_when_it_is_run_again(
    tmp_path: Path, engine_of: Callable[[Path], AbstractContextManager[Engine]]
) -> None:
    policies, folder = tmp_path / "policies", tmp_path / "export"
    for made in (policies, folder):
        made.mkdir()
    (policies / "all.yaml").write_text(POLICY)
    with engine_of(tmp_path) as engine:
        place = Place(engine)
        store = await engine.open()
        ids = await fill(store)
        moments = [_has(folder, ending) for ending in MOMENTS]
        if isinstance(engine, SqliteEngine):
            await store.close()
            moments.insert(3, _commits(engine.path))
        async with asyncio.timeout(PATIENCE):
            for moment in moments:
                await killed_when(await retention(place.where, folder, policies), moment)
                await check(place, folder, ids)
            process = await retention(place.where, folder, policies)
            assert await process.wait() == 0
        await store.close()
        store = await engine.open()
        assert exported_ids(folder) == ids
        assert [entry.body["decisions"] for entry in await entries(store, LedgerKind.RETIRED)] == [EACH, EACH]
        assert first_fault(await entries(store)) is None
        await store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit, which is Linux's")
@pytest.mark.parametrize(
    ("room", "word", "written"),
    [(50_000, "File too large", []), (1_000_000, "SQLite: ", ["decisions-2015-03.manifest.json"])],
)
async def test_a_full_disk_is_said_in_words_and_loses_nothing(
    tmp_path: Path, room: int, word: str, written: list[str]
) -> None:
    policies, folder = tmp_path / "policies", tmp_path / "export"
    for made in (policies, folder):
        made.mkdir()
    (policies / "all.yaml").write_text(POLICY)
    place = Place(SqliteEngine(tmp_path))
    store = await place.engine.open()
    ids = await fill(store)
    await store.close()
    process = await retention(place.where, folder, policies)
    # Files of this process may not grow: to SQLite that is a disk without room.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    _, said = await process.communicate()
    assert (process.returncode, word in said.decode()) == (1, True), said
    assert sorted(name for name in os.listdir(folder) if name.endswith("manifest.json")) == written
    await check(place, folder, ids)
    store = await place.engine.open()
    assert [await store.decision(id) is not None for id in ids[:: EACH // 8]] == [True] * 16
    await store.close()
    process = await retention(place.where, folder, policies)
    assert await process.wait() == 0
    assert exported_ids(folder) == ids
