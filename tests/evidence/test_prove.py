"""`andon ledger prove` on a real server, and `verify-proof` of what it printed."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from andon_client import cli
from andon_client.cli.common import Exit
from tests.evidence.desk import REFUND, seal, submit
from tests.golden.harness import Server, token_of

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def andon(server: Server, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command about the ledger: its exit code, and what it says."""
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    async def run(*words: object, role: str = "auditor") -> tuple[int, str]:
        place = (
            ()
            if words[0] == "verify-proof"
            else ("--address", f"127.0.0.1:{server.app.port}", "--token", token_of(role))
        )
        options = parser.parse_args(["ledger", *map(str, words), *place])
        code = await asyncio.to_thread(options.run, options)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


async def test_an_entry_is_proved_and_the_proof_checked_later(server: Server, andon: Run, tmp_path: Path) -> None:
    await submit(server, REFUND)
    await seal(server)
    code, text = await andon("prove", 2)
    assert code == 0, text
    said = json.loads(text[text.index("{\n") :])
    assert (said["format"], said["sequence"], said["leaf_index"], said["entry"]["sequence"]) == (
        "andon-inclusion-1",
        2,
        1,
        2,
    )
    kept, note, key = tmp_path / "proof.json", tmp_path / "note", said["verifier_keys"][0]
    note.write_text(said["checkpoint"])
    await submit(server, REFUND)
    await seal(server)
    words = ("prove", 2, "--size", said["tree_size"], "--out", kept, "--key", key)
    code, told = await andon(*words)
    assert (code, f"entry 2 is under the checkpoint over {said['tree_size']:,} entries" in told) == (0, True)
    assert json.loads(kept.read_text())["checkpoint"] == said["checkpoint"]
    checked = await andon("verify-proof", kept, "--key", key, "--checkpoint", note)
    assert checked == (0, f"entry 2 is under the checkpoint over {said['tree_size']:,} entries.\n")
    kept.write_text(kept.read_text().replace('"actor": "', '"actor": "x'))
    assert await andon("verify-proof", kept) == (1, "andon: entry 2 does not fit: a field of it was edited\n")


async def test_what_is_not_sealed_or_not_allowed_is_told(server: Server, andon: Run) -> None:
    await submit(server, REFUND)
    code, said = await andon("prove", 1)
    assert (code, "does not cover entry 1" in said) == (Exit.FAILED, True)
    await seal(server)
    code, said = await andon("prove", 1, "--size", 999)
    assert (code, "no checkpoint is over 999 entries" in said) == (Exit.FAILED, True)
    assert (await andon("prove", 0))[0] == (await andon("prove", 1, "--key", "x"))[0] == Exit.USAGE
    assert (await andon("prove", 1, role="reviewer"))[0] == Exit.FAILED


async def test_what_was_changed_on_the_server_is_told(
    server: Server, andon: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(server, REFUND)
    await seal(server)
    ledger = server.app.context.store.evidence
    hashes = ledger.hashes

    async def other(after: int, limit: int) -> list[bytes]:
        return list(await hashes(after + 1, limit) if limit == 1 and after == 0 else await hashes(after, limit))

    monkeypatch.setattr(ledger, "hashes", other)
    code, said = await andon("prove", 1)
    assert (code, "does not lead to what the checkpoint" in said) == (Exit.FAILED, True)
