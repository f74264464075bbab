"""The stages every call goes through, in one named order, unary and streaming alike, on every transport.

The order is ORDER: the envelope (request id → metrics → log → errors) is around everything, so a refused call is
counted and logged too; then gate → auth → rate → validation → the endpoint. Between rate and validation the request
is read: bytes of somebody who may not call are never parsed. Stages and endpoints raise AndonError; `errors` turns each
into a StatusError, which the transport's adapter sends.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from types import TracebackType
from typing import Any, Final, NoReturn, Protocol, TypeAlias

from google.protobuf.message import DecodeError, Message
from google.rpc.code_pb2 import Code
from google.rpc.status_pb2 import Status

from andon.auth.authenticator import Authenticator, KeysWanted, Peer, method_of
from andon.domain.clock import SystemClock
from andon.domain.errors import (
    AndonError,
    Draining,
    FieldFault,
    FieldInvalid,
    MethodUnknown,
    PayloadTooDeep,
    PayloadTooLarge,
    RateExceeded,
    RoleRequired,
    TooManyCalls,
)
from andon.domain.principal import Principal
from andon.rpc.crowd import Crowd
from andon.rpc.errors import internal, status_of
from andon.telemetry.logs import get_logger, request_id_var
from andon.usecases.access import check_role
from andon.usecases.quotas import Rates

ORDER: Final = ("request_id", "metrics", "log", "errors", "gate", "auth", "rate", "validation")
_PROCESS: Final = secrets.token_hex(4)
_numbers: Final = count(1)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Protobuf's parsers read 100 messages within each other, and JSON takes three for each of its levels.
PARSER_DEPTH: Final = 32
_log = get_logger("andon.rpc")


class StatusError(Exception):
    """A refusal, ready to be sent."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(status.message)
        self.status = status
        self.reason = reason


class Cut:
    """Whether a transport cuts what is still under way, for the server goes down: being cancelled then is DRAINING."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = False


@dataclass(slots=True)
class Call:
    """One call as endpoints see it. `remaining` is the time (s) until the caller's own deadline, None without one.

    `size` is how many bytes the request had; it is set before the request is read. `peer` is the other end of the
    connection where its certificate was verified, None elsewhere.
    """

    metadata: Mapping[str, str] = field(repr=False)
    remaining: float | None = None
    request_id: str = ""
    principal: Principal | None = None
    cut: Cut | None = None
    size: int = 0
    peer: Peer | None = None

    @property
    def caller(self) -> Principal:
        """Who calls; set by the `auth` stage before any endpoint runs."""
        assert self.principal is not None
        return self.principal


class Later:
    """An answer that may take long: how to wait for it. Until then nobody keeps the request."""

    __slots__ = ("wait",)

    def __init__(self, wait: Callable[[], Awaitable[Message]]) -> None:
        self.wait: Final = wait


Unary: TypeAlias = Callable[[Call, Any], Awaitable[Message | Later]]
Streaming: TypeAlias = Callable[[Call, Any], AsyncGenerator[Message, None]]
Check: TypeAlias = Callable[[Message], tuple[FieldFault, ...]]
Request: TypeAlias = Message | AndonError


class Reading:
    """A request that takes long to read: how to wait for it, while others are answered."""

    __slots__ = ("wait",)

    def __init__(self, wait: Callable[[], Awaitable[Request]]) -> None:
        self.wait: Final = wait


Read: TypeAlias = Callable[[bytes], Request | Reading]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of the contract: its path, its request's type and rules, and what answers it.

    `trial` is the row of the table of roles for a request that says `validate_only`; empty where there is none.
    """

    method: str
    request_type: type[Message]
    check: Check
    answer: Unary | Streaming
    streams: bool
    trial: str = ""
    together: bool = False
    """Whether its calls are worked off in a row where many come at once; see `Crowd`."""
    idempotent: bool = False
    """Whether it has no effect, so that a browser may GET it."""


def read_request(endpoint: Endpoint, max_size: int, body: bytes) -> Request:
    """The request in these bytes, or why they are none. Never raises."""
    if len(body) > max_size:
        return PayloadTooLarge(field="request", limit=max_size, actual=len(body))
    try:
        return endpoint.request_type.FromString(body)
    except DecodeError as error:
        if "depth" in str(error).lower():
            return PayloadTooDeep(field="request", limit=PARSER_DEPTH)
        name = endpoint.request_type.DESCRIPTOR.full_name
        return FieldInvalid((FieldFault("request", f"must be a well-formed {name}"),))


def request_id_of(metadata: Mapping[str, str]) -> str:
    """The caller's `x-request-id` where it is a usable one, else a fresh one."""
    given = metadata.get("x-request-id")
    return given if given and _REQUEST_ID.fullmatch(given) else f"{_PROCESS}{next(_numbers) & 0xFFFFFFFF:08x}"


class CallObserver(Protocol):
    """What the `metrics` stage tells. Metrics fill it."""

    def called(self, method: str, code: str, seconds: float) -> None:
        """A call has ended with this canonical code."""
        ...

    def refused(self, method: str, reason: str) -> None:
        """A call was refused for this reason."""
        ...

    def authenticated(self, method: str, result: str) -> None:
        """A call's credentials of this kind were looked at: `OK`, or the reason why they were refused."""
        ...


def unknown_method(observer: CallObserver, path: str, metadata: Mapping[str, str]) -> StatusError:
    """The refusal of a method that no service has, counted like any other."""
    error = MethodUnknown(method=path)
    observer.refused("unknown", error.reason)
    observer.called("unknown", "UNIMPLEMENTED", 0.0)
    return StatusError(status_of(error, request_id_of(metadata)), error.reason)


class Gate:
    """Bounds how many calls are served at once. Blocked waiters and open streams have bounds of their own."""

    def __init__(self, limit: int, waiting: Callable[[], int], streams: Callable[[], int] = int) -> None:
        """`waiting` counts blocked waiters and open streams, `streams` those alone."""
        self._limit = limit
        self._waiting = waiting
        self._streams = streams
        self._calls = 0
        self.draining = False

    def enter(self) -> None:
        """Takes a place. Raises Draining, TooManyCalls."""
        if self.draining:
            raise Draining
        if self._calls >= self._limit and self._calls - self._waiting() >= self._limit:
            raise TooManyCalls(limit=self._limit)
        self._calls += 1

    def leave(self) -> None:
        """Gives the place back."""
        self._calls -= 1

    @property
    def crowd(self) -> int:
        """By how many the calls at work outnumber open streams.

        Many streams make long turns of the event loop, and who gathers waits for turns.
        """
        return self._calls and self._calls - self._waiting() - self._streams()


class Pipeline:
    """Takes calls through the stages to their endpoints."""

    def __init__(
        self, observer: CallObserver, gate: Gate, authenticator: Authenticator, rates: Rates | None = None
    ) -> None:
        self.observer: Final = observer
        self.gate: Final = gate
        self.crowd: Final = Crowd(lambda: gate.crowd)
        self._authenticator = authenticator
        self._rates = Rates(SystemClock(), 0) if rates is None else rates

    async def unary(self, endpoint: Endpoint, call: Call, body: bytes, read: Read) -> Message:
        """Answers one call whose request is `read` from `body`. Raises StatusError."""
        with _Envelope(self, endpoint, call):
            self.gate.enter()
            try:
                await self._identify(endpoint, call)
                call.size = len(body)
                request = read(body)
                if isinstance(request, Reading):
                    request = await request.wait()
                self._admit(endpoint, call, request)
                if endpoint.together and self.crowd.is_one:
                    await asyncio.sleep(0)  # first all requests of a crowd are read, then all are answered
                response: Message | Later = await endpoint.answer(call, request)  # type: ignore[misc]  # by `streams`
                del request  # 50,000 callers may wait
                return await response.wait() if isinstance(response, Later) else response
            finally:
                self.gate.leave()
        raise AssertionError("no stage swallows an exception")

    async def streaming(self, endpoint: Endpoint, call: Call, body: bytes, read: Read) -> AsyncGenerator[Message, None]:
        """Answers one call with a stream. Raises StatusError."""
        with _Envelope(self, endpoint, call):
            self.gate.enter()
            try:
                await self._identify(endpoint, call)
                call.size = len(body)
                request = read(body)
                if isinstance(request, Reading):
                    request = await request.wait()
                self._admit(endpoint, call, request)
                answer: AsyncGenerator[Message, None] = endpoint.answer(call, request)  # type: ignore[assignment]
                async with aclosing(answer) as responses:
                    async for response in responses:
                        yield response
            finally:
                self.gate.leave()

    async def screen(self, endpoint: Endpoint, call: Call, fault: AndonError | None = None) -> None:
        """Refuses, before there is a request, what need not wait for it: by gate, by auth, then for `fault`.

        Raises StatusError. What passes is not counted and holds no place: it comes to `unary` or `streaming`.
        """
        try:
            self.gate.enter()
            try:
                await self._identify(endpoint, call, counted=False)
            finally:
                self.gate.leave()
            if fault is not None:
                self._admit(endpoint, call, fault)
        except Exception as error:
            self._charge(call)
            with _Envelope(self, endpoint, call):
                raise error from None

    def _charge(self, call: Call) -> None:
        """Counts a call that comes no further towards what its caller may."""
        if call.principal is not None:
            with suppress(RateExceeded):
                self._rates.take(call.principal.name)

    async def _identify(self, endpoint: Endpoint, call: Call, *, counted: bool = True) -> None:
        """Auth, as far as it goes without the request: who may not even try the method is refused here."""
        try:
            try:
                principal = call.principal = self._authenticator.authenticate(call.metadata, call.peer)
            except KeysWanted as wanted:  # the keys that tell it are not here yet; they are waited for, once
                await wanted.wait()
                principal = call.principal = self._authenticator.authenticate(call.metadata, call.peer)
        except AndonError as error:
            self.observer.authenticated(method_of(call.metadata, call.peer), error.reason)
            raise
        if counted:
            self.observer.authenticated(method_of(call.metadata, call.peer), "OK")
        (self._rates.take if counted else self._rates.check)(principal.name)
        try:
            check_role(principal, endpoint.method)
        except RoleRequired:
            if not endpoint.trial:
                raise
            check_role(principal, endpoint.trial)

    def _admit(self, endpoint: Endpoint, call: Call, request: Request) -> None:
        """The rest of auth, then validation: who may not call learns nothing of what is wrong with the message."""
        if isinstance(request, AndonError):
            check_role(call.caller, endpoint.method)
            raise request
        if endpoint.trial:
            tried = request.validate_only  # type: ignore[attr-defined]  # by `trial`
            check_role(call.caller, endpoint.trial if tried else endpoint.method)
        if faults := endpoint.check(request):
            raise FieldInvalid(faults)


class _Envelope:
    """The outer stages: request id → metrics → log → errors. One object, since every call pays for it."""

    __slots__ = ("_call", "_endpoint", "_pipeline", "_started", "_token")

    def __init__(self, pipeline: Pipeline, endpoint: Endpoint, call: Call) -> None:
        self._pipeline = pipeline
        self._endpoint = endpoint
        self._call = call

    def __enter__(self) -> None:
        self._call.request_id = request_id_of(self._call.metadata)
        self._token = request_id_var.set(self._call.request_id)
        self._started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._count("OK")
            elif isinstance(error, Exception):
                self._refuse(error)
            elif isinstance(error, asyncio.CancelledError) and self._call.cut is not None and self._call.cut.now:
                self._refuse(Draining())
            else:
                self._count("CANCELLED")
        finally:
            with suppress(ValueError):  # a stream that its caller dropped is closed from another context
                request_id_var.reset(self._token)

    def _refuse(self, error: Exception) -> NoReturn:
        method, call = self._endpoint.method, self._call
        if isinstance(error, AndonError):
            refusal = StatusError(status_of(error, call.request_id), error.reason)
            caller = call.principal.name if call.principal else ""
            _log.info("refused", method=method, reason=refusal.reason, principal=caller, why=str(refusal))
        else:
            _log.error("failed", method=method, exc_info=error)
            refusal = StatusError(internal(call.request_id), "INTERNAL")
        self._pipeline.observer.refused(method, refusal.reason)
        self._count(Code.Name(refusal.status.code))
        raise refusal from None

    def _count(self, code: str) -> None:
        self._pipeline.observer.called(self._endpoint.method, code, perf_counter() - self._started)
