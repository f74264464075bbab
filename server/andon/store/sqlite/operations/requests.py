"""What makes calls safe to repeat that have no place of their own for it."""

from __future__ import annotations

from enum import IntEnum

from andon.domain.errors import RequestIdReused
from andon.store.sqlite.writer import Writer
from andon.store.values import RequestKey


class RequestKind(IntEnum):
    """Whose id a request id is: each kind of call has its own."""

    AMEND = 4
    APPEAL = 5
    EXTEND = 6


def earlier(writer: Writer, kind: RequestKind, request: RequestKey | None) -> str | None:
    """What an earlier call with this request was about; None where there is none. RequestIdReused."""
    if request is None:
        return None
    key = {"principal": request.principal, "kind": kind.value, "request_id": request.request_id}
    row = writer.row("request_by_id", key)
    if row is None:
        return None
    body_hash, subject = row
    if body_hash != request.body_hash:
        raise RequestIdReused(request_id=request.request_id)
    return str(subject)


def know(writer: Writer, kind: RequestKind, request: RequestKey | None, about: str) -> None:
    """Remembers what a call was about. After its guards: one that is refused leaves nothing behind."""
    if request is not None:
        key = {"principal": request.principal, "kind": kind.value, "request_id": request.request_id}
        writer.change("insert_request", {**key, "hash": request.body_hash, "subject": about})
