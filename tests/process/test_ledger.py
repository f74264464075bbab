"""The ledger of a running server, exported and proved by the command line alone."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.harness import ServerProcess


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, {"checkpoint-interval": "1s", "policy-poll-interval": "100ms"})
    await server.start()
    yield server
    await server.terminate()


async def andon(server: ServerProcess, *words: str, role: str = "auditor") -> tuple[int, str]:
    """Runs one command; its code, and all that it says."""
    ours = {"ANDON_ADDRESS": server.address, "ANDON_TOKEN": server.token(role)}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANDON_")} | ours
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "andon", *words),
        cwd=server.folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def submitted(server: ServerProcess) -> None:
    words = ("submit", "--action", "refund.issue", "--confidence", "0.5", "--wait", "0")
    assert (await andon(server, *words, role="submitter"))[0] == 3


async def sealed(server: ServerProcess) -> str:
    """The newest checkpoint, once there is one."""
    while True:
        code, note = await andon(server, "ledger", "checkpoint")
        if code == 0:
            return note


async def test_a_ledger_is_sealed_exported_and_proved_and_a_forgery_is_named(server: ServerProcess) -> None:
    await submitted(server)
    note = await sealed(server)
    (server.folder / "kept").write_text(note)
    origin = note.splitlines()[0]
    key = (await andon(server, "keys", "public", "--origin", origin))[1].strip()
    code, said = await andon(server, "ledger", "verify", "--key", key, "--checkpoint", "kept")
    assert (code, "entries fit; the checkpoint of" in said) == (0, True)
    assert (await andon(server, "ledger", "export", "ledger.jsonl"))[0] == 0
    assert await server.terminate() == 0
    code, said = await andon(server, "ledger", "verify", "ledger.jsonl", "--key", key)
    assert (code, "entries fit; the checkpoint of" in said) == (0, True)
    forged = (server.folder / "ledger.jsonl").read_text().replace('"actor":"submitter"', '"actor":"somebody"')
    (server.folder / "forged.jsonl").write_text(forged)
    place = next(json.loads(line)["sequence"] for line in forged.splitlines() if '"actor":"somebody"' in line)
    assert await andon(server, "ledger", "verify", "forged.jsonl", "--key", key) == (
        1,
        f"andon: entry {place} does not fit: a field of it was edited\n",
    )


async def test_what_was_recorded_last_is_sealed_when_the_server_stops(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"checkpoint-interval": "1d"})
    await server.start()
    await submitted(server)
    assert await server.terminate() == 0
    with sqlite3.connect(f"file:{tmp_path / 'andon.db'}?mode=ro", uri=True) as connection:
        (sealed,), (recorded,) = (
            connection.execute(f"SELECT max({column}) FROM {table}").fetchone()
            for table, column in (("checkpoint", "size"), ("ledger", "sequence"))
        )
    connection.close()
    assert sealed == recorded >= 3


async def test_a_store_that_ends_before_what_was_sealed_is_not_signed_until_somebody_says_it_was_meant(
    tmp_path: Path,
) -> None:
    server = ServerProcess(tmp_path, {"checkpoint-interval": "1s"})
    await server.start()
    await submitted(server)
    assert await server.terminate() == 0
    remembered = tmp_path / "andon-keys.sealed.json"
    size = json.loads(remembered.read_text())["size"]
    with sqlite3.connect(tmp_path / "andon.db") as connection:
        connection.execute("DELETE FROM checkpoint")
    connection.close()
    await server.start()
    await server.logged("ledger does not fit")
    health = fetched(server, "/healthz")
    assert health["status"] == "degraded"
    gone = f"entry 1 does not fit: checkpoints that were signed are gone: the last was over {size} entries"
    assert health["ledger"]["fault"] == gone
    assert (await andon(server, "ledger", "checkpoint"))[0] == 1
    await server.terminate()
    remembered.unlink()
    await server.start()
    assert int((await sealed(server)).splitlines()[1]) > size
    await server.terminate()


async def test_keys_are_rotated_and_revoked_under_a_running_server(server: ServerProcess) -> None:
    first = published(server)
    assert (await andon(server, "keys", "rotate"))[0] == 0
    await server.logged("keys taken")
    rotated = published(server)
    assert rotated[1:] == first
    assert (await andon(server, "keys", "revoke", first[0]))[0] == 0
    while published(server) != rotated[:1]:
        await server.turn()
    (server.folder / "andon-keys.json").chmod(0o644)
    await server.logged("keys not taken")
    assert published(server) == rotated[:1]
    health = fetched(server, "/healthz")
    assert health["status"] == "degraded"
    assert health["keys"]["fault"] == "not in force; the log says why"
    private = json.loads((server.folder / "andon-keys.json").read_text())["keys"][-1]["d"]
    assert private not in server.log()
    await andon(server, "ledger", "export", "ledger.jsonl")
    text = (server.folder / "ledger.jsonl").read_text()
    assert "keys.changed" in text
    assert private not in text


def published(server: ServerProcess) -> list[str]:
    """The ids of the keys at the well-known place."""
    return [key["kid"] for key in fetched(server, "/.well-known/jwks.json")["keys"]]


def fetched(server: ServerProcess, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.http_port}{path}") as answer:
        return json.load(answer)
