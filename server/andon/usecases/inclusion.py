"""Proving that an entry is under a checkpoint, without reading the ledger.

A checkpoint's frontier holds the roots of the largest complete parts of the tree under it, each a left one where it has
a sibling. A path's nodes are looked for among those of the checkpoint itself and of the one next behind each node;
what is none of them is joined of its halves, down to what lies between two checkpoints, and that is made of entries'
hashes. So for each node of a path at most as many hashes are read as there are entries between two checkpoints, which
`workers.checkpoint.STRETCH` bounds. Complete parts never change, and are remembered.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from andon.domain.merkle import Part, Tree, complete_parts, halves, node_hash
from andon.store.evidence import Checkpoint, Evidence

BLOCK: Final = 1 << 10
"""Entries whose hashes are read at once."""
MOST: Final = 1 << 16
"""So many parts are remembered."""

Parts: TypeAlias = dict[Part, bytes]


class Nodes:
    """The roots of parts of the tree under one checkpoint. What is stored is believed: check what it leads to."""

    def __init__(self, evidence: Evidence, under: Checkpoint, made: Parts) -> None:
        """`made` is what remembers complete parts; it is emptied where it is full."""
        self._evidence: Final = evidence
        self._known: Final = _parts(under)
        self._made: Final = made

    async def root(self, part: Part) -> bytes:
        """The root of a part. StoreUnavailable."""
        found = self._made.get(part) or self._known.get(part) or await self._sealed(part)
        if found is None:
            low, high = part
            found = await (self._read(low, high) if high - low <= BLOCK else self._joined(part))
            self._keep(part, found)
        return found

    async def _sealed(self, part: Part) -> bytes | None:
        """What the next checkpoint says of a complete part. One further on knows it within a larger one alone."""
        low, high = part
        if high - low > BLOCK and (later := await self._evidence.checkpoint(high)) is not None:
            self._known.update(_parts(later))
        return self._known.get(part)

    async def _joined(self, part: Part) -> bytes:
        left, right = halves(part)
        return node_hash(await self.root(left), await self.root(right))

    async def _read(self, low: int, high: int) -> bytes:
        tree = Tree()
        for hash in await self._evidence.hashes(low, high - low):
            tree.append(hash)
        return tree.root

    def _keep(self, part: Part, root: bytes) -> None:
        size = part[1] - part[0]
        if size >= BLOCK and size.bit_count() == 1:
            if len(self._made) >= MOST:
                self._made.clear()
            self._made[part] = root


def _parts(checkpoint: Checkpoint) -> Parts:
    """Of what was edited nothing is known."""
    try:
        return complete_parts(checkpoint.size, checkpoint.frontier)
    except ValueError:
        return {}
