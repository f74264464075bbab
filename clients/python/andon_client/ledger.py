"""The ledger: reading it, and proving that it is whole."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._chain import Chain, LedgerEntry, LedgerFault
from andon_client._gen.andon.v1 import ledger_service_pb2
from andon_client._words import erased_by, words_hash
from andon_client.inclusion import InclusionProof
from andon_client.notes import Note, VerifierKey

__all__ = ["InclusionProof", "LedgerCalls", "LedgerEntry", "LedgerFault", "LedgerProof", "LedgerVerifier"]

PAGE: Final = 10_000
_CHECKPOINTS: Final = 1_000
_KEYS: Final = "keys.changed"
_ERASED: Final = "decision.erased"
_REVOKED: Final = "revoked"


class LedgerCalls:
    """Reading the ledger: entries and proofs for auditors and administrators; checkpoints and keys for everybody."""

    _caller: Caller

    async def ledger_pages(self, *, after: int = 0) -> AsyncGenerator[Sequence[LedgerEntry], None]:
        """The ledger's entries past a sequence, oldest first, page by page."""
        request = ledger_service_pb2.ListLedgerEntriesRequest(after=after, page_size=PAGE)
        while True:
            page = await self._caller.call(methods.LIST_LEDGER_ENTRIES, request)
            if not page.entries:
                return
            yield [_entry_of(message) for message in page.entries]
            request.after = page.entries[-1].sequence

    async def checkpoint(self, *, covering: int = 0) -> str:
        """The oldest checkpoint that covers an entry, or the newest of all (0): a signed note. Empty: there is none."""
        request = ledger_service_pb2.GetCheckpointRequest(covering=covering)
        response = await self._caller.call(methods.GET_CHECKPOINT, request)
        return response.checkpoint.note

    async def inclusion_proof(self, sequence: int, *, tree_size: int = 0) -> InclusionProof:
        """Proves that an entry is under the checkpoint of that size, or under the newest (0), with the entry itself.

        Nothing of the answer is checked: ask `InclusionProof.verify`. Raises AndonError: CHECKPOINT_NOT_FOUND,
        ENTRY_NOT_SEALED, ENTRY_UNPROVED; LedgerFault where the answer holds no hashes.
        """
        request = ledger_service_pb2.GetInclusionProofRequest(sequence=sequence, tree_size=tree_size)
        proof = (await self._caller.call(methods.GET_INCLUSION_PROOF, request)).proof
        wanted = ledger_service_pb2.ListLedgerEntriesRequest(after=sequence - 1, page_size=1)
        page = await self._caller.call(methods.LIST_LEDGER_ENTRIES, wanted)
        try:
            hash, *path = map(bytes.fromhex, (proof.entry_hash, *proof.hashes))
        except ValueError:
            raise LedgerFault(sequence, "the answer holds no proof of it") from None
        return InclusionProof(
            proof.sequence,
            hash,
            path,
            proof.checkpoint.note,
            _entry_of(page.entries[0]) if page.entries else None,
            await self.verifier_keys(),
        )

    async def verifier_keys(self) -> Sequence[VerifierKey]:
        """The keys that checkpoints are signed with: the one that signs first. Revoked ones are not among them."""
        response = await self._caller.call(methods.LIST_SIGNING_KEYS, ledger_service_pb2.ListSigningKeysRequest())
        return [VerifierKey.parse(text) for text in response.verifier_keys]

    async def ledger(self) -> AsyncGenerator[LedgerEntry | str, None]:
        """The whole ledger for a `LedgerVerifier`: entries, and checkpoints as notes behind the last they cover.

        A thousand checkpoints at most, and the newest that there is now; what is recorded meanwhile comes behind it.
        """
        note, size, newest = await self._next_checkpoint(0, 0)
        async for page in self.ledger_pages():
            for entry in page:
                yield entry
                if entry.sequence == size:
                    yield note
                    note, size, newest = await self._next_checkpoint(size, newest)
        if note:
            yield note  # it covers more than there is

    async def _next_checkpoint(self, size: int, newest: int) -> tuple[str, int, int]:
        """The checkpoint to come to next, how many entries it covers, and how many the newest one does."""
        if not newest:
            note = await self.checkpoint()
            newest = Note.parse(note).size if note else 0
        if size >= newest:
            return "", 0, newest
        note = await self.checkpoint(covering=min(newest, size + max(1, newest // _CHECKPOINTS)))
        return note, Note.parse(note).size if note else 0, newest


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """What was proved: `entries` fit, of which `erased` have lost their words, `untold` of them by no erasure that the
    ledger tells of.

    `covered` of them are under a checkpoint that is signed with `key`; `covered_time` is the time of the last of those,
    in microseconds since the epoch. Nothing proves that those behind it are all.
    """

    entries: int
    erased: int
    untold: int
    covered: int
    covered_time: int
    key: VerifierKey


class LedgerVerifier:
    """Follows a ledger from its first entry, and compares it with the checkpoints over it.

    `published` are the keys that the ledger's keeper states. With `pinned` only these are trusted. Every method raises
    LedgerFault at the first entry that does not fit. Takes constant memory, save for what checkpoints are still ahead,
    and for a number for each entry whose words are gone, until the erasure that tells of it.
    """

    def __init__(self, origin: str, published: Sequence[VerifierKey], pinned: Sequence[VerifierKey] = ()) -> None:
        self._origin = origin
        self._trusted = {(key.name, key.hash): key for key in (pinned or published)}
        self._pinned = bool(pinned)
        self._known = {(key.name, key.hash): key for key in (*published, *pinned)}
        self._revoked: frozenset[str] = frozenset()
        self._ahead: dict[int, list[Note]] = {}
        self._kept: dict[int, Note] = {}
        self._strange: list[Note] = []
        self._good = 0
        self._last: tuple[Note, int] | None = None
        self._erased = 0
        self._untold: set[int] = set()
        self._chain = Chain()

    @property
    def size(self) -> int:
        """How many entries were followed."""
        return self._chain.size

    def keep(self, note: str) -> None:
        """Takes a checkpoint that was kept elsewhere, before any entry: the ledger must begin with what it covers."""
        checkpoint = self._read(note)
        other = self._kept.setdefault(checkpoint.size, checkpoint)
        if other.root != checkpoint.root:
            raise LedgerFault(0, f"the ledger was forked: two checkpoints you kept over {other.size:,} entries differ")
        self._compare_kept()

    def expect(self, note: str) -> int:
        """Takes a checkpoint of the ledger, at its place or before. Returns how many entries it covers."""
        checkpoint = self._read(note)
        if checkpoint.size < self.size:
            raise LedgerFault(checkpoint.size, "the checkpoint over it is out of order")
        if checkpoint.size == self.size:
            self._compare(checkpoint)
        else:
            self._ahead.setdefault(checkpoint.size, []).append(checkpoint)
        return checkpoint.size

    def follow(self, entry: LedgerEntry) -> None:
        """Takes the next entry."""
        chain = self._chain
        chain.follow(entry)
        if not entry.words and words_hash(entry.body):
            self._erased += 1
            self._untold.add(entry.sequence)
        if entry.kind == _KEYS:
            self._take_keys(entry)
        elif entry.kind == _ERASED:
            self._untold.difference_update(erased_by(entry.body))
        if chain.size in self._ahead:
            for checkpoint in self._ahead.pop(chain.size):
                self._compare(checkpoint)
        self._compare_kept()

    def finish(self) -> LedgerProof:
        """The ledger has ended here: what is proved of it."""
        missing = {**self._kept, **self._ahead}
        if missing:
            raise LedgerFault(self.size + 1, f"it is missing, and a checkpoint covers {min(missing):,} entries")
        for checkpoint in self._strange:
            if not self._is_signed(checkpoint):
                raise LedgerFault(checkpoint.size, "the checkpoint over it is signed with a key that is not known")
        if self._last is None:
            raise LedgerFault(0, f"no checkpoint covers any of its {self.size:,} entries")
        return self._proved(*self._last)

    def _proved(self, last: Note, time: int) -> LedgerProof:
        key = self._signer(last, self._trusted)
        if key is None:
            whose = "the key given" if self._pinned else "a key that is published"
            known = self._signer(last, self._known)
            revoked = known is not None and known.thumbprint in self._revoked
            why = "signed with a revoked key" if revoked else f"not signed with {whose}"
            raise LedgerFault(last.size, f"the checkpoint over it is {why}")
        if key.thumbprint in self._revoked:
            raise LedgerFault(last.size, "the checkpoint over it is signed with a revoked key")
        return LedgerProof(self.size, self._erased, len(self._untold), last.size, time, key)

    def _read(self, note: str) -> Note:
        try:
            checkpoint = Note.parse(note)
        except ValueError:
            raise LedgerFault(self.size, "the checkpoint over it was edited: it is none") from None
        if checkpoint.origin != self._origin:
            raise LedgerFault(checkpoint.size, f"the checkpoint over it is of another ledger, {checkpoint.origin}")
        return checkpoint

    def _compare(self, checkpoint: Note) -> None:
        fits = checkpoint.root == self._chain.root
        if not self._is_signed(checkpoint):
            if not fits:
                raise LedgerFault(checkpoint.size, "the checkpoint over it is neither of it nor of a key that is known")
            self._strange.append(checkpoint)  # a later entry may tell whose key that is
        if not fits:
            raise LedgerFault(self._good + 1, f"up to {checkpoint.size:,} entries are not those that were sealed")
        self._good = checkpoint.size
        self._last = checkpoint, self._chain.time

    def _compare_kept(self) -> None:
        size = self.size
        if size in self._kept and self._kept.pop(size).root != self._chain.root:
            raise LedgerFault(self._good + 1, f"up to {size:,} entries are not those of the checkpoint you kept")

    def _is_signed(self, checkpoint: Note) -> bool:
        """Whether a key that is known has signed it. LedgerFault where such a signature is wrong."""
        found = [(each, self._known.get((each.name, each.key_hash))) for each in checkpoint.signatures]
        known = [(each, key) for each, key in found if key is not None]
        if any(not key.verifies(each.signature, checkpoint.text.encode()) for each, key in known):
            raise LedgerFault(checkpoint.size, "the checkpoint over it has a wrong signature")
        return bool(known)

    def _signer(self, checkpoint: Note, keys: Mapping[tuple[str, bytes], VerifierKey]) -> VerifierKey | None:
        return next(filter(None, (keys.get((each.name, each.key_hash)) for each in checkpoint.signatures)), None)

    def _take_keys(self, entry: LedgerEntry) -> None:
        """The ledger says itself which keys there are, revoked ones as well."""
        try:
            listed = [(key["state"], urlsafe_b64decode(key["x"] + "=")) for key in json.loads(entry.body)["keys"]]
        except (KeyError, TypeError, ValueError):
            raise LedgerFault(entry.sequence, "it lists no keys") from None
        for state, public in listed:
            key = VerifierKey(self._origin, public)
            self._known.setdefault((key.name, key.hash), key)
            self._revoked |= {key.thumbprint} if state == _REVOKED else frozenset()


def _entry_of(message: ledger_service_pb2.LedgerEntry) -> LedgerEntry:
    return LedgerEntry(
        message.sequence,
        message.time,
        message.kind,
        message.actor,
        message.decision_id,
        message.task_id,
        message.body,
        message.body_hash,
        message.previous,
        message.hash,
        message.words,
    )
