"""What a caller changes while a decision waits, and what is acted upon then: what was decided, never what was sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon_client import Client, PayloadChanged, Proposal, ReceiptMismatch, SyncClient
from andon_client._gen.andon.v1 import decision_pb2
from tests.client.fake import State, unavailable
from tests.client.fake_server import FakeServer

PROPOSAL = Proposal(action="refund.issue", prediction={"amount": 40}, confidence=0.5)
LESS = replace(PROPOSAL, prediction={"amount": 12})


async def test_an_amendment_names_what_it_takes_the_place_of(client: Client, state: State) -> None:
    decision = await client.submit(PROPOSAL)
    state.fail("AmendDecision", unavailable())
    amended = await client.amend(decision, LESS)
    assert (amended.name, amended.amendments) == (decision.name, 1)
    assert amended.payload_hash != decision.payload_hash
    first, second = (request for method, request in state.calls if method == "AmendDecision")
    assert first.payload_hash == decision.payload_hash
    assert first.request_id == second.request_id != ""
    with pytest.raises(PayloadChanged):
        await client.amend(decision, LESS)
    again = await client.amend(decision.name, payload_hash=amended.payload_hash, action="refund.issue", confidence=1)
    assert again.amendments == 2


async def test_a_name_alone_does_not_say_what_is_replaced(client: Client) -> None:
    with pytest.raises(ValueError, match="payload_hash"):
        await client.amend("decisions/d", LESS)


async def test_who_waits_gets_what_was_decided_and_not_what_was_sent(client: Client, state: State) -> None:
    held = asyncio.create_task(client.decide(PROPOSAL))
    await state.until(lambda: bool(state.decisions))
    (name,) = state.decisions
    state.amend(name, LESS.to_message())
    await state.resolve(name, decision_pb2.OUTCOME_APPROVED)
    decision = await held
    assert (decision.passed, decision.prediction, decision.amendments) == (True, {"amount": 12}, 1)


async def test_who_waits_again_gets_it_too(client: Client, state: State) -> None:
    decision = await client.submit(PROPOSAL)
    assert decision.proposed == {"amount": 40}
    state.amend(decision.name, LESS.to_message())
    await state.resolve(decision.name, decision_pb2.OUTCOME_APPROVED)
    assert (await client.wait(decision)).prediction == {"amount": 12}


async def test_a_guarded_function_runs_on_what_was_sent_or_when_told_on_what_was_decided(
    client: Client, state: State
) -> None:
    ran = []

    @client.gate(action="refund.issue")
    async def refund(prediction: dict[str, int]) -> None:
        ran.append(prediction)

    running = asyncio.create_task(refund(PROPOSAL))
    await state.until(lambda: bool(state.decisions))
    (name,) = state.decisions
    state.amend(name, LESS.to_message())
    await state.resolve(name, decision_pb2.OUTCOME_APPROVED)
    with pytest.raises(ReceiptMismatch):
        await running
    assert ran == []
    await refund.resume(name)
    assert ran == [{"amount": 12}]


async def test_a_submission_names_what_it_supersedes(server: FakeServer, client: Client, state: State) -> None:
    old = await client.submit(PROPOSAL)
    await client.submit(LESS, supersedes=old)
    with SyncClient(server.address) as blocking:
        await asyncio.to_thread(blocking.submit, LESS, supersedes=old.name)
        amended = await asyncio.to_thread(blocking.amend, old, LESS)
    named = [request.supersedes for method, request in state.calls if method == "Submit"]
    assert (named, amended.amendments) == (["", old.name, old.name], 1)


async def test_a_superseded_decision_tells_by_which(client: Client, state: State) -> None:
    old = await client.submit(PROPOSAL)
    state.decisions[old.name].superseded_by = "decisions/new"
    await state.resolve(old.name, decision_pb2.OUTCOME_CANCELLED, "superseded by decisions/new")
    ended = await client.wait(old)
    assert (ended.superseded_by, ended.passed) == ("decisions/new", False)
