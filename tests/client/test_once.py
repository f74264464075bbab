"""An answer that holds once is redeemed before a guarded function runs, and after a crash it is not run again."""

from __future__ import annotations

import pytest

from andon_client import AlreadyRedeemed, Client, Proposal, ReceiptMismatch, RedeemedBefore
from andon_client._gen.andon.v1 import decision_pb2
from tests.client.fake import State
from tests.client.test_receipts import ran


async def test_an_answer_that_holds_once_is_redeemed_first(client: Client, state: State) -> None:
    state.notary.once = True
    assert await ran(client) == [{"amount": 40}]
    (name,) = state.decisions
    assert state.notary.redeemed == {name: f"redeem:{name}"}


async def test_after_a_crash_it_is_not_run_again_unless_told(client: Client, state: State) -> None:
    state.notary.once = True
    proposal = Proposal(prediction={"amount": 40}, confidence=0.9, request_id="order-4711")
    await ran(client, proposal)
    with pytest.raises(RedeemedBefore, match="earlier run"):
        await ran(client, proposal)
    assert await ran(client, proposal, rerun=True) == [{"amount": 40}]


async def test_what_somebody_else_redeemed_is_never_run(client: Client, state: State) -> None:
    state.notary.once = True
    proposal = Proposal(prediction={"amount": 40}, confidence=0.9, request_id="order-4711")
    decision = await client.decide(proposal, action="refund.issue")
    redemption = await client.redeem(decision, "theirs")
    assert (redemption.redeemer, redemption.repeated) == ("service", False)
    for rerun in (False, True):
        with pytest.raises(AlreadyRedeemed):
            await ran(client, proposal, rerun=rerun)


async def test_what_an_appeal_approves_can_be_run_by_resume(client: Client, state: State) -> None:
    """The appeal's receipt is what is checked, and its level what is redeemed."""
    state.notary.once = True
    decision = await client.decide(Proposal(prediction={"amount": 40}, confidence=0.9), action="refund.issue")
    made = state.decisions[decision.name]
    approved = decision_pb2.Resolution()
    approved.CopyFrom(made.resolution)
    made.resolution.outcome = decision_pb2.OUTCOME_REJECTED
    made.appeals.add(level=1, resolution=approved)
    state.notary.lie = lambda claims: {**claims, "level": 1, "may_pass": True, "outcome": "AUTO_APPROVED"}
    runs = []

    @client.gate(action="refund.issue")
    async def refund(prediction: dict[str, object]) -> None:
        runs.append(prediction)

    await refund.resume(decision.name)
    assert runs == [{"amount": 40}]
    assert [request.level for name, request in state.calls if name == "Redeem"] == [1]


async def test_a_lie_is_found_out_before_anything_is_redeemed(client: Client, state: State) -> None:
    state.notary.once = True
    state.notary.lie = lambda claims: {**claims, "payload_hash": "0" * 64}
    with pytest.raises(ReceiptMismatch):
        await ran(client)
    assert state.count("Redeem") == 0
