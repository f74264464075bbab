"""Deciding: one recorded decision and its answer, whatever happens to calls, connections and servers."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from andon_client import (
    AndonError,
    Blocked,
    Client,
    InvalidRequest,
    Model,
    NotFound,
    NotJson,
    Outcome,
    Proposal,
    Rejected,
    Route,
    State,
    StillPending,
    Unavailable,
    require_passed,
)
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import to_struct
from tests.client import fake
from tests.client.fake import Fault, unavailable
from tests.client.fake_server import FakeServer

REFUND = Proposal(
    action="refund.issue",
    input={"text": "it broke", "items": [1, 2.5, None, True, {"a": "b"}]},
    prediction={"amount": 40, "share": 0.5},
    confidence=0.7,
    reasoning="the warranty holds",
    model=("refunds", "3"),
    amount=40.0,
    currency="EUR",
    irreversible=True,
    extra={"region": "EU"},
)


async def resolve_when_held(
    state: fake.State,
    outcome: decision_pb2.Outcome.ValueType = decision_pb2.OUTCOME_APPROVED,
    corrected: dict[str, object] | None = None,
    method: str = "Submit",
) -> None:
    """Judges the first decision as soon as somebody waits for it."""
    await state.called[method].wait()
    name = next(iter(state.decisions))
    await state.resolve(name, outcome, "looked at it", None if corrected is None else to_struct(corrected))


async def test_a_confident_decision_passes_at_once(client: Client, state: fake.State) -> None:
    decision = await client.decide(action="refund.issue", prediction={"amount": 40}, confidence=0.9, model="refunds")
    assert decision.passed
    assert decision.outcome is Outcome.AUTO_APPROVED
    assert decision.prediction == {"amount": 40}
    assert decision.model == Model("refunds")
    assert state.metadata[0]["authorization"] == "Bearer secret"


async def test_every_field_reaches_the_server(client: Client, state: fake.State) -> None:
    decision = await client.submit(REFUND)
    sent = state.calls[0][1]
    assert sent.request_id
    assert sent.decision.attributes.amount.value == 40.0
    assert sent.decision.attributes.irreversible
    assert not sent.decision.attributes.anomalous
    assert sent.decision.attributes.extra == to_struct({"region": "EU"})
    assert sent.decision.model.version == "3"
    whole = await client.get(decision.name)
    assert whole.input == REFUND.input
    assert whole.proposed == {"amount": 40, "share": 0.5}
    assert isinstance(whole.proposed["amount"], int)
    assert whole.reasoning == "the warranty holds"
    assert whole.attributes.currency == "EUR"


async def test_it_blocks_until_a_person_has_judged(client: Client, state: fake.State) -> None:
    judged = asyncio.create_task(resolve_when_held(state))
    decision = await client.decide(REFUND, timeout=30)
    await judged
    assert decision.outcome is Outcome.APPROVED
    assert decision.comment == "looked at it"
    assert decision.reasons[0].text == "low confidence"
    assert decision.reasons[0].route is Route.REVIEW
    assert state.count("Submit") == 1


async def test_a_correction_replaces_the_prediction(client: Client, state: fake.State) -> None:
    judged = asyncio.create_task(
        resolve_when_held(state, decision_pb2.OUTCOME_CORRECTED, {"amount": 20, "share": 0.25})
    )
    decision = await client.decide(REFUND, timeout=30)
    await judged
    assert decision.passed
    assert decision.prediction == {"amount": 20, "share": 0.25}
    assert isinstance(decision.prediction["amount"], int)
    assert decision.proposed == REFUND.prediction


async def test_a_lost_answer_is_fetched_with_the_same_request_id(
    client: Client, state: fake.State, pauses: list[float]
) -> None:
    state.lose_answer.append("Submit")
    judged = asyncio.create_task(resolve_when_held(state, method="Wait"))
    decision = await client.decide(REFUND, timeout=30)
    await judged
    assert decision.passed
    assert len(state.decisions) == 1
    ids = {request.request_id for method, request in state.calls if method == "Submit"}
    assert len(ids) == 1
    assert len(pauses) == 1


async def test_it_outlives_a_restart_of_the_server(server: FakeServer) -> None:
    async with Client(server.address) as client:
        state = server.state
        deciding = asyncio.create_task(client.decide(REFUND, timeout=60))
        await state.called["Submit"].wait()
        await server.stop()
        await server.start()
        await state.called["Wait"].wait()
        await state.resolve(next(iter(state.decisions)), decision_pb2.OUTCOME_APPROVED)
        decision = await deciding
    assert decision.passed
    assert len(state.decisions) == 1


async def test_it_goes_on_waiting_in_bounded_calls(client: Client, state: fake.State, pauses: list[float]) -> None:
    state.max_wait = 0.0
    deciding = asyncio.create_task(client.decide(REFUND))
    await state.called["Wait"].wait()
    await state.until(lambda: state.count("Wait") >= 5)
    await state.resolve(next(iter(state.decisions)), decision_pb2.OUTCOME_APPROVED)
    assert (await deciding).passed
    # Answers that come too early are not polled for: the pauses grow.
    assert len(pauses) >= 4
    assert pauses[3] > pauses[0]


async def test_its_own_deadline_raises_still_pending_with_the_name(client: Client, state: fake.State) -> None:
    with pytest.raises(StillPending) as caught:
        await client.decide(REFUND, timeout=0.05)
    assert caught.value.name == next(iter(state.decisions))
    assert not caught.value.decision.passed
    assert caught.value.decision.state is State.PENDING
    await state.resolve(caught.value.name, decision_pb2.OUTCOME_APPROVED)
    decision = await client.wait(caught.value.name)
    assert decision.passed
    assert decision.prediction == REFUND.prediction  # fetched, because this caller did not submit it


async def test_still_pending_is_raised_although_the_server_is_away(server: FakeServer, pauses: list[float]) -> None:
    async with Client(server.address) as client:
        decision = await client.submit(REFUND)
        await server.stop()
        with pytest.raises(StillPending) as caught:
            await client.wait(decision, timeout=0.05)
        assert caught.value.name == decision.name


async def test_no_server_raises_unavailable_with_the_request_id(server: FakeServer, pauses: list[float]) -> None:
    await server.stop()
    async with Client(server.address) as client:
        with pytest.raises(Unavailable) as caught:
            await client.decide(REFUND, timeout=0.05, request_id="mine")
    assert caught.value.submission_id == "mine"
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE


async def test_the_delay_asked_for_is_honoured(client: Client, state: fake.State, pauses: list[float]) -> None:
    state.fail("Submit", Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL", retry=7.5))
    assert not (await client.submit(REFUND)).passed
    (pause,) = pauses
    assert 7.5 <= pause <= 8.3


async def test_a_delay_beyond_the_deadline_is_told_at_once(
    client: Client, state: fake.State, pauses: list[float]
) -> None:
    state.fail("Submit", Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL", retry=100.0))
    with pytest.raises(Unavailable) as caught:
        await client.submit(REFUND, timeout=10)
    assert (caught.value.reason, caught.value.retry_delay) == ("QUEUE_FULL", 100.0)
    assert not pauses


async def test_too_many_waiters_goes_on_with_wait(client: Client, state: fake.State) -> None:
    state.fail("Wait", Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_WAITERS", retry=1.0))
    decision = await client.submit(REFUND)
    await state.resolve(decision.name, decision_pb2.OUTCOME_APPROVED)
    assert (await client.wait(decision)).passed
    assert state.count("Wait") == 2


async def test_pauses_grow_and_are_jittered(client: Client, state: fake.State, pauses: list[float]) -> None:
    state.fail("Submit", *(unavailable() for _ in range(9)))
    await client.submit(REFUND)
    assert len(pauses) == 9
    assert all(0.05 * 2**n <= pause <= 0.1 * 2**n for n, pause in enumerate(pauses[:6]))
    assert max(pauses) <= 5.0


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.RESOURCE_EXHAUSTED]
)
async def test_other_errors_are_not_repeated(client: Client, state: fake.State, code: grpc.StatusCode) -> None:
    state.fail("Submit", Fault(code, "INTERNAL"))
    with pytest.raises(AndonError) as caught:
        await client.submit(REFUND)
    assert caught.value.code is code
    assert state.count("Submit") == 1


async def test_details_reach_the_exception(client: Client, state: fake.State) -> None:
    state.fail(
        "Submit",
        Fault(
            grpc.StatusCode.INVALID_ARGUMENT,
            "FIELD_INVALID",
            message="decision.confidence: at most 1",
            metadata={"field": "decision.confidence"},
            fields={"decision.confidence": "at most 1"},
        ),
    )
    with pytest.raises(InvalidRequest) as caught:
        await client.submit(REFUND)
    error = caught.value
    assert error.reason == "FIELD_INVALID"
    assert error.message == str(error) == "decision.confidence: at most 1"
    assert error.metadata == {"field": "decision.confidence"}
    assert error.faults[0].path == "decision.confidence"
    assert error.request_id == "log-1"


async def test_an_unknown_decision_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound) as caught:
        await client.wait("decisions/00000000-0000-7000-8000-000000000099", timeout=1)
    assert caught.value.reason == "DECISION_NOT_FOUND"


async def test_blocked_and_unknown_outcomes_are_refusals(client: Client, state: fake.State) -> None:
    decision = await client.decide(action="blocked.thing", confidence=1)
    with pytest.raises(Blocked, match="never do this"):
        require_passed(decision)
    pending = await client.submit(REFUND)
    await state.resolve(pending.name, 99)  # type: ignore[arg-type]  # a value of a later release
    ended = await client.wait(pending)
    assert ended.outcome is Outcome.UNKNOWN
    assert not ended.passed
    rejected = await client.submit(REFUND)
    await state.resolve(rejected.name, decision_pb2.OUTCOME_REJECTED, "too much")
    with pytest.raises(Rejected) as caught:
        require_passed(await client.wait(rejected))
    assert caught.value.comment == "too much"
    assert caught.value.decision.name == rejected.name


async def test_a_batch_answers_each_in_its_place(client: Client) -> None:
    passed, refused, held = await client.submit_many(
        [Proposal(action="a", confidence=0.9), Proposal(action="a", confidence=3), REFUND]
    )
    assert not isinstance(passed, AndonError)
    assert passed.passed
    assert isinstance(refused, InvalidRequest)
    assert refused.faults[0].path == "decision.confidence"
    assert not isinstance(held, AndonError)
    assert held.proposed == REFUND.prediction


async def test_explaining_records_nothing(client: Client, state: fake.State) -> None:
    explanation = await client.explain(REFUND)
    assert explanation.nearest_change == "auto-approved if confidence ≥ 0.85"
    assert explanation.rules[0].matched
    assert not state.decisions


async def test_lists_run_over_all_pages_and_cancelling_is_repeatable(client: Client, state: fake.State) -> None:
    for _ in range(5):
        await client.submit(REFUND)
    assert [decision.sequence async for decision in client.decisions(action="refund.*")] == [1, 2, 3, 4, 5]
    state.fail("CancelDecision", unavailable())
    cancelled = await client.cancel(next(iter(state.decisions)), "changed our mind")
    assert cancelled.outcome is Outcome.CANCELLED
    first, second = (request.request_id for method, request in state.calls if method == "CancelDecision")
    assert first == second != ""


async def test_what_json_can_not_hold_is_refused_before_it_is_sent(client: Client, state: fake.State) -> None:
    with pytest.raises(NotJson, match=r"input\.a\[1\]"):
        await client.submit(action="a", confidence=0.5, input={"a": [1, float("nan")]})
    with pytest.raises(TypeError, match="confidence must be stated"):
        await client.submit(action="a")
    with pytest.raises(NotJson, match="confidence"):
        Proposal(confidence=float("nan"))
    assert not state.calls


async def test_changing_an_object_later_changes_nothing_that_was_submitted(client: Client) -> None:
    prediction = {"lines": [{"amount": 1}]}
    decision = await client.decide(action="a", prediction=prediction, confidence=0.9)
    prediction["lines"][0]["amount"] = 1_000_000
    assert decision.prediction == {"lines": [{"amount": 1}]}


def test_one_client_serves_one_event_loop_after_the_other() -> None:
    client = Client("localhost:1")

    async def attempt() -> None:
        with pytest.raises(Unavailable):
            await client.decide(REFUND, timeout=0)
        await client.close()

    asyncio.run(attempt())
    asyncio.run(attempt())
