"""Starting and stopping a real process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import andon_client
from tests.process.harness import ServerProcess


async def test_first_start_prints_a_token_for_each_role_once(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    try:
        for role in ("submitter", "reviewer", "lead", "auditor", "admin"):
            assert server.token(role).startswith("andon_")
        first = server.log()
        await server.terminate()
        await server.start()
        assert "andon_" not in server.log()[len(first) :]
    finally:
        await server.kill()


async def test_second_server_on_the_same_database_is_refused(server: ServerProcess) -> None:
    other = ServerProcess(server.folder)
    other.port, other.metrics_port = 0, 0
    process = await _spawn_beside(other)
    assert await process.wait() == 1
    assert "andon.db" in server.log().splitlines()[-1]
    assert "another server" in server.log().splitlines()[-1]


async def test_taken_port_is_refused(server: ServerProcess, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = ServerProcess(folder, port=server.port)
    process = await _spawn_beside(other)
    assert await process.wait() == 1
    assert str(server.port) in other.log().splitlines()[-1]


async def test_sigterm_answers_blocked_callers_and_ends_streams(server: ServerProcess, tokens: dict[str, str]) -> None:
    async with andon_client.Client(server.address, token=tokens["submitter"]) as client:
        pending = await client.submit(
            action="refund.issue", input={}, prediction={"refund": True}, confidence=0.1, amount=1.0
        )
        waiting = asyncio.create_task(client.wait(pending.name, timeout=100))
        async with andon_client.Client(server.address, token=tokens["reviewer"]) as other:
            stream = other.reviewer().stream()
            task = await anext(aiter(stream))
            assert await server.terminate() == 0
            await server.start()
            await task.approve()
            decision = await waiting
            assert decision.outcome is andon_client.Outcome.APPROVED


async def _spawn_beside(server: ServerProcess) -> asyncio.subprocess.Process:
    from tests.process.harness import free_port

    server.port = server.port or free_port()
    server.metrics_port = server.metrics_port or free_port()
    return await server.spawn()
