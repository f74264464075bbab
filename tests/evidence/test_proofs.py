"""What does not fit is found, on the server and in a file, and said in red words."""

from __future__ import annotations

import json
import re
import sqlite3
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from andon.keys.ring import KeyRing
from andon_client.evidence.merkle import audit_paths, leaf, root_of
from andon_client.notes import VerifierKey
from tests.docs.markdown import read as document_of
from tests.docs.markdown import rows
from tests.evidence.desk import REFUND, Evidence, judge, seal, submit
from tests.evidence.page import read
from tests.golden.harness import Server


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("body = replace(body, 'APPROVE', 'REJECT')", "does not fit: its body was edited"),
        ("body = '{}'", "does not fit: its body was edited"),
        ("time = time + 1", "does not fit: a field of it was edited"),
        ("hash = 'no hash'", "does not fit: a field of it was edited"),
    ],
)
async def test_a_ledger_that_was_edited_is_told_in_red_and_the_command_ends_with_1(
    server: Server, evidence: Evidence, tmp_path: Path, change: str, why: str
) -> None:
    decision = await submit(server, REFUND)
    await judge(server, "reviewer", "approve", "fine")
    await seal(server)
    with sqlite3.connect(tmp_path / "andon.db") as database:
        triggers = database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        changed = database.execute(f"UPDATE ledger SET {change} WHERE kind = 'review.given'")
        assert changed.rowcount == 1
    database.close()
    made = await evidence(decision.name)
    page = read(made.text)
    assert made.code == 1
    assert "Do not rely on this file." in page.text
    assert why in page.text
    assert ("p", {"class": "verdict failed", "role": "alert"}) in page.tags
    assert why in made.said


async def test_it_is_checked_again_without_the_server(kept: Path, evidence: Evidence, server: Server) -> None:
    document = load(kept)
    assert document["sound"] is True
    assert {check["state"] for check in document["checks"]} == {"ok", "not checked"}
    (key,) = document["keys"]["verifier_keys"]
    await server.app.drain()
    made = await evidence(kept, "--key", key)
    assert made.code == 0
    assert "with the keys that were given, and no others" in read(made.text).text
    other = KeyRing.fresh(0).jwks()["keys"][0]["x"]  # type: ignore[index,call-overload]
    stranger = VerifierKey(key.partition("+")[0], urlsafe_b64decode(str(other) + "="))
    made = await evidence(kept, "--key", stranger)
    assert made.code == 1
    assert "No key that is believed has signed it." in read(made.text).text
    assert "signed with a key that is not known" in made.said


def load(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def save(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document))


def tampered(document: dict[str, Any]) -> list[tuple[str, Callable[[], None]]]:
    """Ways to forge, and what each is told as."""
    ledger = document["ledger"]
    entry = next(each for each in ledger["entries"] if each["kind"] == "review.given")
    moment = "2025-01-01T00:00:00Z"
    head, claims, signature = document["receipts"][0]["receipt"].split(".")

    def put(place: dict[str, Any], **changes: Any) -> Callable[[], None]:
        return lambda: place.update(changes)

    return [
        ("body was edited", put(entry, body=entry["body"].replace("APPROVE", "REJECT"))),
        ("its words were edited", put(entry, words=entry["words"].replace("fine", "evil"))),
        ("has lost what people wrote, and no erasure tells of it", put(entry, words="")),
        ("a field of it was edited", put(entry, actor="somebody else")),
        ("a field of it was edited", put(entry, hash="0" * 64)),
        ("Not what was sealed", put(ledger["proofs"], **{str(entry["sequence"]): ["00" * 32]})),
        ("Not what was sealed", lambda: ledger["proofs"].pop(str(entry["sequence"]))),
        ("which the ledger does not have", lambda: ledger["entries"].remove(entry)),
        ("says something else than the history", put(document["events"][-1]["details"], comment="evil")),
        ("No key that is believed", put(ledger, checkpoint=ledger["checkpoint"].replace("\n", "\n9", 1))),
        ("It is no signed checkpoint", put(ledger, checkpoint="forged")),
        ("does not have the hash", put(document["proposal"], prediction={"amount": 1})),
        ("does not have the hash", put(document["decision"], submitter="somebody else")),
        ("not what this file says", put(document["resolution"], outcome="REJECTED")),
        ("its resolved_by is not what this file says", put(document["resolution"], resolved_by="somebody else")),
        ("its resolve_time is not what this file says", put(document["resolution"], time=moment)),
        ("its revision is not what this file says", put(document["routing"], policy_revision="0" * 64)),
        ("records the submission of something else", put(document["routing"], reasons=[])),
        ("says something else than the history", put(document["events"][-1], actor="somebody else")),
        ("says something else than the history", put(document["events"][-1], time=moment)),
        ("does not tell of the redemption", put(document, redemption={"redeemer": "x", "time": moment})),
        ("signature is wrong", put(document["receipts"][0], receipt=f"{head}.{claims}.{signature[::-1]}")),
        ("this is no receipt", put(document["receipts"][0], receipt="forged")),
    ]


@pytest.mark.parametrize("way", range(23))
async def test_every_forgery_is_found_offline(kept: Path, evidence: Evidence, way: int) -> None:
    document = load(kept)
    words, forge = tampered(document)[way]
    forge()
    save(kept, document)
    made = await evidence(kept)
    assert made.code == 1
    assert words in read(made.text).text
    assert words in made.said


async def test_every_member_is_documented(kept: Path) -> None:
    section = document_of("docs/evidence.md").split("## As JSON", 1)[1].split("\n## ", 1)[0]
    named = {name for row in rows(section) for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(load(kept))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "andon-evidence-1"}', '{"format": "other"}', "\ud800"])
async def test_another_file_is_wrong_usage(evidence: Evidence, tmp_path: Path, text: str) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    made = await evidence(file)
    assert (made.code, made.text) == (2, "")
    assert "is no file that `andon evidence --json` has written" in made.said


async def test_what_is_not_there_and_keys_that_are_none_are_told(evidence: Evidence) -> None:
    assert (await evidence("decisions/00000000-0000-7000-8000-000000000000")).code == 4
    made = await evidence("decisions/00000000-0000-7000-8000-000000000000", "--key", "none")
    assert (made.code, "--key is no Ed25519 verifier key" in made.said) == (2, True)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31])
def test_every_place_of_a_tree_is_proved_and_no_other(size: int) -> None:
    hashes = [bytes([place]) * 32 for place in range(size)]
    paths = audit_paths(hashes, range(size))
    (root,) = {root_of(hashes[place], place, size, paths[place]) for place in range(size)}
    assert size > 1 or root == leaf(hashes[0])
    for place in range(size):
        assert root_of(b"\xff" * 32, place, size, paths[place]) != root
        with pytest.raises(ValueError, match="the path is too"):
            root_of(hashes[place], place, size, [*paths[place], b"\x00" * 32])
