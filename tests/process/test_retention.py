"""kill -9 of `andon retention`, again and again, while a server works on the same database."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from andon.domain.months import Month
from andon.store.ledger import LedgerKind, first_fault
from andon.store.postgres import PostgresStore, open_postgres
from andon.store.values import Admission
from tests.postgres import cluster
from tests.store.helpers import entries
from tests.store.retention.retiring import exported_ids, passing

MONTHS: Final = (Month(2015, 3), Month(2015, 4))
EACH: Final = 2_000
PATIENCE: Final = 120
POLICY: Final = 'policy: all\nactions: ["*"]\nconfidence: {threshold: 0.5}\n'


def _has(folder: Path, ending: str) -> Callable[[], bool]:
    return lambda: any(name.endswith(ending) for name in os.listdir(folder))


async def retention(url: str, folder: Path, policies: Path) -> asyncio.subprocess.Process:
    """The command, in a process of its own."""
    words = ("--store", url, "--policies", str(policies), "--export", str(folder), "--older-than", "400d")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANDON_")}
    program = (sys.executable, "-m", "andon", "retention", *words)
    return await asyncio.create_subprocess_exec(*program, env=kept, stdout=asyncio.subprocess.DEVNULL)


async def killed_when(process: asyncio.subprocess.Process, moment: Callable[[], bool]) -> None:
    """Kills it once the moment has come, unless it has ended before."""
    while process.returncode is None and not moment():  # noqa: ASYNC110  # another process writes the files
        await asyncio.sleep(0)
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def fill(store: PostgresStore) -> list[str]:
    """Decisions of two months that may go; their ids."""
    ids = []
    for month in MONTHS:
        await store.make_room(month.start)
        admissions = [Admission(passing(month, number)) for number in range(EACH)]
        await store.submit(admissions)
        ids += [admission.decision.id for admission in admissions]
    return ids


async def test_a_killed_retention_loses_nothing_and_ends_when_it_is_run_again(tmp_path: Path) -> None:
    policies, folder = tmp_path / "policies", tmp_path / "export"
    for made in (policies, folder):
        made.mkdir()
    (policies / "all.yaml").write_text(POLICY)
    with cluster() as database:
        url = database.url()
        store = await open_postgres(url)
        ids = await fill(store)
        async with asyncio.timeout(PATIENCE):
            for ending in (".partial", "03.jsonl.gz", "03.manifest.json", "04.jsonl.gz.partial", "04.manifest.json"):
                await killed_when(await retention(url, folder, policies), _has(folder, ending))
                await store.ping()
                exported = set(exported_ids(folder))
                assert not [id for id in ids[:: EACH // 8] if id not in exported and not await store.decision(id)]
            process = await retention(url, folder, policies)
            assert await process.wait() == 0
        assert exported_ids(folder) == ids
        assert [entry.body["decisions"] for entry in await entries(store, LedgerKind.RETIRED)] == [EACH, EACH]
        assert first_fault(await entries(store)) is None
        await store.close()
