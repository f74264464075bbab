"""Whether somebody takes work."""

from __future__ import annotations

from andon.store import drafts
from andon.store.postgres.session import Session
from andon.store.values import Absence


async def set_absence(session: Session, principal: str, absence: Absence | None, now: int) -> bool:
    """Sends a reviewer away, or back to work, once leases for them that are under way are made. See `Store`."""
    await session.rows("await_leasing", {"holder": principal})
    before = await absence_of(session, principal, now)
    if absence is None:  # what has run out goes as well, or a clock that is set back would bring it back
        await session.rows("come_back", {"principal": principal})
    if absence == before:
        return False
    if absence is not None:
        await session.rows("go_away", {"principal": principal, "until": absence.until})
    await session.append([drafts.availability(principal, absence, now)])
    return True


async def absence_of(session: Session, principal: str, now: int) -> Absence | None:
    """The absence in force."""
    row = await session.row("absence_of", {"principal": principal, "now": now})
    return None if row is None else Absence(*row)
