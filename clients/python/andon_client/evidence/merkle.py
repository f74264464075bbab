"""Proofs that entries are in the Merkle tree over a ledger (RFC 6962): made of all hashes, checked without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256


def audit_paths(hashes: Sequence[bytes], places: Iterable[int]) -> Mapping[int, Sequence[bytes]]:
    """For each of these places (from 0) the hashes that lead from it to the root, the nearest first."""
    nodes = [leaf(each) for each in hashes]
    at = {place: place for place in places}
    paths: dict[int, list[bytes]] = {place: [] for place in at}
    while len(nodes) > 1:
        for place, where in at.items():
            if where ^ 1 < len(nodes):
                paths[place].append(nodes[where ^ 1])
            at[place] = where >> 1
        lone = nodes[-1:] if len(nodes) & 1 else []
        nodes = [_node(*pair) for pair in zip(nodes[::2], nodes[1::2], strict=False)] + lone
    return paths


def root_of(hash: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of the tree over `size` entries in which this one has this place (from 0) and path (RFC 9162, 2.1.3.2).

    Raises ValueError where a path can't be as long.
    """
    here, last, root = place, size - 1, leaf(hash)
    for other in path:
        if last <= 0:
            raise ValueError("the path is too long")
        if here & 1 or here == last:
            root = _node(other, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = _node(root, other)
        here, last = here >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return root


def leaf(hash: bytes) -> bytes:
    """A leaf of the tree: the hash of an entry's hash."""
    return sha256(b"\x00" + hash).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
