"""What concerns no decision: entries of the server itself, its secrets, and proof that it can commit."""

from __future__ import annotations

from andon.domain.canonical import JsonObject, canonical
from andon.store.ledger import Draft
from andon.store.postgres.session import Session
from andon.store.values import LedgerEntry


async def record(session: Session, kind: str, actor: str, body: JsonObject, now: int) -> LedgerEntry:
    """Appends an entry to the ledger."""
    (link,) = await session.append([Draft(now, kind, actor, canonical(body))])
    return LedgerEntry(link.sequence, now, kind, actor, "", "", body, link.previous, link.hash)


async def probe(session: Session) -> None:
    """Changes a row that says nothing. Only a real commit proves that one is possible."""
    await session.rows("probe")


async def keep_secret(session: Session, name: str, fresh: bytes) -> bytes:
    """Gives the secret of that name, and makes `fresh` it where there is none."""
    return bytes(await session.one("keep_secret", {"name": name, "fresh": fresh}))
