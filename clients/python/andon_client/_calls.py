"""Calls that are repeated where that is safe, with jittered exponential back-off, until a deadline."""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import grpc

from andon_client._methods import Method, Request, Response
from andon_client._status import RETRIABLE, from_rpc_error
from andon_client._transport import Transport
from andon_client.errors import AndonError

GRACE: Final = 1.0
"""Seconds an answer may take beyond the caller's own time: so long does the last attempt get."""

ATTEMPT: Final = 10.0
"""Seconds an attempt may take beyond what it waits for a person."""

CALL_TIMEOUT: Final = 30.0
"""Seconds for which a call that waits for nobody is repeated while the server is away."""

log = logging.getLogger("andon_client")
log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to pause before a call is repeated, in seconds: from `first`, doubled each time up to `largest`.

    Each pause is drawn at random from the upper half of that. A longer delay that the server asks for is honoured.
    """

    first: float = 0.1
    largest: float = 5.0


class Deadline:
    """The moment at which the caller's own time is up. None: never."""

    def __init__(self, now: Callable[[], float], timeout: float | None) -> None:
        self._now = now
        self._end = math.inf if timeout is None else now() + timeout

    def remaining(self) -> float:
        """Seconds that are left, from 0."""
        return max(0.0, self._end - self._now())

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.remaining() <= 0


class Backoff:
    """The pauses of one series of attempts."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._ceiling = policy.first

    def pause(self, asked_for: float | None = None) -> float:
        """The next pause in seconds; never shorter than what the server asked for."""
        ceiling = self._ceiling
        self._ceiling = min(2 * ceiling, self._policy.largest)
        drawn = random.uniform(ceiling / 2, ceiling)  # nosec B311  # spreads repetitions, no secret
        return drawn if asked_for is None else max(drawn, asked_for * random.uniform(1.0, 1.1))  # nosec B311

    def reset(self) -> None:
        """Begins anew, after a success."""
        self._ceiling = self._policy.first


class Caller:
    """Makes calls over a transport. Everything it repeats is a read, fenced, or carries a request id."""

    def __init__(self, transport: Transport, policy: RetryPolicy, call_timeout: float = CALL_TIMEOUT) -> None:
        self.transport = transport
        self.policy = policy
        self.call_timeout = call_timeout

    def deadline(self, timeout: float | None) -> Deadline:
        """A deadline `timeout` seconds from now."""
        return Deadline(self.transport.now, timeout)

    def backoff(self) -> Backoff:
        """A new series of pauses."""
        return Backoff(self.policy)

    async def call(self, method: Method[Request, Response], request: Request, timeout: float | None = None) -> Response:
        """Calls until there is an answer, for `timeout` seconds; without one for the `call_timeout` of all calls.

        Raises the typed error of the last attempt, or of one that is not to be repeated.
        """
        deadline = self.deadline(self.call_timeout if timeout is None else timeout)
        backoff = self.backoff()
        while True:
            response = await self.attempt(method, request, ATTEMPT, deadline, backoff)
            if response is not None:
                return response

    async def once(self, method: Method[Request, Response], request: Request, timeout: float) -> Response:
        """Calls once. Raises the typed error."""
        try:
            return await self.transport.call(method, request, timeout)
        except grpc.RpcError as error:
            raise from_rpc_error(error) from error

    async def attempt(
        self,
        method: Method[Request, Response],
        request: Request,
        timeout: float,
        deadline: Deadline,
        backoff: Backoff,
    ) -> Response | None:
        """One attempt. After a failure that may be repeated: pauses and returns None. Raises any other failure."""
        try:
            return await self.once(method, request, min(timeout, deadline.remaining() + GRACE))
        except AndonError as error:
            pause = self._pause_after(error, deadline, backoff)
            log.warning("%s: %s; trying again in %.1f s", method.path, _in_words(error), pause)
        await self.transport.sleep(pause)
        return None

    def _pause_after(self, error: AndonError, deadline: Deadline, backoff: Backoff) -> float:
        left = deadline.remaining()
        if not may_be_repeated(error) or left <= 0 or (error.retry_delay or 0) > left:
            raise error
        return min(backoff.pause(error.retry_delay), left)


def may_be_repeated(error: AndonError) -> bool:
    """Whether the same call may succeed later. RESOURCE_EXHAUSTED counts only where the server says when."""
    if error.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return error.retry_delay is not None
    return error.code in RETRIABLE


def _in_words(error: AndonError) -> str:
    return f"{error.code.name if error.code else ''} {error.message}".strip()
