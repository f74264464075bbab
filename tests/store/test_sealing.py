"""A store whose contents are encrypted: nothing of them lies on the disk, and all of them are read as they were."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from andon.domain.canonical import Document
from andon.domain.chain import Chain, Misfit, fault_of
from andon.domain.errors import StoreUnavailable
from andon.domain.event import EventKind
from andon.domain.hold import LegalHold
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery, Window
from andon.domain.task import TaskState
from andon.store import seeking
from andon.store.errors import StoreUnusable
from andon.store.port import Store
from andon.store.privacy import Target
from andon.store.sealing import Vault
from andon.store.values import Admitted, Cancellation, TaskQuery
from andon.vault.service import CommandKey, EnvironmentKey
from andon.vault.unlocking import ServiceVault
from tests.builders import make_admission, make_id, make_request
from tests.clock import START
from tests.store import tampering
from tests.store.engines import KEY, PostgresEngine, SqliteEngine
from tests.store.helpers import admit, admitted, check_whole
from tests.store.test_amend import amendment
from tests.store.test_erasure import CANARY, SUBJECT, ended, erased, erasure, lived, personal

OTHER_KEY = bytes(32)


def vault(key: bytes = KEY) -> Vault:
    return ServiceVault(EnvironmentKey(key))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A place for a store: what opens it, with this vault or with none."""
    if request.param == "sqlite":
        yield lambda vault=None: SqliteEngine(tmp_path, vault=vault)
    else:
        url = request.getfixturevalue("databases").clean()
        yield lambda vault=None: PostgresEngine(url, vault)


async def on_disk(engine: Any) -> str:
    """All that whoever has the disk can read: the files' bytes, or the tables' rows."""
    if isinstance(engine, SqliteEngine):
        return "".join(path.read_bytes().decode("latin-1") for path in engine.path.parent.iterdir() if path.is_file())
    connection = await asyncpg.connect(engine.url)
    try:
        await connection.execute("SET search_path = andon")
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'andon'")
        found = [await connection.fetch(f"SELECT t::text FROM {name} t") for (name,) in tables]
        return "\n".join(str(row[0]) for rows in found for row in rows)
    finally:
        await connection.close()


async def told(store: Store, decision_id: str) -> list[Any]:
    """All that readers are given of a decision."""
    decision = await store.decision(decision_id)
    assert decision is not None
    samples = await store.list_samples(SampleQuery(100, 0, 1 << 40))
    tasks = await store.jobs_of(decision_id)
    listed = await store.list_tasks(TaskQuery(100, None, frozenset(TaskState)))
    return [
        decision,
        await store.appeals(decision_id),
        await store.decision_events(decision_id, None, 100),
        [each for each in samples if each.decision.id == decision_id],
        tasks,
        [each for each in listed if each.decision.id == decision_id],
        await store.list_decisions(DecisionQuery(10, subject=SUBJECT)),
    ]


async def test_nothing_of_what_was_said_lies_on_the_disk(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    await lived(store)
    assert CANARY not in await on_disk(engine)
    await check_whole(store)
    await store.close()
    assert CANARY not in await on_disk(engine)


async def test_without_a_key_it_does(place: Any) -> None:
    engine = place()
    store = await engine.open()
    await lived(store)
    assert CANARY in await on_disk(engine)
    await store.close()


async def test_all_of_it_is_read_as_it_was(place: Any) -> None:
    store = await place(vault()).open()
    decision = await lived(store)
    before = await told(store, decision.id)
    assert str(before).count(CANARY) > 10
    await store.close()
    store = await place(vault()).open()
    assert await told(store, decision.id) == before
    await store.close()


async def test_a_store_from_before_is_encrypted_from_then_on(place: Any) -> None:
    store = await place().open()
    old = await ended(store)
    before = await told(store, old.id)
    await store.privacy.hold(held := LegalHold(make_id(), "a case", "ada", START, subject="another"))
    await store.close()
    store = await place(vault()).open()
    assert (await told(store, old.id))[:-1] == before[:-1]
    young = await ended(store)
    assert [each.id for each in await store.list_decisions(DecisionQuery(10, subject=SUBJECT))] == [young.id, old.id]
    assert await store.window(DecisionQuery(10, subject=SUBJECT), 1000) == Window(0, 3)
    assert (await store.privacy.survey(Target(subject=SUBJECT))).erasable == 2
    assert held.subject == "another"
    await store.close()


@pytest.mark.parametrize("first", [False, True])
async def test_a_hold_is_on_what_is_older_than_the_encryption(place: Any, first: bool) -> None:
    store, hold = await place().open(), LegalHold(make_id(), "a case", "ada", START, subject=SUBJECT)
    await ended(store)
    if first:
        await store.privacy.hold(hold)
    await store.close()
    store = await place(vault()).open()
    if not first:
        await store.privacy.hold(hold)
    await ended(store)
    assert (await store.privacy.survey(Target(subject=SUBJECT))).held == 2
    assert await erased(store) == 0
    await store.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (DecisionQuery(10, words=("OTTILIE",)), 3),
        (DecisionQuery(10, words=("ottilie", "nowhere")), 0),
        (DecisionQuery(2, words=("ottilie",)), 2),
        (DecisionQuery(10, words=("ottilie",), subject="Ottilie-2"), 1),
        (DecisionQuery(10, words=("never got",), brief=True), 3),
        (DecisionQuery(10, words=("because of",)), 5),
        (DecisionQuery(10, subject="Ottilie-1"), 2),
        (DecisionQuery(10, subject="Ottilie"), 0),
    ],
)
async def test_words_and_subjects_are_found_as_without(
    place: Any, monkeypatch: pytest.MonkeyPatch, query: DecisionQuery, found: int
) -> None:
    monkeypatch.setattr(seeking, "AT_ONCE", 2)
    store = await place(vault()).open()
    for subject in (SUBJECT, "", "Ottilie-2", "", SUBJECT):
        await admitted(store, make_admission(personal(subject) if subject else None))
    listed = await store.list_decisions(query)
    assert len(listed) == found
    assert [each.sequence for each in listed] == sorted((each.sequence for each in listed), reverse=True)
    assert not query.brief or {str(each.proposal.input) for each in listed} == {str(Document("{}"))}
    await store.close()


async def test_a_destroyed_key_takes_every_copy_with_it(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    decision = await lived(store)
    kept = await decision_row(engine)
    assert await erased(store) == 1
    assert await erased(store, erasure(subject="nobody")) == 0
    assert not await rows_of(engine, "SELECT 1 FROM subject_key WHERE subject <> ''")
    await restore(engine, decision.id, kept)  # as from a backup
    again = await store.decision(decision.id)
    assert again is not None
    assert CANARY not in str(again)
    assert dict(again.proposal.input) == {}
    await store.close()


async def test_what_was_about_another_before_is_told_while_it_is_open_and_then_erased(place: Any) -> None:
    store = await place(vault()).open()
    job = await admit(store, make_admission(personal()))
    await store.amend_if_open(amendment(job.decision, proposal=personal("Otto-2").proposal))
    await erased(store)
    first, *_ = await store.decision_events(job.decision.id, None, 10)
    assert first.kind is EventKind.SUBMITTED
    await store.cancel_if_open(Cancellation(job.decision.id, "refund-service", "", START + 60))
    assert await erased(store, erasure(subject="Otto-2")) == 1
    assert await store.decision_events(job.decision.id, None, 10)
    await check_whole(store)
    await store.close()


async def test_whoever_comes_again_after_that_gets_a_new_key(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    await ended(store)
    await erased(store)
    decision = await ended(store)
    assert CANARY in str(await store.decision(decision.id))
    assert CANARY not in await on_disk(engine)
    await store.close()


@pytest.fixture
def shared(databases: Any) -> PostgresEngine:
    """A place that several servers can work on."""
    return PostgresEngine(databases.clean(), vault())


async def test_a_server_that_knows_a_destroyed_key_does_not_bring_it_back(shared: PostgresEngine) -> None:
    engine = shared
    store, other = await engine.open(), await engine.open()
    before = await ended(store)
    await erased(other)
    after, open_ = await ended(store), await admit(store)
    await erased(other)
    await store.amend_if_open(amendment(open_.decision, proposal=personal().proposal))
    await erased(other)
    superseded = await store.supersede_if_open(
        make_admission(personal()), Cancellation(open_.decision.id, "refund-service", "", START + 60)
    )
    assert superseded.admitted.decision.proposal == personal().proposal
    for id in (before.id, after.id):
        assert CANARY not in str(await other.decision(id))
    for each in (store, other):
        assert CANARY in str(await each.decision(superseded.admitted.decision.id))
        await each.close()


SPOILT = {
    "another byte": "UPDATE decision SET input = substr(input, 1, length(input) - 6) || 'AAAAAA'",
    "another decision's": "UPDATE decision SET input = (SELECT o.input FROM decision o WHERE o.id <> decision.id)",
    "another column": "UPDATE decision SET input = prediction",
    "another flag": """UPDATE decision SET attributes = '{"irreversible":true,' || substr(attributes, 2)""",
    "another key": "UPDATE subject_key SET wrapped = (SELECT o.wrapped FROM subject_key o WHERE o.id <> subject_key.id)"
    " WHERE subject <> ''",
}


@pytest.mark.parametrize("change", SPOILT)
async def test_what_was_spoilt_is_refused_and_never_shown(place: Any, change: str) -> None:
    engine = place(vault())
    store = await engine.open()
    first, _ = await ended(store), await ended(store)
    await store.close()
    await tampering.run(engine, SPOILT[change])
    store = await engine.open()
    with pytest.raises(StoreUnavailable):
        await store.decision(first.id)
    await store.close()


async def test_a_spoilt_entry_is_named_by_who_verifies(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    await ended(store)
    await tampering.run(
        engine, "UPDATE ledger_words SET words = substr(words, 1, length(words) - 6) || 'AAAAAA' WHERE sequence = 3"
    )
    first, second, third, *_ = await store.evidence.entries(0, 100, 1 << 30)
    chain = Chain()
    chain.follow(first)
    chain.follow(second)
    with pytest.raises(Misfit):
        chain.follow(third)
    await store.close()


@pytest.mark.parametrize(
    ("given", "why"),
    [(None, "it is encrypted, and encryption_key is not set"), (OTHER_KEY, "is not the key that this store")],
)
async def test_without_its_key_it_is_not_opened(place: Any, given: bytes | None, why: str) -> None:
    store = await place(vault()).open()
    decision = await ended(store)
    await store.close()
    with pytest.raises(StoreUnusable, match=why):
        await place(None if given is None else vault(given)).open()
    store = await place(vault()).open()
    assert CANARY in str(await store.decision(decision.id))
    await store.close()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("import sys; sys.exit('no such key')", "failed with exit code 1: no such key"),
        ("import time; time.sleep(60)", "did not answer within 0.5 s"),
        ("print('rubbish!')", "answered what is not base64"),
        ("print('AAAA')", "gave back another key"),
        ("import sys; print(sys.stdin.read())", "it encrypts nothing"),
    ],
)
async def test_a_key_service_that_fails_leaves_everything_as_it_was(place: Any, script: str, why: str) -> None:
    broken = ServiceVault(CommandKey((sys.executable, "-c", script), patience=0.5 if "sleep" in script else 30))
    with pytest.raises(StoreUnusable, match=why):
        await place(broken).open()
    store = await place().open()  # nothing is encrypted
    await store.close()


async def test_a_command_may_keep_the_key(place: Any, tmp_path: Path) -> None:
    script = tmp_path / "service.py"
    script.write_text(
        "import base64, sys\n"
        "key = base64.b64decode(sys.stdin.read())\n"
        "print(base64.b64encode(bytes(byte ^ 0x5A for byte in key)).decode())\n"
    )
    service = ServiceVault(CommandKey((sys.executable, str(script))))
    store = await place(service).open()
    decision = await ended(store)
    await store.close()
    store = await place(service).open()
    assert CANARY in str(await store.decision(decision.id))
    await store.close()


async def test_servers_that_start_at_once_share_one_key(shared: PostgresEngine) -> None:
    store, other = await asyncio.gather(shared.open(), shared.open())
    decision = await ended(store)
    assert CANARY in str(await other.decision(decision.id))
    await store.close()
    await other.close()


async def test_a_refusal_is_no_reason_to_seal_a_request_anew(place: Any) -> None:
    store = await place(vault()).open()
    admission = make_admission(personal(), request=make_request(request_id="once"))
    (first,), (again,) = await store.submit([admission]), await store.submit([admission])
    assert isinstance(first, Admitted)
    assert isinstance(again, Admitted)
    assert again.replayed
    assert again.decision.proposal == first.decision.proposal
    await store.close()


async def rows_of(engine: Any, statement: str) -> list[tuple[Any, ...]]:
    """What a statement gives, past the server."""
    if isinstance(engine, SqliteEngine):
        with closing(sqlite3.connect(engine.path)) as connection:
            return connection.execute(statement).fetchall()
    connected = await asyncpg.connect(engine.url, server_settings={"search_path": "andon"})
    try:
        return [tuple(row) for row in await connected.fetch(statement)]
    finally:
        await connected.close()


async def decision_row(engine: Any) -> tuple[str, str, str]:
    """What an old copy holds of the one decision there is."""
    (row,) = await rows_of(engine, "SELECT input, prediction, reasoning FROM decision")
    return row[0], row[1], row[2]


async def restore(engine: Any, decision_id: str, row: tuple[str, str, str]) -> None:
    """Puts an old copy back."""
    values = ", ".join(
        f"{name} = '{value}'" for name, value in zip(("input", "prediction", "reasoning"), row, strict=True)
    )
    await tampering.run(engine, f"UPDATE decision SET {values} WHERE id = '{decision_id}'")


async def test_words_that_open_beside_another_entry_are_told_by_its_hash(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    await lived(store)
    first, *_, last = [each.sequence for each in await store.evidence.entries(0, 100, 1 << 30) if each.words]
    await tampering.run(
        engine,
        f"UPDATE ledger_words SET words = (SELECT o.words FROM ledger_words o WHERE o.sequence = {last}) "
        f"WHERE sequence = {first}",
    )
    entry = (await store.evidence.entries(first - 1, 1, 1 << 30))[0]
    assert (CANARY in entry.words, fault_of(entry)) == (True, "its words were edited")
    await store.close()
