"""Batches: their refusals are told as those of whole calls are, and others have the event loop meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from structlog.testing import capture_logs

from andon.domain.errors import AndonError
from andon.domain.principal import Principal, Role
from andon.rpc.aside import LARGE
from andon.rpc.convert import ProposalReader
from andon.rpc.decisions import DecisionEndpoints
from andon.rpc.pipeline import Call
from andon.usecases.submit import Submit
from andon.usecases.turns import Turns
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2
from tests.unit.usecases.world import World

METHOD = "/andon.v1.DecisionService/BatchSubmit"
ITEMS = 100
PATIENCE = 10.0


def make_endpoints(
    submit: Submit | None = None, reader: Any = None, turns: Turns | None = None, refused: Any = lambda *_: None
) -> DecisionEndpoints:
    nobody: Any = None
    reader = reader or ProposalReader(100, 32)
    further = (nobody, nobody, nobody, nobody, nobody)
    return DecisionEndpoints(
        submit or nobody, nobody, nobody, reader, lambda _: None, refused, turns or Turns(), *further
    )


def make_call(size: int = 0) -> Call:
    return Call({}, principal=Principal("svc", frozenset({Role.SUBMITTER})), size=size)


def make_request(items: int, text: str = "x") -> decision_service_pb2.BatchSubmitRequest:
    request = decision_service_pb2.BatchSubmitRequest()
    for _ in range(items):
        decision = request.requests.add().decision
        decision.action, decision.confidence = "auto.tag", 0.5
        decision.input.update({"text": text})
        decision.prediction.update({"tag": "a"})
    return request


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock finds that a slice is over."""
    now = count(1.0)
    monkeypatch.setattr("andon.usecases.turns.perf_counter", lambda: next(now))


@asynccontextmanager
async def others() -> AsyncIterator[list[int]]:
    """Somebody else on the event loop, and how often they had it."""
    turns = [0]

    async def turn() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(turn())
    yield turns
    task.cancel()


async def test_every_refused_item_of_a_batch_is_counted_and_the_batch_logged() -> None:
    refused: list[tuple[str, str]] = []
    endpoints = make_endpoints(refused=lambda *words: refused.append(words))
    request = decision_service_pb2.BatchSubmitRequest()
    request.requests.add()
    large = request.requests.add().decision
    large.action, large.confidence = "refund.issue", 0.5
    large.input.update({"text": "x" * 200})
    request.requests.add()
    with capture_logs() as lines:
        response = await endpoints.BatchSubmit(make_call(), request)
    assert len(response.results) == 3
    assert refused == [(METHOD, "FIELD_INVALID"), (METHOD, "PAYLOAD_TOO_LARGE"), (METHOD, "FIELD_INVALID")]
    (line,) = lines
    assert (line["method"], line["principal"]) == (METHOD, "svc")
    assert line["reasons"] == {"FIELD_INVALID": 2, "PAYLOAD_TOO_LARGE": 1}


@pytest.mark.usefixtures("slow")
async def test_a_long_batch_gives_way_while_it_is_read_and_answered() -> None:
    async with others() as turns:
        response = await make_endpoints().BatchSubmit(make_call(), make_request(ITEMS, "x" * 200))
    assert len(response.results) == ITEMS
    assert turns[0] >= 2 * ITEMS


@pytest.mark.usefixtures("slow")
async def test_a_long_batch_gives_way_while_it_is_routed(world: World) -> None:
    endpoints = make_endpoints(world.submit, turns=world.context.turns)
    routed: list[int] = []
    async with others() as turns:
        world.context.observer.routed = lambda *_: routed.append(turns[0])  # type: ignore[method-assign]
        response = await endpoints.BatchSubmit(make_call(), make_request(ITEMS))
    assert [result.HasField("decision") for result in response.results] == [True] * ITEMS
    assert len(set(routed)) == ITEMS


@pytest.mark.parametrize("batch", [True, False])
async def test_others_are_served_while_one_large_proposal_is_read(batch: bool) -> None:
    served = threading.Event()

    class Reader:
        def proposal(self, message: decision_pb2.Decision, size: int) -> None:
            assert served.wait(PATIENCE)
            raise AndonError

    endpoints, request = make_endpoints(reader=Reader()), make_request(1, "x" * LARGE)
    call = make_call(request.ByteSize())
    asyncio.get_running_loop().call_later(0.001, served.set)
    if batch:
        assert len((await endpoints.BatchSubmit(call, request)).results) == 1
    else:
        with pytest.raises(AndonError):
            await endpoints.Submit(call, request.requests[0])
