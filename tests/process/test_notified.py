"""kill -9 of a server while it sends a webhook: the receiver hears of it all the same, under the same id."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from standardwebhooks import Webhook

import andon_client
from tests.postgres import cluster
from tests.process.harness import ServerProcess
from tests.unit.notify.receiver import SECRET, Got, Receiver, receiver

PATIENCE: Final = 60
# A server that sends holds a delivery for two minutes; the test does not wait for them.
_RUN_OUT: Final = "UPDATE {table} SET next_time = 1 WHERE token IS NOT NULL"


@pytest.fixture
async def service() -> AsyncIterator[Receiver]:
    """A service that takes the first call and never answers it."""
    async with receiver() as made:
        made.answers = [None, "200 OK"]
        yield made


@pytest.fixture
def settings(tmp_path: Path, tokens: dict[str, str], service: Receiver) -> dict[str, str]:
    """What all servers of a test share."""
    file = tmp_path / "notifications.yaml"
    file.write_text(f"webhooks:\n- {{name: hook, url: '{service.url}', secret: {SECRET}, events: [decision.held]}}\n")
    file.chmod(0o600)
    return {"notifications": str(file), "tokens": str(tmp_path / "andon-tokens.yaml")}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A database of several servers."""
    with cluster(tcp=True) as made:
        yield made.url(tcp=True)


async def submitted(server: ServerProcess, tokens: dict[str, str]) -> str:
    """The name of a decision that waits for a person."""
    async with andon_client.Client(server.address, token=tokens["submitter"]) as client:
        return (await client.submit(action="email.send", prediction={}, confidence=0.5)).name


async def called(service: Receiver, times: int) -> list[Got]:
    """What came, once so many calls did."""
    while len(service.got) < times:
        service.called.clear()
        await service.called.wait()
    return service.got


def agree(first: Got, second: Got, name: str) -> None:
    """Both calls tell the same of the decision, each signed."""
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert json.loads(first.body)["subject"] == name
    for got in (first, second):
        Webhook(SECRET).verify(got.body, got.headers)


async def test_a_restarted_server_sends_what_it_was_sending(
    tmp_path: Path, settings: dict[str, str], tokens: dict[str, str], service: Receiver
) -> None:
    server = ServerProcess(tmp_path, settings)
    await server.start()
    try:
        async with asyncio.timeout(PATIENCE):
            name = await submitted(server, tokens)
            await called(service, 1)
            await server.kill()
            with sqlite3.connect(tmp_path / "andon.db") as connection:
                assert connection.execute(_RUN_OUT.format(table="delivery")).rowcount == 1
            connection.close()
            await server.start()
            first, second = await called(service, 2)
            agree(first, second, name)
            await delivered(server, tokens)
    finally:
        await server.kill()


async def test_another_server_sends_what_a_dead_one_was_sending(
    tmp_path: Path, settings: dict[str, str], tokens: dict[str, str], service: Receiver, database: str
) -> None:
    leader, heir = (ServerProcess(tmp_path / name, {**settings, "store": database}) for name in ("leader", "heir"))
    try:
        for server in (leader, heir):  # the first to come leads, and so is the one that sends
            server.folder.mkdir()
            await server.start()
        async with asyncio.timeout(PATIENCE):
            name = await submitted(heir, tokens)
            await called(service, 1)
            await leader.kill()
            connection = await asyncpg.connect(database)
            assert await connection.execute(_RUN_OUT.format(table="andon.delivery")) == "UPDATE 1"
            await connection.close()
            first, second = await called(service, 2)
            agree(first, second, name)
            await delivered(heir, tokens)
    finally:
        for server in (leader, heir):
            if server.process is not None:
                await server.kill()


async def delivered(server: ServerProcess, tokens: dict[str, str]) -> None:
    """Returns once the one delivery is known to have arrived, after two attempts."""
    async with andon_client.Client(server.address, token=tokens["lead"]) as lead:
        while True:
            (delivery,) = [each async for each in lead.deliveries()]
            if delivery.state.name == "DELIVERED":
                assert delivery.attempts == 2
                return
            await server.turn()
