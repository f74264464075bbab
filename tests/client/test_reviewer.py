"""Reviewing: tasks come from a stream that outlives its connections, leases are kept, verdicts count once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import grpc
import pytest
import pytest_asyncio

from andon_client import (
    AndonError,
    Client,
    EventType,
    InvalidRequest,
    LeaseLost,
    NotAllowed,
    Outcome,
    Proposal,
    ReviewTask,
    TaskClosed,
    TaskStream,
    Unavailable,
    Verdict,
)
from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from andon_client._transport import AsyncTransport
from tests.client.fake import Fault, State, unavailable
from tests.client.fake_server import FakeServer

LEASED = review_service_pb2.STREAM_EVENT_TYPE_LEASED
PROPOSAL = Proposal(action="refund.issue", prediction={"amount": 40}, confidence=0.5)


class Pauses:
    """Pauses that end when the test says so."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, asyncio.Future[None]]] = []
        self._changed = asyncio.Event()

    async def take(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.taken.append((seconds, future))
        self._changed.set()
        await future

    async def end(self, low: float, high: float) -> float:
        """Ends the next pause whose length lies between the two, in seconds."""
        while True:
            for seconds, future in self.taken:
                if not future.done() and low <= seconds <= high:
                    future.set_result(None)
                    return seconds
            self._changed.clear()
            await self._changed.wait()


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    pauses = Pauses()

    async def sleep(self: AsyncTransport, seconds: float) -> None:
        await pauses.take(seconds)

    monkeypatch.setattr(AsyncTransport, "sleep", sleep)
    return pauses


@pytest_asyncio.fixture
async def reviewing(server: FakeServer, paused: Pauses) -> AsyncGenerator[Client, None]:
    async with Client(server.address) as client:
        yield client


@asynccontextmanager
async def first_task(client: Client, state: State) -> AsyncGenerator[tuple[TaskStream, ReviewTask], None]:
    """A stream, and the one task it has been given."""
    decision = await client.submit(PROPOSAL)
    async with client.reviewer().stream() as stream:
        taking = asyncio.create_task(anext(stream))
        await state.until(lambda: bool(state.streams))
        state.send(LEASED, state.lease(decision.task))
        yield stream, await taking


async def test_what_was_held_before_the_stream_is_renewed_at_once(
    reviewing: Client, state: State, paused: Pauses
) -> None:
    decision = await reviewing.submit(PROPOSAL)
    state.lease(decision.task)
    async with reviewing.reviewer().stream() as stream:
        task = await anext(stream)
        assert await paused.end(0, 0.1) < 0.1
        await state.called["RenewLease"].wait()
        assert task.open


async def test_a_verdict_carries_what_was_seen_and_releases_the_caller(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        assert task.decision.proposed == {"amount": 40}
        waiting = asyncio.create_task(reviewing.wait(task.decision.name))
        review = await task.approve("fine")
        assert review.verdict is Verdict.APPROVE
        assert review.decision.outcome is Outcome.APPROVED
        assert (await waiting).comment == "fine"
    (sent,) = state.reviews
    assert sent.lease_token == f"{task.name}#1"
    assert sent.payload_hash == state.decisions[task.decision.name].payload_hash
    assert sent.request_id
    assert state.count("ReleaseTask") == 0


async def test_a_correction_travels_whole(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        review = await task.correct({"amount": 20}, "half")
    assert review.verdict is Verdict.CORRECT
    assert (await reviewing.get(task.decision.name)).prediction == {"amount": 20}


async def test_a_verdict_whose_answer_was_lost_counts_once(reviewing: Client, state: State, paused: Pauses) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.lose_answer.append("Review")
        judging = asyncio.create_task(task.reject("no"))
        await paused.end(0.05, 0.1)
        assert (await judging).decision.outcome is Outcome.REJECTED
    assert len(state.reviews) == 1
    assert state.count("Review") == 2


async def test_a_verdict_may_be_given_again_after_unavailable(
    reviewing: Client, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.lose_answer.append("Review")
        with monkeypatch.context() as patch:
            patch.setattr("andon_client.review_task.VERDICT_TIMEOUT", 0.0)
            with pytest.raises(Unavailable):
                await task.approve()
        assert (await task.approve()).decision.outcome is Outcome.APPROVED
    assert len(state.reviews) == 1


async def test_a_task_is_settled_once(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        await task.approve()
        with pytest.raises(TaskClosed):
            await task.reject()
    assert state.count("Review") == 1


async def test_leases_are_renewed_at_a_third_of_their_length(reviewing: Client, state: State, paused: Pauses) -> None:
    async with first_task(reviewing, state) as (_, task):
        for renewals in range(1, 4):
            assert await paused.end(19, 20.1) == pytest.approx(20, abs=0.5)
            await state.called["RenewLease"].wait()
            state.called["RenewLease"].clear()
            assert state.count("RenewLease") == renewals
        assert task.open


async def test_a_lease_that_can_not_be_renewed_now_is_tried_again(
    reviewing: Client, state: State, paused: Pauses
) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.fail("RenewLease", unavailable())
        await paused.end(19, 20.1)
        await paused.end(1, 1)
        await paused.end(19, 20.1)
        assert task.open
        assert state.count("RenewLease") >= 2


async def test_a_lease_lost_at_renewal_is_told(reviewing: Client, state: State, paused: Pauses) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.tasks[task.name].lease.token = "somebody else's"
        await paused.end(19, 20.1)
        await task.lost.wait()
        with pytest.raises(LeaseLost):
            await task.approve()
    assert state.count("Review") == 0


async def test_a_task_taken_away_is_told(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.remove(task.name)
        await task.lost.wait()
        with pytest.raises(LeaseLost):
            await task.escalate()


async def test_a_lease_lost_before_the_verdict_raises(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.tasks[task.name].lease.token = "somebody else's"
        with pytest.raises(LeaseLost):
            await task.approve()
        assert task.lost.is_set()


async def test_closing_gives_back_what_was_not_judged(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (stream, task):
        pass
    assert state.tasks[task.name].state == task_pb2.TASK_STATE_WAITING
    assert not task.open
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_release_whose_answer_was_lost_is_no_error(reviewing: Client, state: State, paused: Pauses) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.lose_answer.append("ReleaseTask")
        releasing = asyncio.create_task(task.release())
        await paused.end(0.05, 0.1)
        await releasing
        assert not task.open


async def test_escalation_and_its_refusal(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.fail("EscalateTask", Fault(grpc.StatusCode.FAILED_PRECONDITION, "NO_ESCALATION"))
        with pytest.raises(AndonError) as caught:
            await task.escalate()
        assert caught.value.reason == "NO_ESCALATION"
        assert task.open
        assert (await task.escalate("for a lead")).queue == "leads"


async def test_a_correction_that_does_not_fit_leaves_the_task_open(reviewing: Client, state: State) -> None:
    async with first_task(reviewing, state) as (_, task):
        fault = Fault(grpc.StatusCode.INVALID_ARGUMENT, "CORRECTION_INVALID", fields={"amount": "must be a number"})
        state.fail("Review", fault)
        with pytest.raises(InvalidRequest) as caught:
            await task.correct({"amount": "x"})
        assert caught.value.faults[0].path == "amount"
        assert (await task.correct({"amount": 1})).decision.outcome is Outcome.CORRECTED


async def test_a_new_connection_does_not_hand_out_the_same_lease_twice(
    server: FakeServer, reviewing: Client, state: State, paused: Pauses
) -> None:
    async with first_task(reviewing, state) as (stream, task):
        await server.restart()
        await paused.end(0.05, 0.2)
        await state.until(lambda: bool(state.streams))
        second = await reviewing.submit(PROPOSAL)
        state.send(LEASED, state.lease(second.task))
        other = await anext(stream)
        assert other.decision.name == second.name
        assert task.open
        await task.approve()
        await other.approve()


async def test_a_lease_that_lapsed_meanwhile_is_noticed(
    server: FakeServer, reviewing: Client, state: State, paused: Pauses
) -> None:
    async with first_task(reviewing, state) as (_, task):
        await server.stop()
        state.tasks[task.name].state = task_pb2.TASK_STATE_WAITING
        await server.start()
        await paused.end(0.05, 0.2)
        await paused.end(0.0, 0.01)
        await task.lost.wait()


async def test_a_stream_ended_by_a_draining_server_is_opened_anew(
    reviewing: Client, state: State, paused: Pauses
) -> None:
    async with first_task(reviewing, state) as (_, task):
        state.release_streams.set()
        await paused.end(0.05, 0.2)
        state.release_streams.clear()
        await state.until(lambda: bool(state.streams))
        assert task.open


async def test_a_task_nobody_holds_is_not_renewed(reviewing: Client, state: State, paused: Pauses) -> None:
    decision = await reviewing.submit(PROPOSAL)
    state.lease(decision.task)
    async with reviewing.reviewer().stream() as stream:
        assert (await anext(stream)).decision.name == decision.name  # and let go at once
        gc.collect()
        await paused.end(0, 0.1)
        await state.until(lambda: bool(state.streams))
    assert state.count("RenewLease") == state.count("ReleaseTask") == 0


async def test_a_refused_stream_raises(reviewing: Client, state: State) -> None:
    state.fail("Stream", Fault(grpc.StatusCode.PERMISSION_DENIED, "QUEUE_NOT_ALLOWED", metadata={"queue": "x"}))
    async with reviewing.reviewer().stream(["x"]) as stream:
        with pytest.raises(NotAllowed) as caught:
            await anext(stream)
    assert caught.value.reason == "QUEUE_NOT_ALLOWED"


async def test_watching_begins_with_what_stands_and_tells_of_changes(
    server: FakeServer, reviewing: Client, state: State, paused: Pauses
) -> None:
    decision = await reviewing.submit(PROPOSAL)
    events = reviewing.reviewer().watch()
    assert [(await anext(events)).type for _ in range(3)] == [EventType.RESET, EventType.CHANGED, EventType.SYNCED]
    await state.until(lambda: bool(state.streams))
    state.remove(decision.task)
    event = await anext(events)
    assert event.type is EventType.REMOVED
    assert event.task is not None
    assert event.task.name == decision.task
    going_on = asyncio.ensure_future(anext(events))
    await server.restart()
    await paused.end(0.05, 0.2)
    assert (await going_on).type is EventType.RESET
    await events.aclose()


async def test_tasks_are_listed(reviewing: Client) -> None:
    await reviewing.submit(PROPOSAL)
    (task,) = [task async for task in reviewing.reviewer().tasks()]
    assert (task.queue, task.priority, task.urgency) == ("default", "HIGH", 20)


async def test_the_loop_of_the_documentation(reviewing: Client, state: State) -> None:
    names = [(await reviewing.submit(PROPOSAL)).task for _ in range(3)]
    hand_out: Callable[[], None] = lambda: state.send(LEASED, state.lease(names.pop()))  # noqa: E731
    judged = []
    opening = asyncio.create_task(state.until(lambda: bool(state.streams)))
    opening.add_done_callback(lambda _: hand_out())
    async with reviewing.reviewer().stream(credits=1) as tasks:
        async for task in tasks:
            await task.approve()
            judged.append(task.name)
            if not names:
                break
            hand_out()
    assert len(judged) == 3
    assert all(decision.resolution.outcome for decision in state.decisions.values())
