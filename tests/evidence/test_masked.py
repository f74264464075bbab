"""Evidence of what is kept from who makes it, and of a ledger that was made unreadable."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from andon_client import Proposal
from andon_client.errors import AndonError
from andon_client.presentation import Shown
from tests.evidence.desk import POLICIES, REFUND, Evidence, as_, judge, seal, submit
from tests.evidence.page import read
from tests.golden.harness import Server

CANARY: Final = "DE89370400440532013000"
LOANS: Final = """
policy: loans
actions: [loan.*]
queue: loans
sensitive:
  input.iban: [lead]
  prediction.limits: []
rules:
  - {id: every, when: "true", route: review, reason: All loans}
"""
LOAN: Final = Proposal(
    action="loan.grant",
    input={"iban": CANARY, "purpose": "a car"},
    prediction={"amount": 9_000, "limits": [{"card": CANARY}]},
    confidence=0.9,
)
NOT_CHECKED: Final = "Not checked: fields are kept from your role: "
UNREADABLE: Final = "no JSON at all"


@pytest.fixture
def untold(kept: Path) -> Path:
    """Kept evidence of which the server could not tell the history."""
    document = json.loads(kept.read_text())
    kept.write_text(json.dumps({**document, "events": [], "history_why": "internal error (request 7)"}))
    return kept


async def corrected(server: Server) -> str:
    """A loan that a reviewer has corrected, from whom part of it was kept."""
    await server.rule({**POLICIES, "loans.yaml": LOANS})
    decision = await submit(server, LOAN)
    shown = Shown("ab" * 32, ("prediction.limits[0].card",), (), 2.5)
    await judge(server, "reviewer", "correct", {"amount": 5_000, "limits": "[masked]"}, "less", shown=shown)
    await seal(server)
    return decision.name


async def test_what_is_kept_is_not_checked_and_no_mismatch(server: Server, evidence: Evidence) -> None:
    made = await evidence(await corrected(server))
    assert (made.code, CANARY in made.text) == (0, False), made.said
    said = read(made.text).text
    assert f"{NOT_CHECKED}input.iban, prediction.limits." in said
    assert f"Hash of the correction not checked {NOT_CHECKED}prediction.limits." in said
    assert "Genuine, and about this decision, the hash that was recorded of its proposal and this outcome." in said
    assert "input.iban, prediction.limits ." in said


async def test_kept_evidence_of_it_is_read_again_and_what_was_changed_in_it_is_found(
    server: Server, evidence: Evidence, tmp_path: Path
) -> None:
    made = await evidence(await corrected(server), "--json")
    document, file = json.loads(made.text), tmp_path / "masked.json"
    assert document["decision"]["masked_fields"] == ["input.iban", "prediction.limits"]
    file.write_text(made.text)
    assert (await evidence(file)).code == 0
    review = next(event for event in document["events"] if event["type"] == "REVIEWED")
    review["details"]["changed_fields"].append("more")
    file.write_text(json.dumps(document))
    assert "says something else than the history does" in (await evidence(file)).said


async def test_who_is_shown_all_has_all_checked(server: Server, evidence: Evidence) -> None:
    made = await evidence(await corrected(server), caller="submitter")
    assert (NOT_CHECKED in made.text, CANARY in made.text) == (False, True)
    assert "Recomputed from the proposal in this file" in made.text


async def test_a_guard_of_somebody_from_whom_fields_are_kept_runs_nothing(server: Server) -> None:
    name = await corrected(server)
    ran: list[object] = []
    async with as_(server, "admin") as admin:

        @admin.gate(action="loan.grant")
        async def grant(prediction: object) -> None:
            ran.append(prediction)

        with pytest.raises(AndonError, match=r"is kept from your role: prediction\.limits"):
            await grant.resume(name)
        decision = await admin.get(name)
        with pytest.raises(AndonError, match="can't be checked: fields are kept from your role"):
            await admin.verify(decision)
    assert not ran


@pytest.mark.parametrize("body", [UNREADABLE, "[1]", "[" * 100_000])
async def test_a_ledger_that_was_made_unreadable_is_a_finding(
    server: Server, evidence: Evidence, tmp_path: Path, body: str
) -> None:
    decision = await submit(server, REFUND)
    await judge(server, "reviewer", "approve", "fine")
    await seal(server)
    with closing(sqlite3.connect(tmp_path / "andon.db", isolation_level=None)) as store:
        for (trigger,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {trigger}")
        store.execute("UPDATE ledger SET body = ? WHERE kind = 'review.given'", (body,))
    made = await evidence(decision.name)
    assert (made.code, "its body was edited" in made.said) == (1, True)
    assert "Do not rely on this file." in read(made.text).text


async def test_a_history_that_can_not_be_told_is_a_finding(evidence: Evidence, untold: Path) -> None:
    made = await evidence(untold)
    assert made.code == 1
    assert "can't tell all that happened to it: internal error (request 7)." in read(made.text).text
