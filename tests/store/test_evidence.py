"""The ledger as it is proved: entries as they are stored, and checkpoints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.canonical import digest
from andon.domain.chain import GENESIS, Chain, ChainEntry, Misfit
from andon.domain.merkle import Tree
from andon.store.evidence import AROUND, Checkpoint
from andon.store.port import Store
from tests.clock import START
from tests.store.engines import Engine
from tests.store.helpers import leased

MUCH = 1 << 30


async def recorded(store: Store, count: int, body: str = "x") -> list[ChainEntry]:
    """So many entries, and all that are there."""
    for number in range(count):
        await store.record("policy.revision", "server", {"revision": body, "number": number}, START + number)
    return list(await store.evidence.entries(0, 10_000, MUCH))


def sealed(entries: list[ChainEntry], size: int) -> Checkpoint:
    tree = Tree()
    for entry in entries[:size]:
        tree.append(bytes.fromhex(entry.hash))
    return Checkpoint(size, entries[size - 1].hash, tree.frontier, f"note over {size}\n", START)


async def test_entries_are_what_was_hashed(store: Store) -> None:
    await leased(store)
    await recorded(store, 3, 'an "odd" ☃ word')
    chain = Chain()
    for entry in await store.evidence.entries(0, 100, MUCH):
        chain.follow(entry)
    assert chain.size == len(await store.ledger(0, 100)) == 5
    assert chain.head == (await store.ledger(4, 1))[0].hash


async def test_entries_come_in_pages_by_count_and_by_size(store: Store) -> None:
    every = await recorded(store, 6, "☃" * 1_000)
    assert await store.evidence.entries(0, 2, MUCH) == every[:2]
    assert await store.evidence.entries(2, 3, MUCH) == every[2:5]
    assert await store.evidence.entries(6, 3, MUCH) == []
    size = len(every[0].body.encode()) + AROUND
    assert await store.evidence.entries(0, 6, 1) == every[:1]
    assert await store.evidence.entries(0, 6, 2 * size) == every[:2]
    assert await store.evidence.entries(0, 6, 2 * size + 1) == every[:3]


async def test_a_checkpoint_is_found_by_what_it_covers(store: Store) -> None:
    entries = await recorded(store, 9)
    assert await store.evidence.checkpoint() is None
    assert await store.evidence.checkpoint(1) is None
    four, nine = sealed(entries, 4), sealed(entries, 9)
    assert await store.evidence.seal_if_next(four, 0)
    assert await store.evidence.seal_if_next(nine, 4)
    assert await store.evidence.checkpoint() == nine
    assert [await store.evidence.checkpoint(at) for at in (1, 4, 5, 9, 10)] == [four, four, nine, nine, None]


async def test_a_checkpoint_is_stored_once_and_behind_the_last(store: Store) -> None:
    entries = await recorded(store, 5)
    three, five = sealed(entries, 3), sealed(entries, 5)
    assert not await store.evidence.seal_if_next(three, 2)
    assert await store.evidence.seal_if_next(three, 0)
    assert not await store.evidence.seal_if_next(replace(three, note="another\n"), 0)
    assert not await store.evidence.seal_if_next(replace(three, note="another\n"), 3)
    assert not await store.evidence.seal_if_next(five, 0)
    assert not await store.evidence.seal_if_next(replace(five, head=GENESIS), 3)
    assert not await store.evidence.seal_if_next(replace(five, size=6), 3)
    assert await store.evidence.checkpoint() == three
    assert await store.evidence.seal_if_next(five, 3)


async def test_a_checkpoint_outlives_a_crash(engine: Engine) -> None:
    store = await engine.open()
    three = sealed(await recorded(store, 3), 3)
    assert await store.evidence.seal_if_next(three, 0)
    crashed = await engine.crash()
    again = await crashed.open()
    assert await again.evidence.checkpoint() == three
    await again.close()
    await store.close()


@pytest.mark.parametrize(
    ("change", "sequence", "why"),
    [
        ({"body": "{}"}, 2, "its body was edited"),
        ({"body": ""}, 2, "its body was edited"),
        ({"body_hash": digest("{}"), "body": "{}"}, 2, "a field of it was edited"),
        ({"words": "{}"}, 2, "its words were edited"),
        ({"actor": "somebody"}, 2, "a field of it was edited"),
        ({"time": START}, 2, "a field of it was edited"),
        ({"hash": GENESIS}, 2, "a field of it was edited"),
        ({"sequence": 3}, 2, "it is missing"),
        ({"sequence": 1}, 1, "it comes out of order"),
    ],
)
async def test_the_chain_names_what_does_not_fit(
    store: Store, change: dict[str, object], sequence: int, why: str
) -> None:
    first, second, *_ = await recorded(store, 3)
    chain = Chain()
    chain.follow(first)
    with pytest.raises(Misfit) as caught:
        chain.follow(second._replace(**change))  # type: ignore[arg-type]
    assert (caught.value.sequence, caught.value.why) == (sequence, why)
    assert chain.size == 1
    chain.follow(second)
    assert chain.size == 2
