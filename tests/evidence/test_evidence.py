"""`andon evidence` against a real server: what an auditor reads of all that can happen to a decision."""

from __future__ import annotations

import re
from typing import Final

from andon_client import Proposal
from andon_client.presentation import Shown
from tests.evidence.desk import CONTESTED, POLICIES, REFUND, Evidence, as_, judge, seal, submit
from tests.evidence.page import read
from tests.golden.harness import Server

BIDI: Final = "\u202egnp.exe\u2066"
HOSTILE: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><h1>forged</h1>",
    "</style><style>main{display:none}",
    "javascript:alert(1)",
    "https://evil.example/?leak",
    "$body ${title} {judged}",
    BIDI + "\u0000\u001b[2J\u200b\ufeff",
    "<!--",
    "x" * 200_000,
)


async def test_a_correction_is_told_from_the_proposal_to_its_proof(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, REFUND)
    shown = Shown("ab" * 32, ("input.text",), ("prediction.lines",), 12.5)
    await judge(server, "reviewer", "correct", {"amount": 300}, "Half of it came", shown=shown)
    await seal(server)
    made = await evidence(decision.name)
    assert (made.code, "0 failed" in made.said) == (0, True)
    said = read(made.text).text
    for words in (
        "refund.issue of 480 EUR for customers/4711, proposed by submitter, was corrected by reviewer at 2026-01-01",
        "it had been held because: More than 50.",
        "The carrier lost it",
        "Half of it came",
        "hash of what was on the screen: " + "ab" * 32,
        "in view for 12.5 s",
        "left unopened: prediction.lines",
        "amount 480 300 changed",
        "lines[0].price 480 removed",
        "The policies in force when this file was made are the very ones",
        "when: decision.attributes.amount > 50.0",
        "Genuine, and about this decision, this proposal and this outcome. It names the ledger's entry",
        "each leads to the root that was signed",
        "This file is evidence, not a legal assessment",
        "Art. 22(3)",
        "Section 4: reviewer gave a verdict.",
        "APTS-HO-010",
    ):
        assert words in said, words


async def test_what_passed_alone_says_that_nobody_judged(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, Proposal(action="refund.issue", prediction={}, confidence=0.9, amount=5.0))
    made = await evidence(decision.name)
    said = read(made.text).text
    assert made.code == 0
    assert "passed at 2026-01-01 00:00:00 UTC without a person, because no rule asked for one" in said
    assert "No person judged this one" in said
    assert "The server has signed no checkpoint yet." in said


async def test_what_is_blocked_says_by_which_rule(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, Proposal(action="refund.issue", prediction={}, confidence=0.9, amount=20_000.0))
    said = read((await evidence(decision.name)).text).text
    assert "was refused by the rules at" in said
    assert "Nobody refunds as much" in said


async def test_a_quorum_tells_each_verdict_and_the_blind_see_none(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, Proposal(action="wire.send", prediction={"to": "x"}, confidence=0.9))
    await judge(server, "reviewer", "approve", "fine with me")
    blind = await evidence(decision.name, caller="reviewer2")
    assert blind.code == 0
    assert "fine with me" not in blind.text
    assert "Kept from the caller while verdicts are blind." in read(blind.text).text
    await judge(server, "reviewer2", "reject", "a fraud")
    said = read((await evidence(decision.name)).text).text
    assert "fine with me" in said
    assert "a fraud" in said
    assert "reviewer, reviewer2 gave a verdict" in said


async def test_an_appeal_and_its_end_stand_beside_the_decisions(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, CONTESTED)
    async with as_(server, "submitter") as client:
        await client.appeal(decision, "It was wrong")
    await judge(server, "lead", "reject", "Indeed")
    made = await evidence(decision.name)
    said = read(made.text).text
    assert "submitter contested the end at" in said
    assert "on appeal: rejected by lead at" in said
    assert "Receipt of appeal 1 fits : Genuine" in said
    assert made.code == 0


async def test_time_that_ran_out_is_nobodys_verdict(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, Proposal(action="slow.answer", prediction={}, confidence=0.9))
    await server.advance("3h")
    said = read((await evidence(decision.name)).text).text
    assert "was judged by nobody in time; it ended at" in said
    assert "and the policy lets it happen then" in said
    assert "a person was asked, and none has given a verdict" in said


async def test_amendments_and_redemption_are_told(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, Proposal(action="once.pay", prediction={"n": 1}, confidence=0.5))
    async with as_(server, "submitter") as client:
        amended = await client.amend(decision, action="once.pay", prediction={"n": 2}, confidence=0.6)
        await judge(server, "reviewer", "approve")
        await client.redeem(decision)
    made = await evidence(decision.name)
    said = read(made.text).text
    assert made.code == 0
    assert f"{decision.payload_hash} {amended.payload_hash}" in re.sub(r"\s+", " ", said).replace("UTC", "")
    assert "The answer was used up by submitter at" in said


async def test_what_others_wrote_stays_text(server: Server, evidence: Evidence) -> None:
    words = {f"field {place} {text[:40]}": text for place, text in enumerate(HOSTILE)}
    hostile = " ".join(HOSTILE[:-1])
    decision = await submit(
        server,
        Proposal(
            action="refund.issue",
            input={"deep": words},
            prediction={**words, "amount": 1},
            confidence=0.5,
            reasoning=hostile.replace("\0", ""),
            model=("<b>m</b>", "javascript:1"),
            subject="<i>" + BIDI,
            extra={"<u>": hostile},
        ),
    )
    await judge(server, "reviewer", "reject", "<script>alert(2)</script>" + BIDI)
    made = await evidence(decision.name)
    page = read(made.text)
    assert made.code == 0
    assert "U+202E" in page.text
    assert "U+0000" in page.text
    assert "<script>alert(1)</script>" in page.text
    assert "<script>alert(2)</script>" in page.text
    assert "$body ${title} {judged}" in page.text
    assert "x" * 200_000 in page.text
    assert "forged" not in "".join(re.findall(r"<h1>(.*?)</h1>", made.text))


async def test_who_may_not_list_the_ledger_is_told_what_was_not_checked(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, REFUND)
    await seal(server)
    made = await evidence(decision.name, caller="lead")
    said = read(made.text).text
    assert made.code == 0
    assert "lead (lead) may not list the ledger" in said
    assert "No entry was read, no hash recomputed, and nothing shown to be in the ledger at all." in said
    assert "The decision is still open: there is no receipt yet." in said
    assert "is still open until 2026-01-01 01:30:00 UTC at the latest" in said or "is still open until" in said


async def test_changed_policies_are_told(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, CONTESTED)
    await server.rule({"wire.yaml": POLICIES["wire.yaml"].replace("Four eyes", "Two of us")})
    assert "The policies have changed since" in read((await evidence(decision.name)).text).text
