"""The one place where a refusal becomes a google.rpc.Status: canonical code, one ErrorInfo, and what helps besides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (
    BadRequest,
    ErrorInfo,
    PreconditionFailure,
    QuotaFailure,
    RequestInfo,
    ResourceInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status

from andon.domain.clock import MILLISECOND, SECOND
from andon.domain.errors import AndonError, FaultsError, FieldFault

DOMAIN: Final = "andon.dev"
DETAILS_KEY: Final = "grpc-status-details-bin"
MAX_FAULTS: Final = 20

# Clients take 8 KiB of metadata. Details travel in base64 (4/3), the message once more, a byte as three at worst.
_MAX_FAULT_BYTES: Final = 2_048
_MAX_MESSAGE: Final = 512
_MAX_WORD: Final = 256

CODES: Final[Mapping[str, grpc.StatusCode]] = MappingProxyType(
    {
        "FIELD_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
        "PAYLOAD_TOO_LARGE": grpc.StatusCode.INVALID_ARGUMENT,
        "PAYLOAD_TOO_DEEP": grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
        "CORRECTION_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
        "COMMENT_REQUIRED": grpc.StatusCode.INVALID_ARGUMENT,
        "CREDENTIALS_MISSING": grpc.StatusCode.UNAUTHENTICATED,
        "CREDENTIALS_INVALID": grpc.StatusCode.UNAUTHENTICATED,
        "ROLE_REQUIRED": grpc.StatusCode.PERMISSION_DENIED,
        "SELF_REVIEW": grpc.StatusCode.PERMISSION_DENIED,
        "QUEUE_NOT_ALLOWED": grpc.StatusCode.PERMISSION_DENIED,
        "SKILLS_REQUIRED": grpc.StatusCode.PERMISSION_DENIED,
        "CONFLICT_OF_INTEREST": grpc.StatusCode.PERMISSION_DENIED,
        "ACTION_NOT_ALLOWED": grpc.StatusCode.PERMISSION_DENIED,
        "DELEGATED": grpc.StatusCode.PERMISSION_DENIED,
        "DECISION_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
        "TASK_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
        "DELIVERY_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
        "LEGAL_HOLD_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
        "CHECKPOINT_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
        "REQUEST_ID_REUSED": grpc.StatusCode.ALREADY_EXISTS,
        "DECISION_RESOLVED": grpc.StatusCode.FAILED_PRECONDITION,
        "TASK_CLOSED": grpc.StatusCode.FAILED_PRECONDITION,
        "NO_ESCALATION": grpc.StatusCode.FAILED_PRECONDITION,
        "NO_MORE_TIME": grpc.StatusCode.FAILED_PRECONDITION,
        "NOT_APPEALABLE": grpc.StatusCode.FAILED_PRECONDITION,
        "VERDICT_GIVEN": grpc.StatusCode.FAILED_PRECONDITION,
        "POLICY_STRICTER": grpc.StatusCode.FAILED_PRECONDITION,
        "FIELDS_NOT_OPENED": grpc.StatusCode.FAILED_PRECONDITION,
        "NOT_RESOLVED": grpc.StatusCode.FAILED_PRECONDITION,
        "NOT_REDEEMABLE": grpc.StatusCode.FAILED_PRECONDITION,
        "ALREADY_REDEEMED": grpc.StatusCode.FAILED_PRECONDITION,
        "ENTRY_NOT_SEALED": grpc.StatusCode.FAILED_PRECONDITION,
        "LEASE_LOST": grpc.StatusCode.ABORTED,
        "PAYLOAD_CHANGED": grpc.StatusCode.ABORTED,
        "TOO_MANY_CALLS": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "QUEUE_FULL": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_WAITERS": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_STREAMS": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "STREAM_TOO_SLOW": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "RATE_EXCEEDED": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "QUOTA_EXCEEDED": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "DRAINING": grpc.StatusCode.UNAVAILABLE,
        "STORE_UNAVAILABLE": grpc.StatusCode.UNAVAILABLE,
        "ISSUER_UNAVAILABLE": grpc.StatusCode.UNAVAILABLE,
        "METHOD_UNKNOWN": grpc.StatusCode.UNIMPLEMENTED,
        "ENTRY_UNPROVED": grpc.StatusCode.DATA_LOSS,
        "RECEIPT_UNBACKED": grpc.StatusCode.DATA_LOSS,
        "INTERNAL": grpc.StatusCode.INTERNAL,
    }
)

RETRY_DELAYS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "TOO_MANY_CALLS": 100 * MILLISECOND,
        "QUEUE_FULL": 5 * SECOND,
        "TOO_MANY_WAITERS": SECOND,
        "TOO_MANY_STREAMS": 5 * SECOND,
        "STREAM_TOO_SLOW": SECOND,
        "RATE_EXCEEDED": SECOND,
        "QUOTA_EXCEEDED": 5 * SECOND,
        "DRAINING": SECOND,
        "STORE_UNAVAILABLE": SECOND,
        "ISSUER_UNAVAILABLE": SECOND,
    }
)
"""When to try again, in µs."""

_RESOURCES: Final = {
    "DECISION_NOT_FOUND": "andon.dev/Decision",
    "TASK_NOT_FOUND": "andon.dev/Task",
    "DELIVERY_NOT_FOUND": "andon.dev/Delivery",
    "LEGAL_HOLD_NOT_FOUND": "andon.dev/LegalHold",
    "CHECKPOINT_NOT_FOUND": "andon.dev/Checkpoint",
}
_FIELDS: Final = {"PAGE_TOKEN_INVALID": "page_token", "COMMENT_REQUIRED": "comment"}
_CODES_BY_NUMBER: Final = {code.value[0]: code for code in grpc.StatusCode}


def status_of(error: AndonError, request_id: str) -> Status:
    """What the caller is told of a refusal. `request_id` is the call's own, to look for in the log.

    An error's own word named `request_id` (the reused one) takes that place in the metadata; RequestInfo always has the
    call's.
    """
    code = CODES.get(error.reason, grpc.StatusCode.INTERNAL)
    if code is grpc.StatusCode.INTERNAL:
        return internal(request_id)
    faults = _faults(error)
    words = {"request_id": request_id} | error.metadata
    if len(faults) > MAX_FAULTS:
        words["faults"] = str(len(faults))
    extras = (_bad_request(faults), _retry(error), _quota(error, code), _resource(error), _precondition(error, code))
    return _status(code, str(error), error.reason, words, request_id, *extras)


def internal(request_id: str) -> Status:
    """What the caller is told of a fault of ours: where to look for it, and nothing else."""
    message = f"internal error; request id {request_id}"
    return _status(grpc.StatusCode.INTERNAL, message, "INTERNAL", {"request_id": request_id}, request_id)


def code_of(status: Status) -> grpc.StatusCode:
    """The canonical code as gRPC for Python names it."""
    return _CODES_BY_NUMBER[status.code]


async def abort(context: grpc.aio.ServicerContext[Any, Any], status: Status) -> NoReturn:
    """Ends the call with this status. Always raises, as `context.abort` does."""
    details = (DETAILS_KEY, status.SerializeToString())
    await context.abort(code_of(status), status.message, (*(context.trailing_metadata() or ()), details))
    raise AssertionError("abort returned")


def _status(
    code: grpc.StatusCode,
    message: str,
    reason: str,
    words: Mapping[str, str],
    request_id: str,
    *extras: Message | None,
) -> Status:
    status = Status(code=code.value[0], message=_clean(message, _MAX_MESSAGE))
    metadata = {key: _clean(word) for key, word in words.items()}
    details = [ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata), RequestInfo(request_id=_clean(request_id))]
    for detail in (*details, *extras):
        if detail is not None:
            status.details.add().Pack(detail)
    return status


def _faults(error: AndonError) -> tuple[FieldFault, ...]:
    if isinstance(error, FaultsError):
        return error.faults
    if error.reason in _FIELDS:
        return (FieldFault(_FIELDS[error.reason], str(error)),)
    if CODES[error.reason] is grpc.StatusCode.INVALID_ARGUMENT and "field" in error.metadata:
        return (FieldFault(error.metadata["field"], str(error)),)
    return ()


def _bad_request(faults: tuple[FieldFault, ...]) -> BadRequest | None:
    """Names as many of the first faults as fit."""
    if not faults:
        return None
    request, room = BadRequest(), _MAX_FAULT_BYTES
    for fault in faults[:MAX_FAULTS]:
        violation = BadRequest.FieldViolation(field=_clean(fault.path), description=_clean(fault.description))
        room -= violation.ByteSize() + 4
        if room < 0:
            break
        request.field_violations.append(violation)
    return request


def _retry(error: AndonError) -> RetryInfo | None:
    delay = error.delay or RETRY_DELAYS.get(error.reason)
    if delay is None:
        return None
    info = RetryInfo()
    info.retry_delay.FromMicroseconds(delay)
    return info


def _quota(error: AndonError, code: grpc.StatusCode) -> QuotaFailure | None:
    if code is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        return None
    principal = error.metadata.get("principal")
    subject = "server" if principal is None else f"principal:{principal}"
    return QuotaFailure(violations=[QuotaFailure.Violation(subject=_clean(subject), description=_clean(str(error)))])


def _resource(error: AndonError) -> ResourceInfo | None:
    kind = _RESOURCES.get(error.reason)
    if kind is None:
        return None
    return ResourceInfo(resource_type=kind, resource_name=_clean(_named(error)))


def _named(error: AndonError) -> str:
    """What an error is about: a checkpoint has no name but its size."""
    return error.metadata.get("name", "") or error.metadata.get("size", "")


def _precondition(error: AndonError, code: grpc.StatusCode) -> PreconditionFailure | None:
    if code is not grpc.StatusCode.FAILED_PRECONDITION:
        return None
    subject = _clean(error.metadata.get("name", ""))
    violation = PreconditionFailure.Violation(type=error.reason, subject=subject, description=_clean(str(error)))
    return PreconditionFailure(violations=[violation])


def _clean(text: str, limit: int = _MAX_WORD) -> str:
    """At most `limit` bytes of UTF-8, what can't be printed escaped: callers' words end up in logs and terminals."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    return encoded[: limit - 3].decode(errors="ignore") + "…"
