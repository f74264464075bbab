"""From a gRPC status with google.rpc details to one typed exception."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from andon_client.errors import (
    AlreadyRedeemed,
    AndonError,
    FieldFault,
    InvalidRequest,
    LeaseLost,
    NotAllowed,
    NotFound,
    PayloadChanged,
    TaskClosed,
    Unavailable,
)

M = TypeVar("M", bound=Message)

DETAILS_KEY: Final = "grpc-status-details-bin"
REQUEST_ID_KEY: Final = "x-request-id"

RETRIABLE: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        # Sent by a server, or a proxy, that gives up a call it has begun. Our own cancellation is no status.
        grpc.StatusCode.CANCELLED,
    }
)

_BY_REASON: Final[dict[str, type[AndonError]]] = {
    "ALREADY_REDEEMED": AlreadyRedeemed,
    "LEASE_LOST": LeaseLost,
    "PAYLOAD_CHANGED": PayloadChanged,
    "TASK_CLOSED": TaskClosed,
}

_BY_CODE: Final[dict[grpc.StatusCode, type[AndonError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.UNAUTHENTICATED: NotAllowed,
    grpc.StatusCode.PERMISSION_DENIED: NotAllowed,
    grpc.StatusCode.NOT_FOUND: NotFound,
    **dict.fromkeys(RETRIABLE, Unavailable),
}

_NAMES: Final = {code.value[0]: code for code in grpc.StatusCode}


def from_rpc_error(error: grpc.RpcError) -> AndonError:
    """The exception for a failed call."""
    code: grpc.StatusCode = error.code()
    entries = list(error.trailing_metadata() or ())
    status = status_pb2.Status(code=code.value[0], message=error.details() or "")
    raw = _entry(entries, DETAILS_KEY)
    if isinstance(raw, bytes):
        try:
            status.MergeFromString(raw)
        except DecodeError:
            status.details.clear()
    request_id = _entry(entries, REQUEST_ID_KEY)
    return from_status(status, request_id if isinstance(request_id, str) else "", code)


def from_status(status: status_pb2.Status, request_id: str = "", code: grpc.StatusCode | None = None) -> AndonError:
    """The exception for a google.rpc.Status, as a batch carries it."""
    code = code or _NAMES.get(status.code, grpc.StatusCode.UNKNOWN)
    info = _detail(status, error_details_pb2.ErrorInfo)
    retry = _detail(status, error_details_pb2.RetryInfo)
    kind = _BY_REASON.get(info.reason) or _BY_CODE.get(code, AndonError)
    return kind(
        status.message or code.name,
        reason=info.reason,
        metadata=dict(info.metadata),
        faults=_faults(_detail(status, error_details_pb2.BadRequest)),
        request_id=_request_id(status, info) or request_id,
        code=code,
        retry_delay=retry.retry_delay.ToNanoseconds() / 1e9 if retry.HasField("retry_delay") else None,
    )


def _request_id(status: status_pb2.Status, info: error_details_pb2.ErrorInfo) -> str:
    told: str = _detail(status, error_details_pb2.RequestInfo).request_id
    return told or info.metadata.get("request_id", "")


def _faults(bad_request: error_details_pb2.BadRequest) -> tuple[FieldFault, ...]:
    return tuple(FieldFault(fault.field, fault.description) for fault in bad_request.field_violations)


def _detail(status: status_pb2.Status, kind: type[M]) -> M:
    """The first detail of this type; an empty one where there is none."""
    message = kind()
    for detail in status.details:
        if detail.Is(message.DESCRIPTOR):
            try:
                detail.Unpack(message)
            except DecodeError:
                continue
            break
    return message


def _entry(entries: Iterable[Any], wanted: str) -> str | bytes | None:
    return next((value for key, value in entries if key == wanted), None)
