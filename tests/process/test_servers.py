"""Several servers on one PostgreSQL: any of them takes any call, and each may die, the database too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

import andon_client
from andon.store.postgres import open_postgres
from tests.postgres import Cluster, cluster, execute
from tests.process.harness import ServerProcess
from tests.process.load import ROUNDS, Load, agrees
from tests.process.proxy import proxied

PATIENCE: Final = 60
POLICY: Final = """
policy: quick
actions: ["quick.*"]
queue: default
defaults: {deadline: 1s, on_deadline: expire}
rules:
  - {id: all, when: "true", route: review, reason: Somebody looks at each}
"""
Make = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """A database that is as durable as PostgreSQL is."""
    with cluster(tcp=True) as made:
        yield made


@pytest.fixture
async def database(durable: Cluster, tmp_path: Path) -> str:
    """The name of a new database."""
    name = tmp_path.name.lower().replace("-", "_")
    await execute(durable.url(), f'CREATE DATABASE "{name}"')
    return name


@pytest.fixture
async def make(durable: Cluster, database: str, tokens: dict[str, str], tmp_path: Path) -> AsyncIterator[Make]:
    """Makes servers of one database; all are gone at the end. `port` is another way to the database."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "quick.yaml").write_text(POLICY)
    url = durable.url(database, tcp=True)
    made: list[ServerProcess] = []

    def one(port: int | None = None) -> ServerProcess:
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        store = url if port is None else url.replace(f":{durable.port}/", f":{port}/")
        settings = {"store": store, "tokens": str(tmp_path / "andon-tokens.yaml"), "policies": str(policies)}
        made.append(ServerProcess(folder, settings))
        return made[-1]

    yield one
    for server in made:
        if server.process is not None:
            await server.kill()


def caller(server: ServerProcess, tokens: dict[str, str], role: str = "submitter") -> andon_client.Client:
    return andon_client.Client(server.address, token=tokens[role])


async def approve_next(server: ServerProcess, tokens: dict[str, str]) -> str:
    """A reviewer on that server approves the first task that comes; its decision's name."""
    async with caller(server, tokens, "reviewer") as client:
        async for task in client.reviewer().stream(credits=1):
            await task.approve()
            return task.decision.name
    raise AssertionError("the stream ended")


async def test_submit_on_one_review_on_another(make: Make, tokens: dict[str, str]) -> None:
    one, other = make(), make()
    await asyncio.gather(one.start(), other.start())
    async with asyncio.timeout(PATIENCE), caller(one, tokens) as client:
        reviewing = asyncio.create_task(approve_next(other, tokens))
        decision = await client.decide(action="email.send", prediction={"to": "all"}, confidence=0.5, timeout=PATIENCE)
        assert decision.outcome is andon_client.Outcome.APPROVED
        assert await reviewing == decision.name


@pytest.mark.parametrize("seed", [1])
async def test_servers_and_the_database_are_killed_under_load(
    make: Make, durable: Cluster, database: str, tokens: dict[str, str], seed: int
) -> None:
    servers = [make() for _ in range(3)]
    await asyncio.gather(*(server.start() for server in servers))

    crashes: list[asyncio.Task[None]] = []  # none is under way any more when the end is looked at

    async def assassinate(load: Load) -> None:
        for number in range(ROUNDS):
            await load.some_progress()
            if number % 3 == 2:
                crashes.append(asyncio.create_task(asyncio.to_thread(durable.crash)))
                await asyncio.shield(crashes[-1])
                continue
            victim = load.random.choice(servers)
            await victim.kill()
            await victim.start()

    load = Load(servers, tokens, seed)
    await load.through(assassinate)
    await asyncio.gather(*crashes)
    store = await open_postgres(durable.url(database))
    try:
        await agrees(load, store)
    finally:
        await store.close()


async def test_a_server_cut_off_from_the_database_comes_back(
    make: Make, durable: Cluster, tokens: dict[str, str]
) -> None:
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(proxied(durable.port))
        far, near = make(proxy.port), make()
        await asyncio.gather(far.start(), near.start())
        await stack.enter_async_context(asyncio.timeout(PATIENCE))
        client = await stack.enter_async_context(caller(far, tokens))
        waiting = await client.submit(action="email.send", prediction={}, confidence=0.5)
        blocked = asyncio.create_task(client.wait(waiting, timeout=PATIENCE))
        await proxy.cut()
        hasty = andon_client.Client(far.address, token=tokens["submitter"], call_timeout=1)
        async with hasty:
            with pytest.raises(andon_client.Unavailable):
                await hasty.submit(action="email.send", prediction={}, confidence=0.5)
        assert await approve_next(near, tokens) == waiting.name
        await proxy.heal()
        assert (await blocked).outcome is andon_client.Outcome.APPROVED


async def test_another_server_takes_over_the_duties(make: Make, tokens: dict[str, str]) -> None:
    leader = make()
    await leader.start()
    follower = make()
    await follower.start()
    await leader.kill()
    async with asyncio.timeout(PATIENCE), caller(follower, tokens) as client:
        decision = await client.decide(action="quick.look", prediction={}, confidence=0.5, timeout=PATIENCE)
    assert decision.outcome is andon_client.Outcome.EXPIRED
