"""Words of people in an exported ledger: they can be taken out of it, and can't be others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from andon_client._ledger_file import verify_file
from andon_client.ledger import LedgerEntry, LedgerFault
from tests.client.test_ledger_file import Book, Verify, book, exported, verify

__all__ = ["book", "exported", "verify"]


def wordless(part: LedgerEntry | str) -> LedgerEntry | str:
    return part if isinstance(part, str) else part._replace(words="")


def test_words_that_are_gone_are_counted_and_all_else_fits(book: Book) -> None:
    erased = Book()
    erased.ring = book.ring
    erased.parts = [wordless(part) for part in book.parts]
    assert erased.parts != book.parts
    assert book.proof() == replace(erased.proof(), erased=0, untold=0)
    assert (erased.proof().entries, erased.proof().erased, erased.proof().untold) == (8, 1, 1)


@pytest.mark.parametrize("told", [True, False])
def test_an_erasure_tells_whose_words_are_gone(told: bool, verify: Verify, tmp_path: Path) -> None:
    book = Book()
    book.record(2, "review.given", words={"comment": "no"})
    book.parts = [wordless(part) for part in book.parts]
    book.record(1, "decision.erased", {"asked_for": "subject", "words_of": [1, 2] if told else [2, "1", None]})
    book.seal()
    assert (book.proof().erased, book.proof().untold) == (2, 0 if told else 1)
    code, said, _ = verify(book.write(tmp_path / "ledger.jsonl"))
    assert (code, said.splitlines()[1]) == (0, "2 of them have lost what people wrote.")
    assert ("Of 1 no erasure in the ledger tells" in said) is not told


def test_a_file_can_be_proved_without_the_words_in_it(book: Book, exported: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in exported.read_text("utf-8").splitlines()]
    assert [line["sequence"] for line in lines if line.pop("words", None)] == [3]
    file = tmp_path / "wordless.jsonl"
    file.write_text("".join(f"{dumped(line)}\n" for line in lines), "utf-8")
    assert verify_file(file) == replace(verify_file(exported), erased=1, untold=1)


def test_other_words_are_found(exported: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in exported.read_text("utf-8").splitlines()]
    for words, why in (("no", "entry 3 does not fit: its words were edited"), ("", "its last line does not fit")):
        lines[3]["words"] = words
        file = tmp_path / "other.jsonl"
        file.write_text("".join(f"{dumped(line)}\n" for line in lines), "utf-8")
        with pytest.raises(LedgerFault, match=why):
            verify_file(file)


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
