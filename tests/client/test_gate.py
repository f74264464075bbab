"""Guarded functions run only if the decision passed, and with what may be acted upon."""

from __future__ import annotations

import asyncio

import pytest

from andon_client import (
    AndonError,
    Blocked,
    Client,
    Decision,
    Outcome,
    Proposal,
    Refused,
    Rejected,
    StillPending,
    SyncClient,
    TimeoutDefault,
    current_decision,
)
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import to_struct
from tests.client.fake import State
from tests.client.fake_server import FakeServer

Done = list[tuple[dict[str, object], str]]


async def test_it_runs_with_the_prediction_and_further_arguments(client: Client, state: State) -> None:
    done: Done = []

    @client.gate(action="refund.issue", model=("refunds", "3"), irreversible=True)
    async def issue(prediction: dict[str, object], note: str) -> str:
        done.append((prediction, note))
        return current_decision().name

    name = await issue(Proposal(prediction={"amount": 40}, confidence=0.9), "paid")
    assert done == [({"amount": 40}, "paid")]
    assert name in state.decisions
    sent = state.decisions[name]
    assert (sent.action, sent.model.version, sent.attributes.irreversible) == ("refund.issue", "3", True)
    assert issue.__name__ == "issue"  # type: ignore[attr-defined]
    with pytest.raises(LookupError):
        current_decision()


async def test_it_runs_with_the_correction(client: Client, state: State) -> None:
    @client.gate(action="refund.issue", timeout=30)
    async def issue(prediction: dict[str, object]) -> dict[str, object]:
        return prediction

    running = asyncio.create_task(issue(Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    name = next(iter(state.decisions))
    await state.resolve(name, decision_pb2.OUTCOME_CORRECTED, "half", to_struct({"amount": 20}))
    assert await running == {"amount": 20}


async def test_it_never_runs_on_a_refusal(client: Client, state: State) -> None:
    @client.gate(action="blocked.thing")
    async def act(prediction: dict[str, object]) -> None:
        raise AssertionError("must not run")

    with pytest.raises(Blocked) as caught:
        await act(Proposal(confidence=1))
    assert caught.value.reasons[0].rule == "never"

    @client.gate(action="refund.issue", timeout=30)
    async def issue(prediction: dict[str, object]) -> None:
        raise AssertionError("must not run")

    running = asyncio.create_task(issue(Proposal(confidence=0.5)))
    await state.until(lambda: len(state.decisions) == 2)
    await state.resolve(list(state.decisions)[-1], decision_pb2.OUTCOME_REJECTED, "not plausible")
    with pytest.raises(Rejected, match="not plausible"):
        await running


async def test_it_goes_on_later(client: Client, state: State) -> None:
    @client.gate(action="refund.issue", timeout=0.05)
    async def issue(prediction: dict[str, object]) -> dict[str, object]:
        return prediction

    with pytest.raises(StillPending) as caught:
        await issue(Proposal(prediction={"amount": 40}, confidence=0.5))
    await state.resolve(caught.value.name, decision_pb2.OUTCOME_APPROVED)
    assert await issue.resume(caught.value.name) == {"amount": 40}


async def test_another_action_opens_no_gate(client: Client) -> None:
    @client.gate(action="refund.issue")
    async def issue(prediction: dict[str, object]) -> None:
        raise AssertionError("must not run")

    with pytest.raises(ValueError, match=r"guards refund\.issue"):
        await issue(Proposal(action="mail.send", confidence=0.9))
    other = await client.decide(action="mail.send", confidence=0.9)
    with pytest.raises(AndonError, match=r"decides on mail\.send"):
        await issue.resume(other.name)


async def test_plain_functions_are_guarded_by_the_blocking_client(server: FakeServer, state: State) -> None:
    client = SyncClient(server.address)
    done: Done = []

    @client.gate(action="refund.issue")
    def issue(prediction: dict[str, object], *, note: str) -> int:
        done.append((prediction, note))
        return 7

    proposal = Proposal(prediction={"amount": 40}, confidence=0.9)
    assert await asyncio.to_thread(issue, proposal, note="paid") == 7
    assert done == [({"amount": 40}, "paid")]
    client.close()


def test_each_client_guards_its_own_kind_of_function() -> None:
    async def coroutine(prediction: dict[str, object]) -> None: ...

    def plain(prediction: dict[str, object]) -> None: ...

    with pytest.raises(TypeError, match="SyncClient"):
        Client().gate(action="a")(plain)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="with a Client"):
        SyncClient().gate(action="a")(coroutine)


async def test_it_runs_unjudged_where_the_policy_says_so(client: Client, state: State) -> None:
    decisions: list[Decision] = []

    @client.gate(action="refund.issue", timeout=30)
    async def issue(prediction: dict[str, object]) -> dict[str, object]:
        decisions.append(current_decision())
        return prediction

    running = asyncio.create_task(issue(Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    approve = decision_pb2.TIMEOUT_DEFAULT_APPROVE
    await state.resolve(next(iter(state.decisions)), decision_pb2.OUTCOME_EXPIRED, default=approve)
    assert await running == {"amount": 40}
    (decision,) = decisions
    assert (decision.outcome, decision.passed, decision.passed_unjudged) == (Outcome.EXPIRED, True, True)
    assert decision.resolution is not None
    assert decision.resolution.timeout_default is TimeoutDefault.APPROVE


@pytest.mark.parametrize("default", [0, decision_pb2.TIMEOUT_DEFAULT_REJECT, 99])
async def test_it_does_not_run_unjudged_otherwise(
    client: Client, state: State, default: decision_pb2.TimeoutDefault.ValueType
) -> None:
    await never_runs(client, state, decision_pb2.OUTCOME_EXPIRED, default)


@pytest.mark.parametrize("outcome", [decision_pb2.OUTCOME_REJECTED, decision_pb2.OUTCOME_CANCELLED, 99])
async def test_a_default_goes_with_a_timeout_alone(
    client: Client, state: State, outcome: decision_pb2.Outcome.ValueType
) -> None:
    await never_runs(client, state, outcome, decision_pb2.TIMEOUT_DEFAULT_APPROVE)


async def test_what_cant_be_undone_never_runs_unjudged(client: Client, state: State) -> None:
    expired, approve = decision_pb2.OUTCOME_EXPIRED, decision_pb2.TIMEOUT_DEFAULT_APPROVE
    await never_runs(client, state, expired, approve, irreversible=True)


async def never_runs(
    client: Client,
    state: State,
    outcome: decision_pb2.Outcome.ValueType,
    default: decision_pb2.TimeoutDefault.ValueType,
    *,
    irreversible: bool = False,
) -> None:
    @client.gate(action="refund.issue", timeout=30, irreversible=irreversible)
    async def issue(prediction: dict[str, object]) -> None:
        raise AssertionError("must not run")

    running = asyncio.create_task(issue(Proposal(confidence=0.5)))
    await state.called["Submit"].wait()
    await state.resolve(next(iter(state.decisions)), outcome, default=default)
    with pytest.raises(Refused) as caught:
        await running
    assert not caught.value.decision.passed_unjudged
