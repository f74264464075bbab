"""Guards around functions: they run only if the decision passed."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import update_wrapper
from typing import Any, Concatenate, Final, Generic, ParamSpec, Protocol, TypeVar

from andon_client._json import copy_json
from andon_client.errors import AndonError, RedeemedBefore, require_passed
from andon_client.masked import kept_of
from andon_client.model import Decision, Model, Redemption
from andon_client.proposal import Proposal
from andon_client.receipts import Receipt

P = ParamSpec("P")
R = TypeVar("R")

Prediction = dict[str, Any]

_CURRENT: Final[ContextVar[Decision | None]] = ContextVar("andon_decision", default=None)


def current_decision() -> Decision:
    """The decision on which the guarded function is running. Its name makes a good idempotency key for the effect.

    Raises LookupError outside of a guarded function.
    """
    decision = _CURRENT.get()
    if decision is None:
        raise LookupError("no guarded function is running")
    return decision


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What all proposals of one gate have in common. Flags that are raised here can't be lowered by a proposal.

    `without_receipt`: it is run on the server's word alone, and nothing is redeemed. `rerun`: what an earlier run has
    redeemed is run again.
    """

    action: str
    model: Model | tuple[str, str] | str = ""
    currency: str = ""
    irreversible: bool = False
    regulated: bool = False
    timeout: float | None = None
    without_receipt: bool = False
    rerun: bool = False

    def complete(self, proposal: Proposal) -> Proposal:
        """The proposal with what it leaves out. Raises ValueError where it names another action."""
        if proposal.action not in ("", self.action):
            raise ValueError(f"this gate guards {self.action}, but the proposal is {proposal.action}")
        return replace(
            proposal,
            action=self.action,
            model=proposal.model or self.model,
            currency=proposal.currency or self.currency,
            irreversible=proposal.irreversible or self.irreversible,
            regulated=proposal.regulated or self.regulated,
        )

    def admit(self, decision: Decision) -> Prediction:
        """What may be acted upon. Raises StillPending or Refused, and AndonError for a decision of another action."""
        if decision.action != self.action:
            raise AndonError(f"{decision.name} decides on {decision.action}, not on {self.action}")
        found = require_passed(decision).prediction
        if found is None and decision.erase_time is not None:
            raise AndonError(f"{decision.name} passed, but what was to happen was erased")
        if kept := kept_of(decision.masked_fields, "prediction"):
            raise AndonError(f"{decision.name} passed, but what is to happen is kept from your role: {', '.join(kept)}")
        prediction: Prediction = copy_json(found or {})
        return prediction

    def check_first(self, decision: Decision, redemption: Redemption) -> None:
        """Raises RedeemedBefore where an earlier run has used the answer up."""
        if redemption.repeated and not self.rerun:
            raise RedeemedBefore(
                f"an earlier run redeemed {decision.name} at {redemption.time.isoformat()}, and may have run the effect"
            )


class Decides(Protocol):
    """What a gate needs of an async client."""

    async def decide(self, proposal: Proposal, /, *, timeout: float | None = None) -> Decision: ...

    async def wait(self, decision: Decision | str, *, timeout: float | None = None) -> Decision: ...

    async def verify(self, decision: Decision, proposal: Proposal | None = None, *, level: int = 0) -> Receipt: ...

    async def redeem(
        self, decision: Decision | str, request_id: str = "", *, level: int | None = None
    ) -> Redemption: ...


class DecidesBlocking(Protocol):
    """What a gate needs of a blocking client."""

    def decide(self, proposal: Proposal, /, *, timeout: float | None = None) -> Decision: ...

    def wait(self, decision: Decision | str, *, timeout: float | None = None) -> Decision: ...

    def verify(self, decision: Decision, proposal: Proposal | None = None, *, level: int = 0) -> Receipt: ...

    def redeem(self, decision: Decision | str, request_id: str = "", *, level: int | None = None) -> Redemption: ...


class AsyncGate(Generic[P, R]):
    """A guarded coroutine function. Call it with a Proposal where the function itself takes the prediction."""

    def __init__(
        self, client: Decides, settings: GateSettings, function: Callable[Concatenate[Prediction, P], Awaitable[R]]
    ) -> None:
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{function!r} is no coroutine function; guard it with a SyncClient")
        self._client = client
        self._settings = settings
        self._function = function
        update_wrapper(self, function)

    async def __call__(self, proposal: Proposal, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Decides; if that passed, runs the function with the prediction, corrected where it was corrected.

        What nobody judged in time passes where its policy says so (see `Decision.passed_unjudged`). Before it runs, the
        receipt must prove that exactly this proposal has passed, and the answer is redeemed where it holds once.

        Raises Rejected, Expired, Blocked, Cancelled or Refused where it did not pass, ReceiptError where that is not
        proven, AlreadyRedeemed where another call has used it up, RedeemedBefore where an earlier run of this guard
        has, and what `decide` raises.
        """
        whole = self._settings.complete(proposal)
        decision = await self._client.decide(whole, timeout=self._settings.timeout)
        return await self._run(decision, whole, *args, **kwargs)

    async def resume(self, name: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Goes on with a decision submitted before, for example after StillPending or a restart of the caller.

        It runs with what the decision holds, and the receipt must be about exactly that. Where an appeal has ended, its
        end counts instead of the decision's own. Raises as a call does.
        """
        return await self._run(await self._client.wait(name, timeout=self._settings.timeout), None, *args, **kwargs)

    async def _run(self, decision: Decision, proposal: Proposal | None, /, *args: P.args, **kwargs: P.kwargs) -> R:
        level, decision = decision.standing()
        prediction = self._settings.admit(decision)
        if not self._settings.without_receipt:
            receipt = await self._client.verify(decision, proposal, level=level)
            if receipt.once:
                self._settings.check_first(decision, await self._client.redeem(decision, level=level))
        token = _CURRENT.set(decision)
        try:
            return await self._function(prediction, *args, **kwargs)
        finally:
            _CURRENT.reset(token)


class SyncGate(Generic[P, R]):
    """A guarded plain function. Call it with a Proposal where the function itself takes the prediction."""

    def __init__(
        self, client: DecidesBlocking, settings: GateSettings, function: Callable[Concatenate[Prediction, P], R]
    ) -> None:
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{function!r} is a coroutine function; guard it with a Client")
        self._client = client
        self._settings = settings
        self._function = function
        update_wrapper(self, function)

    def __call__(self, proposal: Proposal, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """As `AsyncGate.__call__`, blocking."""
        whole = self._settings.complete(proposal)
        decision = self._client.decide(whole, timeout=self._settings.timeout)
        return self._run(decision, whole, *args, **kwargs)

    def resume(self, name: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """As `AsyncGate.resume`, blocking."""
        return self._run(self._client.wait(name, timeout=self._settings.timeout), None, *args, **kwargs)

    def _run(self, decision: Decision, proposal: Proposal | None, /, *args: P.args, **kwargs: P.kwargs) -> R:
        level, decision = decision.standing()
        prediction = self._settings.admit(decision)
        if not self._settings.without_receipt:
            receipt = self._client.verify(decision, proposal, level=level)
            if receipt.once:
                self._settings.check_first(decision, self._client.redeem(decision, level=level))
        token = _CURRENT.set(decision)
        try:
            return self._function(prediction, *args, **kwargs)
        finally:
            _CURRENT.reset(token)
