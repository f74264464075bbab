"""A proof that was kept: checked without a server, and refused wherever something of it was changed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from andon.domain.merkle import inclusion_proof, leaf_hash
from andon.keys.ring import KeyRing
from andon_client import cli
from andon_client.cli.common import Exit
from andon_client.inclusion import InclusionProof
from andon_client.ledger import LedgerEntry, LedgerFault
from tests.client.test_ledger_file import Book
from tests.clock import START

SIZE = 11
Change: TypeAlias = Callable[[dict[str, Any]], object]
Command: TypeAlias = "Callable[..., tuple[int, str]]"


@pytest.fixture
def book() -> Book:
    book = Book()
    book.record(SIZE)
    return book


@pytest.fixture
def andon(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command: its exit code, and what it says."""
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    def run(*words: object) -> tuple[int, str]:
        options = parser.parse_args(list(map(str, words)))
        code = options.run(options)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def proof_of(book: Book, sequence: int = 6) -> InclusionProof:
    """What a server proves of an entry under a checkpoint over all there are."""
    entries = [part for part in book.parts if isinstance(part, LedgerEntry)]
    hashes = [bytes.fromhex(entry.hash) for entry in entries]
    path = inclusion_proof([*map(leaf_hash, hashes)], sequence - 1)
    return InclusionProof(sequence, hashes[sequence - 1], path, book.seal(), entries[sequence - 1], book.keys)


@pytest.mark.parametrize("sequence", [1, 6, SIZE])
def test_a_proof_is_read_as_it_was_written_and_holds(book: Book, sequence: int) -> None:
    proof = proof_of(book, sequence)
    assert InclusionProof.parse(proof.as_json()) == proof
    assert proof.verify(book.keys, proof.checkpoint).size == SIZE


def other_hash(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


CHANGES: dict[str, tuple[Change, str]] = {
    "another place": (lambda said: said.update(sequence=5, leaf_index=4), "not the one that is proved"),
    "a place that does not fit": (lambda said: said.update(leaf_index=7), "of another place in the tree"),
    "another size": (lambda said: said.update(tree_size=12), "of another place in the tree"),
    "behind the tree": (lambda said: said.update(sequence=99, leaf_index=98, entry=None), "not among the 11 entries"),
    "before the tree": (lambda said: said.update(sequence=0, leaf_index=-1, entry=None), "not among the 11 entries"),
    "another hash": (lambda said: said.update(entry_hash=other_hash(said["entry_hash"])), "not the one that is proved"),
    "no entry, another hash": (
        lambda said: said.update(entry_hash=other_hash(said["entry_hash"]), entry=None), "not among the 11 entries",
    ),
    "a path": (lambda said: said["hashes"].__setitem__(1, other_hash(said["hashes"][1])), "not among the 11 entries"),
    "a shorter path": (lambda said: said["hashes"].pop(), "too short"),
    "a longer path": (lambda said: said["hashes"].append("0" * 64), "too long"),
    "a path in another order": (lambda said: said["hashes"].reverse(), "not among the 11 entries"),
    "a body": (lambda said: said["entry"].update(body="{}"), "its body was edited"),
    "an actor": (lambda said: said["entry"].update(actor="eve"), "a field of it was edited"),
    "an entry that is none": (lambda said: said["entry"].update(body=7), "it is no entry"),
    "an entry without a place": (lambda said: said["entry"].update(sequence=None), "it is no entry"),
    "an empty entry": (lambda said: said.update(entry=[]), "holds no inclusion proof"),
    "an entry of nothing": (lambda said: said.update(entry=0), "holds no inclusion proof"),
    "a note": (
        lambda said: said.update(checkpoint=said["checkpoint"].replace("\n11\n", "\n12\n"), tree_size=12),
        "no key",
    ),
    "another origin": (
        lambda said: said.update(checkpoint=said["checkpoint"].replace("andon.example", "evil.example")), "no key",
    ),
    "no note": (lambda said: said.update(checkpoint="x"), "no signed checkpoint"),
    "a short hash": (lambda said: said["hashes"].append("00"), "holds no inclusion proof"),
    "another format": (lambda said: said.update(format="x"), "holds no inclusion proof"),
    "no number": (lambda said: said.update(sequence=True), "holds no inclusion proof"),
    "a member less": (lambda said: said.pop("hashes"), "holds no inclusion proof"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_was_changed_is_refused(book: Book, change: str) -> None:
    said = json.loads(proof_of(book).as_json())
    make, why = CHANGES[change]
    make(said)
    with pytest.raises(LedgerFault, match=why):
        InclusionProof.parse(json.dumps(said)).verify(book.keys)


def test_a_key_that_is_not_believed_and_another_checkpoint_are_refused(book: Book) -> None:
    proof, other = proof_of(book), Book()
    other.record(3)
    with pytest.raises(LedgerFault, match="no key that is believed"):
        proof.verify(other.keys)
    with pytest.raises(LedgerFault, match="no key that is believed"):
        proof.verify([])
    with pytest.raises(LedgerFault, match="another checkpoint than the one that was kept"):
        proof.verify(book.keys, other.seal())
    book.ring = KeyRing.fresh(START)  # the same entries, signed by somebody else
    with pytest.raises(LedgerFault, match="no key that is believed"):
        proof_of(book).verify(proof.keys)


def test_a_kept_proof_is_checked_by_command(book: Book, andon: Command, tmp_path: Path) -> None:
    proof, file, note = proof_of(book), tmp_path / "proof.json", tmp_path / "note"
    file.write_text(proof.as_json())
    note.write_text(proof.checkpoint)
    code, said = andon("ledger", "verify-proof", file)
    assert (code, "the same source" in said) == (0, True)
    words = ("ledger", "verify-proof", file, "--key", book.keys[0], "--checkpoint", note)
    assert andon(*words) == (0, f"entry 6 is under the checkpoint over {SIZE} entries.\n")
    file.write_text(proof.as_json().replace('"entry_hash": "', '"entry_hash": "0'))
    assert andon(*words) == (1, "andon: the file holds no inclusion proof\n")
    assert andon("ledger", "verify-proof", tmp_path / "none")[0] == Exit.FAILED
    assert andon("ledger", "verify-proof", file, "--key", "x")[0] == 2


def test_an_entry_is_proved_by_its_hash(book: Book, andon: Command, tmp_path: Path) -> None:
    said, file = json.loads(proof_of(book).as_json()), tmp_path / "proof.json"
    file.write_text(json.dumps(said | {"entry": None}))
    code, told = andon("ledger", "verify-proof", file, "--key", book.keys[0])
    assert (code, "Its content is not in the proof" in told) == (0, True)
    file.write_text(json.dumps(said | {"entry": said["entry"] | {"body": ""}}))
    assert andon("ledger", "verify-proof", file, "--key", book.keys[0])[0] == Exit.REFUSED


def test_an_entry_is_proved_without_its_words(book: Book, andon: Command, tmp_path: Path) -> None:
    book.record(1, "review.given", {"verdict": "APPROVE"}, {"comment": "fine"})
    said, file = json.loads(proof_of(book, SIZE + 1).as_json()), tmp_path / "proof.json"
    assert said["entry"]["words"]
    found = []
    for words in (said["entry"]["words"], "", "{}"):
        file.write_text(json.dumps(said | {"entry": said["entry"] | {"words": words}}))
        code, told = andon("ledger", "verify-proof", file, "--key", book.keys[0])
        found.append((code, "What people wrote" in told, "its words were edited" in told))
    assert found == [(0, False, False), (0, True, False), (1, False, True)]
