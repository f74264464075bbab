"""Reading the ledger for the evidence of one decision: its entries, their proofs, and whether the whole is sound."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from andon_client._chain import LedgerEntry, LedgerFault
from andon_client.client import Client
from andon_client.errors import NotAllowed
from andon_client.evidence.merkle import audit_paths
from andon_client.ledger import LedgerVerifier
from andon_client.notes import Note, VerifierKey


class _Reader:
    """Takes the ledger part by part. Remembers 32 bytes of each entry, and the entries of one decision."""

    def __init__(self, decision_id: str, verifier: LedgerVerifier) -> None:
        self._decision_id = decision_id
        self._verifier = verifier
        self.entries: list[LedgerEntry] = []
        self.hashes: list[bytes] = []
        self.fault = ""

    def take(self, part: LedgerEntry | str) -> None:
        """The next entry, or a checkpoint. After the first fault it reads on, to show what is there."""
        if isinstance(part, LedgerEntry):
            self.hashes.append(_bytes(part.hash))
            if part.decision_id == self._decision_id:
                self.entries.append(part)
        try:
            if self.fault:
                return
            if isinstance(part, str):
                self._verifier.expect(part)
            else:
                self._verifier.follow(part)
        except LedgerFault as fault:
            self.fault = str(fault)

    def finish(self, *, sealed: bool) -> dict[str, Any]:
        """How the whole ledger fits; `sealed`: there are checkpoints over it."""
        if not self.fault and sealed:
            try:
                proof = self._verifier.finish()
                return {
                    "entries": proof.entries,
                    "covered": proof.covered,
                    "erased": proof.erased,
                    "untold": proof.untold,
                    "fault": "",
                }
            except LedgerFault as fault:
                self.fault = str(fault)
        return {"entries": len(self.hashes), "covered": 0, "erased": 0, "untold": 0, "fault": self.fault}


async def ledger_of(client: Client, decision_id: str, pinned: list[VerifierKey]) -> dict[str, Any]:
    """What the ledger has of a decision, from its first entry to its last, with a proof for each that is sealed.

    `why` says why it was not read; it is empty where it was. Holds 32 bytes of every entry in memory.
    """
    keys = await client.verifier_keys()
    note = await client.checkpoint()
    origin = keys[0].name if keys else ""
    found: dict[str, Any] = {
        "why": "",
        "origin": origin,
        "checkpoint": note,
        "entries": [],
        "proofs": {},
        "whole": None,
    }
    reader = _Reader(decision_id, LedgerVerifier(origin, keys, pinned))
    try:
        async with aclosing(client.ledger()) as ledger:
            async for part in ledger:
                reader.take(part)
    except NotAllowed as error:
        return found | {"why": error.message}
    found["entries"] = [entry._asdict() for entry in reader.entries]
    found["proofs"] = _proofs(reader, note)
    return found | {"whole": reader.finish(sealed=bool(note))}


def _proofs(reader: _Reader, note: str) -> dict[str, list[str]]:
    """By sequence, the path of each entry to the root of the checkpoint, in hexadecimal."""
    try:
        size = Note.parse(note).size
    except ValueError:
        return {}
    if size > len(reader.hashes):
        return {}
    sealed = [entry.sequence - 1 for entry in reader.entries if 0 < entry.sequence <= size]
    paths = audit_paths(reader.hashes[:size], sealed)
    return {str(place + 1): [each.hex() for each in path] for place, path in paths.items()}


def _bytes(hash: str) -> bytes:
    try:
        return bytes.fromhex(hash)
    except ValueError:
        return hash.encode("utf-8", "surrogatepass")
