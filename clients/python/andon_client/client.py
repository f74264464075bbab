"""The asyncio client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Protocol, Self

from andon_client import _options
from andon_client._calls import CALL_TIMEOUT, Caller, RetryPolicy
from andon_client._decisions import DecisionCalls
from andon_client._gate import AsyncGate, GateSettings, P, Prediction, R
from andon_client._proof import ProofCalls, SigningKeys, Trust
from andon_client._transport import AsyncTransport
from andon_client.feedback import FeedbackCalls
from andon_client.insight import InsightCalls
from andon_client.ledger import LedgerCalls
from andon_client.model import Model
from andon_client.notifications import NotificationCalls
from andon_client.privacy import PrivacyCalls
from andon_client.reviewer import Reviewer


class AsyncGuard(Protocol):
    """A decorator for coroutine functions whose first argument is the prediction."""

    def __call__(self, function: Callable[Concatenate[Prediction, P], Awaitable[R]], /) -> AsyncGate[P, R]: ...


class Client(DecisionCalls, ProofCalls, FeedbackCalls, InsightCalls, NotificationCalls, LedgerCalls, PrivacyCalls):
    """Talks to an Andon server from asyncio.

    `address` defaults to ANDON_ADDRESS, then `localhost:50051`; `token` to ANDON_TOKEN. TLS is used for every address
    beyond this machine unless `tls` (or ANDON_TLS) says otherwise; `root_certificates` is PEM, or the path of a file
    with it. `max_wait` bounds one call's wait in seconds, `call_timeout` how
    long a call that waits for nobody is repeated, `retry` says how calls are repeated, `options` are
    further gRPC channel options. `signing_keys` (or a file, ANDON_RECEIPT_KEYS) pins the public keys that receipts
    are checked with, and `issuer` whose they must be; without keys the server is asked for its own. Nothing is opened
    before the first call. One client serves any number of tasks.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        tls: bool | None = None,
        root_certificates: bytes | str | Path | None = None,
        max_wait: float = 60.0,
        call_timeout: float = CALL_TIMEOUT,
        retry: RetryPolicy | None = None,
        options: Sequence[tuple[str, Any]] = (),
        signing_keys: SigningKeys = None,
        issuer: str | None = None,
    ) -> None:
        endpoint = _options.resolve(address, token, tls, root_certificates, options)
        self.address = endpoint.address
        self._trust = Trust(signing_keys, issuer)
        self._transport = AsyncTransport(endpoint)
        super().__init__(Caller(self._transport, retry or RetryPolicy(), call_timeout), max_wait)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection. The client may be used again; it opens a new one."""
        await self._transport.close()

    def gate(
        self,
        *,
        action: str,
        model: Model | tuple[str, str] | str = "",
        currency: str = "",
        irreversible: bool = False,
        regulated: bool = False,
        timeout: float | None = None,
        without_receipt: bool = False,
        rerun: bool = False,
    ) -> AsyncGuard:
        """Guards a coroutine function: it runs only if the decision passed.

        The function takes the prediction to act upon as its first argument; callers give a Proposal in its place.
        What is stated here need not be stated in each proposal. `timeout` is as in `decide`. `without_receipt` runs it
        on the server's word alone: no receipt is checked, and no answer redeemed. `rerun` runs it again where an
        earlier run has redeemed the answer: only for what does no harm twice.
        """
        settings = GateSettings(action, model, currency, irreversible, regulated, timeout, without_receipt, rerun)

        def guard(function: Callable[Concatenate[Prediction, P], Awaitable[R]], /) -> AsyncGate[P, R]:
            return AsyncGate(self, settings, function)

        return guard

    def reviewer(self) -> Reviewer:
        """The reviewer's side. The token must be a reviewer's."""
        return Reviewer(self._caller, self._transport)
