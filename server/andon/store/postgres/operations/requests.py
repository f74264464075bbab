"""What makes reviews and cancellations safe to repeat. (Submissions take all their request ids with one statement.)"""

from __future__ import annotations

from enum import IntEnum

from andon.domain.errors import RequestIdReused
from andon.store.postgres.session import Session
from andon.store.values import RequestKey


class RequestKind(IntEnum):
    """Whose id a request id is: each kind of call has its own."""

    SUBMIT = 1
    REVIEW = 2
    CANCEL = 3
    AMEND = 4
    APPEAL = 5
    EXTEND = 6


async def earlier(session: Session, kind: RequestKind, request: RequestKey | None, about: str, now: int) -> str | None:
    """What an earlier call with this request was about; where there is none, it is known from now on. RequestIdReused.

    To be asked first of all: a repetition at the same moment waits here until it is known what becomes of the first.
    """
    if request is None:
        return None
    key = {"principal": request.principal, "request_id": request.request_id, "kind": kind.value}
    claim = {**key, "hash": request.body_hash, "subject": about, "now": now}
    if await session.row("claim_request", claim) is not None:
        return None
    ((body_hash, subject),) = await session.rows("request_by_id", key)
    if body_hash != request.body_hash:
        raise RequestIdReused(request_id=request.request_id)
    return str(subject)
