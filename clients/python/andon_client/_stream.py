"""One stream that outlives its connections."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import grpc

from andon_client import _methods as methods
from andon_client._calls import Backoff, Caller, log, may_be_repeated
from andon_client._gen.andon.v1 import review_service_pb2
from andon_client._status import from_rpc_error
from andon_client._transport import AsyncTransport
from andon_client.errors import AndonError

Event = review_service_pb2.StreamResponse

_SETTLED_AFTER: Final = 5.0
_CUT_BY_PROXY: Final = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})


async def events(
    caller: Caller, transport: AsyncTransport, request: review_service_pb2.StreamRequest
) -> AsyncGenerator[Event | None, None]:
    """The events of one connection after the other, for ever; None whenever a connection begins.

    Raises AndonError where the server refuses the stream for good, for example for its credentials.
    """
    backoff = caller.backoff()
    while True:
        started, asked_for = transport.now(), None
        yield None
        try:
            async with aclosing(_connection(transport, request)) as connection:
                async for event in connection:
                    yield event
        except grpc.RpcError as error:
            asked_for = _resumable(from_rpc_error(error)).retry_delay
        await transport.sleep(_pause(backoff, transport.now() - started, asked_for))


async def _connection(
    transport: AsyncTransport, request: review_service_pb2.StreamRequest
) -> AsyncGenerator[Event, None]:
    call = transport.stream(methods.STREAM, request)
    try:
        async for event in call:
            yield event
    finally:
        call.cancel()


def _pause(backoff: Backoff, lasted: float, asked_for: float | None) -> float:
    if lasted >= _SETTLED_AFTER:
        backoff.reset()
    return backoff.pause(asked_for)


def _resumable(error: AndonError) -> AndonError:
    """Returns the error where a new stream may do better; raises it where it won't."""
    if not may_be_repeated(error) and (error.reason or error.code not in _CUT_BY_PROXY):
        raise error
    log.warning("the stream was cut (%s); opening a new one", error.message)
    return error
