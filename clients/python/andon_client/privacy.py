"""For those who answer for personal data: erasing it, and legal holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import time_of
from andon_client._gen.andon.v1 import privacy_service_pb2

ERASING: Final = 600.0
"""Seconds that an erasure may take. It can be called again: it goes on where it broke off."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure came to, or would.

    `erased` decisions went now, `earlier` ones had gone before. `open_count` and `held_count` are left because they are
    open or under a legal hold; of each the first hundred are named. `key_destroyed`: what is encrypted with the
    subject's key can't be read any more, wherever a copy of it is.
    """

    erased: int
    earlier: int
    open_count: int
    open: Sequence[str]
    held_count: int
    held: Sequence[str]
    key_destroyed: bool


@dataclass(frozen=True, slots=True)
class LegalHold:
    """What may be neither erased nor retired: a decision, a subject's decisions, or those of an action.

    The other two are empty; all three where the subject was erased since. `release_time` is None while it is in force.
    """

    name: str
    subject: str
    decision: str
    action: str
    reason: str
    creator: str
    create_time: datetime
    release_time: datetime | None


class PrivacyCalls:
    """Erasing is for administrators; legal holds are for auditors as well."""

    _caller: Caller

    async def erase(
        self, *, subject: str = "", decision: str = "", reason: str = "", validate_only: bool = False
    ) -> Erasure:
        """Erases the personal data of all about a subject, or of one decision, as far as it has ended and is not held.

        `reason` is for the ledger and is never erased: name no person in it. `validate_only` says what would be, and
        erases nothing. Not repeated by itself; call it again after Unavailable. Raises NotFound.
        """
        request = privacy_service_pb2.EraseRequest(
            subject=subject, decision=decision, reason=reason, validate_only=validate_only
        )
        return _erasure_of(await self._caller.once(methods.ERASE, request, ERASING))

    async def hold(self, *, reason: str, subject: str = "", decision: str = "", action: str = "") -> LegalHold:
        """Keeps decisions from being erased or retired: those about a subject, one, or those of an action.

        `action` may end in `.*`, or be `*`. Harmless to repeat: the same hold of the same caller is placed once.
        """
        hold = privacy_service_pb2.LegalHold(subject=subject, decision=decision, action=action, reason=reason)
        request = privacy_service_pb2.CreateLegalHoldRequest(legal_hold=hold)
        return _hold_of((await self._caller.call(methods.CREATE_LEGAL_HOLD, request)).legal_hold)

    async def release_hold(self, name: str, *, reason: str = "") -> LegalHold:
        """Ends a hold; one that has ended stays as it is. Raises NotFound."""
        request = privacy_service_pb2.ReleaseLegalHoldRequest(name=name, reason=reason)
        return _hold_of((await self._caller.call(methods.RELEASE_LEGAL_HOLD, request)).legal_hold)

    async def holds(self, *, released: bool = False, page_size: int = 200) -> AsyncGenerator[LegalHold, None]:
        """Legal holds in force, newest first; with those that were `released` where asked for."""
        request = privacy_service_pb2.ListLegalHoldsRequest(page_size=page_size, show_released=released)
        while True:
            page = await self._caller.call(methods.LIST_LEGAL_HOLDS, request)
            for message in page.legal_holds:
                yield _hold_of(message)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


def _erasure_of(message: privacy_service_pb2.EraseResponse) -> Erasure:
    return Erasure(
        erased=message.erased_count,
        earlier=message.earlier_count,
        open_count=message.open_count,
        open=tuple(message.open_decisions),
        held_count=message.held_count,
        held=tuple(message.held_decisions),
        key_destroyed=message.key_destroyed,
    )


def _hold_of(message: privacy_service_pb2.LegalHold) -> LegalHold:
    return LegalHold(
        name=message.name,
        subject=message.subject,
        decision=message.decision,
        action=message.action,
        reason=message.reason,
        creator=message.creator,
        create_time=time_of(message.create_time),
        release_time=time_of(message.release_time) if message.HasField("release_time") else None,
    )
