"""A proof that one entry of the ledger is under a signed checkpoint: read, written, and checked without the server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from andon_client._chain import GENESIS, Chain, LedgerEntry, LedgerFault
from andon_client.evidence.merkle import root_of
from andon_client.notes import Note, VerifierKey

FORMAT: Final = "andon-inclusion-1"
_WIDTH: Final = 32


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the entry `sequence`, whose hash is `entry_hash`, is one of those that `checkpoint`, a signed note, covers.

    `hashes` lead from it to the root (RFC 6962). `entry` is the entry itself, where it was fetched; `keys` are what the
    server said that it signs with. Nothing of it is believed before it is verified.
    """

    sequence: int
    entry_hash: bytes
    hashes: Sequence[bytes]
    checkpoint: str
    entry: LedgerEntry | None = None
    keys: Sequence[VerifierKey] = ()

    def verify(self, keys: Sequence[VerifierKey], kept: str = "") -> Note:
        """Checks the entry, the path, and that one of the keys has signed; gives the checkpoint. Raises LedgerFault.

        Where `kept` is given, a checkpoint that was kept elsewhere, it must be this one.
        """
        note = _note(self.checkpoint)
        if self.entry is not None:
            _check_entry(self.entry, self.sequence, self.entry_hash)
        try:
            root = root_of(self.entry_hash, self.sequence - 1, note.size, self.hashes)
        except ValueError as error:
            raise LedgerFault(self.sequence, f"it is not proved: {error}") from None
        if not 0 < self.sequence <= note.size or root != note.root:
            raise LedgerFault(self.sequence, f"it is not among the {note.size:,} entries that were sealed")
        if kept and _stated(_note(kept)) != _stated(note):
            raise LedgerFault(self.sequence, "it is proved under another checkpoint than the one that was kept")
        if signer(note, keys) is None:
            raise LedgerFault(self.sequence, "no key that is believed has signed the checkpoint over it")
        return note

    def as_json(self) -> str:
        """The proof as a JSON document, to be kept."""
        said = {
            "format": FORMAT,
            "sequence": self.sequence,
            "entry_hash": self.entry_hash.hex(),
            "leaf_index": self.sequence - 1,
            "tree_size": _note(self.checkpoint).size,
            "hashes": [each.hex() for each in self.hashes],
            "checkpoint": self.checkpoint,
            "entry": None if self.entry is None else self.entry._asdict(),
            "verifier_keys": list(map(str, self.keys)),
        }
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what `as_json` has written. Raises LedgerFault where it is none."""
        try:
            said: dict[str, Any] = json.loads(text)
            if said["format"] != FORMAT or type(said["sequence"]) is not int:
                raise ValueError
            entry = None if said["entry"] is None else LedgerEntry(**said["entry"])
            hashes, keys = [_hash(each) for each in said["hashes"]], [*map(VerifierKey.parse, said["verifier_keys"])]
            proof = cls(said["sequence"], _hash(said["entry_hash"]), hashes, str(said["checkpoint"]), entry, keys)
            stated = said["leaf_index"], said["tree_size"]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise LedgerFault(0, "the file holds no inclusion proof") from None
        if stated != (proof.sequence - 1, _note(proof.checkpoint).size):
            raise LedgerFault(proof.sequence, "the proof is of another place in the tree than it says")
        return proof


def _check_entry(entry: LedgerEntry, sequence: int, hash: bytes) -> None:
    """Raises LedgerFault where it is another one, or does not have the hash."""
    chain = Chain()
    try:
        chain.size, chain.head = entry.sequence - 1, entry.previous if entry.sequence > 1 else GENESIS
        chain.check(entry)
    except (TypeError, AttributeError, ValueError):
        raise LedgerFault(sequence, "it is no entry") from None
    if (entry.sequence, entry.hash) != (sequence, hash.hex()):
        raise LedgerFault(sequence, "the entry is not the one that is proved")


def _note(text: str) -> Note:
    try:
        return Note.parse(text)
    except ValueError as error:
        raise LedgerFault(0, f"the checkpoint {error}") from None


def _stated(note: Note) -> tuple[str, int, bytes]:
    return note.origin, note.size, note.root


def signer(note: Note, keys: Sequence[VerifierKey]) -> VerifierKey | None:
    """The first of these keys that has signed a checkpoint."""
    return next((key for key in keys if _signed(note, key)), None)


def _signed(note: Note, key: VerifierKey) -> bool:
    named = [each for each in note.signatures if (each.name, each.key_hash) == (key.name, key.hash)]
    message = note.text.encode()
    return key.name == note.origin and any(key.verifies(each.signature, message) for each in named)


def _hash(text: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != _WIDTH:
        raise ValueError("no hash")
    return found
