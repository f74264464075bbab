"""What concerns no decision: entries of the server itself, its secrets, and proof that it can commit."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.canonical import JsonObject, canonical
from andon.store import drafts
from andon.store.ledger import Draft
from andon.store.postgres.session import Session
from andon.store.values import Known, LedgerEntry, Sighting


async def record(session: Session, kind: str, actor: str, body: JsonObject, now: int) -> LedgerEntry:
    """Appends an entry to the ledger."""
    (link,) = await session.append([Draft(now, kind, actor, canonical(body))])
    return LedgerEntry(link.sequence, now, kind, actor, "", "", body, link.previous, link.hash)


async def witness(session: Session, sightings: Sequence[Sighting]) -> None:
    """Appends an entry for each."""
    await session.append(list(map(drafts.seen, sightings)))


async def record_if_same(session: Session, known: Known, kind: str, actor: str, body: JsonObject, now: int) -> bool:
    """Puts another secret in the place of one, and appends an entry."""
    values = {"name": known.name, "before": known.before, "after": known.after}
    if not await session.rows("swap_secret_if_same", values):
        return False
    await session.append([Draft(now, kind, actor, canonical(body))])
    return True


async def probe(session: Session) -> None:
    """Changes a row that says nothing. Only a real commit proves that one is possible."""
    await session.rows("probe")


async def keep_secret(session: Session, name: str, fresh: bytes) -> bytes:
    """Gives the secret of that name, and makes `fresh` it where there is none."""
    return bytes(await session.one("keep_secret", {"name": name, "fresh": fresh}))
