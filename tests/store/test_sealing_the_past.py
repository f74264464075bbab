"""`andon encryption rewrite`: what a store held before it was encrypted is sealed, beside servers and after a kill."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from andon.domain.chain import Chain
from andon.domain.errors import StoreUnavailable
from andon.domain.hold import LegalHold
from andon.engines import open_keyring
from andon.store import rewriting
from andon.store.port import Store
from andon.store.privacy import HoldQuery
from andon.store.rewriting import Rewriting
from andon.store.sqlite import connection
from andon.vault.service import EnvironmentKey
from andon.vault.unlocking import ServiceVault
from tests.builders import make_admission, make_id
from tests.clock import START
from tests.store import tampering
from tests.store.engines import KEY, PostgresEngine
from tests.store.helpers import admit, check_whole
from tests.store.test_amend import amendment
from tests.store.test_encryption_command import Ground, Said, ground
from tests.store.test_erasure import CANARY, SUBJECT, ended, erased, erasure, lived, personal
from tests.store.test_former_subjects import judged as amended_to
from tests.store.test_sealing import on_disk, rows_of, shared, told

__all__ = ["ground", "shared"]


async def filled(store: Store) -> list[Any]:
    """A past in plain text: two decisions, one erased, one open, and holds."""
    first, gone = await lived(store), await ended(store, personal("Otto-1"))
    await ended(store, personal(""))
    open_ = await admit(store, make_admission(personal("Otto-2")))
    await erased(store, erasure(subject="Otto-1"))
    await store.privacy.hold(LegalHold(make_id(), f"{CANARY} sues", "ada", START, subject="Otto-2"))
    await store.privacy.hold(LegalHold(make_id(), f"{CANARY} sues again", "ada", START, action="a.*"))
    return [first.id, gone.id, open_.decision.id]


async def all_told(store: Store, ids: list[Any]) -> list[Any]:
    """All that readers are given of them, and of the holds; the subject of a hold is a hash from then on."""
    holds = [(hold.id, hold.reason) for hold in await store.privacy.holds(HoldQuery(10))]
    return [(await told(store, id))[:-1] for id in ids] + [holds]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to a file that do not wait for others."""
    monkeypatch.setattr(connection, "_BOTH", ("PRAGMA busy_timeout = 20",))


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every decision, and every entry, in a transaction of its own."""
    monkeypatch.setattr(rewriting, "AT_ONCE", 1)


async def test_what_was_there_before_is_sealed(ground: Ground, capsys: Said, one_at_a_time: None) -> None:
    store = await ground.engine(None).open()
    ids = await filled(store)
    before = await all_told(store, ids)
    hashes = [entry.hash for entry in await store.evidence.entries(0, 1000, 1 << 30)]
    await store.close()
    store = await ground.engine().open()
    assert await all_told(store, ids) == before
    assert await ground.run("encryption", "status") == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "plain text is believed; in plain text are decisions: 4; words beside the ledger: 8; legal holds: 2"
    assert await ground.run("encryption", "rewrite") == 0  # beside a server
    assert "all of it is encrypted" in capsys.readouterr().out
    assert await all_told(store, ids) == before
    await store.close()
    assert CANARY not in await on_disk(ground.engine())
    assert not await rows_of(ground.engine(), "SELECT 1 FROM decision WHERE data_key IS NULL AND erase_time IS NULL")
    store = await ground.engine().open()
    assert await all_told(store, ids) == before
    entries = await store.evidence.entries(0, 1000, 1 << 30)
    chain = Chain()
    for entry in entries:
        chain.follow(entry)
    assert [entry.hash for entry in entries][: len(hashes)] == hashes
    await check_whole(store)
    assert await ground.run("encryption", "status") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "plain text is refused"
    assert await ground.run("encryption", "rewrite") == 0
    assert "already" in capsys.readouterr().out
    await store.close()


async def test_from_then_on_no_plain_text_is_believed(ground: Ground) -> None:
    store = await ground.engine(None).open()
    decision = await ended(store)
    await store.close()
    await (await ground.engine().open()).close()
    assert await ground.run("encryption", "rewrite") == 0
    await tampering.run(ground.engine(), "UPDATE review SET comment = 'I said so'")
    store = await ground.engine().open()
    with pytest.raises(StoreUnavailable):
        await told(store, decision.id)
    assert await erased(store) == 1
    assert not await rows_of(ground.engine(), "SELECT 1 FROM subject_key WHERE subject <> ''")
    await store.close()


async def test_servers_that_run_refuse_plain_text_soon_after(ground: Ground) -> None:
    store = await ground.engine(None).open()
    decision = await ended(store)
    await store.close()
    store = await ground.engine().open()
    await periodic(store)
    assert await ground.run("encryption", "rewrite") == 0
    await tampering.run(ground.engine(), "UPDATE review SET comment = 'I said so'")
    assert "I said so" in str(await told(store, decision.id))
    with capture_logs() as logs:
        for _ in range(2):
            await periodic(store)
    assert [each["event"] for each in logs] == ["store.plain_text_refused"]
    with pytest.raises(StoreUnavailable):
        await told(store, decision.id)
    await store.close()


async def periodic(store: Store) -> None:
    """What servers do now and then."""
    await store.make_room(START)
    for patience in (0.05, 1.0, 10.0):  # nothing comes, so it is short; to begin to listen may take longer
        try:
            await store.changes(patience)
        except StoreUnavailable:
            continue
        return
    raise AssertionError("nobody could listen")


async def test_killed_in_between_it_is_run_again(ground: Ground, one_at_a_time: None) -> None:
    store = await ground.engine(None).open()
    ids = await filled(store)
    before = await all_told(store, ids)
    await store.close()
    await (await ground.engine().open()).close()
    keyring = await open_keyring(ground.where)
    kept = await keyring.kept()
    sealer, _ = await ServiceVault(EnvironmentKey(KEY)).unlock(kept)
    rewriting_: Rewriting = keyring.rewriting(sealer)
    id = await rewriting_.decisions("", 1)
    assert await rewriting_.decisions(id, 1) > id
    await keyring.close()
    store = await ground.engine().open()
    assert await all_told(store, ids) == before
    current = await store.decision(ids[-1])
    assert current is not None
    await store.amend_if_open(amendment(current, proposal=personal("Otto-3").proposal))
    before = await all_told(store, ids)
    assert await ground.run("encryption", "rewrite") == 0
    assert await all_told(store, ids) == before
    await store.close()
    assert CANARY not in await on_disk(ground.engine())


async def test_servers_work_meanwhile(ground: Ground, one_at_a_time: None) -> None:
    store = await ground.engine(None).open()
    for number in range(12):
        await ended(store, personal(f"Otto-{number % 4}"))
    await store.close()
    store = await ground.engine().open()
    going = asyncio.create_task(ground.run("encryption", "rewrite"))
    done = 0
    while not going.done() or not done:
        decision = await lived(store)
        assert str(await told(store, decision.id)).count(CANARY) > 10
        await erased(store, erasure(subject=f"Otto-{done % 4}"))
        done += 1
    assert await going == 0
    await check_whole(store)
    await store.close()
    store = await ground.engine().open()
    await check_whole(store)
    await store.close()


async def test_what_was_proposed_about_somebody_before_is_sealed_with_their_key(ground: Ground) -> None:
    store = await ground.engine(None).open()
    decision = await amended_to(store, "Anna-1", "Otto-2")
    await store.close()
    await (await ground.engine().open()).close()
    assert await ground.run("encryption", "rewrite") == 0
    keys = "SELECT count(DISTINCT k.id) FROM subject_key k JOIN {} x ON x.data_key = k.id AND x.subject = k.subject"
    assert [
        (await rows_of(ground.engine(), keys.format(table)))[0][0] for table in ("decision", "earlier_proposal")
    ] == [1, 1]
    store = await ground.engine().open()
    assert await erased(store, erasure(subject="Anna-1")) == 1
    assert await store.decision(decision.id) == decision
    assert len(await rows_of(ground.engine(), "SELECT 1 FROM subject_key WHERE subject <> ''")) == 1
    await store.close()


@pytest.mark.parametrize(("key", "why"), [(None, "is not set"), ("new", "is not the key")])
async def test_without_the_key_nothing_is_rewritten(ground: Ground, capsys: Said, key: str | None, why: str) -> None:
    await (await ground.engine().open()).close()
    assert await ground.run("encryption", "rewrite", key=key) == 1
    assert why in capsys.readouterr().err


async def test_what_is_not_encrypted_is_left_alone(ground: Ground, capsys: Said) -> None:
    await (await ground.engine(None).open()).close()
    assert await ground.run("encryption", "rewrite") == 1
    assert "is not encrypted" in capsys.readouterr().err


async def test_a_hold_waits_for_tasks_before_it_takes_decisions(shared: PostgresEngine, unrepeated: None) -> None:
    store, url = await PostgresEngine(shared.url).open(), shared.url
    job = await admit(store, make_admission(personal()))
    await store.close()
    store = await shared.open()
    other, looking = [await asyncpg.connect(url, server_settings={"search_path": "andon"}) for _ in range(2)]
    working = other.transaction()
    await working.start()
    await other.execute("SELECT FROM task WHERE id = $1 FOR NO KEY UPDATE", job.task.id)
    placing = asyncio.create_task(store.privacy.hold(LegalHold(make_id(), "a case", "ada", START, subject=SUBJECT)))
    while not await looking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    await other.execute("SELECT FROM decision WHERE id = $1 FOR NO KEY UPDATE NOWAIT", job.decision.id)
    await working.commit()
    assert (await placing).subject
    for each in (other, looking, store):
        await each.close()


async def test_words_wait_for_whoever_is_at_their_decision(shared: PostgresEngine, unrepeated: None) -> None:
    store, url = await PostgresEngine(shared.url).open(), shared.url
    decision = await ended(store)
    await store.close()
    await (await shared.open()).close()
    keyring = await open_keyring(url)
    sealer, _ = await ServiceVault(EnvironmentKey(KEY)).unlock(await keyring.kept())
    other, looking = [await asyncpg.connect(url, server_settings={"search_path": "andon"}) for _ in range(2)]
    erasing = other.transaction()
    await erasing.start()
    await other.execute("SELECT FROM task WHERE decision_id = $1 FOR NO KEY UPDATE", decision.id)
    sealing = asyncio.create_task(keyring.rewriting(sealer).words(0, 10))
    while not sealing.done() and not await looking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert not sealing.done()
    assert await other.fetch("DELETE FROM ledger_words WHERE decision_id = $1 RETURNING sequence", decision.id)
    await erasing.commit()
    assert await sealing
    assert not await looking.fetch("SELECT FROM ledger_words WHERE decision_id = $1", decision.id)
    for each in (other, looking, keyring):
        await each.close()


async def test_who_reads_the_file_meanwhile_is_told_of(tmp_path: Path, capsys: Said, impatient: None) -> None:
    ground = Ground(tmp_path, None)
    store = await ground.engine(None).open()
    await ended(store)
    await store.close()
    store = await ground.engine().open()
    with closing(sqlite3.connect(ground.where, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM decision").fetchall()
        assert await ground.run("encryption", "rewrite") == 1
        assert "still holds what was plain: run this again" in capsys.readouterr().err
        assert CANARY in await on_disk(ground.engine())
        assert await ground.run("encryption", "rewrite") == 1
        assert "still holds what was plain: run this again" in capsys.readouterr().err
    assert await ground.run("encryption", "rewrite") == 0
    assert CANARY not in await on_disk(ground.engine())
    await store.close()
