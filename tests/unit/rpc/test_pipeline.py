"""The stages of a call: their order, and that nobody gets around one, unary and streaming alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from structlog.testing import capture_logs

from andon.domain.errors import AndonError, CredentialsMissing, PayloadTooLarge
from andon.domain.principal import Principal, Role
from andon.rpc.pipeline import (
    ORDER,
    Call,
    Cut,
    Endpoint,
    Gate,
    Pipeline,
    Reading,
    Request,
    StatusError,
    read_request,
)
from andon.rpc.validation import compile_rules
from andon.telemetry.logs import request_id_var
from andon.usecases.quotas import Rates
from andon_client._gen.andon.v1 import decision_service_pb2
from tests.clock import FakeClock

LIST = "/andon.v1.FeedbackService/ListSamples"
STREAM = "/andon.v1.ReviewService/Stream"
GOOD = decision_service_pb2.GetDecisionRequest(name=f"decisions/{'0' * 36}").SerializeToString()
BAD = decision_service_pb2.GetDecisionRequest(name="x").SerializeToString()
SIZE = 1_024


class Told:
    """What the `metrics` stage told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, str]] = []
        self.looked_at: list[tuple[str, str]] = []

    def called(self, method: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.calls.append((method, code))

    def refused(self, method: str, reason: str) -> None:
        self.refusals.append((method, reason))

    def authenticated(self, method: str, result: str) -> None:
        self.looked_at.append((method, result))


class Names:
    """Takes the header for the caller's role."""

    def authenticate(self, metadata: Mapping[str, str], peer: object = None) -> Principal:
        if "authorization" not in metadata:
            raise CredentialsMissing
        return Principal("somebody", frozenset({Role(metadata["authorization"])}))

    def current(self, principal: Principal) -> Principal | None:
        return principal


class Stages:
    """A pipeline in front of one endpoint that does what the test says."""

    def __init__(self, *, limit: int = 10, streams: bool = False, slow: bool = False, rate: int = 0) -> None:
        self.slow = slow
        self.read = 0
        self.cut: Cut | None = None
        self.told = Told()
        self.gate = Gate(limit, lambda: 0)
        self.pipeline = Pipeline(self.told, self.gate, Names(), Rates(FakeClock(), rate))
        self.streams = streams
        self.reached = 0
        self.fault: Exception | None = None
        self.entered = asyncio.Event()
        self.held: asyncio.Event | None = None

    async def call(self, body: bytes = GOOD, **metadata: str) -> None:
        """One call, read to its end."""
        method, request_type = STREAM if self.streams else LIST, decision_service_pb2.GetDecisionRequest
        answer: Any = self._stream if self.streams else self._answer
        endpoint = Endpoint(method, request_type, compile_rules(request_type.DESCRIPTOR), answer, self.streams)
        call = Call({key.replace("_", "-"): value for key, value in metadata.items()}, cut=self.cut)
        read = partial(self._read, endpoint)
        if self.streams:
            async for _ in self.pipeline.streaming(endpoint, call, body, read):
                pass
        else:
            await self.pipeline.unary(endpoint, call, body, read)

    def _read(self, endpoint: Endpoint, body: bytes) -> Request | Reading:
        self.read += 1
        made = read_request(endpoint, SIZE, body)

        async def later() -> Request:
            await asyncio.sleep(0)
            return made

        return Reading(later) if self.slow else made

    async def _answer(self, call: Call, request: Any) -> Message:
        self.reached += 1
        self.entered.set()
        assert call.caller.name == "somebody"
        assert request_id_var.get() == call.request_id
        if self.held is not None:
            await self.held.wait()
        if self.fault is not None:
            raise self.fault
        return decision_service_pb2.GetDecisionResponse()

    async def _stream(self, call: Call, request: Any) -> AsyncGenerator[Message, None]:
        yield await self._answer(call, request)


async def refusal(call: Awaitable[None]) -> tuple[str, Mapping[str, str]]:
    """The reason of a refusal, and the words that go with it."""
    with pytest.raises(StatusError) as caught:
        await call
    info = ErrorInfo()
    assert caught.value.status.details[0].Unpack(info)
    assert info.reason == caught.value.reason
    return info.reason, info.metadata


both = pytest.mark.parametrize("streams", [False, True], ids=["unary", "stream"])
STAGES: tuple[tuple[str, Callable[[Stages], Awaitable[None]], str], ...] = (
    ("DRAINING", lambda stages: _drained(stages).call(BAD), "UNAVAILABLE"),
    ("CREDENTIALS_MISSING", lambda stages: stages.call(BAD), "UNAUTHENTICATED"),
    ("ROLE_REQUIRED", lambda stages: stages.call(BAD, authorization="submitter"), "PERMISSION_DENIED"),
    ("FIELD_INVALID", lambda stages: stages.call(BAD, authorization="lead"), "INVALID_ARGUMENT"),
    ("FIELD_INVALID", lambda stages: stages.call(b"\xff", authorization="lead"), "INVALID_ARGUMENT"),
    ("PAYLOAD_TOO_LARGE", lambda stages: stages.call(bytes(SIZE + 1), authorization="lead"), "INVALID_ARGUMENT"),
)


def _drained(stages: Stages) -> Stages:
    stages.gate.draining = True
    return stages


@both
@pytest.mark.parametrize("metadata", [{}, {"authorization": "submitter"}], ids=["nobody", "without the role"])
async def test_the_bytes_of_who_may_not_call_are_never_parsed(streams: bool, metadata: dict[str, str]) -> None:
    stages = Stages(streams=streams)
    await refusal(stages.call(BAD, **metadata))
    assert stages.read == 0
    await refusal(stages.call(BAD, authorization="lead"))
    assert stages.read == 1


@both
async def test_what_takes_long_to_read_is_waited_for(streams: bool) -> None:
    stages = Stages(streams=streams, slow=True)
    await stages.call(authorization="lead")
    found, _ = await refusal(stages.call(BAD, authorization="lead"))
    assert (found, stages.reached) == ("FIELD_INVALID", 1)


async def test_a_screen_refuses_in_the_order_of_the_stages_and_leaves_no_trace_of_what_passes() -> None:
    stages = Stages()
    endpoint = Endpoint(LIST, decision_service_pb2.GetDecisionRequest, lambda _: (), stages._answer, streams=False)

    async def screened(**metadata: str) -> None:
        await stages.pipeline.screen(endpoint, Call(metadata), fault)

    fault: AndonError | None = None
    assert (await refusal(screened()))[0] == "CREDENTIALS_MISSING"
    assert (await refusal(screened(authorization="submitter")))[0] == "ROLE_REQUIRED"
    assert [code for _, code in stages.told.calls] == ["UNAUTHENTICATED", "PERMISSION_DENIED"]
    await screened(authorization="lead")
    fault = PayloadTooLarge(field="request", limit=1, actual=2)
    assert (await refusal(screened(authorization="lead")))[0] == "PAYLOAD_TOO_LARGE"
    _drained(stages)
    assert (await refusal(screened()))[0] == "DRAINING"
    assert len(stages.told.calls) == 4


@both
async def test_a_call_that_its_transport_cuts_is_told_that_the_server_goes_down(streams: bool) -> None:
    stages = Stages(streams=streams)
    stages.held, stages.cut = asyncio.Event(), Cut()
    task = asyncio.create_task(stages.call(authorization="lead"))
    await stages.entered.wait()
    stages.cut.now = True
    task.cancel()
    assert (await refusal(task))[0] == "DRAINING"
    assert [code for _, code in stages.told.calls] == ["UNAVAILABLE"]


@both
async def test_one_call_too_many_is_refused_before_it_is_read_and_said_to_whom(streams: bool) -> None:
    stages = Stages(streams=streams, rate=1)
    for _ in range(5):
        await stages.call(authorization="admin" if streams else "lead")
    reason, words = await refusal(stages.call(b"unreadable", authorization="submitter"))
    assert (reason, words["principal"], words["limit"], stages.read) == ("RATE_EXCEEDED", "somebody", "1", 5)
    assert stages.told.refusals == [(STREAM if streams else LIST, "RATE_EXCEEDED")]
    assert (await refusal(stages.call()))[0] == "CREDENTIALS_MISSING"


async def test_a_screen_counts_only_what_comes_no_further() -> None:
    stages = Stages(rate=1)
    endpoint = Endpoint(LIST, decision_service_pb2.GetDecisionRequest, lambda _: (), stages._answer, streams=False)

    async def screened(role: str) -> None:
        await stages.pipeline.screen(endpoint, Call({"authorization": role}))

    for _ in range(9):
        await screened("lead")
    for _ in range(5):
        assert (await refusal(screened("submitter")))[0] == "ROLE_REQUIRED"
    assert (await refusal(screened("submitter")))[0] == "RATE_EXCEEDED"
    assert (await refusal(screened("lead")))[0] == "RATE_EXCEEDED"


def test_the_order_has_a_name_for_each_stage() -> None:
    assert ORDER == ("request_id", "metrics", "log", "errors", "gate", "auth", "rate", "validation")


@both
async def test_an_answered_call_is_counted_and_writes_no_line(streams: bool) -> None:
    stages = Stages(streams=streams)
    with capture_logs() as lines:
        await stages.call(authorization="lead")
    assert stages.told.calls == [(STREAM if streams else LIST, "OK")]
    assert (stages.told.refusals, lines, stages.reached) == ([], [], 1)


@both
@pytest.mark.parametrize(("reason", "call", "code"), STAGES, ids=[f"{one[0]}-{at}" for at, one in enumerate(STAGES)])
async def test_each_stage_refuses_before_the_next_is_asked_and_the_refusal_is_counted_and_logged(
    streams: bool, reason: str, call: Callable[[Stages], Awaitable[None]], code: str
) -> None:
    stages = Stages(streams=streams)
    with capture_logs() as lines:
        found, words = await refusal(call(stages))
    method = STREAM if streams else LIST
    assert found == reason
    assert words["request_id"]
    assert stages.told.calls == [(method, code)]
    assert stages.told.refusals == [(method, reason)]
    assert [(line["event"], line["log_level"], line["reason"]) for line in lines] == [("refused", "info", reason)]
    assert stages.reached == 0


@both
async def test_a_fault_of_ours_tells_the_caller_where_to_look_and_nothing_else(streams: bool) -> None:
    stages = Stages(streams=streams)
    stages.fault = fault = RuntimeError("no such table: decision")
    with capture_logs() as lines:
        found, words = await refusal(stages.call(authorization="lead", x_request_id="trace-1"))
    assert (found, dict(words)) == ("INTERNAL", {"request_id": "trace-1"})
    assert stages.told.calls == [(STREAM if streams else LIST, "INTERNAL")]
    assert [(line["event"], line["exc_info"]) for line in lines] == [("failed", fault)]


@both
async def test_a_refusal_of_the_endpoint_is_mapped_like_any_other(streams: bool) -> None:
    stages = Stages(streams=streams)
    stages.fault = CredentialsMissing()
    assert isinstance(stages.fault, AndonError)
    found, _ = await refusal(stages.call(authorization="lead"))
    assert found == "CREDENTIALS_MISSING"


@both
async def test_more_calls_than_allowed_are_refused_and_a_place_comes_free_however_a_call_ends(streams: bool) -> None:
    stages = Stages(limit=1, streams=streams)
    stages.held = asyncio.Event()
    first = asyncio.create_task(stages.call(authorization="lead"))
    await stages.entered.wait()
    found, words = await refusal(stages.call(authorization="lead"))
    assert (found, words["limit"]) == ("TOO_MANY_CALLS", "1")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    stages.held.set()
    stages.fault = RuntimeError("once")
    await refusal(stages.call(authorization="lead"))
    stages.fault = None
    await stages.call(authorization="lead")
    assert [code for _, code in stages.told.calls] == ["RESOURCE_EXHAUSTED", "CANCELLED", "INTERNAL", "OK"]


async def test_who_waits_elsewhere_takes_no_place() -> None:
    waiting = 1
    gate = Gate(1, lambda: waiting)
    gate.enter()
    gate.enter()
    waiting = 0
    with pytest.raises(AndonError, match="more than 1 calls"):
        gate.enter()
