"""The Merkle tree of RFC 6962: one hash over any number of entries, and short proofs of what it covers.

A leaf's hash is SHA-256 over a zero byte and its data, a node's over a one byte and the hashes of its two children.
Lists may have any length: the left subtree is the largest that is complete.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, TypeAlias

WIDTH: Final = 32
EMPTY: Final = hashlib.sha256(b"").digest()
"""The root over nothing."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its children's."""
    return hashlib.sha256(b"\x01" + left + right).digest()


Part: TypeAlias = tuple[int, int]
"""The leaves from the first to before the second, by their places from 0: those under one node."""


class Tree:
    """A tree that grows. It keeps its frontier alone: the roots of the complete subtrees, largest first."""

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, frontier: bytes = b"") -> None:
        """Grows on from a frontier, 32 bytes each. ValueError where it is not one of so many leaves."""
        if len(frontier) != WIDTH * size.bit_count():
            raise ValueError(f"no frontier of {size} leaves")
        self.size = size
        self._roots = [frontier[at : at + WIDTH] for at in range(0, len(frontier), WIDTH)]

    def append(self, data: bytes) -> None:
        """Adds a leaf: one hash, and two on average."""
        node, complete, roots = leaf_hash(data), self.size, self._roots
        while complete & 1:
            node = node_hash(roots.pop(), node)
            complete >>= 1
        roots.append(node)
        self.size += 1

    @property
    def frontier(self) -> bytes:
        """From which the tree can grow on."""
        return b"".join(self._roots)

    @property
    def root(self) -> bytes:
        """The hash over all leaves."""
        if not self._roots:
            return EMPTY
        root = self._roots[-1]
        for left in self._roots[-2::-1]:
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What proves that the leaf is in the tree over these leaf hashes. IndexError where there is none."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def siblings(index: int, size: int) -> list[Part]:
    """The parts whose roots prove that a leaf is in a tree of that size, from the leaf up. IndexError: it has none."""
    if not 0 <= index < size:
        raise IndexError(index)
    low, high = 0, size
    found: list[Part] = []
    while high - low > 1:
        middle = low + _split(high - low)
        found.append((middle, high) if index < middle else (low, middle))
        low, high = (low, middle) if index < middle else (middle, high)
    return found[::-1]


def halves(part: Part) -> tuple[Part, Part]:
    """The parts under the two children of a node over more than one leaf."""
    low, high = part
    middle = low + _split(high - low)
    return (low, middle), (middle, high)


def complete_parts(size: int, frontier: bytes) -> dict[Part, bytes]:
    """What a frontier tells: the roots of complete parts. ValueError where it is not one of so many leaves."""
    if len(frontier) != WIDTH * size.bit_count():
        raise ValueError(f"no frontier of {size} leaves")
    found: dict[Part, bytes] = {}
    low = 0
    for at in range(0, len(frontier), WIDTH):
        high = low + (1 << (size - low).bit_length() - 1)
        found[low, high] = frontier[at : at + WIDTH]
        low = high
    return found


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """What proves that the tree over these leaf hashes begins with its first `size`. IndexError: it has not so many."""
    if not 0 <= size <= len(leaves):
        raise IndexError(size)
    return _consistency(leaves, size, whole=True) if 0 < size < len(leaves) else []


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows a leaf hash at that index of the tree with that size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(size: int, larger: int, root: bytes, larger_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the larger tree begins with the other one (RFC 9162, 2.1.4.2)."""
    if not 0 <= size <= larger:
        return False
    if size == larger:
        return not proof and root == larger_root
    if size == 0:
        return not proof
    steps = list(proof) if size & (size - 1) else [root, *proof]
    return bool(steps) and _reconciles(size - 1, larger - 1, steps, (root, larger_root))


def _reconciles(at: int, last: int, steps: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and (old, new) == roots


def _consistency(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_consistency(leaves[:split], size, whole=whole), root_of(leaves[split:])]
    return [*_consistency(leaves[split:], size - split, whole=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two below a size above 1."""
    return 1 << (size - 1).bit_length() - 1
