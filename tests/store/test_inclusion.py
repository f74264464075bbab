"""Proving that one entry is under a checkpoint: without reading the ledger, and never wrongly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from unittest.mock import patch

import pytest

from andon.domain.errors import CheckpointNotFound, EntryNotSealed, EntryUnproved
from andon.domain.merkle import inclusion_proof, leaf_hash
from andon.usecases import inclusion
from andon.usecases.ledger import Ledger as Proving
from andon.workers import checkpoint
from tests.store import tampering
from tests.store.engines import Engine
from tests.store.test_tampering import Ledger

SIZES = (1, 2, 7, 8, 9, 20, 33, 64, 70)


@pytest.fixture
async def ledger(engine: Engine) -> AsyncIterator[Ledger]:
    store = await engine.open()
    yield Ledger(engine, store)
    await store.close()


async def sealed(ledger: Ledger, sizes: Sequence[int]) -> list[bytes]:
    """Entries that these checkpoints cover: the leaves of the tree over them."""
    for size in sizes:
        await ledger.record(size - len(await ledger.store.evidence.hashes(0, 1_000)))
        while await ledger.seal.step():
            pass
    return [leaf_hash(hash) for hash in await ledger.store.evidence.hashes(0, 1_000)]


@pytest.mark.parametrize("block", [1, 4, 1_024])
async def test_every_entry_is_proved_under_every_checkpoint_that_covers_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(inclusion, "BLOCK", block)
    leaves, proving = await sealed(ledger, SIZES), Proving(ledger.context)
    for size in SIZES if block == 1 else SIZES[-2:]:
        for index in range(size):
            found = await proving.prove(index + 1, size)
            assert (found.checkpoint.size, leaf_hash(found.entry_hash)) == (size, leaves[index])
            assert found.path == inclusion_proof(leaves[:size], index)
    newest = await proving.prove(3, 0)
    assert newest == await proving.prove(3, SIZES[-1])


async def test_a_proof_reads_for_each_node_no_more_than_lies_between_two_checkpoints(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in ((inclusion, "BLOCK", 2), (checkpoint, "STRETCH", 8), (checkpoint, "BATCH", 4)):
        monkeypatch.setattr(module, name, value)
    size = 301
    read: list[int] = []
    leaves, hashes = await sealed(ledger, [size]), ledger.store.evidence.hashes
    remembering = Proving(ledger.context)

    async def counted(after: int, limit: int) -> Sequence[bytes]:
        read.append(limit)
        return await hashes(after, limit)

    with patch.object(ledger.store.evidence, "hashes", counted):
        for index in range(size):
            for proving in (Proving(ledger.context), remembering):
                read.clear()
                assert (await proving.prove(index + 1, 0)).path == inclusion_proof(leaves, index)
                assert sum(read) <= size.bit_length() * (8 + 4)
        for index in range(0, size, 7):
            read.clear()
            await remembering.prove(index + 1, 0)
            assert sum(read) <= 4  # the entry, and what is smaller than a block


async def test_what_was_mended_is_proved_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inclusion, "BLOCK", 2)
    await sealed(ledger, [8])
    proving, one = Proving(ledger.context), "SELECT hash FROM ledger WHERE sequence"
    before = await ledger.entries()
    await tampering.run(ledger.engine, f"UPDATE ledger SET hash = ({one} = 2) WHERE sequence = 7")
    with pytest.raises(EntryUnproved):
        await proving.prove(1, 0)
    await tampering.run(ledger.engine, f"UPDATE ledger SET hash = '{before[6].hash}' WHERE sequence = 7")
    assert (await proving.prove(1, 0)).sequence == 1


async def test_what_no_checkpoint_covers_is_not_proved(ledger: Ledger) -> None:
    proving = Proving(ledger.context)
    with pytest.raises(EntryNotSealed) as refused:
        await proving.prove(1, 0)
    assert refused.value.metadata == {"sequence": "1", "size": "0"}
    await sealed(ledger, [3, 5])
    await ledger.record(1)
    for sequence, size, last in ((6, 0, 5), (4, 3, 3), (99, 0, 5)):
        with pytest.raises(EntryNotSealed) as refused:
            await proving.prove(sequence, size)
        assert refused.value.metadata == {"sequence": str(sequence), "size": str(last)}
    for size in (4, 6, 1 << 40):
        with pytest.raises(CheckpointNotFound):
            await proving.prove(1, size)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger SET hash = (SELECT hash FROM ledger WHERE sequence = 1) WHERE sequence = 3",
        "UPDATE ledger SET hash = (SELECT hash FROM ledger WHERE sequence = 1) WHERE sequence = 4",
        "UPDATE ledger SET hash = 'zz' WHERE sequence = 3",
        "UPDATE ledger SET hash = 'zz' WHERE sequence = 4",
        "DELETE FROM ledger WHERE sequence = 3",
        "UPDATE checkpoint SET frontier = (SELECT frontier FROM checkpoint WHERE size = 3) WHERE size = 6",
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 3) WHERE size = 8",
        "UPDATE checkpoint SET note = 'none' WHERE size = 8",
    ],
)
async def test_what_was_changed_is_never_proved(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    monkeypatch.setattr(inclusion, "BLOCK", 1)
    await sealed(ledger, [3, 6, 8])
    await tampering.run(ledger.engine, change)
    with pytest.raises(EntryUnproved) as refused:
        await Proving(ledger.context).prove(3, 8)
    assert refused.value.metadata == {"sequence": "3", "size": "8"}
