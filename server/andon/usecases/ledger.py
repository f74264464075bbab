"""The ledger for those who prove it: its entries as they are hashed, and its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from andon.domain.chain import ChainEntry
from andon.domain.errors import CheckpointNotFound, EntryNotSealed, EntryUnproved
from andon.domain.merkle import leaf_hash, siblings, verify_inclusion
from andon.domain.notes import parse_checkpoint, parse_note
from andon.domain.principal import Principal
from andon.store.evidence import Checkpoint
from andon.usecases.context import Context
from andon.usecases.inclusion import Nodes, Parts

DEFAULT_PAGE: Final = 1_000
LARGEST_PAGE: Final = 10_000
LARGEST_ANSWER: Final = 3 << 20
"""Bytes of entries in one answer, about: what any gRPC client takes without being told to."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A proof that an entry is under a checkpoint: the path leads from its hash to the root that was signed."""

    sequence: int
    entry_hash: bytes
    path: Sequence[bytes]
    checkpoint: Checkpoint


class Ledger:
    """Reads what was recorded. Whether the caller may is settled by role before."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._parts: Parts = {}

    async def entries(self, principal: Principal, after: int, page_size: int) -> Sequence[ChainEntry]:
        """Entries past a sequence, as they are stored. That they are read is recorded before."""
        limit = min(page_size or DEFAULT_PAGE, LARGEST_PAGE)
        found = await self._context.store.evidence.entries(after, limit, LARGEST_ANSWER)
        await self._context.reads.ledger_exported(principal, after, found)
        return found

    async def checkpoint(self, covering: int) -> Checkpoint | None:
        """The oldest checkpoint that covers an entry; 0: the newest of all. None where there is none."""
        return await self._context.store.evidence.checkpoint(covering)

    async def prove(self, sequence: int, size: int) -> Inclusion:
        """Proves that an entry is under the checkpoint of that size; 0: under the newest. See `usecases.inclusion`.

        Raises CheckpointNotFound, EntryNotSealed; EntryUnproved where what is stored does not lead to what was signed.
        """
        found = await self._context.store.evidence.checkpoint(size)
        if size and (found is None or found.size != size):
            raise CheckpointNotFound(size=size)
        if found is None or sequence > found.size:
            raise EntryNotSealed(sequence=sequence, size=0 if found is None else found.size)
        for parts in (self._parts, {}):  # what is remembered may have been made of what somebody has mended since
            with suppress(ValueError):  # a hash that is none
                proof = await self._proved(sequence, found, parts)
                if _holds(proof):
                    return proof
            self._parts.clear()
        raise EntryUnproved(sequence=sequence, size=found.size)

    async def _proved(self, sequence: int, under: Checkpoint, parts: Parts) -> Inclusion:
        evidence = self._context.store.evidence
        nodes = Nodes(evidence, under, parts)
        path = [await nodes.root(part) for part in siblings(sequence - 1, under.size)]
        return Inclusion(sequence, b"".join(await evidence.hashes(sequence - 1, 1)), path, under)


def _holds(proof: Inclusion) -> bool:
    """Whether the path leads to the root that the checkpoint's note states, over as many entries."""
    try:
        stated = parse_checkpoint(parse_note(proof.checkpoint.note).text)
    except ValueError:
        return False
    leaf, index = leaf_hash(proof.entry_hash), proof.sequence - 1
    return stated.size == proof.checkpoint.size and verify_inclusion(index, stated.size, leaf, proof.path, stated.root)
