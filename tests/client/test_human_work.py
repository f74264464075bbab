"""What a client does beyond a verdict: contest the end of a decision, ask for time, read anew what has changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from andon_client import AndonError, Client, Outcome, PayloadChanged, Proposal, SeatRole, StillPending, SyncClient
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from andon_client.task import task_of
from tests.client.fake import Fault, State, unavailable
from tests.client.fake_server import FakeServer

PROPOSAL = Proposal(action="refund.issue", prediction={"amount": 40}, confidence=0.5)


async def contested(client: Client, state: State) -> str:
    decision = await client.submit(PROPOSAL)
    await state.resolve(decision.name, decision_pb2.OUTCOME_REJECTED)
    await client.appeal(decision, "the customer has sent a receipt")
    return decision.name


async def test_an_appeal_is_repeatable_and_leaves_the_end_as_it_was(client: Client, state: State) -> None:
    decision = await client.submit(PROPOSAL)
    await state.resolve(decision.name, decision_pb2.OUTCOME_REJECTED)
    state.fail("AppealDecision", unavailable())
    contested = await client.appeal(decision, "the customer has sent a receipt")
    assert contested.outcome is Outcome.REJECTED
    (appeal,) = contested.appeals
    assert (appeal.level, appeal.comment, appeal.resolution) == (1, "the customer has sent a receipt", None)
    first, second = (request.request_id for method, request in state.calls if method == "AppealDecision")
    assert first == second != ""


async def test_who_waits_for_an_appeal_hears_of_its_end(client: Client, state: State) -> None:
    name = await contested(client, state)
    waiting = asyncio.create_task(client.wait_for_appeal(name, 1))
    await state.until(lambda: state.count("Wait") > 0)
    state.decisions[name].appeals[0].resolution.outcome = decision_pb2.OUTCOME_APPROVED
    async with state.changed:
        state.changed.notify_all()
    appeal = await waiting
    assert appeal.resolution is not None
    assert appeal.resolution.outcome is Outcome.APPROVED


async def test_a_wait_for_an_appeal_ends_with_its_time(client: Client, state: State) -> None:
    name = await contested(client, state)
    with pytest.raises(StillPending):
        await client.wait_for_appeal(name, 1, timeout=0)


async def test_the_blocking_client_contests_as_well(server: FakeServer, client: Client, state: State) -> None:
    decision = await client.submit(PROPOSAL)
    await state.resolve(decision.name, decision_pb2.OUTCOME_REJECTED)
    with SyncClient(server.address) as blocking:
        told = await asyncio.to_thread(blocking.appeal, decision.name, "look again")
    assert [appeal.comment for appeal in told.appeals] == ["look again"]


async def test_a_reviewer_asks_for_more_time_and_keeps_the_task(unhurried: Client, state: State) -> None:
    decision = await unhurried.submit(PROPOSAL)
    state.lease(decision.task).extension.FromTimedelta(timedelta(hours=2))
    async with unhurried.reviewer().stream() as stream:
        task = await anext(stream)
        assert task.info.extension == timedelta(hours=2)
        told = await task.extend("the bank answers tomorrow")
        assert (told.extensions, told.extension) == (1, None)
        assert task.decision.name == decision.name
        await task.approve()
    assert [request.comment for method, request in state.calls if method == "ExtendDeadline"] == [
        "the bank answers tomorrow"
    ]


async def test_more_time_is_given_once_where_the_answer_was_lost(client: Client, state: State) -> None:
    decision = await client.submit(PROPOSAL)
    state.lease(decision.task)
    async with client.reviewer().stream() as stream:
        task = await anext(stream)
        state.lose_answer.append("ExtendDeadline")
        assert (await task.extend("a call")).extensions == 1
        assert (await task.extend("a call")).extensions == 2
    ids = [request.request_id for method, request in state.calls if method == "ExtendDeadline"]
    assert (ids[0], len(set(ids))) == (ids[1], 2)


async def test_who_asks_again_for_what_was_not_answered_asks_for_the_same(unhurried: Client, state: State) -> None:
    state.lease((await unhurried.submit(PROPOSAL)).task)
    async with unhurried.reviewer().stream() as stream:
        task = await anext(stream)
        for _ in range(2):
            state.fail("ExtendDeadline", Fault(grpc.StatusCode.INTERNAL, "INTERNAL"))
            with pytest.raises(AndonError):
                await task.extend("a call")
        await task.extend("a call")
        await task.extend("another call")
    ids = [request.request_id for method, request in state.calls if method == "ExtendDeadline"]
    assert (ids[0] != "", ids[0] == ids[1] == ids[2], ids[2] == ids[3]) == (True, True, False)


async def test_no_more_time_is_told_by_its_reason(unhurried: Client, state: State) -> None:
    state.lease((await unhurried.submit(PROPOSAL)).task)
    state.fail("ExtendDeadline", Fault(grpc.StatusCode.FAILED_PRECONDITION, "NO_MORE_TIME"))
    async with unhurried.reviewer().stream() as stream:
        task = await anext(stream)
        with pytest.raises(AndonError) as raised:
            await task.extend()
        assert raised.value.reason == "NO_MORE_TIME"
        assert task.open


async def test_a_verdict_is_on_what_was_read(unhurried: Client, state: State) -> None:
    """The caller changes the decision under the reviewer's eyes: reading it is a step of its own."""
    decision = await unhurried.submit(PROPOSAL)
    state.lease(decision.task)
    state.fail("Review", Fault(grpc.StatusCode.ABORTED, "PAYLOAD_CHANGED"))
    async with unhurried.reviewer().stream() as stream:
        task = await anext(stream)
        changed = state.tasks[decision.task]
        changed.decision.payload_hash = "b" * 64
        task.update(changed)
        with pytest.raises(PayloadChanged):
            await task.approve()
        assert state_hashes(state)[-1] != "b" * 64
        assert task.reread().payload_hash == "b" * 64
        await task.approve()
    assert state_hashes(state)[-1] == "b" * 64


async def test_who_gives_a_task_back_passes_on_it_unless_they_only_leave(unhurried: Client, state: State) -> None:
    first, second, third = [(await unhurried.submit(PROPOSAL)).task for _ in range(3)]
    for name in (first, second, third):
        state.lease(name)
    async with unhurried.reviewer().stream(credits=3) as stream:
        await (await anext(stream)).release("not mine")
        await (await anext(stream)).release(skip=False)
        kept = await anext(stream)  # what nobody refers to any more is let go of already
    assert kept.name in (first, second, third)
    reasons = [request.reason for method, request in state.calls if method == "ReleaseTask"]
    skip, away = review_service_pb2.RELEASE_REASON_SKIP, review_service_pb2.RELEASE_REASON_AWAY
    assert reasons == [skip, away, away], "a stream that is closed gives back what may come again"


async def test_a_reviewer_says_whether_they_take_work(client: Client, state: State) -> None:
    lunch = datetime(2026, 1, 1, 13, tzinfo=UTC)
    reviewer = client.reviewer()
    await reviewer.set_availability(False, resume_time=lunch)
    await reviewer.set_availability(False)
    await reviewer.set_availability(True)
    told = [request for method, request in state.calls if method == "SetAvailability"]
    away, here = review_service_pb2.AVAILABILITY_AWAY, review_service_pb2.AVAILABILITY_AVAILABLE
    assert [request.availability for request in told] == [away, away, here]
    assert told[0].resume_time.ToDatetime(UTC) == lunch
    assert not any(request.HasField("resume_time") for request in told[1:])


def test_a_seat_of_several_says_what_its_verdict_counts_for() -> None:
    message = task_pb2.Task(name="tasks/1", group="legal", level=1, note="look again")
    message.quorum.expression, message.quorum.blind = "1 of risk and 1 of legal", True
    message.quorum.role = task_pb2.SEAT_ROLE_EXTRA
    message.expire_time.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    task = task_of(message)
    assert task.quorum is not None
    assert (task.quorum.expression, task.quorum.role) == ("1 of risk and 1 of legal", SeatRole.EXTRA)
    assert (task.group, task.level, task.note) == ("legal", 1, "look again")


def state_hashes(state: State) -> list[str]:
    return [request.payload_hash for _, request in state.calls if isinstance(request, review_service_pb2.ReviewRequest)]
