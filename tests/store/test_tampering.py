"""Whoever changes the ledger behind the server's back is found: by its duties, and by `andon ledger verify`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from prometheus_client import CollectorRegistry

from andon.domain.chain import ChainEntry
from andon.domain.hold import LegalHold
from andon.domain.words import hash_in
from andon.keys.checking import verifier_keys
from andon.keys.ring import KeyRing
from andon.store.port import Store
from andon.telemetry.metrics import Metrics
from andon.usecases.limits import Limits
from andon.workers.audit import Audit
from andon.workers.checkpoint import Seal
from andon.workers.standing import Standing
from andon_client.ledger import LedgerEntry, LedgerFault, LedgerVerifier
from andon_client.notes import VerifierKey
from tests.builders import make_id
from tests.clock import START, FakeClock
from tests.store import tampering
from tests.store.engines import PLAIN, Engine
from tests.unit.usecases.world import World

SIZE = 9
FIRST, LAST = 5, 8
"""What the two checkpoints cover."""
ORIGIN = "andon.dev/test"
OTHER_SIGNATURE = (
    "substr(note, 1, length(note) - 10) || CASE substr(note, length(note) - 9, 1) WHEN 'A' THEN 'B' ELSE 'A' END"
    " || substr(note, length(note) - 8)"
)
Entries: TypeAlias = list[ChainEntry]


class Ledger:
    """A ledger of nine entries, of which two checkpoints cover five and eight, and the duties that watch it."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self.engine = engine
        self.store = store
        world = World(store, FakeClock(), Limits())
        self.context = world.context
        self.context.origin = ORIGIN
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.standing = Standing(self.metrics)
        self.seal = Seal(self.context, self.standing)
        self.audit = Audit(self.context, self.standing)

    async def record(self, count: int) -> None:
        for number in range(count):
            await self.store.record("policy.revision", f"admin-{number}", {"number": number}, START + number)

    def revoke(self) -> None:
        """The key that signs is trusted no more, and another one signs."""
        ring = self.context.signer
        assert isinstance(ring, KeyRing)
        self.context.signer = ring.revoked(ring.sign(b"")[0], START)

    async def entries(self) -> Entries:
        return list(await self.store.evidence.entries(0, 1_000, 1 << 30))

    async def watched(self, duty: Seal | Audit) -> str:
        """What a fresh duty says of the ledger, as after the server's next start."""
        self.standing = Standing(self.metrics)
        fresh = type(duty)(self.context, self.standing)
        for _ in range(5):
            await fresh.step()
        return self.standing.fault

    async def verified(self, kept: str = "") -> str:
        """What an auditor's client says of it."""
        keys = list(map(VerifierKey.parse, verifier_keys(self.context.signer, ORIGIN)))
        try:
            verifier = LedgerVerifier(ORIGIN, keys, keys)
            if kept:
                verifier.keep(kept)
            covered = 0
            while checkpoint := await self.store.evidence.checkpoint(covered + 1):
                verifier.expect(checkpoint.note)
                covered = checkpoint.size
            for entry in await self.entries():
                verifier.follow(LedgerEntry(*entry))
            verifier.finish()
        except LedgerFault as fault:
            return str(fault)
        return ""


@pytest.fixture
async def ledger(engine: Engine) -> AsyncIterator[Ledger]:
    store = await engine.open()
    ledger = Ledger(engine, store)
    for count in (FIRST, LAST - FIRST):
        await ledger.record(count)
        await ledger.seal.step()
    await ledger.record(SIZE - LAST)
    yield ledger
    await store.close()


async def test_a_ledger_that_nobody_touched_fits(ledger: Ledger) -> None:
    assert await ledger.verified() == ""
    assert await ledger.watched(ledger.seal) == ""
    assert await ledger.watched(ledger.audit) == ""
    newest = await ledger.store.evidence.checkpoint()
    assert newest is not None
    assert newest.size == SIZE  # the fresh duty has sealed the rest


def moved(entries: Entries) -> Entries:
    """The third and the fourth have changed places."""
    a, b = entries[2], entries[3]
    return [*entries[:2], b._replace(sequence=3), a._replace(sequence=4), *entries[4:]]


def inserted(entries: Entries) -> Entries:
    """One more entry behind the second, and all after it moved on, with hashes that fit."""
    return tampering.rehashed([*entries[:2], entries[1], *entries[2:]], 3)


def rewritten(entries: Entries) -> Entries:
    """Rewritten from the seventh on, with hashes that fit."""
    return tampering.rehashed(entries, 7, {7: {"actor": "somebody"}})


def changed(place: int, **fields: Any) -> Callable[[Entries], Entries]:
    return lambda entries: [entry._replace(**fields) if entry.sequence == place else entry for entry in entries]


def without(*places: int) -> Callable[[Entries], Entries]:
    return lambda entries: [entry for entry in entries if entry.sequence not in places]


CRIMES: dict[str, tuple[Callable[[Entries], Entries], str, str]] = {
    "a body": (changed(3, body='{"number":99}'), "entry 3", "its body was edited"),
    "an actor": (changed(4, actor="somebody"), "entry 4", "a field of it was edited"),
    "a time": (changed(2, time=START + 77), "entry 2", "a field of it was edited"),
    "a deletion": (without(4), "entry 4", "it is missing"),
    "the beginning": (without(1), "entry 1", "it is missing"),
    "reordering": (moved, "entry 3", "a field of it was edited"),
    "truncation": (without(7, 8, 9), "entry 7", "it is missing, and a checkpoint covers"),
    "everything": (without(*range(1, 10)), "entry 1", "it is missing, and a checkpoint covers"),
}


@pytest.mark.parametrize("crime", CRIMES)
async def test_whatever_was_done_is_named_at_its_entry(ledger: Ledger, crime: str) -> None:
    change, where, why = CRIMES[crime]
    entries = change(await ledger.entries())
    await (tampering.put(ledger.engine, entries) if entries else tampering.run(ledger.engine, "DELETE FROM ledger"))
    for found in (await ledger.verified(), await ledger.watched(ledger.audit)):
        assert found.startswith(f"{where} does not fit: {why}")


@pytest.mark.parametrize(("change", "where"), [(inserted, "entry 1"), (rewritten, "entry 6")])
async def test_a_chain_that_fits_again_is_not_the_one_that_was_sealed(
    ledger: Ledger, change: Callable[[Entries], Entries], where: str
) -> None:
    """It is named from the last checkpoint on that is still good."""
    await tampering.put(ledger.engine, change(await ledger.entries()))
    for found in (await ledger.verified(), await ledger.watched(ledger.audit)):
        assert found.startswith(f"{where} does not fit: ")
        assert "entries are not those that were sealed" in found


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE checkpoint SET note = replace(note, '5', '6') WHERE size = 5", 5),
        (f"UPDATE checkpoint SET note = {OTHER_SIGNATURE} WHERE size = 8", 8),
        ("UPDATE checkpoint SET note = 'nothing' WHERE size = 8", 8),
    ],
)
async def test_an_edited_checkpoint_is_named(ledger: Ledger, statement: str, where: int) -> None:
    await tampering.run(ledger.engine, statement)
    assert "the checkpoint over it" in await ledger.verified()
    assert await ledger.watched(ledger.audit) == f"entry {where} does not fit: the checkpoint over it was edited"


async def test_nothing_is_signed_over_a_ledger_that_does_not_fit(ledger: Ledger) -> None:
    """What was edited behind the last checkpoint is found before it is sealed."""
    await tampering.put(ledger.engine, changed(9, actor="somebody")(await ledger.entries()))
    assert not await ledger.seal.step()
    assert ledger.standing.fault == "entry 9 does not fit: a field of it was edited"
    newest = await ledger.store.evidence.checkpoint()
    assert newest is not None
    assert newest.size == LAST
    assert ledger.registry.get_sample_value("andon_ledger_sound") == 0


@pytest.mark.parametrize(
    ("change", "where"), [(without(8, 9), 8), (without(3, 4, 5, 6, 7, 8, 9), 3), (changed(8, hash="0" * 64), 8)]
)
async def test_what_was_sealed_must_still_be_there_when_it_is_sealed_on(
    ledger: Ledger, change: Callable[[Entries], Entries], where: int
) -> None:
    await tampering.put(ledger.engine, change(await ledger.entries()))
    assert (await ledger.watched(ledger.seal)).startswith(f"entry {where} does not fit: ")


async def test_without_the_last_checkpoints_the_end_can_be_cut_off_unless_one_is_kept_elsewhere(ledger: Ledger) -> None:
    kept = await ledger.store.evidence.checkpoint()
    assert kept is not None
    await tampering.put(ledger.engine, without(6, 7, 8, 9)(await ledger.entries()))
    await tampering.run(ledger.engine, "DELETE FROM checkpoint WHERE size > 5")
    assert await ledger.verified() == ""
    assert await ledger.verified(kept.note) == "entry 6 does not fit: it is missing, and a checkpoint covers 8 entries"


async def test_a_rewritten_end_does_not_fit_the_checkpoint_that_was_kept(ledger: Ledger) -> None:
    kept = await ledger.store.evidence.checkpoint()
    assert kept is not None
    await tampering.put(ledger.engine, rewritten(await ledger.entries()))
    await tampering.run(ledger.engine, "DELETE FROM checkpoint WHERE size > 5")
    assert await ledger.watched(ledger.seal) == ""  # it signs again: so somebody must keep what was signed
    assert await ledger.verified() == ""
    assert await ledger.verified(kept.note) == (
        "entry 6 does not fit: up to 8 entries are not those of the checkpoint you kept"
    )


async def test_a_checkpoint_of_a_revoked_key_is_not_built_upon(ledger: Ledger) -> None:
    """All is read again, and must lead to what it says."""
    entries = await ledger.entries()
    ledger.revoke()
    assert await ledger.watched(ledger.seal) == ""
    newest = await ledger.store.evidence.checkpoint()
    assert newest is not None
    assert newest.size == SIZE
    await tampering.put(ledger.engine, rewritten(entries))
    ledger.revoke()
    assert await ledger.watched(ledger.seal) == f"entry {SIZE} does not fit: it is not the one that was sealed"


async def test_an_edited_frontier_is_not_built_upon(ledger: Ledger) -> None:
    newest = await ledger.store.evidence.checkpoint()
    assert newest is not None
    await tampering.run(
        ledger.engine, "UPDATE checkpoint SET frontier = (SELECT frontier FROM checkpoint WHERE size = 5)"
    )
    assert await ledger.watched(ledger.seal) == ""
    again = await ledger.store.evidence.checkpoint()
    assert again is not None
    assert (again.size, await ledger.verified()) == (SIZE, "")
    assert again != replace(newest, size=SIZE)


async def test_nothing_of_a_body_may_be_missing(ledger: Ledger) -> None:
    await tampering.run(ledger.engine, "UPDATE ledger SET body = '' WHERE sequence IN (2, 3)")
    for found in (await ledger.verified(), await ledger.watched(ledger.audit)):
        assert found == "entry 2 does not fit: its body was edited"
    assert [entry.body for entry in await ledger.store.ledger(1, 3)] == [{}, {}, {"number": 3}]


async def held(ledger: Ledger) -> int:
    """Somebody says something. The sequence of the entry."""
    await ledger.store.privacy.hold(LegalHold(make_id(), "a case", "ada", START, action="*"))
    return SIZE + 1


MEDDLED = {
    "another word": "UPDATE ledger_words SET words = replace(words, 'a case', 'no case')",
    "another salt": """UPDATE ledger_words SET words = replace(words, '"salt":"', '"salt":"0')""",
    "words of another": "INSERT INTO ledger_words (sequence, decision_id, words) SELECT 1, '', words FROM ledger_words",
}


@pytest.mark.needs(PLAIN)
@pytest.mark.parametrize("crime", MEDDLED)
async def test_words_are_those_that_were_written(ledger: Ledger, crime: str) -> None:
    place = await held(ledger)
    assert (await ledger.verified(), await ledger.watched(ledger.seal)) == ("", "")
    await tampering.run(ledger.engine, MEDDLED[crime])
    where = 1 if crime == "words of another" else place
    for found in (await ledger.verified(), await ledger.watched(ledger.audit)):
        assert found == f"entry {where} does not fit: its words were edited"
    entry = (await ledger.store.ledger(place - 1, 1))[0]
    assert entry.said.get("reason") == ("a case" if where == 1 else None)


async def test_words_may_be_missing_and_that_is_counted(ledger: Ledger) -> None:
    """What looks like an erasure changes nothing else; that none was is told."""
    place = await held(ledger)
    await tampering.run(ledger.engine, "DELETE FROM ledger_words")
    assert (await ledger.verified(), await ledger.watched(ledger.seal), await ledger.watched(ledger.audit)) == (
        "",
        "",
        "",
    )
    (entry,) = (await ledger.entries())[place - 1 :]
    assert (entry.words, hash_in(entry.body) != "") == ("", True)


async def test_a_server_that_does_not_lead_signs_nothing(ledger: Ledger) -> None:
    ledger.context.leading = False
    assert not await ledger.seal.step()
    assert not await ledger.audit.step()
    newest = await ledger.store.evidence.checkpoint()
    assert newest is not None
    assert newest.size == LAST


async def test_where_nothing_is_new_nothing_is_signed(ledger: Ledger) -> None:
    await ledger.seal.step()
    newest = await ledger.store.evidence.checkpoint()
    assert ledger.registry.get_sample_value("andon_ledger_sealed_entries") == SIZE
    assert ledger.registry.get_sample_value("andon_ledger_sealed_timestamp_seconds") == START / 1_000_000
    assert ledger.registry.get_sample_value("andon_ledger_sound") == 1
    ledger.context.clock.advance(1_000_000)  # type: ignore[attr-defined]
    assert not await ledger.seal.step()
    assert await ledger.store.evidence.checkpoint() == newest


async def test_long_entries_are_read_on_until_the_last(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.workers.checkpoint.SIZE", 1_500)
    for number in range(20):
        await ledger.store.record("policy.revision", "ada", {"number": number, "words": "x" * 500}, START)
    seal, steps = Seal(ledger.context, ledger.standing), 1
    while await seal.step():
        steps += 1
    assert steps > 5
    newest = await ledger.store.evidence.checkpoint()
    assert newest is not None
    assert (newest.size, ledger.standing.fault) == (SIZE + 20, "")


async def test_long_ledgers_are_read_batch_by_batch(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.workers.checkpoint.BATCH", 3)
    monkeypatch.setattr("andon.workers.audit.BATCH", 2)
    ledger.revoke()
    seal, steps = Seal(ledger.context, ledger.standing), 1
    while await seal.step():
        steps += 1
    assert steps >= SIZE // 3
    for _ in range(SIZE):
        await ledger.audit.step()
    assert ledger.audit.rounds >= 1
    assert ledger.standing.fault == ""


async def test_a_round_of_the_audit_ends_however_fast_the_ledger_grows(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("andon.workers.audit.BATCH", 2)
    for _ in range(LAST // 2):
        assert ledger.registry.get_sample_value("andon_ledger_audited_timestamp_seconds") == 0
        await ledger.audit.step()
        await ledger.record(3)
        await ledger.seal.step()
    assert ledger.audit.rounds == 1
    assert ledger.registry.get_sample_value("andon_ledger_audited_timestamp_seconds") == START / 1_000_000


async def test_a_long_ledger_is_audited_in_so_many_steps_and_no_more(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("andon.workers.audit.BATCH", 1)
    monkeypatch.setattr("andon.workers.audit.STEPS", 3)
    for _ in range(3):
        assert ledger.audit.rounds == 0
        await ledger.audit.step()
    assert ledger.audit.rounds == 1
