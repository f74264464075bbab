"""`andon erase` and `andon hold` on a real server; and what evidence, receipts and the ledger say after them."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from andon_client import Proposal, cli, verify_receipt
from andon_client._gate import GateSettings
from andon_client.errors import AndonError
from andon_client.model import Decision
from tests.evidence.desk import REFUND, Evidence, as_, judge, seal, submit
from tests.golden.harness import Server, token_of

Run = Callable[..., Awaitable[tuple[int, str]]]
PERSON = Proposal(action=REFUND.action, confidence=0.5, input={"name": "Ottilie"}, prediction={"amount": 5},
                  subject="Ottilie")  # fmt: skip


@pytest.fixture
def andon(server: Server, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of the client as an administrator: its exit code, and what it says."""
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    async def run(*words: str) -> tuple[int, str]:
        place = ("--address", f"127.0.0.1:{server.app.port}", "--token", token_of("admin"))
        options = parser.parse_args([*words, *place])
        code = await asyncio.to_thread(options.run, options)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


async def judged(server: Server, verdict: str = "reject") -> Decision:
    """A decision about a person that a reviewer has ended with words about them."""
    decision = await submit(server, PERSON)
    await judge(server, "reviewer", verdict, "Ottilie again")
    return decision


async def test_a_subject_is_erased_by_command(server: Server, andon: Run) -> None:
    await judged(server)
    unknown = (4, "nothing was erased: nothing is known of this subject (any more)\n")
    assert await andon("erase", "--subject", "Ottilie", "--dry-run") == (0, "would erase 1 decision\n")
    code, said = await andon("erase", "--subject", "Ottilie")
    assert (code, "nothing was erased: add --yes" in said) == (2, True)
    assert await andon("erase", "--subject", "Ottilie", "--yes", "--reason", "case 7") == (0, "erased 1 decision\n")
    assert await andon("erase", "--subject", "Ottilie", "--yes") == unknown
    assert await andon("erase", "--subject", "Otilie", "--dry-run") == unknown


async def test_what_is_left_is_named(server: Server, andon: Run) -> None:
    waiting = await submit(server, PERSON)
    code, said = await andon("erase", waiting.name, "--yes")
    assert (code, said) == (1, f"erased 0 decisions\nleft 1 decision, open:\n  {waiting.name}\n")


async def test_holds_are_placed_listed_and_released(server: Server, andon: Run) -> None:
    decision = await judged(server)
    code, said = await andon("hold", "place", "--subject", "Ottilie", "--reason", "case 8", "--json")
    hold = json.loads(said)
    assert (code, hold["subject"], hold["creator"]) == (0, "Ottilie", "admin")
    code, said = await andon("erase", decision.name, "--yes")
    assert (code, "under a legal hold" in said) == (1, True)
    code, said = await andon("hold", "list")
    assert (code, "subject Ottilie" in said, hold["name"] in said) == (0, True, True)
    assert (await andon("hold", "release", hold["name"]))[0] == 0
    assert await andon("hold", "list") == (0, "no legal holds\n")
    assert (await andon("erase", decision.name, "--yes"))[0] == 0
    assert "a subject that was erased" not in (await andon("hold", "list", "--released"))[1]


@pytest.mark.parametrize(
    "words",
    [
        ("erase",),
        ("erase", "decisions/1", "--subject", "x"),
        ("hold", "place", "--subject", "x"),
        ("hold", "place", "--reason", "x"),
        ("hold", "place", "decisions/1", "--action", "*", "--reason", "x"),
        ("hold", "release"),
    ],
)
async def test_what_is_wrong_is_said(andon: Run, words: tuple[str, ...]) -> None:
    assert (await andon(*words))[0] == 2


async def test_evidence_of_what_was_erased_says_so_and_fails_nothing(
    server: Server, andon: Run, evidence: Evidence
) -> None:
    decision = await judged(server)
    await andon("erase", "--subject", "Ottilie", "--yes", "--reason", "case 7")
    await seal(server)
    made = await evidence(decision.name)
    assert made.code == 0, made.said
    assert "Ottilie" not in made.text
    for words in (
        "what people wrote was erased; its hash stays",
        "Genuine, and about this decision, the hash that was recorded of its proposal and this outcome",
        "personal data erased",
        "Not checked: the personal data of the proposal was erased on",
    ):
        assert words in made.text
    kept = json.loads((await evidence(decision.name, "--json")).text)
    assert kept["decision"]["erase_time"]


async def test_evidence_and_receipt_of_what_was_about_another_before_are_as_ever(
    server: Server, andon: Run, evidence: Evidence
) -> None:
    first = await submit(server, PERSON)
    async with as_(server, "submitter") as submitter:
        await judge(server, "reviewer", "release", "I know Ottilie", skip=False)
        decision = await submitter.amend(first, replace(PERSON, input={"name": "Anna"}, subject="Anna"))
    await judge(server, "reviewer", "approve", "seen")
    code, said = await andon("erase", "--subject", "Ottilie", "--yes", "--reason", "case 7")
    assert (code, said.splitlines()[0]) == (0, "erased 1 decision")
    await seal(server)
    made = await evidence(decision.name)
    assert made.code == 0, made.said
    assert "Anna" in made.text
    assert "Ottilie" not in made.text
    async with as_(server, "submitter") as submitter:
        receipt, keys = await submitter.receipt(decision), await submitter.receipt_keys()
    verify_receipt(receipt, keys, payload_hash=decision.payload_hash, to_act=False)
    await andon("erase", "--subject", "Anna", "--yes")
    await seal(server)
    made = await evidence(decision.name)
    assert made.code == 0, made.said


async def test_evidence_tells_of_a_history_that_says_something_else_of_an_entry_without_words(
    server: Server, andon: Run, evidence: Evidence, tmp_path: Path
) -> None:
    decision = await judged(server)
    await andon("erase", decision.name, "--yes")
    await seal(server)
    kept = json.loads((await evidence(decision.name, "--json")).text)
    for event in kept["events"]:
        if event["type"] == "REVIEWED":
            event["details"]["verdict"] = "APPROVE"
    file = tmp_path / "other.json"
    file.write_text(json.dumps(kept))
    made = await evidence(file)
    assert "says something else than the history does" in made.text + made.said


async def test_evidence_tells_of_words_that_are_gone_without_an_erasure(
    server: Server, evidence: Evidence, tmp_path: Path
) -> None:
    decision = await judged(server)
    await seal(server)
    kept = json.loads((await evidence(decision.name, "--json")).text)
    (entry,) = [each for each in kept["ledger"]["entries"] if each["kind"] == "review.given"]
    said, file = entry["words"], tmp_path / "other.json"
    for words, why in (("", "has lost what people wrote, and no erasure tells of it"), ("x", "its words were edited")):
        entry["words"] = words
        file.write_text(json.dumps(kept))
        made = await evidence(file)
        assert why in made.text + made.said
    entry["words"] = said
    file.write_text(json.dumps(kept))
    assert (await evidence(file)).code == 0


async def test_a_receipt_is_the_same_after_an_erasure_and_the_guard_runs_nothing(server: Server, andon: Run) -> None:
    decision = await judged(server, "approve")
    async with as_(server, "submitter") as submitter:
        before = await submitter.receipt(decision)
        await andon("erase", decision.name, "--yes")
        assert await submitter.receipt(decision) == before
        found = await submitter.wait(decision.name)
        verify_receipt(before, await submitter.receipt_keys(), payload_hash=decision.payload_hash, to_act=False)
        assert (found.passed, found.prediction) == (True, None)
        with pytest.raises(AndonError, match="was erased"):
            GateSettings(found.action, "", "", False, False, None, True, False).admit(found)


async def test_the_ledger_verifies_after_an_erasure_also_from_a_file(
    server: Server, andon: Run, tmp_path: Path
) -> None:
    await judged(server)
    await andon("erase", "--subject", "Ottilie", "--yes")
    await seal(server)
    file = tmp_path / "ledger.jsonl"
    code, said = await andon("ledger", "export", str(file))
    assert code == 0, said
    for place in ((), (str(file),)):
        code, said = await andon("ledger", "verify", *place)
        assert (code, "1 of them has lost what people wrote.\n" in said, "no erasure" in said) == (0, True, False)
    assert "Ottilie" not in file.read_text("utf-8")
