"""The blocking client: the same logic as the asyncio one, on the caller's own thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Protocol, Self, Unpack

from andon_client import _options
from andon_client._calls import CALL_TIMEOUT, Caller, RetryPolicy
from andon_client._decisions import DecisionCalls
from andon_client._gate import GateSettings, P, Prediction, R, SyncGate
from andon_client._proof import ProofCalls, SigningKeys, Trust
from andon_client._transport import BlockingTransport, iterate_blocking, run_blocking
from andon_client.errors import AndonError
from andon_client.feedback import FeedbackCalls, Grouping, Order, OverrideRate, SamplePage
from andon_client.filters import DecisionFilters
from andon_client.inclusion import InclusionProof
from andon_client.insight import InsightCalls, Queue, QueuePoint
from andon_client.ledger import LedgerCalls, LedgerEntry
from andon_client.model import Appeal, Decision, DecisionEvent, Explanation, Model, Redemption
from andon_client.notes import VerifierKey
from andon_client.notifications import Delivery, DeliveryState, NotificationCalls
from andon_client.privacy import Erasure, LegalHold, PrivacyCalls
from andon_client.proposal import Proposal, ProposalFields
from andon_client.receipts import KeySet, Receipt


class _Calls(DecisionCalls, ProofCalls, FeedbackCalls, InsightCalls, NotificationCalls, LedgerCalls, PrivacyCalls):
    """All that is written once."""


class SyncGuard(Protocol):
    """A decorator for plain functions whose first argument is the prediction."""

    def __call__(self, function: Callable[Concatenate[Prediction, P], R], /) -> SyncGate[P, R]: ...


class SyncClient:
    """Talks to an Andon server and blocks meanwhile. Arguments, methods and errors are those of `Client`.

    Any number of threads may share one. It needs no event loop and starts none. After a fork the child opens its own
    connection; fork before the first call, because gRPC does not survive a fork with calls under way.
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
        self._transport = BlockingTransport(endpoint)
        self._calls = _Calls(Caller(self._transport, retry or RetryPolicy(), call_timeout), max_wait)
        self._calls._trust = Trust(signing_keys, issuer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection. The client may be used again; it opens a new one."""
        self._transport.close()

    def decide(
        self,
        proposal: Proposal | None = None,
        /,
        *,
        timeout: float | None = None,
        **fields: Unpack[ProposalFields],
    ) -> Decision:
        """See `Client.decide`."""
        return run_blocking(self._calls.decide(proposal, timeout=timeout, **fields))

    def submit(
        self,
        proposal: Proposal | None = None,
        /,
        *,
        timeout: float | None = None,
        supersedes: Decision | str = "",
        **fields: Unpack[ProposalFields],
    ) -> Decision:
        """See `Client.submit`."""
        return run_blocking(self._calls.submit(proposal, timeout=timeout, supersedes=supersedes, **fields))

    def amend(
        self,
        decision: Decision | str,
        proposal: Proposal | None = None,
        /,
        *,
        payload_hash: str = "",
        **fields: Unpack[ProposalFields],
    ) -> Decision:
        """See `Client.amend`."""
        return run_blocking(self._calls.amend(decision, proposal, payload_hash=payload_hash, **fields))

    def submit_many(
        self, proposals: Iterable[Proposal], *, timeout: float | None = None
    ) -> list[Decision | AndonError]:
        """See `Client.submit_many`."""
        return run_blocking(self._calls.submit_many(proposals, timeout=timeout))

    def explain(self, proposal: Proposal | None = None, /, **fields: Unpack[ProposalFields]) -> Explanation:
        """See `Client.explain`."""
        return run_blocking(self._calls.explain(proposal, **fields))

    def wait(self, decision: Decision | str, *, timeout: float | None = None) -> Decision:
        """See `Client.wait`."""
        return run_blocking(self._calls.wait(decision, timeout=timeout))

    def get(self, decision: Decision | str) -> Decision:
        """See `Client.get`."""
        return run_blocking(self._calls.get(decision))

    def receipt(self, decision: Decision | str, *, level: int = 0) -> str:
        """See `Client.receipt`."""
        return run_blocking(self._calls.receipt(decision, level=level))

    def verify(self, decision: Decision, proposal: Proposal | None = None, *, level: int = 0) -> Receipt:
        """See `Client.verify`."""
        return run_blocking(self._calls.verify(decision, proposal, level=level))

    def redeem(self, decision: Decision | str, request_id: str = "", *, level: int | None = None) -> Redemption:
        """See `Client.redeem`."""
        return run_blocking(self._calls.redeem(decision, request_id, level=level))

    def receipt_keys(self, *, anew: bool = False) -> KeySet:
        """See `Client.receipt_keys`."""
        return run_blocking(self._calls.receipt_keys(anew=anew))

    def cancel(self, decision: Decision | str, comment: str = "") -> Decision:
        """See `Client.cancel`."""
        return run_blocking(self._calls.cancel(decision, comment))

    def appeal(self, decision: Decision | str, comment: str) -> Decision:
        """See `Client.appeal`."""
        return run_blocking(self._calls.appeal(decision, comment))

    def wait_for_appeal(self, decision: Decision | str, level: int, *, timeout: float | None = None) -> Appeal:
        """See `Client.wait_for_appeal`."""
        return run_blocking(self._calls.wait_for_appeal(decision, level, timeout=timeout))

    def decisions(
        self, *, full: bool = False, page_size: int = 0, **filters: Unpack[DecisionFilters]
    ) -> Iterator[Decision]:
        """See `Client.decisions`."""
        return iterate_blocking(self._calls.decisions(full=full, page_size=page_size, **filters))

    def history(self, decision: Decision | str) -> Iterator[DecisionEvent]:
        """See `Client.history`."""
        return iterate_blocking(self._calls.history(decision))

    def sample_pages(
        self, *, after: int = 0, action: str = "", order: Order = Order.SEQUENCE, page_size: int = 200
    ) -> Iterator[SamplePage]:
        """See `Client.sample_pages`."""
        return iterate_blocking(self._calls.sample_pages(after=after, action=action, order=order, page_size=page_size))

    def override_rates(
        self,
        *,
        by: Grouping = Grouping.ACTION,
        action: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        interval: timedelta | None = None,
    ) -> list[OverrideRate]:
        """See `Client.override_rates`."""
        return run_blocking(
            self._calls.override_rates(by=by, action=action, since=since, until=until, interval=interval)
        )

    def queues(self) -> list[Queue]:
        """See `Client.queues`."""
        return run_blocking(self._calls.queues())

    def queue_history(
        self, *, since: datetime, interval: timedelta, until: datetime | None = None, queue: str = ""
    ) -> list[QueuePoint]:
        """See `Client.queue_history`."""
        return run_blocking(self._calls.queue_history(since=since, interval=interval, until=until, queue=queue))

    def deliveries(
        self, *, subscription: str = "", state: DeliveryState | None = None, page_size: int = 200
    ) -> Iterator[Delivery]:
        """See `Client.deliveries`."""
        return iterate_blocking(self._calls.deliveries(subscription=subscription, state=state, page_size=page_size))

    def resend(self, name: str) -> Delivery:
        """See `Client.resend`."""
        return run_blocking(self._calls.resend(name))

    def ledger(self) -> Iterator[LedgerEntry | str]:
        """See `Client.ledger`."""
        return iterate_blocking(self._calls.ledger())

    def ledger_pages(self, *, after: int = 0) -> Iterator[Sequence[LedgerEntry]]:
        """See `Client.ledger_pages`."""
        return iterate_blocking(self._calls.ledger_pages(after=after))

    def checkpoint(self, *, covering: int = 0) -> str:
        """See `Client.checkpoint`."""
        return run_blocking(self._calls.checkpoint(covering=covering))

    def inclusion_proof(self, sequence: int, *, tree_size: int = 0) -> InclusionProof:
        """See `Client.inclusion_proof`."""
        return run_blocking(self._calls.inclusion_proof(sequence, tree_size=tree_size))

    def verifier_keys(self) -> Sequence[VerifierKey]:
        """See `Client.verifier_keys`."""
        return run_blocking(self._calls.verifier_keys())

    def erase(self, *, subject: str = "", decision: str = "", reason: str = "", validate_only: bool = False) -> Erasure:
        """See `Client.erase`."""
        calls = self._calls
        return run_blocking(calls.erase(subject=subject, decision=decision, reason=reason, validate_only=validate_only))

    def hold(self, *, reason: str, subject: str = "", decision: str = "", action: str = "") -> LegalHold:
        """See `Client.hold`."""
        return run_blocking(self._calls.hold(reason=reason, subject=subject, decision=decision, action=action))

    def release_hold(self, name: str, *, reason: str = "") -> LegalHold:
        """See `Client.release_hold`."""
        return run_blocking(self._calls.release_hold(name, reason=reason))

    def holds(self, *, released: bool = False, page_size: int = 200) -> Iterator[LegalHold]:
        """See `Client.holds`."""
        return iterate_blocking(self._calls.holds(released=released, page_size=page_size))

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
    ) -> SyncGuard:
        """See `Client.gate`; guards a plain function."""
        settings = GateSettings(action, model, currency, irreversible, regulated, timeout, without_receipt, rerun)

        def guard(function: Callable[Concatenate[Prediction, P], R], /) -> SyncGate[P, R]:
            return SyncGate(self, settings, function)

        return guard
