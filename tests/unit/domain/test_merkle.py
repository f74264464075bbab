"""The Merkle tree, beside a naive oracle and the vectors that certificate transparency logs are tested with."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.merkle import (
    EMPTY,
    Tree,
    complete_parts,
    consistency_proof,
    halves,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    siblings,
    verify_consistency,
    verify_inclusion,
)

# The leaves, roots and proofs of the certificate transparency reference implementations.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
G = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
INCLUSION = [(1, 8, [A, B, C]), (6, 8, [D, E, ROOTS[3]]), (3, 3, [ROOTS[1]]), (2, 5, [ROOTS[0], B, D]), (1, 1, [])]
CONSISTENCY = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[3]]), (2, 5, [B, D]), (6, 7, [F, G, ROOTS[3]])]

hashes = st.integers(0, 70).map(lambda size: [leaf_hash(bytes([at])) for at in range(size)])


def raw(texts: list[str]) -> list[bytes]:
    return list(map(bytes.fromhex, texts))


def naive_root(leaves: list[bytes]) -> bytes:
    """The root by the words of RFC 6962, 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def test_roots_are_those_of_other_implementations() -> None:
    tree = Tree()
    assert tree.root == EMPTY
    for size, leaf in enumerate(LEAVES, 1):
        tree.append(leaf)
        assert tree.root.hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("leaf", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_those_of_other_implementations(leaf: int, size: int, proof: list[str]) -> None:
    leaves = [leaf_hash(data) for data in LEAVES[:size]]
    assert inclusion_proof(leaves, leaf - 1) == raw(proof)
    assert verify_inclusion(leaf - 1, size, leaves[leaf - 1], raw(proof), bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("size", "larger", "proof"), CONSISTENCY)
def test_consistency_proofs_are_those_of_other_implementations(size: int, larger: int, proof: list[str]) -> None:
    leaves = [leaf_hash(data) for data in LEAVES[:larger]]
    roots = bytes.fromhex(ROOTS[size - 1]), bytes.fromhex(ROOTS[larger - 1])
    assert consistency_proof(leaves, size) == raw(proof)
    assert verify_consistency(size, larger, *roots, raw(proof))


def test_a_tree_grows_on_from_its_frontier_as_if_it_had_never_stopped() -> None:
    whole = Tree()
    for size in range(70):
        other = Tree(whole.size, whole.frontier)
        assert other.root == whole.root == naive_root([leaf_hash(bytes([at])) for at in range(size)])
        other.append(bytes([size]))
        whole.append(bytes([size]))
        assert other.frontier == whole.frontier


@pytest.mark.parametrize(("size", "frontier"), [(1, b""), (3, bytes(32)), (0, bytes(32)), (2, bytes(31))])
def test_a_frontier_of_another_size_is_refused(size: int, frontier: bytes) -> None:
    with pytest.raises(ValueError, match="no frontier"):
        Tree(size, frontier)


@given(hashes, st.data())
def test_every_leaf_is_proved_and_no_other_place_is(leaves: list[bytes], data: st.DataObject) -> None:
    size, root = len(leaves), root_of(leaves)
    assert root == naive_root(leaves)
    if not leaves:
        return
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert verify_inclusion(index, size, leaves[index], proof, root)
    for wrong in {index - 1, index + 1, index ^ 2, size} - {index}:
        assert not verify_inclusion(wrong, size, leaves[index], proof, root)
    assert not verify_inclusion(index, size, leaves[index], [*proof, root], root)
    assert not verify_inclusion(index, size, root_of([]), proof, root)
    for at in range(len(proof)):
        assert not verify_inclusion(index, size, leaves[index], proof[:at] + proof[at + 1 :], root)
        broken = [*proof[:at], bytes([proof[at][0] ^ 8]) + proof[at][1:], *proof[at + 1 :]]
        assert not verify_inclusion(index, size, leaves[index], broken, root)


@given(hashes, st.data())
def test_every_earlier_tree_is_proved_and_no_other_is(leaves: list[bytes], data: st.DataObject) -> None:
    larger, new = len(leaves), root_of(leaves)
    size = data.draw(st.integers(0, larger))
    old, proof = root_of(leaves[:size]), consistency_proof(leaves, size)
    assert verify_consistency(size, larger, old, new, proof)
    assert not verify_consistency(larger + 1, larger, old, new, proof)
    if not 0 < size < larger:
        assert not verify_consistency(size, larger, old, new, [*proof, new])
        return
    assert not verify_consistency(size, larger, new, new, proof)
    assert not verify_consistency(size, larger, old, EMPTY, proof)
    assert not verify_consistency(size, larger, old, new, [*proof, new])
    assert not verify_consistency(size, larger, old, new, proof[:-1])
    assert not verify_consistency(size, larger, old, new, [])
    for at in range(len(proof)):
        broken = [*proof[:at], bytes([proof[at][0] ^ 8]) + proof[at][1:], *proof[at + 1 :]]
        assert not verify_consistency(size, larger, old, new, broken)


def test_what_is_not_there_has_no_proof() -> None:
    with pytest.raises(IndexError):
        inclusion_proof([EMPTY], 1)
    with pytest.raises(IndexError):
        consistency_proof([EMPTY], 2)


@pytest.mark.parametrize("size", range(71))
def test_parts_of_a_tree_have_the_roots_that_prove(size: int) -> None:
    data = [bytes([at]) for at in range(size)]
    leaves = [leaf_hash(each) for each in data]
    tree = Tree()
    for each in data:
        tree.append(each)
    parts = complete_parts(size, tree.frontier)
    assert all(root == naive_root(leaves[low:high]) for (low, high), root in parts.items())
    assert sum(high - low for low, high in parts) == size
    for index in range(size):
        path = siblings(index, size)
        assert [naive_root(leaves[low:high]) for low, high in path] == inclusion_proof(leaves, index)
    if size > 1:
        left, right = halves((0, size))
        assert node_hash(naive_root(leaves[slice(*left)]), naive_root(leaves[slice(*right)])) == tree.root


def test_parts_of_no_tree_are_refused() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 2)):
        with pytest.raises(IndexError):
            siblings(index, size)
    with pytest.raises(ValueError, match="no frontier"):
        complete_parts(3, b"x" * 32)
