"""Words of people stand beside the ledger's entries: a body has no more of them than a salted hash."""

from __future__ import annotations

import json
import sqlite3

import asyncpg
import pytest
from structlog.testing import capture_logs

from andon.domain.canonical import canonical, digest
from andon.domain.chain import Chain, ChainEntry
from andon.domain.hold import LegalHold
from andon.domain.review import Verdict
from andon.store import report
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from tests.builders import make_id
from tests.clock import START
from tests.store import tampering
from tests.store.engines import Engine, PostgresEngine, SqliteEngine
from tests.store.helpers import entries
from tests.store.test_erasure import CANARY, ended, erased, lived, unchecked

__all__ = ["unchecked"]


async def followed(store: Store) -> list[ChainEntry]:
    """The ledger, which is a chain."""
    chain, found = Chain(), await store.evidence.entries(0, 1_000, 1 << 30)
    for entry in found:
        chain.follow(entry)
    return list(found)


async def test_no_entry_changes_and_the_ledger_verifies(store: Store) -> None:
    await lived(store)
    before = await followed(store)
    await erased(store)
    after = (await followed(store))[:-1]
    assert after == [entry._replace(words="") for entry in before]
    worded = [entry for entry in before if entry.words]
    assert [entry.kind for entry in worded] == [
        LedgerKind.RELEASED, LedgerKind.REVIEWED, LedgerKind.APPEALED, LedgerKind.REVIEWED,
    ]  # fmt: skip
    (entry,) = await entries(store, LedgerKind.ERASED)
    assert entry.said["words_of"] == [entry.sequence for entry in worded]


async def test_no_body_says_a_word_of_anybodys(store: Store) -> None:
    await lived(store)
    told = await followed(store)
    assert CANARY in "".join(entry.words for entry in told)
    assert CANARY not in "".join(entry.body for entry in told)


async def test_who_knows_the_words_and_not_the_salt_can_not_tell_them_by_their_hash(store: Store) -> None:
    for _ in range(2):
        await ended(store, verdict=Verdict.REJECT)
    one, other = [entry for entry in await followed(store) if entry.kind == LedgerKind.REVIEWED]
    said = [json.loads(entry.words) for entry in (one, other)]
    assert said[0]["words"] == said[1]["words"] == {"comment": f"for {CANARY}"}
    assert said[0]["salt"] != said[1]["salt"]
    assert [len(each["salt"]) for each in said] == [32, 32]
    hashes = [json.loads(entry.body)["words_hash"] for entry in (one, other)]
    assert hashes == [digest(entry.words) for entry in (one, other)]
    assert digest(canonical(said[0]["words"])) not in hashes


async def test_words_can_be_removed_and_nothing_else(engine: Engine, store: Store) -> None:
    await ended(store)
    await store.privacy.hold(LegalHold(make_id(), "a case", "ada", START, action="*"))
    statements = (
        "UPDATE ledger SET body = ''",
        "DELETE FROM ledger",
        "UPDATE ledger_words SET words = ''",
        "DELETE FROM ledger_words WHERE decision_id = ''",
    )
    for statement in statements:
        with pytest.raises((sqlite3.Error, asyncpg.PostgresError), match="append-only"):
            await _behind(engine, statement)


async def test_words_of_another_entry_are_left_out_and_told_of_once(engine: Engine, unchecked: Store) -> None:
    """Also where nothing is encrypted."""
    store = unchecked
    one, other = await ended(store), await ended(store)
    swap = "UPDATE ledger_words SET words = (SELECT o.words FROM ledger_words o WHERE o.decision_id = '{}')"
    await tampering.run(engine, f"{swap.format(other.id)} WHERE decision_id = '{one.id}'")
    with capture_logs() as logs:
        for decision in (one, other, one):
            *_, event = await store.decision_events(decision.id, None, 10)
            assert ("comment" in event.details) == (decision is other)
    assert [(each["event"], each["decision"]) for each in logs] == [("store.words_unfit", one.name)]


def test_a_flood_of_warnings_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_ONCE", 3)
    monkeypatch.setattr(report, "_said", set())
    with capture_logs() as logs:
        for number in (1, 1, 2, 3, 4, 1):
            report.warn_once("store.some_kind", entry=number)
    assert [each["entry"] for each in logs] == [1, 2, 3]


async def _behind(engine: Engine, statement: str) -> None:
    if isinstance(engine, SqliteEngine):
        connection = sqlite3.connect(engine.path, isolation_level=None)
        try:
            connection.execute(statement)
        finally:
            connection.close()
        return
    assert isinstance(engine, PostgresEngine)
    connected = await asyncpg.connect(engine.url)
    try:
        await connected.execute(statement)
    finally:
        await connected.close()
