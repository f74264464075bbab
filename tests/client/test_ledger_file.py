"""An exported ledger, verified without its server: whatever was changed in the file is found."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.canonical import canonical, digest
from andon.domain.chain import GENESIS, Chain, ChainEntry, link_hash
from andon.keys.checking import signed_checkpoint, verifier_keys
from andon.keys.ring import KeyRing
from andon_client import Client, cli
from andon_client._ledger_file import LedgerWriter, verify_file
from andon_client.cli import ledger as command_line
from andon_client.ledger import LedgerEntry, LedgerFault, LedgerProof, LedgerVerifier
from andon_client.notes import VerifierKey
from tests.clock import START

ORIGIN: Final = "andon.example.com/ledger"
Verify: TypeAlias = "Callable[..., tuple[int, str, str]]"


class Book:
    """A ledger that is written by hand, and sealed with keys that come and go."""

    def __init__(self) -> None:
        self.ring = KeyRing.fresh(START)
        self.chain = Chain()
        self.parts: list[LedgerEntry | str] = []

    def record(
        self, count: int = 1, kind: str = "decision.submitted", body: Any = None, words: dict[str, Any] | None = None
    ) -> None:
        beside = "" if words is None else canonical({"salt": "5" * 32, "words": words})
        for _ in range(count):
            said = body or {"number": self.chain.size, "word": '☃ "é" \n'}
            place, text = self.chain.size + 1, canonical({**said, "words_hash": digest(beside)} if beside else said)
            facts = (place, START + place, kind, f"somebody-{place}", "", "")
            hash = link_hash(*facts, digest(text), self.chain.head)
            entry = ChainEntry(*facts, text, digest(text), self.chain.head, hash, beside)
            self.chain.follow(entry)
            self.parts.append(LedgerEntry(*entry))

    def seal(self) -> str:
        note = signed_checkpoint(self.ring, ORIGIN, self.chain.size, self.chain.tree.root)
        self.parts.append(note)
        return note

    def change_keys(self, ring: KeyRing) -> None:
        self.ring = ring
        self.record(1, "keys.changed", ring.states())

    @property
    def keys(self) -> list[VerifierKey]:
        return list(map(VerifierKey.parse, verifier_keys(self.ring, ORIGIN)))

    def write(self, path: Path) -> Path:
        with LedgerWriter(path, ORIGIN, self.keys) as file:
            for part in self.parts:
                if isinstance(part, str):
                    file.checkpoint(part)
                else:
                    file.entry(part)
        return path

    def proof(self, *pinned: VerifierKey) -> LedgerProof:
        verifier = LedgerVerifier(ORIGIN, self.keys, pinned)
        for part in self.parts:
            if isinstance(part, str):
                verifier.expect(part)
            else:
                verifier.follow(part)
        return verifier.finish()


@pytest.fixture(scope="module")
def book() -> Book:
    book = Book()
    book.record(2)
    book.record(words={"comment": '☃ "no" \n,"words":"'})
    book.seal()
    book.record(4)
    book.seal()
    book.record()
    return book


@pytest.fixture(scope="module")
def exported(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return book.write(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs `andon ledger verify`; its code, and what it says."""
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    def run(*words: object) -> tuple[int, str, str]:
        options = parser.parse_args(["ledger", "verify", *map(str, words)])
        code: int = options.run(options)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_ledger_that_fits_says_how_far_it_is_proved(exported: Path, book: Book, verify: Verify) -> None:
    code, said, _ = verify(exported)
    assert code == 0
    assert said.startswith("8 entries fit; the checkpoint of 2026-09-21T14:13:20Z covers 7.\n")
    assert "The key came from the same source as the ledger, so this proves no more than that source is worth." in said
    assert f"Pin it: --key {book.keys[0]}" in said
    assert verify(exported, "--key", book.keys[0]) == (0, said.splitlines(keepends=True)[0], "")
    assert exported.stat().st_mode & 0o777 == 0o600


@given(st.data())
def test_any_changed_byte_is_found(exported: Path, data: st.DataObject) -> None:
    whole = exported.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    changed = exported.with_name("changed.jsonl")
    changed.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
    with pytest.raises(LedgerFault):
        verify_file(changed)


@given(st.data())
def test_any_line_that_is_missing_twice_there_or_elsewhere_is_found(exported: Path, data: st.DataObject) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    place, where = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    ways = [lines[:place] + lines[place + 1 :], lines[:place] + lines[place : place + 1] + lines[place:]]
    rest = ways[0]
    ways.append([*rest[:where], lines[place], *rest[where:]])
    changed = exported.with_name("changed.jsonl")
    for way in ways:
        if way != lines:
            changed.write_bytes(b"".join(way))
            with pytest.raises(LedgerFault):
                verify_file(changed)


def closed(lines: list[bytes]) -> bytes:
    """A file whose last line fits again: so that what it holds must show what was done."""
    body = b"".join(re.sub(rb',"words":".*"}$', b"}", line) for line in lines)
    entries = sum(line.startswith(b'{"sequence":') for line in lines)
    notes = sum(line.startswith(b'{"checkpoint":') for line in lines)
    end = {"entries": entries, "checkpoints": notes, "sha256": sha256(body).hexdigest()}
    return body + json.dumps(end, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"somebody-4", b"somebody-5", "entry 4 does not fit: a field of it was edited"),
        (b'\\"number\\":4', b'\\"number\\":5', "entry 5 does not fit: its body was edited"),
        (b'"sequence":6', b'"sequence":7', "entry 6 does not fit: it is missing"),
        (b'"sequence":6', b'"sequence":2', "entry 2 does not fit: it is out of order"),
        (
            b'"kind":"decision.submitted","actor":"somebody-2"',
            b'"actor":"somebody-2"',
            "entry 2 does not fit: its line",
        ),
        (b'"actor":"somebody-2"', b'"actor":2', "entry 2 does not fit: its line in the file is no entry"),
        (b'"actor":"somebody-2"', b'"actor":"somebody-2","more":1', "entry 2 does not fit: its line in the file"),
        (b'"sequence":2', b'"sequence":2.0', "entry 2 does not fit: its line in the file is no entry"),
        (b"ledger\\n3\\n", b"ledger\\n2\\n", "entry 2 does not fit: the checkpoint over it is out of order"),
        (b"ledger\\n7\\n", b"ledger\\n9\\n", "entry 9 does not fit: it is missing, and a checkpoint covers 9 entries"),
        (b"ledger\\n7\\n", b"lodger\\n7\\n", "of another ledger, andon.example.com/lodger"),
    ],
)
def test_the_first_entry_that_does_not_fit_is_named(
    exported: Path, verify: Verify, tmp_path: Path, old: bytes, new: bytes, why: str
) -> None:
    lines = exported.read_bytes().replace(old, new).splitlines(keepends=True)[:-1]
    (tmp_path / "changed.jsonl").write_bytes(closed(lines))
    code, said, error = verify(tmp_path / "changed.jsonl")
    assert (code, said) == (1, "")
    assert why in error


def test_a_file_that_is_cut_off_is_found(exported: Path, verify: Verify, tmp_path: Path) -> None:
    whole = exported.read_bytes()
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    assert verify(cut) == (1, "", "andon: the file ends early, after 3 entries\n")
    cut.write_bytes(whole + b"\n")
    assert "the file goes on behind its end" in verify(cut)[2]
    cut.write_bytes(b"")
    assert "the file does not begin as one" in verify(cut)[2]


def test_a_ledger_that_was_cut_off_needs_a_checkpoint_kept_elsewhere(
    exported: Path, book: Book, verify: Verify, tmp_path: Path
) -> None:
    note = next(part for part in reversed(book.parts) if isinstance(part, str))
    (tmp_path / "kept").write_text(note)
    lines = exported.read_bytes().splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(closed(lines[:5]))
    assert verify(cut, "--key", book.keys[0])[0] == 0
    code, _, why = verify(cut, "--key", book.keys[0], "--checkpoint", tmp_path / "kept")
    assert (code, why) == (1, "andon: entry 4 does not fit: it is missing, and a checkpoint covers 7 entries\n")
    assert verify(exported, "--checkpoint", tmp_path / "kept")[0] == 0


def test_another_keys_checkpoint_is_refused(exported: Path, verify: Verify) -> None:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    code, _, why = verify(exported, "--key", VerifierKey(ORIGIN, public))
    assert (code, why) == (1, "andon: entry 7 does not fit: the checkpoint over it is not signed with the key given\n")


def test_a_forger_who_rewrites_all_and_signs_with_a_key_of_their_own_is_found_by_a_pinned_key() -> None:
    mine, forged = Book(), Book()
    mine.record(3)
    forged.record(4)
    forged.seal()
    assert forged.proof().covered == 4
    with pytest.raises(LedgerFault, match="not signed with the key given"):
        forged.proof(*mine.keys)


def test_without_a_checkpoint_nothing_is_proved() -> None:
    book = Book()
    book.record(2)
    with pytest.raises(LedgerFault, match="no checkpoint covers any of its 2 entries"):
        book.proof()


def test_after_a_rotation_all_checkpoints_still_count() -> None:
    book = Book()
    book.change_keys(book.ring)
    book.seal()
    old = book.keys
    book.change_keys(book.ring.rotated(START))
    book.seal()
    assert book.proof().covered == 2
    assert book.proof(book.keys[0]).key == book.keys[0]
    with pytest.raises(LedgerFault, match="not signed with the key given"):
        book.proof(*old)


def test_a_revoked_key_seals_nothing_but_what_a_good_one_covers_counts() -> None:
    """The ledger itself says which keys are revoked, so their old checkpoints are still told from forged ones."""
    book = Book()
    book.change_keys(book.ring)
    stolen = book.keys
    book.record(2)
    book.seal()
    book.change_keys(book.ring.revoked(book.ring.keys[0].kid, START))
    with pytest.raises(LedgerFault, match="entry 3 does not fit: the checkpoint over it is signed with a revoked key"):
        book.proof()
    with pytest.raises(LedgerFault, match="signed with a revoked key"):
        book.proof(*stolen)
    book.seal()
    assert book.proof().covered == 4


def test_a_checkpoint_by_a_key_that_nobody_knows_is_named() -> None:
    book = Book()
    book.record()
    ring, book.ring = book.ring, KeyRing.fresh(START)
    book.seal()
    book.ring = ring
    book.record()
    book.seal()
    with pytest.raises(LedgerFault, match=r"entry 1 does not fit: .* a key that is not known"):
        book.proof()


def test_a_checkpoint_of_nobody_over_something_else_is_named_itself() -> None:
    book = Book()
    book.record(3)
    ring, book.ring = book.ring, KeyRing.fresh(START)
    book.parts.append(signed_checkpoint(book.ring, ORIGIN, 3, bytes(32)))
    book.ring = ring
    book.record()
    book.seal()
    with pytest.raises(LedgerFault, match="entry 3 does not fit: the checkpoint over it is neither"):
        book.proof()


def test_what_can_not_be_read_is_said_in_a_line(verify: Verify, tmp_path: Path, exported: Path) -> None:
    assert verify(tmp_path / "nothing")[0] == 4
    assert verify(exported, "--key", "nonsense")[0] == 2
    (tmp_path / "note").write_text("nothing")
    assert verify(exported, "--checkpoint", tmp_path / "note")[0] == 2


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, book: Book) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text("before")
    with suppress(OSError), LedgerWriter(path, ORIGIN, book.keys) as file:
        file.checkpoint("x")
        raise OSError("away")
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_genesis_is_the_same_on_both_sides() -> None:
    from andon_client._chain import GENESIS as THEIRS

    assert GENESIS == THEIRS


def fork(book: Book) -> str:
    """A checkpoint over as many entries as the first one covers, of the same key, and over others."""
    return signed_checkpoint(book.ring, ORIGIN, 3, b"\x01" * 32)


@pytest.mark.parametrize("other_first", [False, True])
def test_two_kept_checkpoints_over_as_many_entries_that_differ_are_a_fork(
    book: Book, exported: Path, verify: Verify, tmp_path: Path, *, other_first: bool
) -> None:
    notes = [str(book.parts[3]), fork(book)]
    files = [tmp_path / name for name in "ab"]
    for file, note in zip(files, reversed(notes) if other_first else notes, strict=True):
        file.write_text(note)
    code, _, why = verify(exported, "--checkpoint", files[0], "--checkpoint", files[1])
    assert (code, why) == (1, "andon: the ledger was forked: two checkpoints you kept over 3 entries differ\n")
    assert verify(exported, "--checkpoint", files[other_first], "--checkpoint", files[other_first])[0] == 0


def test_a_kept_checkpoint_over_nothing_fits_any_ledger(
    exported: Path, book: Book, verify: Verify, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_text(signed_checkpoint(book.ring, ORIGIN, 0, Chain().tree.root))
    assert verify(exported, "--checkpoint", kept)[0] == 0
    kept.write_text(signed_checkpoint(book.ring, ORIGIN, 0, b"\x01" * 32))
    assert verify(exported, "--checkpoint", kept)[0] == 1


@pytest.mark.parametrize("kind", ["keys.changed", "decision.submitted"])
def test_a_body_that_is_gone_does_not_fit(kind: str) -> None:
    """A revocation can't be hidden by it, nor anything else."""
    book = Book()
    book.record(2)
    book.record(1, kind, book.ring.states())
    entry = book.parts[-1]
    assert isinstance(entry, LedgerEntry)
    book.parts[-1] = entry._replace(body="")
    book.seal()
    with pytest.raises(LedgerFault, match="entry 3 does not fit: its body was edited"):
        book.proof(*book.keys)


async def test_a_server_that_publishes_no_key_is_told_of_in_words(
    client: Client, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = argparse.Namespace(file=tmp_path / "ledger.jsonl", key=[], checkpoint=[])
    for command in (command_line.export, command_line.verify):
        assert await command(options, client) == 1
        assert capsys.readouterr().err == "andon: the server publishes no key, so it has no ledger that can be proved\n"
    assert os.listdir(tmp_path) == []
