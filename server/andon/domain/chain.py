"""The chain of the ledger's entries: how one is hashed, and whether one fits behind another.

The hash of an entry is SHA-256, in lower-case hexadecimal, over the canonical JSON (RFC 8785) of the object with the
members `actor`, `body_hash`, `decision_id`, `kind`, `previous`, `sequence`, `task_id`, `time`; `body_hash` is SHA-256
over the body's canonical JSON, and `previous` is the hash of the entry before (GENESIS for the first).

Words of people stand beside an entry, and may be gone: see `andon.domain.words`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from andon.domain.canonical import digest, quoted
from andon.domain.merkle import Tree
from andon.domain.words import hash_in

GENESIS: Final = "0" * 64


class ChainEntry(NamedTuple):
    """An entry of the ledger as it is stored. `body` is canonical JSON.

    `words` is what stands beside it: empty where it has no words, or they were erased.
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


class Misfit(Exception):
    """The ledger is not as it was written. `sequence` is the first entry that does not fit."""

    def __init__(self, sequence: int, why: str) -> None:
        self.sequence = sequence
        self.why = why
        super().__init__(f"entry {sequence} does not fit: {why}")


def link_hash(
    sequence: int, time: int, kind: str, actor: str, decision_id: str, task_id: str, body_hash: str, previous: str
) -> str:
    """The hash of an entry, as the module documents it."""
    return digest(
        f'{{"actor":{quoted(actor)},"body_hash":"{body_hash}","decision_id":{quoted(decision_id)},"kind":{quoted(kind)}'
        f',"previous":"{previous}","sequence":{sequence},"task_id":{quoted(task_id)},"time":{time}}}'
    )


def fault_of(entry: ChainEntry) -> str:
    """What is wrong with an entry by itself; empty where nothing is. Words that were erased are no fault."""
    sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash, words = entry
    if digest(body) != body_hash:
        return "its body was edited"
    if link_hash(sequence, time, kind, actor, decision_id, task_id, body_hash, previous) != hash:
        return "a field of it was edited"
    if words and digest(words) != hash_in(body):
        return "its words were edited"
    return ""


class Chain:
    """How far a ledger was followed: entries that fit, the hash of the last, and the tree over all."""

    __slots__ = ("head", "tree")

    def __init__(self, size: int = 0, head: str = GENESIS, frontier: bytes = b"") -> None:
        """Follows on from there. ValueError where the frontier is not one of so many entries."""
        self.head = head
        self.tree = Tree(size, frontier)

    @property
    def size(self) -> int:
        """How many entries were followed."""
        return self.tree.size

    def follow(self, entry: ChainEntry) -> None:
        """Takes the next entry. Raises Misfit where it is not; then nothing has changed."""
        if why := self._misfit(entry):
            raise Misfit(min(entry.sequence, self.size + 1), why)
        self.head = entry.hash
        self.tree.append(bytes.fromhex(entry.hash))

    def _misfit(self, entry: ChainEntry) -> str:
        if entry.sequence != self.size + 1:
            return "it is missing" if entry.sequence > self.size + 1 else "it comes out of order"
        if why := fault_of(entry):
            return why
        return "" if entry.previous == self.head else f"it does not continue entry {self.size}"
