"""Everything the client raises beside ValueError for what can't be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import grpc

from andon_client.model import Decision, Outcome, Reason


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that breaks a rule. `path` is as in the request, for example `decision.confidence`."""

    path: str
    description: str


class AndonError(Exception):
    """Base of all errors of this package.

    `reason` is a value of the contract's ErrorReason (such as `REQUEST_ID_REUSED`), or empty where the answer did not
    come from Andon. `metadata` holds every dynamic word of the message, `faults` the fields at fault, `request_id`
    what to look for in the server's log.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] = MappingProxyType({}),
        faults: tuple[FieldFault, ...] = (),
        request_id: str = "",
        code: grpc.StatusCode | None = None,
        retry_delay: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata = metadata
        self.faults = faults
        self.request_id = request_id
        self.code = code
        self.retry_delay = retry_delay
        """Seconds after which the server asks to be called again; None where it does not say."""


class InvalidRequest(AndonError):
    """The server can't accept what was sent; `faults` names the fields."""


class NotAllowed(AndonError):
    """The credentials are missing or unknown, or do not allow the call."""


class NotFound(AndonError):
    """There is no such thing, or it is not the caller's to see."""


class Unavailable(AndonError):
    """No answer within the time given: the server is unreachable, stopping or overloaded.

    A submission or a verdict may or may not have been recorded. Repeat it with `submission_id` as its request id:
    it is then recorded once.
    """

    submission_id: str = ""


class TaskClosed(AndonError):
    """The task has already ended."""


class LeaseLost(AndonError):
    """The lease has lapsed, or somebody else holds the task. Nothing was changed."""


class PayloadChanged(AndonError):
    """What was seen is not what would be decided. Nothing was changed."""


class ReceiptError(AndonError):
    """The receipt does not prove that the effect may happen, so it must not."""


class ReceiptInvalid(ReceiptError):
    """It is no receipt, or not signed by a key that is known."""


class UnknownKey(ReceiptInvalid):
    """It names a key that is not among those known. They may have been rotated: fetch them anew."""


class ReceiptExpired(ReceiptError):
    """The time to act on the answer is over. It is still proof of it."""


class ReceiptMismatch(ReceiptError):
    """It is about something else: another decision, another payload, or of another issuer."""


class ReceiptRefuses(ReceiptError):
    """It proves an end with which the effect may not happen."""


class AlreadyRedeemed(AndonError):
    """The answer holds once, and another call has used it up."""


class RedeemedBefore(AlreadyRedeemed):
    """The answer holds once, and an earlier run has used it up with the same request id.

    Nobody but you can know whether the effect has happened then: look, and where it has not, run the function yourself
    (or guard it with `rerun=True`, if it does no harm twice).
    """


class StillPending(AndonError):
    """The caller's own time is up and nobody has judged yet. The decision stands: go on with `wait(error.name)`."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{decision.name} is still pending", reason="STILL_PENDING")
        self.decision = decision
        self.name = decision.name


class Refused(AndonError):
    """The decision did not pass, so the effect must not run."""

    verb: ClassVar[str] = "did not pass"

    def __init__(self, decision: Decision) -> None:
        super().__init__(_refusal(decision, self.verb), reason=str(decision.outcome or "PENDING"))
        self.decision = decision

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the decision was routed as it was."""
        return self.decision.reasons

    @property
    def comment(self) -> str:
        """What the reviewer had to say."""
        return self.decision.comment


class Rejected(Refused):
    """A reviewer rejected it."""

    verb = "was rejected"


class Expired(Refused):
    """Nobody judged it in time."""

    verb = "expired before anybody judged it"


class Blocked(Refused):
    """The policies refused it."""

    verb = "was blocked by policy"


class Cancelled(Refused):
    """Its submitter withdrew it."""

    verb = "was cancelled"


_REFUSALS: dict[Outcome | None, type[Refused]] = {
    Outcome.REJECTED: Rejected,
    Outcome.EXPIRED: Expired,
    Outcome.BLOCKED: Blocked,
    Outcome.CANCELLED: Cancelled,
}


def require_passed(decision: Decision) -> Decision:
    """Returns the decision if the effect may run. Raises StillPending while it is open, else the fitting Refused."""
    if decision.passed:
        return decision
    if decision.pending:
        raise StillPending(decision)
    raise _REFUSALS.get(decision.outcome, Refused)(decision)


def _refusal(decision: Decision, verb: str) -> str:
    said = decision.comment or "; ".join(reason.text for reason in decision.reasons if reason.text)
    return f"{decision.action} ({decision.name}) {verb}" + (f": {said}" if said else "")
