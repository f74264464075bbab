"""Whoever rewrites the ledger together with its checkpoints, and has no key, does not get it signed anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from andon.domain.chain import Chain
from andon.domain.notes import checkpoint_text, note
from andon.keys.checking import signed_checkpoint
from andon.keys.ring import KeyRing, read, render
from andon.keys.sealed import SealMemory
from andon.store.evidence import Checkpoint
from andon.workers.checkpoint import Seal
from andon.workers.standing import Standing
from tests.clock import START
from tests.store import tampering
from tests.store.engines import SqliteEngine
from tests.store.test_tampering import LAST, ORIGIN, SIZE, Entries, Ledger, ledger

__all__ = ["ledger"]
GONE = f"entry 1 does not fit: checkpoints that were signed are gone: the last was over {SIZE} entries"
UNKNOWN = f"entry {LAST} does not fit: the checkpoint over it is signed with a key that is not known"


def rewritten(entries: Entries) -> Entries:
    """Every entry, with hashes that fit."""
    return tampering.rehashed(entries, 1, {1: {"actor": "forger"}})


async def newest(ledger: Ledger) -> Checkpoint | None:
    return await ledger.store.evidence.checkpoint()


async def steps(ledger: Ledger, seal: Seal) -> str:
    for _ in range(4):
        await seal.step()
    return ledger.standing.fault


def restarted(ledger: Ledger, path: Path | None) -> Seal:
    """The duty of a server that starts with what is remembered there."""
    ledger.standing = Standing(ledger.metrics)
    return Seal(ledger.context, ledger.standing, SealMemory(path))


async def put_checkpoint(ledger: Ledger, chain: Chain, signed: str) -> None:
    tree = chain.tree
    frontier = f"x'{tree.frontier.hex()}'" if isinstance(ledger.engine, SqliteEngine) else f"'\\x{tree.frontier.hex()}'"
    row = f"({tree.size}, '{chain.head}', {frontier}, '{signed}', {START})"
    await tampering.run(ledger.engine, f"INSERT INTO checkpoint (size, head, frontier, note, time) VALUES {row}")


def followed(entries: Entries) -> Chain:
    chain = Chain()
    for entry in entries:
        chain.follow(entry)
    return chain


async def rewrite(ledger: Ledger) -> Entries:
    forged = rewritten(await ledger.entries())
    await tampering.put(ledger.engine, forged)
    await tampering.run(ledger.engine, "DELETE FROM checkpoint")
    return forged


async def test_not_by_the_server_that_has_sealed_it(ledger: Ledger) -> None:
    await ledger.seal.step()
    await rewrite(ledger)
    assert await steps(ledger, ledger.seal) == GONE
    assert await newest(ledger) is None
    assert ledger.registry.get_sample_value("andon_ledger_sound") == 0


async def test_not_after_its_next_start_either(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "andon-keys.sealed.json"
    await restarted(ledger, path).step()
    assert path.stat().st_mode & 0o777 == 0o600
    assert await steps(ledger, restarted(ledger, path)) == ""
    await rewrite(ledger)
    assert await steps(ledger, restarted(ledger, path)) == GONE
    assert await newest(ledger) is None
    path.unlink()  # whoever runs the server says that this is the ledger now
    assert await steps(ledger, restarted(ledger, path)) == ""
    sealed = await newest(ledger)
    assert sealed is not None
    assert SealMemory(path).last is not None


async def test_what_another_server_sealed_is_remembered_from_the_first_look(ledger: Ledger) -> None:
    seal = restarted(ledger, None)
    await ledger.seal.step()
    await seal.step()
    await rewrite(ledger)
    assert await steps(ledger, seal) == GONE


async def test_not_where_the_last_checkpoint_is_of_a_key_that_was_never_ours(ledger: Ledger) -> None:
    forged = rewritten(await ledger.entries())
    await tampering.put(ledger.engine, forged)
    await tampering.run(ledger.engine, "DELETE FROM checkpoint")
    chain, thief = followed(forged[:LAST]), KeyRing.fresh(START)
    text = checkpoint_text(ORIGIN, LAST, chain.tree.root)
    await put_checkpoint(ledger, chain, note(text, ORIGIN, thief.keys[0].public, thief.sign(text.encode())[1]))
    assert await steps(ledger, restarted(ledger, None)) == UNKNOWN
    sealed = await newest(ledger)
    assert sealed is not None
    assert sealed.size == LAST
    assert await ledger.watched(ledger.audit) == UNKNOWN


async def test_not_where_it_is_signed_with_a_stolen_key_that_was_revoked(ledger: Ledger) -> None:
    """The thief's checkpoint covers more than was sealed, and the old one lies beside it."""
    stolen = ledger.context.signer
    seal = restarted(ledger, None)
    await seal.step()
    sealed = await newest(ledger)
    await ledger.record(2)
    forged = rewritten(await ledger.entries())
    await tampering.put(ledger.engine, forged)
    chain = followed(forged)
    await put_checkpoint(ledger, chain, signed_checkpoint(stolen, ORIGIN, chain.size, chain.tree.root))
    await ledger.record(1)
    ledger.revoke()
    assert sealed is not None
    assert await steps(ledger, seal) == f"entry {sealed.size} does not fit: it is not the one that was sealed"


async def test_the_next_leader_goes_on_from_what_it_remembers_itself(ledger: Ledger) -> None:
    other = Seal(ledger.context, ledger.standing)
    await other.step()
    for seal in (ledger.seal, other, ledger.seal):
        await ledger.record(2)
        assert await steps(ledger, seal) == ""
    sealed = await newest(ledger)
    assert sealed is not None
    assert sealed.size == SIZE + 6
    await ledger.record(1)
    await tampering.run(ledger.engine, f"DELETE FROM checkpoint WHERE size < {SIZE + 6}")
    assert await steps(ledger, other) == ""  # the entries tell what the checkpoint that is gone would have told


async def test_another_origin_is_no_other_ledger(ledger: Ledger) -> None:
    await ledger.seal.step()
    await ledger.record(1)
    ledger.context.origin = "andon.dev/renamed"
    assert await steps(ledger, ledger.seal) == ""
    sealed = await newest(ledger)
    assert sealed is not None
    assert (sealed.size, sealed.note.splitlines()[0]) == (SIZE + 1, "andon.dev/renamed")


async def test_a_folder_that_cannot_be_written_is_told_of(ledger: Ledger, tmp_path: Path) -> None:
    seal = restarted(ledger, tmp_path / "nowhere" / "sealed.json")
    with capture_logs() as lines:
        await seal.step()
        await ledger.record(1)
        await seal.step()
    assert str(lines).count("remembered until this server stops") == 1
    await rewrite(ledger)
    assert await steps(ledger, seal) == GONE.replace(str(SIZE), str(SIZE + 1))


async def test_where_the_keys_were_lost_the_old_ones_are_written_down_as_revoked(ledger: Ledger) -> None:
    """As docs/ledger.md says."""
    old: Any = ledger.context.signer.jwks()["keys"]
    fresh: Any = json.loads(render(KeyRing.fresh(START)))
    ledger.context.signer = read(fresh)
    assert await steps(ledger, restarted(ledger, None)) == UNKNOWN
    lost = {"kty": "OKP", "crv": "Ed25519", "x": old[0]["x"], "state": "revoked"}
    ledger.context.signer = ring = read({"keys": [lost, *fresh["keys"]]})
    await ledger.store.record("keys.changed", "server", ring.states(), START)  # as at each start
    assert await steps(ledger, restarted(ledger, None)) == ""
    sealed = await newest(ledger)
    assert sealed is not None
    assert (sealed.size, await ledger.verified()) == (SIZE + 1, "")
