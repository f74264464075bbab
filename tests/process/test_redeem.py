"""An approval lets one effect happen, also where the server is killed between recording and answering."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from andon.store.ledger import LedgerKind
from andon.store.sqlite import open_sqlite
from andon_client import AlreadyRedeemed, AndonError, Client, Proposal, RedeemedBefore
from andon_client.model import Redemption
from tests.process.harness import ServerProcess

MANY: Final = 60
POLICY: Final = """
policy: once
actions: ["once.*"]
confidence: {threshold: 0.5}
redeem: once
"""


@pytest.fixture
async def server(tmp_path: Path, tokens: dict[str, str]) -> Any:
    """A server whose policy has answers hold once."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "once.yaml").write_text(POLICY)
    running = ServerProcess(tmp_path, {"policies": str(policies)})
    await running.start()
    yield running
    await running.kill()


async def test_what_was_redeemed_when_it_was_killed_is_told_to_who_asks_again(
    server: ServerProcess, tokens: dict[str, str], tmp_path: Path
) -> None:
    async with Client(server.address, token=tokens["submitter"], call_timeout=0) as client:
        proposals = [Proposal(action="once.pay", prediction={"n": n}, confidence=1.0) for n in range(MANY)]
        names = [each.name for each in await client.submit_many(proposals) if not isinstance(each, AndonError)]
        calls = {name: asyncio.create_task(client.redeem(name)) for name in names}
        await asyncio.wait(calls.values(), return_when=asyncio.FIRST_COMPLETED)
        await server.kill()
        await asyncio.wait(calls.values())
        answered = {name for name, call in calls.items() if call.exception() is None}
        assert answered
    await server.start()
    async with Client(server.address, token=tokens["submitter"]) as client:
        again: dict[str, Redemption] = {name: await client.redeem(name) for name in names}
        assert all(again[name].repeated for name in answered)
        for name in names:
            with pytest.raises(AlreadyRedeemed):
                await client.redeem(name, "another")
    await server.kill()
    store = await open_sqlite(tmp_path / "andon.db")
    told = [entry.decision_id for entry in await store.ledger(0, 10_000) if entry.kind == LedgerKind.REDEEMED]
    await store.close()
    assert Counter(told) == dict.fromkeys((name.partition("/")[2] for name in names), 1)


async def test_a_guard_runs_one_effect_for_one_approval(server: ServerProcess, tokens: dict[str, str]) -> None:
    done: list[dict[str, Any]] = []
    proposal = Proposal(prediction={"n": 1}, confidence=1.0, request_id="order-4711")
    for _ in range(2):  # the second is the caller after its crash
        async with Client(server.address, token=tokens["submitter"]) as client:

            @client.gate(action="once.pay")
            async def pay(prediction: dict[str, Any]) -> None:
                done.append(prediction)

            if done:
                with pytest.raises(RedeemedBefore):
                    await pay(proposal)
            else:
                await pay(proposal)
    assert done == [{"n": 1}]
