"""The page for operators: its files are the ones there are, its backups are whole, its health says what it says."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import andon_client
from andon.auth.tokens import create_default
from tests.docs.markdown import blocks, commands, read, rows
from tests.process.harness import ServerProcess

PAGE = read("docs/operations.md")
COMMANDS = [command.text for block in blocks(PAGE, "console") for command in commands(block)]
BACKUPS = [command for command in COMMANDS if "andon.db" in command]

# What the shell of SQLite does with `sqlite3 FILE COMMAND`, for the two commands of the page.
SHELL = """
import sqlite3, sys
from contextlib import closing
with closing(sqlite3.connect(sys.argv[1])) as source:
    if sys.argv[2].startswith(".backup"):
        with closing(sqlite3.connect(sys.argv[2].split("'")[1])) as target:
            source.backup(target)
    else:
        source.execute(sys.argv[2])
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A running server; gone at the end, however the test ends."""
    running = ServerProcess(tmp_path)
    await running.start()
    yield running
    await running.kill()


async def _submit(server: ServerProcess) -> str:
    async with andon_client.Client(server.address, token=server.token("submitter")) as client:
        decision = await client.submit(action="refund.issue", confidence=0.2, prediction={"refund": 1}, amount=1.0)
        return decision.name


async def _back_up(command: str, folder: Path) -> int:
    """Does one of the page's backups and returns its exit code: `sqlite3`, which not every machine has, in Python."""
    words = shlex.split(command)
    if words[0] == "sqlite3":
        words[1:] = ["-c", SHELL, *words[1:]]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words[1:], cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


async def test_a_backup_of_a_running_server_is_whole_and_can_be_restored(server: ServerProcess) -> None:
    name, folder = await _submit(server), server.folder
    assert len(BACKUPS) == 3
    for command in BACKUPS:
        assert await _back_up(command, folder) == 0
    later = await _submit(server)
    copies = [folder / re.findall(r"andon-\w+\.db", command)[0] for command in BACKUPS]
    assert await _back_up(BACKUPS[1], folder) != 0, "VACUUM INTO refuses a file that exists"
    await server.terminate()
    for copy in copies:
        assert not list(folder.glob("andon.db-*")), "an orderly stop merges the write-ahead log"
        copy.replace(folder / "andon.db")
        await server.start()
        async with andon_client.Client(server.address, token=server.token("auditor")) as client:
            assert (await client.get(name)).pending
            with pytest.raises(andon_client.AndonError, match=later):
                await client.get(later)
        await server.terminate()


async def test_the_files_on_disk_are_those_of_the_table(server: ServerProcess) -> None:
    await _submit(server)
    table = PAGE[PAGE.index("## Files on disk") :].split("\n\n", 2)[1]
    named = {name for row in rows(table) for name in re.findall(r"`([^`]+)`", row[0])}
    assert {path.name for path in server.folder.iterdir()} - {"server.log"} == named
    for name in ("andon-tokens.yaml", "andon.db", "andon.db-wal", "andon.db-shm"):
        assert (server.folder / name).stat().st_mode & 0o777 == 0o600


async def test_health_tells_ready_from_degraded(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "a.yaml").write_text('policy: a\nactions: ["*"]\nconfidence: {threshold: 0.9}\n', encoding="utf-8")
    create_default(tmp_path / "andon-tokens.yaml")
    server = ServerProcess(tmp_path, {"policies": "policies", "policy-poll-interval": "100ms"})
    try:
        await server.start()
        assert await _get(server, "/readyz") == (200, "ready\n")
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            watching = stub.Watch(health_pb2.HealthCheckRequest(service="andon.policies"))
            assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVING
            (tmp_path / "broken").write_text("policy: a\n", encoding="utf-8")
            (tmp_path / "broken").replace(policies / "a.yaml")
            assert (await watching.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        code, body = await _get(server, "/healthz")
        health = json.loads(body)
        assert (code, health["status"]) == (200, "degraded")
        assert health["policies"]["faults"]
        assert await _get(server, "/readyz") == (200, "ready\n")
    finally:
        await server.kill()


async def _get(server: ServerProcess, path: str) -> tuple[int, str]:
    return await asyncio.to_thread(_fetched, f"http://127.0.0.1:{server.http_port}{path}")


def _fetched(address: str) -> tuple[int, str]:
    try:
        with urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refusal:
        return refusal.code, refusal.read().decode()
