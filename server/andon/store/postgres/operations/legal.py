"""Legal holds."""

from __future__ import annotations

from andon.domain.errors import DecisionNotFound, LegalHoldNotFound
from andon.domain.hold import LegalHold
from andon.store import erasure
from andon.store.postgres.sealing import rename
from andon.store.postgres.session import Session
from andon.store.privacy import Release
from andon.store.sealing import Sealing


async def place(session: Session, hold: LegalHold, sealing: Sealing) -> LegalHold:
    """Places a hold, unless the same one is in force; once erasures that came first have ended."""
    await session.rows("await_erasures")
    if (id := hold.decision_id) and await session.row("decision_outcome", {"decision_id": id}) is None:
        raise DecisionNotFound(name=f"decisions/{id}")
    values = erasure.hold_values(hold, sealing)
    if (known := erasure.same(hold, await session.rows("hold_in_force", values))) is not None:
        return known
    if hold.subject and len(names := sealing.subjects(hold.subject)) > 1:
        await rename(session.connection, names[0], names[-1])
    (row,) = await session.rows("insert_hold", values)
    await session.append([erasure.held(hold)])
    return erasure.hold_of(row)


async def free(session: Session, release: Release) -> LegalHold:
    """Ends a hold, unless it has ended."""
    values = {"hold_id": release.hold_id, "now": release.now}
    if (row := await session.row("release_if_in_force", values)) is not None:
        hold = erasure.hold_of(row)
        await session.append([erasure.freed(hold, release)])
        return hold
    if (row := await session.row("hold_by_id", values)) is None:
        raise LegalHoldNotFound(name=f"legalHolds/{release.hold_id}")
    return erasure.hold_of(row)
