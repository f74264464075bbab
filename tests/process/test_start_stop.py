"""Starting and stopping a real process."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
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


async def test_first_start_prints_where_the_page_is_and_how_to_sign_in(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    try:
        await server.logged("Stop with Ctrl-C.")
        page = f"http://127.0.0.1:{server.http_port}/"
        assert f"the page and HTTP on {page}\n" in server.log()
        for role in ("reviewer", "lead"):
            line = next(line for line in server.log().splitlines() if line.startswith(f"Sign in as {role}:"))
            assert line.split()[-1] == f"{page}#token={server.token(role)}"
        first = server.log()
        await server.terminate()
        await server.start()
        await server.logged("Stop with Ctrl-C.", after=len(first))
        assert page in server.log()[len(first) :]
        assert "#token=" not in server.log()[len(first) :]
    finally:
        await server.kill()


async def test_second_server_on_the_same_database_is_refused(server: ServerProcess) -> None:
    other = ServerProcess(server.folder)
    other.port, other.http_port = 0, 0
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
    from tests.ports import free_port

    server.port = server.port or free_port()
    server.http_port = server.http_port or free_port()
    return await server.spawn()


async def test_sighup_takes_changed_policies_and_keeps_the_last_good_ones(
    tmp_path: Path, tokens: dict[str, str]
) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    file = policies / "refunds.yaml"
    text = "policy: refunds\nactions: [refund.issue]\nqueue: a\nconfidence: {threshold: 0.8}\n"
    file.write_text(text)
    server = ServerProcess(tmp_path, {"policies": str(policies), "policy-poll-interval": "1h"})
    await server.start()
    try:
        async with andon_client.Client(server.address, token=tokens["submitter"]) as client:
            first = await _route(client)
            file.write_text(text.replace("0.8", "0.95"))
            await _hup(
                server, client, lambda decision: decision.routing.policy_revision != first.routing.policy_revision
            )
            file.write_text("policy: refunds\nrules: [{id: x, when: decision.confdence < 1.0}]\n")
            before = server.log()
            server.signal(signal.SIGHUP)
            await server.logged("policies not taken", after=len(before))
            assert (await _route(client)).routing.route is andon_client.Route.REVIEW
            assert b'"degraded"' in await _health(server)
    finally:
        await server.kill()


async def _route(client: andon_client.Client) -> andon_client.Decision:
    return await client.submit(action="refund.issue", input={}, prediction={}, confidence=0.9)


async def _hup(
    server: ServerProcess, client: andon_client.Client, changed: Callable[[andon_client.Decision], bool]
) -> None:
    before = server.log()
    server.signal(signal.SIGHUP)
    await server.logged("policies in force", after=len(before))
    assert changed(await _route(client))


async def _health(server: ServerProcess) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    body = await reader.read()
    writer.close()
    return body


async def test_a_taken_port_is_one_line_and_nothing_is_made(server: ServerProcess, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = ServerProcess(folder, port=server.port)
    assert await (await _spawn_beside(other)).wait() == 1
    assert other.log() == f"andon: can't listen on 127.0.0.1:{server.port}: address already in use\n"
    (folder / "server.log").unlink()
    third = ServerProcess(folder, http_port=server.http_port)
    assert await (await _spawn_beside(third)).wait() == 1
    assert third.log() == f"andon: can't listen on 127.0.0.1:{server.http_port}: address already in use\n"
    assert [path.name for path in folder.iterdir()] == ["server.log"]


async def test_the_log_tells_of_going_down_and_of_tokens_that_reach_nobody(
    tmp_path: Path, tokens: dict[str, str]
) -> None:
    file = tmp_path / "andon-tokens.yaml"
    text = file.read_text()
    file.write_text(text.replace('  queues: ["*"]\n', "", 1))
    server = ServerProcess(tmp_path, {"policy-poll-interval": "1h"})
    await server.start()
    try:
        assert server.log().count("without `queues`") == 1
        server.signal(signal.SIGHUP)
        file.write_text(text.replace('  queues: ["*"]\n', ""))
        server.signal(signal.SIGHUP)
        await server.logged("token file taken")
        await server.logged("`lead` is a lead without `queues`")
        assert await server.terminate() == 0
        events = [json.loads(line)["event"] for line in server.log().splitlines() if line.startswith("{")]
        assert events[-2:] == ["draining", "stopped"]
    finally:
        await server.kill()
