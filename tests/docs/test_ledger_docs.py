"""docs/ledger.md says what is recorded, all of it, and how anybody verifies it."""

from __future__ import annotations

from hashlib import sha256

from andon.domain.canonical import JsonObject, canonical
from andon.domain.chain import GENESIS, link_hash
from andon.store.ledger import LedgerKind
from tests.docs.markdown import read, rows

DOCUMENT = read("docs/ledger.md")


def test_every_kind_of_entry_is_documented_and_no_other() -> None:
    named = [row[0].strip("`") for row in rows(DOCUMENT) if "." in row[0] and row[0].startswith("`")]
    assert sorted(named) == sorted(LedgerKind)


def test_the_recipe_is_what_is_done() -> None:
    facts: JsonObject = {
        "actor": "ädmin",
        "body_hash": sha256(b"{}").hexdigest(),
        "decision_id": "",
        "kind": "policy.revision",
        "previous": GENESIS,
        "sequence": 1,
        "task_id": "",
        "time": 17,
    }
    assert all(f"`{name}`" in DOCUMENT or name in DOCUMENT for name in facts)
    made = link_hash(1, 17, "policy.revision", "ädmin", "", "", sha256(b"{}").hexdigest(), GENESIS)
    assert made == sha256(canonical(facts).encode()).hexdigest()
