"""The ledger's chain and the Merkle tree over it, followed entry by entry."""

from __future__ import annotations

from hashlib import sha256
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from andon_client._words import fits

GENESIS: Final = "0" * 64


class LedgerEntry(NamedTuple):
    """One entry of the ledger, as it is hashed.

    `time` is in microseconds since the epoch, `body` canonical JSON (RFC 8785). `words` is what people wrote, in
    canonical JSON with a salt; `body` holds its hash. It is empty where there is nothing, or it was erased.
    """

    sequence: int
    time: int
    kind: str
    actor: str
    decision_id: str
    task_id: str
    body: str
    body_hash: str
    previous: str
    hash: str
    words: str = ""


class LedgerFault(Exception):
    """The ledger is not as it was written. `sequence` is the first entry that does not fit; 0: it is about none."""

    def __init__(self, sequence: int, why: str) -> None:
        self.sequence = sequence
        self.why = why
        super().__init__(f"entry {sequence:,} does not fit: {why}" if sequence else why)


class Chain:
    """How far a ledger was followed: the entries fit so far. Takes constant memory."""

    __slots__ = ("_roots", "head", "size", "time")

    def __init__(self) -> None:
        self.size = 0
        self.head = GENESIS
        self.time = 0
        self._roots: list[bytes] = []

    def follow(self, entry: LedgerEntry) -> None:
        """Takes the next entry. Raises LedgerFault where it is not."""
        digest = self.check(entry)
        self._grow(digest)
        self.head, self.time = entry.hash, entry.time

    def check(self, entry: LedgerEntry) -> bytes:
        """The hash of the next entry. Raises LedgerFault where it is not."""
        sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash, words = entry
        if sequence != self.size + 1:
            late = sequence > self.size + 1
            raise LedgerFault(self.size + 1 if late else sequence, "it is missing" if late else "it is out of order")
        if sha256(body.encode("utf-8", "surrogatepass")).hexdigest() != body_hash:
            raise LedgerFault(sequence, "its body was edited")
        if not fits(body, words):
            raise LedgerFault(sequence, "its words were edited")
        text = (
            f'{{"actor":{encode_basestring(actor)},"body_hash":"{body_hash}"'
            f',"decision_id":{encode_basestring(decision_id)},"kind":{encode_basestring(kind)}'
            f',"previous":"{previous}","sequence":{sequence},"task_id":{encode_basestring(task_id)},"time":{time}}}'
        )
        digest = sha256(text.encode("utf-8", "surrogatepass"))
        if digest.hexdigest() != hash:
            raise LedgerFault(sequence, "a field of it was edited")
        if previous != self.head:
            raise LedgerFault(sequence, f"it does not continue entry {self.size:,}")
        return digest.digest()

    def _grow(self, data: bytes) -> None:
        node, complete, roots = sha256(b"\x00" + data).digest(), self.size, self._roots
        while complete & 1:
            node = sha256(b"\x01" + roots.pop() + node).digest()
            complete >>= 1
        roots.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The Merkle tree's root over all entries (RFC 6962)."""
        if not self._roots:
            return sha256(b"").digest()
        root = self._roots[-1]
        for left in self._roots[-2::-1]:
            root = sha256(b"\x01" + left + root).digest()
        return root
