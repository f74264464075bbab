"""The blocking client: the same behaviour, from any thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from andon_client import AndonError, Proposal, StillPending, SyncClient, Unavailable
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._transport import run_blocking
from tests.client.fake import State, unavailable
from tests.client.fake_server import FakeServer

HELD = Proposal(action="refund.issue", prediction={"amount": 40}, confidence=0.5)


async def test_it_blocks_a_thread_until_a_person_has_judged(server: FakeServer, state: State) -> None:
    with SyncClient(server.address, token="secret") as client:
        deciding = asyncio.create_task(asyncio.to_thread(client.decide, HELD, timeout=30))
        await state.called["Submit"].wait()
        await state.until(lambda: True)
        await state.resolve(next(iter(state.decisions)), decision_pb2.OUTCOME_APPROVED)
        decision = await deciding
    assert decision.passed
    assert state.metadata[0]["authorization"] == "Bearer secret"


async def test_it_repeats_with_the_same_request_id(server: FakeServer, state: State, pauses: list[float]) -> None:
    state.lose_answer.append("Submit")
    state.fail("Submit", unavailable())
    with SyncClient(server.address) as client:
        decision = await asyncio.to_thread(client.submit, HELD)
    assert len(state.decisions) == 1
    assert state.count("Submit") == 3
    assert decision.pending
    assert len(pauses) == 2


async def test_many_threads_share_one(server: FakeServer, state: State) -> None:
    with SyncClient(server.address) as client, ThreadPoolExecutor(8) as pool:
        loop = asyncio.get_running_loop()
        calls = [
            loop.run_in_executor(pool, lambda: client.decide(action="a", confidence=0.9, prediction={"n": 1}))
            for _ in range(40)
        ]
        assert all(decision.passed for decision in await asyncio.gather(*calls))
    assert len(state.decisions) == 40


async def test_every_method_answers(server: FakeServer, state: State) -> None:
    def work(client: SyncClient) -> None:
        with pytest.raises(StillPending) as caught:
            client.decide(HELD, timeout=0.01)
        name = caught.value.name
        assert client.get(name).proposed == {"amount": 40}
        assert client.cancel(name).outcome == "CANCELLED"
        assert client.wait(name).outcome == "CANCELLED"
        assert [decision.name for decision in client.decisions()] == [name]
        assert client.explain(HELD).nearest_change
        assert not any(isinstance(answer, AndonError) for answer in client.submit_many([HELD, HELD]))
        assert [page.last_sequence for page in client.sample_pages()] == [0]
        assert client.override_rates() == []

    with SyncClient(server.address) as client:
        await asyncio.to_thread(work, client)


def test_no_server_raises_unavailable(pauses: list[float]) -> None:
    with SyncClient("localhost:1") as client, pytest.raises(Unavailable):
        client.submit(HELD, timeout=0.05)


def test_a_coroutine_that_would_suspend_is_refused() -> None:
    with pytest.raises(RuntimeError, match="suspend"):
        run_blocking(asyncio.sleep(0))
