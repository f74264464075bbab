"""Erase, and legal holds: for those who answer for personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from andon.domain.errors import DecisionNotFound, FieldFault, FieldInvalid
from andon.domain.hold import LegalHold
from andon.domain.principal import Principal
from andon.store.privacy import Erasure, HoldQuery, Release, Survey, Target
from andon.usecases.completed import completed
from andon.usecases.context import Context

BATCH: Final = 50
"""So many decisions are erased in one transaction."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to: how many went, and what else there is of the target. Its `erasable` says nothing."""

    count: int
    rest: Survey
    key_destroyed: bool = False


class Privacy:
    """Erases, and places, releases and lists legal holds. Whether the caller may is settled by role before."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def erase(self, principal: Principal, target: Target, reason: str, *, validate_only: bool) -> Erased:
        """Erases the personal data of what has ended and is not held. `validate_only`: says what would be.

        It goes on to its end though its caller goes away. A call that broke off has erased some decisions wholly and
        others not; the next one goes on. Raises FieldInvalid, DecisionNotFound, StoreUnavailable.
        """
        _check_one(("subject", target.subject), ("decision", target.decision_id))
        before = await self._context.store.privacy.survey(target)
        if target.decision_id and before.nothing:
            raise DecisionNotFound(name=f"decisions/{target.decision_id}")
        if validate_only:
            return Erased(before.erasable, before)
        erasure = Erasure(target, principal.name, reason, self._context.clock.now())
        return await completed(self._erase(erasure, before))

    async def hold(self, principal: Principal, hold: LegalHold) -> LegalHold:
        """Places a hold, or gives the same one of the same caller that is in force.

        Raises FieldInvalid, DecisionNotFound.
        """
        fields = (("subject", hold.subject), ("decision", hold.decision_id), ("action", hold.action))
        _check_one(*((f"legal_hold.{name}", value) for name, value in fields))
        id, now = self._context.ids.next(), self._context.clock.now()
        return await self._context.store.privacy.hold(replace(hold, id=id, principal=principal.name, create_time=now))

    async def release(self, principal: Principal, hold_id: str, reason: str) -> LegalHold:
        """Ends a hold; one that has ended stays as it is. LegalHoldNotFound."""
        release = Release(hold_id, principal.name, reason, self._context.clock.now())
        return await self._context.store.privacy.release(release)

    async def holds(self, query: HoldQuery) -> Sequence[LegalHold]:
        """Holds, newest first."""
        return await self._context.store.privacy.holds(query)

    async def _erase(self, erasure: Erasure, before: Survey) -> Erased:
        privacy, count, destroyed = self._context.store.privacy, 0, False
        try:
            while done := await privacy.erase_if_ended(erasure, BATCH):
                count += done
        finally:
            destroyed = await privacy.scrub(erasure.target)
        after = await privacy.survey(erasure.target)
        return Erased(count, replace(after, earlier=before.earlier), destroyed)


def _check_one(*fields: tuple[str, str]) -> None:
    """Raises FieldInvalid unless exactly one of the fields is set."""
    given = [name for name, value in fields if value]
    if len(given) != 1:
        names = ", ".join(name.rpartition(".")[2] for name, _ in fields)
        field = given[1] if given else fields[0][0]
        raise FieldInvalid((FieldFault(field, f"exactly one of {names} is to be given"),))
