"""The record of everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.chain import GENESIS
from andon.store.ledger import LedgerKind, first_fault
from andon.store.port import Store
from andon.store.values import Known, LedgerEntry
from tests.builders import make_admission, make_verdict
from tests.clock import START
from tests.store.helpers import entries, leased


async def test_the_hash_is_what_the_documentation_says(store: Store) -> None:
    entry = await store.record("policy.revision", 'admin "ä" ☃', {"revision": "abc", "rate": 0.5}, START)
    content: JsonObject = {
        "actor": 'admin "ä" ☃',
        "body_hash": digest(canonical({"rate": 0.5, "revision": "abc"})),
        "decision_id": "",
        "kind": "policy.revision",
        "previous": "0" * 64,
        "sequence": 1,
        "task_id": "",
        "time": START,
    }
    assert entry.hash == digest(canonical(content))
    assert entry.previous == GENESIS
    assert await store.ledger(0, 10) == [entry]


async def test_entries_follow_each_other_in_the_order_of_events(store: Store) -> None:
    await store.record(LedgerKind.REVISION, "server", {}, START)
    job = await leased(store, make_admission())
    await store.settle_if_leased(make_verdict(job, retrain_after=1))
    found = await entries(store)
    kinds = [entry.kind for entry in found]
    assert kinds == ["policy.revision", "decision.submitted", "task.leased", "review.given", "retrain.due"]
    assert [entry.sequence for entry in found] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in found[1:]] == [entry.hash for entry in found[:-1]]
    assert first_fault(found) is None


async def test_the_ledger_is_read_in_parts(store: Store) -> None:
    recorded = [await store.record("policy.revision", "admin", {"number": number}, START) for number in range(5)]
    assert await store.ledger(0, 2) == recorded[:2]
    assert await store.ledger(2, 2) == recorded[2:4]
    assert await store.ledger(5, 2) == []
    part = await store.ledger(2, 9)
    assert first_fault(part, recorded[1].hash, 2) is None


@pytest.mark.parametrize(
    "change",
    [
        {"time": START + 1},
        {"kind": "review.given"},
        {"actor": "someone"},
        {"decision_id": "x"},
        {"task_id": "x"},
        {"body": {"number": 7}},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
        {"sequence": 9},
    ],
    ids=str,
)
async def test_an_edited_entry_is_found(store: Store, change: dict[str, Any]) -> None:
    recorded = [await store.record("policy.revision", "admin", {"number": number}, START) for number in range(3)]
    edited = [recorded[0], replace(recorded[1], **change), recorded[2]]
    assert first_fault(edited) == change.get("sequence", 2)


async def test_a_missing_entry_is_found(store: Store) -> None:
    recorded: list[LedgerEntry] = [await store.record("a", "admin", {}, START) for _ in range(3)]
    assert first_fault([recorded[0], recorded[2]]) == 3
    assert first_fault([]) is None


async def test_a_secret_is_made_once(store: Store) -> None:
    assert await store.secret("coin", b"first") == b"first"
    assert await store.secret("coin", b"second") == b"first"
    assert await store.secret("page", b"\0third") == b"\0third"
    assert await entries(store) == []


async def test_a_ping_leaves_no_trace(store: Store) -> None:
    await store.ping()
    assert await entries(store) == []


async def test_what_is_known_and_its_entry_change_together_or_not_at_all(store: Store) -> None:
    assert await store.secret("access", b"{}") == b"{}"
    assert await store.record_if_same(Known("access", b"{}", b"one"), "access.changed", "server", {"x": 1}, START)
    assert not await store.record_if_same(Known("access", b"{}", b"two"), "access.changed", "server", {"x": 2}, START)
    assert not await store.record_if_same(Known("other", b"", b"two"), "access.changed", "server", {"x": 2}, START)
    assert await store.secret("access", b"{}") == b"one"
    assert [entry.body for entry in await entries(store) if entry.kind == "access.changed"] == [{"x": 1}]
