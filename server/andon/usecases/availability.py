"""SetAvailability: whether a reviewer takes work."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.errors import FieldFault, FieldInvalid
from andon.domain.principal import Principal
from andon.store.values import Absence
from andon.usecases.completed import completed
from andon.usecases.context import Context


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody takes work, and if not from when on again (µs); None: once they say so."""

    available: bool = True
    resume_time: int | None = None


class Availability:
    """What reviewers say of themselves."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def set(self, principal: Principal, presence: Presence) -> Presence:
        """As it is from now on. Who is away keeps the leases they have, and is handed no others.

        Raises FieldInvalid where `resume_time` is past, or comes with a presence.
        """
        now = self._context.clock.now()
        if presence.resume_time is not None and (presence.available or presence.resume_time <= now):
            must = "goes with AWAY alone" if presence.available else "must be in the future"
            raise FieldInvalid((FieldFault("resume_time", must),))
        absence = None if presence.available else Absence(presence.resume_time)
        await completed(self._set(principal.name, absence, now))
        return presence

    async def _set(self, name: str, absence: Absence | None, now: int) -> None:
        await self._context.store.set_absence(name, absence, now)
        self._context.seats.away(name, absence)

    async def of(self, principal: Principal) -> Presence:
        """As it is now."""
        absence = await self._context.store.absence(principal.name, self._context.clock.now())
        return Presence() if absence is None else Presence(available=False, resume_time=absence.until)
