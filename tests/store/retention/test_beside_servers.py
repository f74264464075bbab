"""Retention on PostgreSQL, beside servers that work, on a log in parts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from andon.domain.clock import DAY
from andon.retention.run import Result
from andon.store.archive import ArchiveFault
from andon.store.errors import StoreUnusable
from andon.store.port import Store
from andon.store.postgres import open_archive
from andon.store.postgres.archive import PostgresArchive
from tests.builders import make_lease_request, make_request, make_verdict
from tests.postgres import Connection, Databases
from tests.store.engines import PostgresEngine
from tests.store.retention.retiring import (
    NEWER,
    NOW,
    OLD,
    Place,
    exported_ids,
    held,
    id_in,
    judged,
    listed,
    parts,
    passed,
    retired,
)
from tests.store.retention.test_disturbed import everything


@pytest.fixture
def engine(databases: Databases) -> PostgresEngine:
    """This engine alone."""
    return PostgresEngine(databases.clean())


async def test_a_month_that_goes_whole_takes_its_part_with_it(
    place: Place, store: Store, connection: Connection, tmp_path: Path
) -> None:
    await passed(store, OLD, 1, request=make_request())
    await passed(store, NEWER, 2)
    await retired(place, tmp_path)
    assert await parts(connection) == {"decision_2025_04"}
    assert await place.count("request") == 0


async def test_a_month_of_which_something_stays_keeps_its_part(
    place: Place, store: Store, connection: Connection, tmp_path: Path
) -> None:
    gone, open = await passed(store, OLD, 1), await held(store, OLD, 2)
    await retired(place, tmp_path)
    assert (await listed(store), exported_ids(tmp_path)) == ([open], [gone])
    assert await parts(connection) == {"decision_2025_03", "decision_2025_04"}
    (job,) = await store.lease_most_urgent(make_lease_request(OLD.end))
    await store.settle_if_leased(make_verdict(job, now=OLD.end))
    await retired(place, tmp_path)
    assert await parts(connection) == {"decision_2025_04"}


async def test_every_table_that_tells_of_a_decision_is_thought_of(store: Store, connection: Connection) -> None:
    """Who adds one adds it to what is exported (`records`) and to what is removed (`_HANGING`), and then here."""
    about = await connection.fetch(
        "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'andon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attname IN ('decision_id', 'task_id', 'subject')"
    )
    kept = {"ledger", "ledger_words", "legal_hold", "subject_key"}
    assert {name for (name,) in about} - kept == {
        "decision", "task", "review", "request", "delivery", "appeal", "barred", "earlier_proposal",
        "redemption",
    }  # fmt: skip
    referring = await connection.fetch(
        "SELECT conrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid IN ('decision'::regclass, 'task'::regclass, 'review'::regclass)"
    )
    assert {name for (name,) in referring} == {"review"}


async def test_a_month_without_a_part_goes_too(place: Place, tmp_path: Path) -> None:
    store = await place.engine.open()
    gone, stays = [await judged(store, OLD, number) for number in range(3)], await passed(store, NEWER, 9)
    (report,) = await retired(place, tmp_path)
    assert (report.result, exported_ids(tmp_path), await listed(store)) == (Result.RETIRED, gone, [stays])
    await store.close()


async def test_what_changes_while_it_is_exported_is_exported_again(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await passed(store, OLD, 1)
    late: list[str] = []

    async def cut(self: PostgresArchive, given: Any) -> bool:
        if not late:
            late.append(await passed(store, OLD, 2))
        return await cutting(self, given)

    cutting = PostgresArchive.cut_if_unchanged
    monkeypatch.setattr(PostgresArchive, "cut_if_unchanged", cut)
    (report,) = await retired(place, tmp_path)
    assert report.manifest is not None
    assert (report.result, report.manifest.decisions) == (Result.RETIRED, 2)
    assert (await listed(store), set(exported_ids(tmp_path))) == ([], {one, *late})


async def test_what_never_stands_still_is_left_alone(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await passed(store, OLD, 1)]
    cutting = PostgresArchive.cut_if_unchanged

    async def cut(self: PostgresArchive, given: Any) -> bool:
        ids.append(await passed(store, OLD, 1 + len(ids)))
        return await cutting(self, given)

    monkeypatch.setattr(PostgresArchive, "cut_if_unchanged", cut)
    (report,) = await retired(place, tmp_path)
    assert (report.result, await listed(store)) == (Result.CHANGING, ids)


async def test_servers_go_on_while_a_month_goes(place: Place, store: Store, tmp_path: Path) -> None:
    for number in range(20):
        await passed(store, OLD, number)
    retiring = asyncio.create_task(retired(place, tmp_path))
    made: list[str] = []
    while not retiring.done():
        made.append(await passed(store, NEWER, len(made)))
        await store.decision(id_in(OLD, 1))
    (report,) = await retiring
    assert (report.result, await listed(store)) == (Result.RETIRED, made)


async def test_a_backup_that_reads_the_log_is_not_waited_for_for_ever(
    place: Place, store: Store, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await everything(store)
    monkeypatch.setattr("andon.store.postgres.archive._TRIES", 1)
    async with connection.transaction():
        await connection.fetch("SELECT id FROM decision LIMIT 1")
        with pytest.raises(ArchiveFault, match="a long reading, such as a backup"):
            await retired(place, tmp_path)
        assert await listed(store) == ids
    await retired(place, tmp_path)
    assert (exported_ids(tmp_path), await listed(store)) == (ids[:2], ids[2:])


async def test_there_is_one_retention_at_a_time(place: Place, store: Store) -> None:
    async with place.archive():
        with pytest.raises(StoreUnusable, match="another retention"):
            await open_archive(str(place.where))
    async with place.archive():
        pass


async def test_a_schema_of_another_release_is_left_alone(place: Place, connection: Connection) -> None:
    await connection.execute("INSERT INTO migration SELECT max(version) + 1, 'later', 1 FROM migration")
    with pytest.raises(StoreUnusable, match="use the servers' release"):
        await open_archive(str(place.where))


async def test_a_database_that_went_away_is_said_in_words(
    place: Place, store: Store, connection: Connection, tmp_path: Path
) -> None:
    ids = await everything(store)
    async with place.archive() as archive:
        gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'andon retention'"
        await connection.execute(gone)
        with pytest.raises(ArchiveFault, match="PostgreSQL"):
            await archive.months(NOW - 400 * DAY)
    assert await listed(store) == ids
