"""Why a call is refused. The edge maps each to one status; nothing here knows of codes or transports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that breaks a rule. `path` is as in the request, for example `decision.confidence`."""

    path: str
    description: str


class AndonError(Exception):
    """Base of all refusals.

    `reason` is the name of a value of the contract's ErrorReason without its prefix. `metadata` holds every dynamic
    word of the message.
    """

    reason: ClassVar[str] = "INTERNAL"
    message: ClassVar[str] = "internal error"

    delay: int | None = None
    """When to try again (µs), where that is known better than by the reason alone."""

    def __init__(self, **metadata: object) -> None:
        self.metadata = {key: str(value) for key, value in metadata.items()}
        super().__init__(self.message.format_map(self.metadata))


class FaultsError(AndonError):
    """A refusal that names fields."""

    def __init__(self, faults: tuple[FieldFault, ...], **metadata: object) -> None:
        self.faults = faults
        first = faults[0]
        super().__init__(field=first.path, fault=first.description, **metadata)


class InvalidTransition(AndonError):
    """The state machine has no such step. A fault of ours if it reaches a caller."""

    message = "no transition from {state} by {event}"


class FieldInvalid(FaultsError):
    reason = "FIELD_INVALID"
    message = "{field}: {fault}"


class CorrectionInvalid(FaultsError):
    reason = "CORRECTION_INVALID"
    message = "the corrected prediction does not fit the task's schema: {field}: {fault}"


class CommentRequired(AndonError):
    reason = "COMMENT_REQUIRED"
    message = "the policy asks for a comment with {verdict}"


class PayloadTooLarge(AndonError):
    reason = "PAYLOAD_TOO_LARGE"
    message = "{field} has {actual} bytes; at most {limit} are allowed"


class PayloadTooDeep(AndonError):
    reason = "PAYLOAD_TOO_DEEP"
    message = "{field} is nested deeper than {limit} levels"


class PageTokenInvalid(AndonError):
    reason = "PAGE_TOKEN_INVALID"
    message = "the page token was not made for this request"


class CredentialsMissing(AndonError):
    reason = "CREDENTIALS_MISSING"
    message = "the call carries no bearer token and no known certificate; send `authorization: Bearer TOKEN`"


class CredentialsInvalid(AndonError):
    reason = "CREDENTIALS_INVALID"
    message = "the bearer token is malformed, unknown or expired"


class RoleRequired(AndonError):
    reason = "ROLE_REQUIRED"
    message = "{method} needs one of the roles {roles}"


class SelfReview(AndonError):
    reason = "SELF_REVIEW"
    message = "{name} can't be judged by its submitter"


class QueueNotAllowed(AndonError):
    reason = "QUEUE_NOT_ALLOWED"
    message = "the caller does not serve the queue {queue}"


class SkillsRequired(AndonError):
    reason = "SKILLS_REQUIRED"
    message = "{name} needs a reviewer with the skills {skills}"


class ConflictOfInterest(AndonError):
    """`conflict` names what keeps the reviewer away; the word `reason` says it in a sentence."""

    reason = "CONFLICT_OF_INTEREST"
    message = "{name} can't be judged by the caller: {reason} ({conflict})"


class ActionNotAllowed(AndonError):
    reason = "ACTION_NOT_ALLOWED"
    message = "the caller's credentials do not cover the action {action}"


class Delegated(AndonError):
    reason = "DELEGATED"
    message = "who acts for somebody else gives no verdicts"


class DecisionNotFound(AndonError):
    reason = "DECISION_NOT_FOUND"
    message = "{name} does not exist or is not the caller's to see"


class TaskNotFound(AndonError):
    reason = "TASK_NOT_FOUND"
    message = "{name} does not exist or is not the caller's to see"


class DeliveryNotFound(AndonError):
    reason = "DELIVERY_NOT_FOUND"
    message = "{name} does not exist"


class LegalHoldNotFound(AndonError):
    reason = "LEGAL_HOLD_NOT_FOUND"
    message = "no such legal hold: {name}"


class CheckpointNotFound(AndonError):
    reason = "CHECKPOINT_NOT_FOUND"
    message = "no checkpoint is over {size} entries"


class RequestIdReused(AndonError):
    reason = "REQUEST_ID_REUSED"
    message = "the request id {request_id} was used with another body"


class DecisionResolved(AndonError):
    reason = "DECISION_RESOLVED"
    message = "{name} has already ended: {outcome}"


class TaskClosed(AndonError):
    reason = "TASK_CLOSED"
    message = "{name} has already ended: {state}"


class NoEscalation(AndonError):
    reason = "NO_ESCALATION"
    message = "{name} has no queue to escalate to"


class NoMoreTime(AndonError):
    reason = "NO_MORE_TIME"
    message = "{name} is given no more time: {why}"


class NotAppealable(AndonError):
    reason = "NOT_APPEALABLE"
    message = "{name} can't be appealed: {why}"


class AlreadyJudged(AndonError):
    reason = "VERDICT_GIVEN"
    message = "{name} can't be amended: a verdict has been given; supersede it instead"


class PolicyStricter(AndonError):
    reason = "POLICY_STRICTER"
    message = "the verdict on {name} does not count: by the policies in force now it is {route} (rule {rule})"


class FieldsNotOpened(AndonError):
    reason = "FIELDS_NOT_OPENED"
    message = "{name} can't be undone, and is not approved before these fields are opened: {fields}"


class NotResolved(AndonError):
    reason = "NOT_RESOLVED"
    message = "{name} has not ended"


class ReceiptUnbacked(AndonError):
    """`field` is the first thing that the decision's row says otherwise than the ledger."""

    reason = "RECEIPT_UNBACKED"
    message = "the ledger does not back what is stored of {name} ({field}): no receipt is signed of it"


class EntryUnproved(AndonError):
    """`sequence` is an entry that does not lead to the root of a checkpoint, over `size` entries, that covers it."""

    reason = "ENTRY_UNPROVED"
    message = "entry {sequence} does not lead to what the checkpoint over {size} entries says: one of them was edited"


class EntryNotSealed(AndonError):
    """`size` is how many entries the checkpoint covers; 0 where there is none."""

    reason = "ENTRY_NOT_SEALED"
    message = "the checkpoint over {size} entries does not cover entry {sequence}"


class NotRedeemable(AndonError):
    reason = "NOT_REDEEMABLE"
    message = "{name} can't be redeemed: {why}"


class AlreadyRedeemed(AndonError):
    """`time` is RFC 3339."""

    reason = "ALREADY_REDEEMED"
    message = "{name} was redeemed by {redeemer} at {time}"


class LeaseLost(AndonError):
    reason = "LEASE_LOST"
    message = "the lease on {name} has lapsed or is not the caller's"


class PayloadChanged(AndonError):
    reason = "PAYLOAD_CHANGED"
    message = "what was seen of {name} is not what would be decided"


class TooManyCalls(AndonError):
    reason = "TOO_MANY_CALLS"
    message = "more than {limit} calls at once; try again"


class QueueFull(AndonError):
    reason = "QUEUE_FULL"
    message = "more than {limit} open tasks; nothing was recorded, try again"


class TooManyWaiters(AndonError):
    reason = "TOO_MANY_WAITERS"
    message = "more than {limit} callers are waiting; {name} is recorded, ask again with Wait"


class TooManyStreams(AndonError):
    reason = "TOO_MANY_STREAMS"
    message = "more than {limit} streams are open; try again"


class StreamTooSlow(AndonError):
    reason = "STREAM_TOO_SLOW"
    message = "the stream fell more than {limit} events behind and was cut; open a new one"


class RateExceeded(AndonError):
    """`limit` is in calls a second; the next one is allowed after `delay` µs."""

    reason = "RATE_EXCEEDED"
    message = "{principal} calls more often than {limit} times a second; try again"

    def __init__(self, delay: int | None = None, **metadata: object) -> None:
        self.delay = delay
        super().__init__(**metadata)


class QuotaExceeded(AndonError):
    """`quota` is `open_decisions`, `waiters` or `streams`."""

    reason = "QUOTA_EXCEEDED"
    message = "{principal} has more than {limit} {quota}; {hint}"

    def __init__(self, hint: str = "try again", **metadata: object) -> None:
        super().__init__(hint=hint, **metadata)


class Draining(AndonError):
    reason = "DRAINING"
    message = "the server is going down; try again"


class StoreUnavailable(AndonError):
    reason = "STORE_UNAVAILABLE"
    message = "the store can't commit; nothing was recorded, try again"


class IssuerUnavailable(AndonError):
    reason = "ISSUER_UNAVAILABLE"
    message = "the keys of {issuer} can't be had now; try again"


class MethodUnknown(AndonError):
    reason = "METHOD_UNKNOWN"
    message = "no such method: {method}"
