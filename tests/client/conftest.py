"""A server and a client on it; pauses are recorded and take no time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from andon_client import Client
from andon_client._transport import AsyncTransport, BlockingTransport
from tests.client.desk import Hands, at_desk
from tests.client.fake import State
from tests.client.fake_server import FakeServer


@pytest_asyncio.fixture
async def server() -> AsyncGenerator[FakeServer, None]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def state(server: FakeServer) -> State:
    return server.state


@pytest_asyncio.fixture
async def client(server: FakeServer, pauses: list[float]) -> AsyncGenerator[Client, None]:
    async with Client(server.address, token="secret") as made:
        yield made


@pytest_asyncio.fixture
async def unhurried(server: FakeServer) -> AsyncGenerator[Client, None]:
    """A client whose pauses are real."""
    async with Client(server.address, token="secret") as made:
        yield made


@pytest_asyncio.fixture
async def hands(state: State, unhurried: Client) -> AsyncGenerator[Hands, None]:
    """A reviewer at the terminal, who owns the clock there."""
    async with at_desk(state, unhurried) as typing:
        yield typing


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of back-off, in seconds. None of them is slept: the client's clock is put forward instead."""
    taken: list[float] = []

    def now(self: object) -> float:
        return time.monotonic() + sum(taken)

    async def pause(self: AsyncTransport, seconds: float) -> None:
        taken.append(seconds)
        await asyncio.sleep(0)

    async def pause_blocking(self: BlockingTransport, seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr(AsyncTransport, "now", now)
    monkeypatch.setattr(BlockingTransport, "now", now)
    monkeypatch.setattr(AsyncTransport, "sleep", pause)
    monkeypatch.setattr(BlockingTransport, "sleep", pause_blocking)
    return taken
