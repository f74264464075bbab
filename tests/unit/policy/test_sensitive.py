"""What a policy calls sensitive, and what it can't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from andon.domain.decision import Route
from andon.domain.sensitive import NOTHING, Sensitive
from andon.policy.faults import PolicyFaults
from andon.policy.load import CompiledSet, load_policies
from andon.rpc.facts import decision_environment
from andon_client._gen.andon.v1 import decision_pb2

POLICY = """
policy: refunds
actions: ["refund.*"]
confidence: {threshold: 0.8}
presentation: {effect: "{prediction.amount} go to {input.customer.iban}"}
rules:
  - {id: never, when: decision.attributes.amount > 100.0, route: block, reason: Too much}
"""
SENSITIVE = """
sensitive:
  input.customer.iban: [reviewer, lead]
  reasoning: []
"""
MEANT = Sensitive((("input.customer.iban", ("lead", "reviewer")), ("reasoning", ())))


def compiled(folder: Path, lines: str = "") -> CompiledSet:
    (folder / "refunds.yaml").write_text(POLICY + lines)
    return load_policies(folder, decision_environment())


@pytest.mark.parametrize(
    ("route", "sent"),
    [(Route.AUTO_APPROVE, {}), (Route.REVIEW, {"confidence": 0.1}), (Route.BLOCK, {"amount": 1_000.0})],
)
def test_it_is_said_of_every_decision_whatever_the_route(tmp_path: Path, route: Route, sent: dict[str, Any]) -> None:
    facts = decision_pb2.Decision(action="refund.issue", confidence=sent.get("confidence", 0.9))
    facts.attributes.amount.value = sent.get("amount", 1.0)
    ruling = compiled(tmp_path, SENSITIVE).evaluate("refund.issue", facts, "decisions/x", None)
    assert (ruling.routing.route, ruling.sensitive) == (route, MEANT)


def test_it_is_asked_for_by_action(tmp_path: Path) -> None:
    policies = compiled(tmp_path, SENSITIVE)
    assert (policies.sensitive("refund.issue"), policies.sensitive("other")) == (MEANT, NOTHING)
    assert policies.calls_sensitive == {"refund.*": MEANT}
    assert compiled(tmp_path).calls_sensitive == {}


@pytest.mark.parametrize(
    ("lines", "words", "advice"),
    [
        ("input.a: [boss]", "`boss` is not allowed here", "reviewer, lead, auditor or admin"),
        ("input.a: [submitter]", "`submitter` is not allowed here", "reviewer, lead, auditor or admin"),
        ("input.a: lead", "`lead` is not a list", "[a, b]"),
        ("input.a: [lead, lead]", "names something twice", "once"),
        ("imput.a: [lead]", "`imput.a` is no path", "input"),
        ("input.: [lead]", "`input.` is no path", "beginning with input"),
        ("input.lines.*.iban: [lead]", "names an item of a list: `*`", "write input.lines.iban"),
        ("input.lines.0.iban: [lead]", "names an item of a list: `0`", "write input.lines.iban"),
        ("inputs: [lead]", "`inputs` is no path", "input"),
        ("attributes.amount: [lead]", "can't be kept from anybody", "beginning with input"),
        ("confidence: []", "can't be kept from anybody", "beginning with input"),
        ("input.customer: [auditor]", "the effect tells `input.customer`", "name `reviewer` or `lead`"),
        ("input.customer.iban.country: []", "the effect tells `input.customer.iban.country`", "leave it out"),
        ("prediction: []", "the effect tells `prediction`", "leave it out"),
    ],
)
def test_what_it_can_not_say_is_refused_in_its_place(tmp_path: Path, lines: str, words: str, advice: str) -> None:
    with pytest.raises(PolicyFaults) as refused:
        compiled(tmp_path, f"sensitive:\n  {lines}\n")
    (fault,) = refused.value.faults
    assert words in str(fault)
    assert advice in str(fault)
    assert fault.line == POLICY.count("\n") + 2
